"""Preprocessing of RealMLP, against numbers worked out by hand and by the authors' code."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator

from gridfold.estimators.mlp.realmlp.preprocessing import fit_preprocessor
from gridfold.estimators.mlp.realmlp.scaling import robust_scale, smooth_clip
from gridfold.estimators.mlp.realmlp.table import open_table


def fitted(X, rows=None, categorical_features="from_dtype", max_one_hot=8):
    """Return the preprocessor and the table of X."""
    table = open_table(BaseEstimator(), X, reset=True)
    rows = np.arange(table.n_rows) if rows is None else np.asarray(rows)
    return fit_preprocessor(table, rows, categorical_features, max_one_hot), table


def encoded(X, **options):
    preprocessor, table = fitted(X, **options)
    return preprocessor.transform(table)


def clip(x):
    return x / np.sqrt(1 + (x / 3) ** 2)


def test_robust_scale_by_hand():
    assert robust_scale(np.array([0.0, 1.0, 2.0, 3.0, 4.0])) == (2.0, 0.5)
    assert robust_scale(np.array([0.0, 0.0, 0.0, 0.0, 8.0])) == (0.0, 0.25)  # 2 / (max - min)
    assert robust_scale(np.array([7.0, 7.0, 7.0])) == (7.0, 0.0)
    assert robust_scale(np.array([0.0, np.nan, 1.0, 2.0, 3.0, 4.0])) == (2.0, 0.5)
    assert robust_scale(np.array([np.nan, np.nan])) == (0.0, 0.0)
    assert robust_scale(np.array([2, 4, 6])) == (4.0, 0.5)


def test_smooth_clip_by_hand():
    x = np.array([0.0, 3.0, -4.0, 1e200, -1e300])
    assert_allclose(smooth_clip(x), [0.0, 3 / np.sqrt(2), -2.4, 3.0, -3.0])


def test_columns_are_as_the_authors_code_gives_them():
    """The numbers are what pytabkit 1.7.3 trains its RealMLP_TD_S_Classifier on."""
    X = pd.DataFrame(
        {
            "x": [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0],
            "two": ["a", "b", "b", "b", "b", "b", "b", "a"],
            "three": ["u", "v", "w", "w", "w", "w", "w", None],
        }
    )
    expected = [
        [-0.2998606, 2.4, 1.6641006, 0.0, -0.9486833],
        [-0.2728372, 0.0, 0.0, 1.6641006, -0.9486833],
        [-0.2185955, 0.0, 0.0, 0.0, 0.0],
        [-0.109516, 0.0, 0.0, 0.0, 0.0],
        [0.109516, 0.0, 0.0, 0.0, 0.0],
        [0.5390279, 0.0, 0.0, 0.0, 0.0],
        [1.286918, 0.0, 0.0, 0.0, 0.0],
        [2.1815608, 2.4, 0.0, 0.0, -0.9486833],
    ]
    dense = encoded(X).dense
    assert_allclose(dense, expected, rtol=1e-6)
    assert dense.dtype == np.float32


def test_only_training_rows_are_learnt_from():
    X = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0, 4.0, 1e9], "c": ["a", "b", "a", "b", "a", "new"]})
    preprocessor, table = fitted(X, rows=[0, 1, 2, 3, 4])
    assert preprocessor.centre[0] == 2.0
    assert_array_equal(preprocessor.categories[1], ["a", "b"])
    dense = preprocessor.transform(table).dense
    assert dense[5, 0] == pytest.approx(3.0)
    # Unknown is 0 between +1 and -1; centre 1, factor 1/2.
    assert dense[5, 1] == pytest.approx(clip(-0.5))


def test_a_missing_number_is_the_median_and_is_told():
    X = np.array([[0.0, 1.0], [1.0, 5.0], [2.0, 3.0], [3.0, 8.0], [np.nan, 4.0]])
    dense = encoded(X).dense
    assert dense.shape == (5, 3)
    assert dense[4, 0] == 0.0
    assert_allclose(dense[:, 2], [0, 0, 0, 0, clip(2.0)])


def test_missing_where_none_was_missing_in_training_is_the_median():
    preprocessor, _ = fitted(np.array([[0.0], [1.0], [2.0]]))
    table = open_table(BaseEstimator(), np.array([[np.nan]]), reset=True)
    assert_array_equal(preprocessor.transform(table).dense, [[0.0]])


def test_missing_and_unknown_categories_are_in_none_of_the_columns():
    categories = ["a", "b", "c", "a", "b", "c", "a", "b", "c"]
    preprocessor, _ = fitted(pd.DataFrame({"c": categories}))
    new = pd.DataFrame({"c": [None, "d", "a"]})
    table = open_table(BaseEstimator(), new, reset=True)
    dense = preprocessor.transform(table).dense
    assert_allclose(dense[0], dense[1])
    assert_allclose(dense[0], clip((0.0 - preprocessor.centre) * preprocessor.factor), rtol=1e-6)
    assert dense[2, 0] > dense[0, 0]
    assert_allclose(dense[2, 1:], dense[0, 1:])


def test_categories_of_many_values_become_codes():
    letters = list("abcdefghi")
    table = pd.DataFrame({"c": [*letters, None], "x": np.arange(10.0)})
    preprocessor, opened = fitted(table)
    found = preprocessor.transform(opened)
    assert_array_equal(found.codes[:, 0], [1, 2, 3, 4, 5, 6, 7, 8, 9, 0])
    assert preprocessor.cardinalities == [10]
    assert found.dense.shape == (10, 1)
    assert encoded(table, max_one_hot=9).dense.shape == (10, 10)


def test_a_column_without_any_value_is_0():
    dense = encoded(np.array([[np.nan, 1.0], [np.nan, 2.0]])).dense
    assert dense.shape == (2, 2)
    assert_array_equal(dense[:, 0], [0.0, 0.0])


@pytest.mark.parametrize("block", [1, 3, 100])
def test_blocks_do_not_matter(block, monkeypatch):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=10), "c": list("abcdefghij"), "b": [True, False] * 5})
    expected = encoded(X)
    monkeypatch.setattr("gridfold.estimators.mlp.realmlp.preprocessing._BLOCK", block)
    found = encoded(X)
    assert_array_equal(found.dense, expected.dense)
    assert_array_equal(found.codes, expected.codes)


def test_large_numbers_keep_their_digits():
    X = 1e12 + np.arange(5.0)[:, None]
    assert_allclose(encoded(X).dense[:, 0], clip(np.array([-1.0, -0.5, 0.0, 0.5, 1.0])), rtol=1e-6)
