"""Cells against SHAP values: which points, which names, which colours."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from boosting.explanation.made import many_columns, one_output, three_outputs


def points(ax):
    found = np.vstack([np.asarray(each.get_offsets()) for each in ax.collections])
    return found[np.argsort(found[:, 0])]


def test_numbers_lie_at_their_cells():
    ax = one_output().plot_dependence("size")
    assert_allclose(points(ax), [(1, 1), (2, -1), (3, 2), (4, 0)])
    assert ax.get_xlabel() == "size"
    assert ax.get_title(loc="left") == ""


def test_rows_with_a_missing_cell_are_counted_and_not_drawn():
    ax = one_output().plot_dependence("age")
    assert_allclose(points(ax), [(7, 0.5), (8, 0.25), (9, 0)])
    assert ax.get_title(loc="left") == "1 rows with a missing cell"


def test_categories_are_named_along_the_axis_and_lie_beside_one_another():
    ax = one_output().plot_dependence("colour")
    assert [text.get_text() for text in ax.get_xticklabels()] == ["green", "red"]
    assert_allclose(ax.get_xticks(), [0, 1])
    found = points(ax)
    assert_allclose(np.round(found[:, 0]), [0, 1, 1])
    assert_allclose(found[:, 1], [4, -2, -2])
    assert found[1, 0] != found[2, 0]


def test_too_many_categories_keep_their_codes():
    codes = np.arange(40, dtype=np.float32)[:, None]
    made = one_output(
        values=codes, data=codes, base_values=codes[:, 0], feature_names=("colour",), cells={}
    )
    labels = [text.get_text() for text in made.plot_dependence("colour").get_xticklabels()]
    assert len(labels) < 30
    assert "0" in labels


def test_another_column_colours_the_points():
    ax = one_output().plot_dependence("size", color_by="age")
    assert len(points(ax)) == 4
    coloured = next(each for each in ax.collections if each.get_array() is not None)
    assert_allclose(coloured.get_array(), [7, 8, 9])
    ax = one_output().plot_dependence("size", color_by="colour")
    assert len(points(ax)) == 4
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["red", "green"]


def test_rare_categories_share_a_colour():
    n = 30
    codes = np.repeat(np.arange(15.0), 2)
    made = one_output(
        values=np.zeros((n, 2)),
        base_values=np.zeros(n),
        data=np.column_stack([np.arange(n), codes]).astype(np.float32),
        feature_names=("size", "colour"),
        cells={},
    )
    ax = made.plot_dependence("size", color_by="colour")
    assert [text.get_text() for text in ax.get_legend().get_texts()][-1] == "others"
    assert len(points(ax)) == n


def test_an_output_is_chosen_and_a_column_has_to_be_there():
    ax = three_outputs().plot_dependence("size", output="dog")
    assert ax.get_ylabel() == "SHAP value for dog"
    with pytest.raises(ValueError, match="Choose one output"):
        three_outputs().plot_dependence("size")
    with pytest.raises(ValueError, match="no column 'sice'"):
        one_output().plot_dependence("sice")


def test_texts_do_not_overlap(texts_overlap):
    made = many_columns()
    names = made.feature_names
    assert texts_overlap(made.plot_dependence(names[0], color_by=names[6])) == []
    assert texts_overlap(made.plot_dependence(names[1], color_by=names[2])) == []


def test_thirty_categories_have_room_along_the_axis():
    codes = np.arange(30, dtype=np.float32)[:, None]
    texts = np.array([f"a category that is called {c}" for c in range(30)], dtype=object)
    made = one_output(
        values=codes,
        data=codes,
        base_values=codes[:, 0],
        feature_names=("colour",),
        cells={"colour": texts},
    )
    ax = made.plot_dependence("colour")
    ax.figure.draw_without_rendering()
    labels = ax.get_xticklabels()
    assert len(labels) == 30
    assert labels[0].get_rotation() == 45
    # The lines of text lie side by side, so far from one another.
    apart = np.diff(ax.transData.transform([(0, 0), (1, 0)])[:, 0])[0] * np.sin(np.pi / 4)
    assert apart > labels[0].get_fontsize() * ax.figure.dpi / 72
