"""One row: from what the model expects of any row to what it says of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ....estimators.base import to_host
from .canvas import DOWN, GREY, UP, cell_text, margin_label, new_axes, short, tidy

if TYPE_CHECKING:
    from ..explanation import Explanation


def plot_row(
    explanation: Explanation,
    row: int = 0,
    *,
    output: Any = None,
    max_columns: int = 12,
    ax: Any = None,
) -> Any:
    """Draw a waterfall for one row: each bar begins where the one below it ends.

    The lowest bar begins at the base value, the highest one ends at the margin of the row.

    Parameters
    ----------
    row : int, default=0
        The position of the row in X.
    output : one of `output_names`, optional
        Needed where there are several outputs.
    max_columns : int, default=12
        Those that add or take most are drawn; the others share the lowest bar.
    ax : matplotlib Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    ax : matplotlib Axes
    """
    one = explanation.only_output(output)
    base = float(to_host(one.base_values[row]))
    labels, steps = _steps(one, row, max_columns)
    ends = base + np.cumsum(steps)
    places = np.arange(len(steps))
    ax = new_axes(ax, len(steps) + 1)
    colours = np.where(steps >= 0, UP, DOWN)
    ax.barh(places, steps, left=ends - steps, color=colours, height=0.7)
    ax.vlines(ends[:-1], places[:-1], places[1:], color=GREY, linewidth=0.8, zorder=0)
    for place, (step, end) in enumerate(zip(steps, ends, strict=True)):
        side = 1 if step >= 0 else -1
        ax.annotate(
            f"{step:+.3g}",
            (end, place),
            xytext=(4 * side, 0),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center",
            fontsize="small",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    ax.set_yticks(places, labels)
    ax.set_ylim(-0.6, len(steps) - 0.4)
    low, high = min(base, ends.min()), max(base, ends.max())
    room = 0.2 * (high - low) or 1.0  # for the numbers beside the bars
    ax.set_xlim(low - room, high + room)
    ax.axvline(base, color=GREY, linewidth=0.8, linestyle="--", zorder=0)
    ax.set_title(f"base value {base:.3g}, margin {ends[-1]:.3g}", fontsize="medium", loc="left")
    ax.set_xlabel(margin_label(one, "margin"))
    tidy(ax)
    return ax


def _steps(one: Explanation, row: int, max_columns: int) -> tuple[list[str], np.ndarray]:
    """Return labels and SHAP values, the largest last; those beyond `max_columns` as one, first."""
    values = to_host(one.values[row]).astype(np.float64)
    order = np.argsort(-np.abs(values), kind="stable")
    shown, rest = order[:max_columns][::-1], order[max_columns:]
    labels = [f"{short(one.feature_names[j])} = {cell_text(one, row, j)}" for j in shown]
    steps = values[shown]
    if len(rest):
        labels.insert(0, f"{len(rest)} other columns")
        steps = np.insert(steps, 0, values[rest].sum())
    return labels, steps
