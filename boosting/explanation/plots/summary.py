"""A swarm of points per column: one for each row, at its SHAP value, in the colour of its cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ....estimators.base import to_host
from .canvas import GREY, colour_bar, margin_label, new_axes, ramp, short, spread, tidy

if TYPE_CHECKING:
    from ..explanation import Explanation

_BINS = 120  # across the width of the picture
_HALF_WIDTH = 0.4  # of a swarm; its neighbour is 1 away


def plot_summary(
    explanation: Explanation,
    *,
    output: Any = None,
    max_columns: int = 20,
    max_rows: int = 2000,
    ax: Any = None,
) -> Any:
    """Draw the SHAP values of each column as a swarm of points, coloured from low to high cells.

    Missing cells and categories, which have no order, are grey.

    Parameters
    ----------
    output : one of `output_names`, optional
        Needed where there are several outputs.
    max_columns : int, default=20
        The most important ones are drawn.
    max_rows : int, default=2000
        Of more rows than this so many are drawn, evenly spaced.
    ax : matplotlib Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    ax : matplotlib Axes
    """
    one = explanation.only_output(output)
    names = list(one.mean_abs().index[:max_columns])[::-1]
    numbers = [one.column(name) for name in names]
    rows = np.linspace(0, len(one.values) - 1, min(max_rows, len(one.values))).astype(int)
    values, data = (to_host(array)[rows][:, numbers] for array in (one.values, one.data))
    ax = new_axes(ax, len(names))
    ax.axvline(0, color=GREY, linewidth=0.8, zorder=0)
    bin_width = max(float(np.ptp(values)), 1e-12) / _BINS
    for place, name in enumerate(names):
        heights = place + _swarm(values[:, place], bin_width)
        colours = None if name in one.categorical else data[:, place].astype(float)
        _points(ax, values[:, place], heights, colours)
    ax.set_yticks(range(len(names)), [short(name) for name in names])
    ax.set_ylim(-0.7, len(names) - 0.3)
    ax.set_xlabel(margin_label(one, "SHAP value"))
    colour_bar(ax, "cell", (0.0, 1.0), ends=True)
    tidy(ax)
    return ax


def _points(ax: Any, x: np.ndarray, y: np.ndarray, cells: np.ndarray | None) -> None:
    """Draw points: those without a cell in grey, the others over them by their cells."""
    known = np.zeros(len(x), dtype=bool) if cells is None else np.isfinite(cells)
    look = {"s": 9, "linewidths": 0, "rasterized": True}
    ax.scatter(x[~known], y[~known], color=GREY, **look)
    if cells is not None and known.any():
        low, high = spread(cells)
        ax.scatter(x[known], y[known], c=cells[known], cmap=ramp(), vmin=low, vmax=high, **look)


def _swarm(values: np.ndarray, bin_width: float) -> np.ndarray:
    """Return heights in [-0.4, 0.4]: points of one bin lie side by side, from the middle out."""
    bins = np.floor(values / bin_width).astype(np.int64)
    order = np.argsort(bins, kind="stable")
    _, starts, counts = np.unique(bins[order], return_index=True, return_counts=True)
    rank = np.empty(len(values), dtype=np.int64)  # of a point within its bin: 0, 1, ...
    rank[order] = np.arange(len(values)) - np.repeat(starts, counts)
    side = np.where(rank % 2, -1, 1) * ((rank + 1) // 2)
    step = min(0.06, 2 * _HALF_WIDTH / max(counts.max(initial=1), 1))
    return side * step
