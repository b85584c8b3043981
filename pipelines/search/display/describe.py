"""A plan as text: a tree of steps, what each shares, and the count of fits saved."""

from __future__ import annotations

from collections.abc import Sequence

from ..planning.plan import Plan
from ..planning.tally import totals
from .outline import Row, outline


def as_text(plan: Plan) -> str:
    """Return the plan as lines of text."""
    said = outline(plan)
    lines = [said.headline, *_tree(said.rows, "")]
    lines.extend(f"note: {note}" for note in said.notes)
    return "\n".join(lines)


def fits_without_sharing(plan: Plan) -> int:
    """How many steps scikit-learn would fit: every step of every candidate on every fold."""
    return totals(plan)[1]


def fits_planned(plan: Plan) -> int:
    """How many fits the plan makes: one per group and fold, or one for all folds."""
    return totals(plan)[0]


def _tree(rows: Sequence[Row], indent: str) -> list[str]:
    lines = []
    for i, row in enumerate(rows):
        last = i == len(rows) - 1
        lines.append(f"{indent}{'└─' if last else '├─'} {row}")
        below = indent + ("   " if last else "│  ")
        bar = "│  " if row.children else ""
        lines.extend(f"{below}{bar}· {detail}" for detail in row.details)
        lines.extend(_tree(row.children, below))
    return lines
