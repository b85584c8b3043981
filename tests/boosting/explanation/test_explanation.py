"""Explanation: one output of several, tables, and the shap package's object."""

from __future__ import annotations

import dataclasses
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from boosting.explanation.made import COLOURS, many_columns, one_output, three_outputs


def test_it_says_how_much_is_in_it():
    assert repr(one_output()) == "Explanation(4 rows, 3 columns)"
    assert repr(three_outputs()) == "Explanation(4 rows, 3 columns, 3 outputs, with interactions)"


def test_it_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        one_output().values = np.zeros(3)


def test_one_output_of_several():
    whole = three_outputs()
    dog = whole.output("dog")
    assert_array_equal(dog.values, -2 * one_output().values)
    assert_array_equal(dog.base_values, [0.25] * 4)
    assert_allclose(dog.interactions.sum(axis=2), dog.values)
    assert dog.output_names == ("dog",)
    assert dog.output("dog") is dog
    assert whole.only_output("dog").output_names == ("dog",)
    assert one_output().only_output().values.shape == (4, 3)
    with pytest.raises(ValueError, match="no output 'cow'; there are 'cat', 'dog', 'newt'"):
        whole.output("cow")
    with pytest.raises(ValueError, match="Choose one output; there are 'cat', 'dog', 'newt'"):
        whole.only_output()
    with pytest.raises(ValueError, match="no output 1; the model has one output, without a name"):
        one_output().output(1)


def test_as_a_table():
    table = one_output().to_frame()
    assert list(table.columns) == ["size", "colour", "age"]
    assert list(table.index) == list("wxyz")
    assert_array_equal(table["colour"], [-2, 0, 4, -2])
    table = three_outputs().to_frame()
    assert table.shape == (4, 9)
    assert_array_equal(table["dog"].to_numpy(), -2 * one_output().values)
    assert table[("newt", "age")].tolist() == [0.25, 0.125, -0.25, 0.0]


def test_mean_of_absolute_values_puts_the_most_important_first():
    table = one_output().mean_abs()
    assert table["mean_abs"].to_dict() == {"colour": 2.0, "size": 1.0, "age": 0.3125}
    assert list(table.index) == ["colour", "size", "age"]
    table = three_outputs().mean_abs()
    assert list(table.columns) == ["cat", "dog", "newt"]
    assert table.loc["size"].tolist() == [1.0, 2.0, 0.5]


def test_a_column_that_is_not_there_is_named_with_those_that_are():
    assert one_output().column("age") == 2
    with pytest.raises(ValueError, match="no column 'Age'; there are 'size', 'colour', 'age'"):
        one_output().column("Age")
    with pytest.raises(ValueError, match="and 10 more"):
        many_columns().column("Age")


def test_arrays_of_other_libraries_make_the_same_tables(foreign):
    ours = one_output()
    there = dataclasses.replace(
        ours, **{name: foreign.put(getattr(ours, name)) for name in ("values", "base_values")}
    )
    pd.testing.assert_frame_equal(there.to_frame(), ours.to_frame())
    pd.testing.assert_frame_equal(there.mean_abs(), ours.mean_abs())


def test_pickle():
    again = pickle.loads(pickle.dumps(three_outputs()))
    assert_array_equal(again.values, three_outputs().values)
    assert again.output_names == ("cat", "dog", "newt")


@pytest.mark.parametrize("make", [one_output, three_outputs])
def test_the_shap_package_gets_its_own_object(make, shap):
    ours, theirs = make(), make().to_shap()
    assert isinstance(theirs, shap.Explanation)
    assert_array_equal(theirs.values, ours.values)
    assert_array_equal(theirs.base_values, ours.base_values)
    assert_array_equal(theirs.data, ours.data)
    assert_array_equal(theirs.display_data[:, 1], COLOURS)
    assert list(theirs.feature_names) == ["size", "colour", "age"]
    if ours.output_names:
        assert_array_equal(theirs[:, :, "dog"].values, ours.output("dog").values)


def test_the_shap_package_draws_it(shap):
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")
    pyplot.switch_backend("agg")
    theirs = many_columns().to_shap()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own
        for draw in (shap.plots.beeswarm, shap.plots.bar):
            pyplot.figure()
            draw(theirs, show=False)
            assert pyplot.gca().get_yticklabels()
        pyplot.figure()
        shap.plots.waterfall(theirs[0], show=False)
        assert any("a category with" in t.get_text() for t in pyplot.gca().get_yticklabels())
    pyplot.close("all")
