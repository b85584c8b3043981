"""The plans of a search that evaluates candidates several times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..planning.plan import Plan
from ..planning.tally import totals
from .html import together
from .terminal import as_tree
from .words import count

_MAX_SHOWN = 20


class Plans(list[Plan]):
    """The plans of a search, one per evaluation; printed as a whole.

    Parameters
    ----------
    plans : iterable of Plan
    titles : iterable of str
        What each evaluation was: "iter 0, n_resources 20".
    """

    def __init__(self, plans: Iterable[Plan], titles: Iterable[str]) -> None:
        super().__init__(plans)
        self.titles = list(titles)

    @property
    def headline(self) -> str:
        """The fits of all evaluations."""
        after, before = (sum(counts) for counts in zip((0, 0), *map(totals, self), strict=True))
        return (
            f"{count(len(self), 'evaluation')}: {count(before, 'fit')} of single steps become "
            f"{after:,}, {before - after:,} saved"
        )

    def shown(self) -> list[tuple[str, Plan]]:
        """The first plans, each with its title."""
        return list(zip(self.titles, self, strict=True))[:_MAX_SHOWN]

    @property
    def rest(self) -> str:
        """Says how many plans are not shown; empty where all are."""
        more = len(self) - _MAX_SHOWN
        return f"and {count(more, 'more evaluation')}" if more > 0 else ""

    def __str__(self) -> str:
        lines = [self.headline]
        for title, plan in self.shown():
            lines += [f"{title}:" if title else "", str(plan)]
        return "\n".join([*lines, self.rest] if self.rest else lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return together(self.headline, self.shown(), self.rest)

    def __rich__(self) -> Any:
        from rich.console import Group
        from rich.text import Text

        parts: list[Any] = [Text(self.headline, style="bold")]
        for title, plan in self.shown():
            parts += [Text(f"{title}:" if title else ""), as_tree(plan)]
        return Group(*parts, *([Text(self.rest)] if self.rest else []))
