"""Pictures drawn without a window, and their texts looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def pyplot() -> Iterator[Any]:
    """Give `matplotlib.pyplot` on a backend without windows, and close what it opened."""
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")
    pyplot.switch_backend("agg")
    yield pyplot
    pyplot.close("all")


@pytest.fixture
def texts_overlap() -> Callable[[Any], list[tuple[str, str]]]:
    """Return a function that draws a figure and lists the pairs of texts that overlap.

    Texts at a slant are left out: their boxes overlap where they do not.
    """

    def find(ax: Any) -> list[tuple[str, str]]:
        from matplotlib.text import Text

        ax.figure.draw_without_rendering()
        texts = {
            text: text.get_window_extent().padded(-1)
            for text in ax.figure.findobj(Text)
            if text.get_text() and text.get_visible() and text.get_rotation() % 90 == 0
        }
        boxes = [(text.get_text(), box) for text, box in texts.items()]
        assert len(boxes) > 3
        return [
            (one, other)
            for i, (one, box) in enumerate(boxes)
            for other, other_box in boxes[i + 1 :]
            if box.width > 0 and other_box.width > 0 and box.overlaps(other_box)
        ]

    return find


@pytest.fixture
def names_beside() -> Callable[[Any], list[str]]:
    """Return a function that lists the texts beside the vertical axis, from below."""
    return lambda ax: [label.get_text() for label in ax.get_yticklabels()]
