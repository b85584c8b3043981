"""Short texts, cells as a reader knows them, limits of colours."""

from __future__ import annotations

import numpy as np
import pytest

from boosting.explanation.made import one_output, three_outputs
from gridfold.boosting.explanation.plots.canvas import (
    cell_text,
    margin_label,
    new_axes,
    short,
    spread,
)


def test_long_texts_lose_their_middle():
    assert short("a\n b ") == "a b"
    assert short("x" * 40) == "x" * 40
    cut = short("begin " + "x" * 60 + " end")
    assert len(cut) <= 40
    assert cut.startswith("begin")
    assert cut.endswith("end")
    assert "…" in cut
    assert len(short("x" * 40, 20)) <= 20


def test_cells():
    made = one_output()
    texts = [[cell_text(made, i, j) for j in range(3)] for i in range(3)]
    assert texts == [["1", "red", "7"], ["2", "missing", "8"], ["3", "green", "missing"]]
    data = np.array([[0.123456, 1.0, 2.5e9]], dtype=np.float32)
    texts = [cell_text(one_output(data=data, cells={}), 0, j) for j in range(3)]
    assert texts == ["0.1235", "1", "2.5e+09"]


def test_labels_name_the_output():
    assert margin_label(one_output(), "margin") == "margin"
    assert margin_label(three_outputs(), "margin") == "margin"
    assert margin_label(three_outputs().output("dog"), "margin") == "margin for dog"


def test_axes_of_the_user_are_used(pyplot):
    ax = pyplot.subplots()[1]
    assert new_axes(ax, 30) is ax
    assert new_axes(None, 30).figure.get_figheight() > new_axes(None, 3).figure.get_figheight()


@pytest.mark.parametrize(
    ("cells", "limits"),
    [
        (np.arange(101.0), (5.0, 95.0)),
        (np.array([0.0] * 100 + [1.0]), (0.0, 1.0)),
        (np.array([3.0, np.nan]), (2.5, 3.5)),
        (np.array([np.nan]), (0.0, 1.0)),
    ],
)
def test_limits_of_colours(cells, limits):
    assert spread(cells) == pytest.approx(limits)
