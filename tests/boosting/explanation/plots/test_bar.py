"""The bars: their lengths, the rest in one, texts that do not overlap."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from boosting.explanation.made import many_columns, one_output, three_outputs


def lengths(ax):
    return [bar.get_width() for bar in ax.patches]


def test_a_bar_per_column_the_longest_on_top(names_beside):
    ax = one_output().plot_bar()
    assert names_beside(ax) == ["age", "size", "colour"]
    assert_allclose(lengths(ax), [0.3125, 1.0, 2.0])
    assert ax.get_legend() is None


def test_outputs_are_stacked_and_named():
    ax = three_outputs().plot_bar()
    assert_allclose(lengths(ax), np.outer([1.0, 2.0, 0.5], [0.3125, 1.0, 2.0]).ravel())
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches]
    assert_allclose(ends[-3:], 3.5 * np.array([0.3125, 1.0, 2.0]))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["cat", "dog", "newt"]


def test_columns_beyond_the_most_share_a_bar(names_beside):
    ax = one_output().plot_bar(max_columns=1)
    assert names_beside(ax) == ["2 other columns", "colour"]
    assert_allclose(lengths(ax), [1.3125, 2.0])


@pytest.mark.parametrize("k", [1, 3])
def test_texts_do_not_overlap(k, texts_overlap):
    ax = many_columns(k=k).plot_bar(max_columns=30)
    assert len(ax.get_yticklabels()) == 30
    assert texts_overlap(ax) == []
