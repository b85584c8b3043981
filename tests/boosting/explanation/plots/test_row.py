"""The waterfall: from the base value to the margin, without a gap."""

from __future__ import annotations

import pytest
from numpy.testing import assert_allclose

from boosting.explanation.made import many_columns, one_output, three_outputs


def spans(ax):
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]


def test_each_bar_begins_where_the_one_below_it_ends(names_beside):
    ax = one_output().plot_row(2)
    assert names_beside(ax) == ["age = missing", "size = 3", "colour = green"]
    assert_allclose(spans(ax), [(0.5, 0.0), (0.0, 2.0), (2.0, 6.0)])
    assert ax.get_title(loc="left") == "base value 0.5, margin 6"


def test_the_rest_is_the_lowest_bar(names_beside):
    made = many_columns()
    ax = made.plot_row(7, max_columns=5)
    assert names_beside(ax)[0] == "25 other columns"
    assert spans(ax)[0][0] == 0
    assert_allclose(spans(ax)[-1][1], made.values[7].sum(), rtol=1e-6)


def test_an_output_is_chosen():
    ax = three_outputs().plot_row(0, output="newt")
    assert_allclose(spans(ax)[0][0], -1.0)
    assert ax.get_xlabel() == "margin for newt"
    with pytest.raises(ValueError, match="Choose one output"):
        three_outputs().plot_row(0)


@pytest.mark.parametrize("row", [0, 1, 2])
def test_texts_do_not_overlap(row, texts_overlap):
    assert texts_overlap(many_columns().plot_row(row, max_columns=30)) == []


def test_a_row_that_nothing_moves():
    made = one_output(values=0 * one_output().values)
    ax = made.plot_row()
    assert_allclose(spans(ax), [(0.5, 0.5)] * 3)
