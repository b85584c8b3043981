"""One column: its SHAP values against its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ....estimators.base import to_host
from .canvas import DOWN, GREY, colour_bar, margin_label, new_axes, ramp, short, spread, tidy

if TYPE_CHECKING:
    from ..explanation import Explanation

_MOST_LEVELS = 30  # that have room for their names along the axis


def plot_dependence(
    explanation: Explanation,
    column: str,
    *,
    color_by: str | None = None,
    output: Any = None,
    ax: Any = None,
) -> Any:
    """Draw the SHAP values of a column against its cells, a point for each row.

    Rows in which the cell is missing are not drawn; the title counts them.

    Parameters
    ----------
    column : str
        A column with more than 30 categories is drawn against their codes.
    color_by : str, optional
        Another column, whose cells colour the points: where it interacts, colours come apart.
    output : one of `output_names`, optional
        Needed where there are several outputs.
    ax : matplotlib Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    ax : matplotlib Axes
    """
    one = explanation.only_output(output)
    j = one.column(column)
    cells, y = to_host(one.data[:, j]).astype(float), to_host(one.values[:, j])
    known = np.isfinite(cells)
    x = cells
    if column in one.categorical:  # beside one another, not all on a line
        x = cells + 0.25 * np.sin(np.arange(len(cells)))
    ax = new_axes(ax)
    ax.axhline(0, color=GREY, linewidth=0.8, zorder=0)
    look = {"s": 14, "linewidths": 0, "alpha": 0.8, "rasterized": True}
    if color_by is None:
        ax.scatter(x[known], y[known], color=DOWN, **look)
    else:
        _coloured(ax, one, color_by, (x[known], y[known]), known, look)
    _name_cells(ax, one, column, cells)
    ax.set_xlabel(short(column))
    ax.set_ylabel(margin_label(one, "SHAP value"))
    if not known.all():
        ax.set_title(f"{np.sum(~known)} rows with a missing cell", fontsize="medium", loc="left")
    tidy(ax)
    return ax


def _coloured(
    ax: Any,
    one: Explanation,
    name: str,
    points: tuple[np.ndarray, np.ndarray],
    known: np.ndarray,
    look: dict[str, Any],
) -> None:
    """Draw the points in the colours of another column's cells, grey where they are missing."""
    cells = to_host(one.data[:, one.column(name)]).astype(float)[known]
    (x, y), there = points, np.isfinite(cells)
    ax.scatter(x[~there], y[~there], color=GREY, **look)
    if name not in one.categorical:
        limits = spread(cells)
        low, high = limits
        ax.scatter(x[there], y[there], c=cells[there], cmap=ramp(), vmin=low, vmax=high, **look)
        colour_bar(ax, short(name), limits)
        return
    levels = np.where(there, _levels(one, name)[known], None)
    frequent = pd.Series(levels).value_counts().index[:9]
    for level in frequent:
        chosen = levels == level
        ax.scatter(x[chosen], y[chosen], label=short(level), **look)
    others = there & ~pd.Series(levels).isin(frequent).to_numpy()
    if others.any():
        ax.scatter(x[others], y[others], color=GREY, label="others", **look)
    legend = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5), "frameon": False}
    ax.legend(title=short(name), **legend)


def _levels(one: Explanation, name: str) -> np.ndarray:
    """Return the cells of a column of categories as texts."""
    cells = one.cells.get(name)
    if cells is None:
        cells = to_host(one.data[:, one.column(name)])
    return np.array(["" if pd.isna(cell) else str(cell) for cell in cells], dtype=object)


def _name_cells(ax: Any, one: Explanation, name: str, codes: np.ndarray) -> None:
    """Write the categories along the axis, where there is room."""
    known = np.isfinite(codes)
    distinct, first = np.unique(codes[known], return_index=True)
    if name not in one.categorical or len(distinct) > _MOST_LEVELS:
        return
    levels = [short(level, 20) for level in _levels(one, name)[known][first]]
    if sum(map(len, levels)) > 60:  # they would touch one another
        ax.set_xticks(distinct, levels, rotation=45, ha="right", rotation_mode="anchor")
    else:
        ax.set_xticks(distinct, levels)
