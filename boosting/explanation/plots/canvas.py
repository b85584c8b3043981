"""What the pictures share: axes, colours and short texts."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ....estimators.base import to_host

if TYPE_CHECKING:
    from ..explanation import Explanation

UP, DOWN, GREY = "#d1334a", "#2b6cb0", "#9a9a9a"
_RAMP = [DOWN, "#8e5bb5", UP]  # low, middle, high
_LONGEST = 40  # characters of a name or cell


def new_axes(ax: Any, n_bars: int | None = None) -> Any:
    """Return `ax`, or the axes of a new figure: high enough for `n_bars` lines of text."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    height = 4.5 if n_bars is None else 1.3 + 0.3 * n_bars
    return plt.subplots(figsize=(8.5, height), layout="constrained")[1]


def tidy(ax: Any) -> None:
    """Take away the frame lines that carry no scale."""
    ax.spines[["top", "right"]].set_visible(False)


def short(text: Any, longest: int = _LONGEST) -> str:
    """Return the text on one line, its middle left out where it is long."""
    line = " ".join(str(text).split())
    if len(line) <= longest:
        return line
    half = (longest - 1) // 2
    return f"{line[:half].rstrip()}…{line[-half:].lstrip()}"


def cell_text(explanation: Explanation, row: int, column: int) -> str:
    """Return a cell of X as a reader knows it."""
    cells = explanation.cells.get(explanation.feature_names[column])
    cell = to_host(explanation.data[row, column]) if cells is None else cells[row]
    if pd.isna(cell):
        return "missing"
    if cells is not None:
        return short(cell, _LONGEST // 2)
    whole = float(cell).is_integer() and abs(cell) < 1e7  # float32 counts so far
    return f"{float(cell):.0f}" if whole else f"{float(cell):.4g}"


def margin_label(explanation: Explanation, what: str) -> str:
    """Return an axis label: `what`, and the output it speaks of."""
    names = explanation.output_names
    if not names or explanation.values.ndim == 3:
        return what
    return textwrap.fill(f"{what} for {short(names[0])}", 80)


def ramp() -> Any:
    """Return the colour map from low to high."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("low to high", _RAMP)


def colour_bar(ax: Any, label: str, limits: tuple[float, float], ends: bool = False) -> None:
    """Draw the colour scale at the right of `ax`; with `ends` it says low and high only."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    scale = ScalarMappable(Normalize(*limits), ramp())
    bar = ax.figure.colorbar(scale, ax=ax, fraction=0.03, pad=0.02, aspect=30)
    bar.outline.set_visible(False)
    bar.set_label(label, labelpad=-10 if ends else None)
    if ends:
        bar.set_ticks(list(limits), labels=["low", "high"])


def spread(cells: np.ndarray) -> tuple[float, float]:
    """Return the limits of a colour scale: the central nine tenths of the cells."""
    known = cells[np.isfinite(cells)]
    if not len(known):
        return 0.0, 1.0
    low, high = np.quantile(known, [0.05, 0.95])
    if low == high:
        low, high = known.min(), known.max()
    return (float(low), float(high)) if low < high else (float(low) - 0.5, float(low) + 0.5)
