"""A bar per column: how much it moves the margin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .canvas import DOWN, new_axes, short, tidy

if TYPE_CHECKING:
    from ..explanation import Explanation


def plot_bar(explanation: Explanation, *, max_columns: int = 20, ax: Any = None) -> Any:
    """Draw the mean of |SHAP value| of each column, the outputs stacked.

    Parameters
    ----------
    max_columns : int, default=20
        The most important ones are drawn; the others share one bar.
    ax : matplotlib Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    ax : matplotlib Axes
    """
    table = _with_rest(explanation.mean_abs(), max_columns)[::-1]
    ax = new_axes(ax, len(table))
    left = np.zeros(len(table))
    places = np.arange(len(table))
    colours = _colours(table.shape[1])
    for output, colour in zip(table.columns, colours, strict=True):
        ax.barh(places, table[output], left=left, color=colour, height=0.7, label=short(output))
        left += table[output].to_numpy()
    ax.set_yticks(places, [short(name) for name in table.index])
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.set_xlabel("mean |SHAP value|")
    if table.shape[1] > 1:
        ax.legend(loc="lower right", frameon=False, ncols=1 + (table.shape[1] - 1) // 12)
    tidy(ax)
    return ax


def _with_rest(table: pd.DataFrame, max_columns: int) -> pd.DataFrame:
    """Put the columns beyond `max_columns` together in a last row."""
    if len(table) <= max_columns:
        return table
    rest = table.iloc[max_columns:].sum().to_frame(f"{len(table) - max_columns} other columns").T
    return pd.concat([table.iloc[:max_columns], rest])


def _colours(n: int) -> list[Any]:
    import matplotlib

    if n == 1:
        return [DOWN]
    if n <= 10:
        return list(matplotlib.colormaps["tab10"](range(n)))
    return list(matplotlib.colormaps["turbo"](np.linspace(0.05, 0.95, n)))
