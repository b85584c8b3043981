"""The swarms: a point for each row at its value, grey where its cell has no order."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from numpy.testing import assert_allclose, assert_array_equal

from boosting.explanation.made import many_columns, one_output, three_outputs
from gridfold.boosting.explanation.plots.canvas import GREY
from gridfold.boosting.explanation.plots.summary import _swarm


def points(ax):
    return np.vstack([np.asarray(each.get_offsets()) for each in ax.collections])


def test_every_row_is_a_point_at_its_value_in_the_swarm_of_its_column(names_beside):
    made = one_output()
    ax = made.plot_summary()
    assert names_beside(ax) == ["age", "size", "colour"]
    found = points(ax)
    assert len(found) == 12
    for place, name in enumerate(names_beside(ax)):
        there = found[np.abs(found[:, 1] - place) < 0.5, 0]
        assert_allclose(np.sort(there), np.sort(made.values[:, made.column(name)]))


def test_categories_and_missing_cells_are_grey():
    ax = one_output().plot_summary()
    grey = np.vstack([
        np.asarray(each.get_offsets())
        for each in ax.collections
        if each.get_array() is None and len(each.get_offsets())
    ])  # fmt: skip
    colours = [each.get_facecolor()[0] for each in ax.collections if each.get_array() is None]
    assert_allclose(colours, np.tile(to_rgba(GREY), (3, 1)))
    # Four rows of the category, and the one missing cell of "age".
    assert_allclose(np.sort(grey[:, 0]), [-2.0, -2.0, -0.5, 0.0, 4.0])


def test_one_output_of_several_has_to_be_chosen():
    with pytest.raises(ValueError, match="Choose one output; there are 'cat'"):
        three_outputs().plot_summary()
    ax = three_outputs().plot_summary(output="dog")
    assert ax.get_xlabel() == "SHAP value for dog"
    assert points(ax)[:, 0].min() == -8


def test_of_many_rows_some_are_drawn():
    ax = many_columns(n=5000).plot_summary(max_columns=4, max_rows=100)
    assert len(points(ax)) == 400


def test_points_of_one_value_lie_beside_one_another():
    heights = _swarm(np.zeros(9), 0.1)
    assert len(np.unique(heights)) == 9
    assert_allclose(heights.mean(), 0, atol=1e-12)
    assert np.abs(_swarm(np.zeros(5000), 0.1)).max() <= 0.4
    assert_array_equal(_swarm(np.arange(5.0), 0.1), np.zeros(5))


def test_texts_do_not_overlap(texts_overlap):
    assert texts_overlap(many_columns().plot_summary(max_columns=30)) == []


def test_it_draws_into_the_axes_it_is_given(pyplot):
    ax = pyplot.subplots(figsize=(8, 4))[1]
    assert one_output().plot_summary(ax=ax) is ax
    assert len(pyplot.get_fignums()) == 1
