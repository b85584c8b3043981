"""The plans of a search that evaluates candidates several times."""

from __future__ import annotations

from collections.abc import Iterable

from .describe import fits_planned, fits_without_sharing
from .plan import Plan


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

    def __str__(self) -> str:
        before = sum(fits_without_sharing(plan) for plan in self)
        after = sum(fits_planned(plan) for plan in self)
        noun = "evaluation" if len(self) == 1 else "evaluations"
        lines = [
            f"{len(self)} {noun}: {before:,} fits of single steps become {after:,}, "
            f"{before - after:,} saved"
        ]
        for title, plan in zip(self.titles, self, strict=True):
            lines += [f"{title}:" if title else "", str(plan)]
        return "\n".join(lines)

    __repr__ = __str__
