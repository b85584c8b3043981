"""The plan: candidates as a tree of steps, what is shared in it, and what is not and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sklearn.base import BaseEstimator

from ....estimators.shared import Members, Meta, SharedFit
from .recipe import Recipe


@dataclass
class Member:
    """One configuration of a step: the candidates that end here, and the steps that follow.

    Attributes
    ----------
    overrides : dict
        What is set on the group's prototype.
    candidates : list of int
        Candidates whose last step this is.
    children : list of Group
    """

    overrides: dict[str, Any]
    candidates: list[int] = field(default_factory=list)
    children: list[Group] = field(default_factory=list)

    @property
    def n_candidates(self) -> int:
        """How many candidates end here or below."""
        return len(self.candidates) + sum(child.n_candidates for child in self.children)


@dataclass
class Group:
    """Configurations of one step that are fitted together, or one that is fitted alone.

    Attributes
    ----------
    name : str
        The step's name in the pipeline; "" for a search over a plain estimator.
    prototype : estimator
        Unfitted; members set their overrides on clones of it. That of a shared fit has all
        parameters in which the members do not differ.
    shared : SharedFit or None
        What fits the members together; None where the one member is fitted the ordinary way.
    across_folds : bool
        Whether all folds are fitted at once.
    reason : str or None
        Why the group is not shared.
    recipe : Recipe or None
        The parts of a transformer with branches, where a group beside this one has some of them
        too: what they have in common is fitted once.
    exact : bool
        Whether its shared fit gives the numbers of separate fits, as far as is known.
    only_exact : bool
        Whether nothing else is wanted.
    """

    name: str
    prototype: BaseEstimator
    shared: SharedFit | None
    across_folds: bool = False
    reason: str | None = None
    members: list[Member] = field(default_factory=list)
    recipe: Recipe | None = None
    exact: bool = True
    only_exact: bool = False

    @property
    def n_candidates(self) -> int:
        """How many candidates end in this group or below."""
        return sum(member.n_candidates for member in self.members)

    def candidates(self) -> list[int]:
        """The candidates that end in this group or below."""
        return [c for _, group in self.walk() for m in group.members for c in m.candidates]

    def as_members(self) -> Members:
        """The members as the shared fit takes them."""
        overrides = [member.overrides for member in self.members]
        return Members(self.prototype, overrides, self.only_exact)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Group]]:
        """Yield this group and all below it, each with its depth."""
        yield depth, self
        for member in self.members:
            for child in member.children:
                yield from child.walk(depth + 1)


@dataclass
class Plan:
    """How a search will be computed: printable, and made without touching an array.

    Attributes
    ----------
    groups : list of Group
        The first steps, each with what follows.
    alone : dict of int to str
        Candidates that scikit-learn's own routine fits, with the reason.
    repeats : sequence of sequence of int
        The numbers of the splits, in runs whose test parts split the rows; what is fitted on all
        folds at once is so for each run. Empty where nothing can be.
    notes : list of str
        What turned out otherwise while the plan ran.
    """

    n_candidates: int
    n_splits: int
    groups: list[Group]
    alone: dict[int, str]
    meta: Meta
    repeats: Sequence[Sequence[int]] = ()
    notes: list[str] = field(default_factory=list)

    def walk(self) -> Iterator[tuple[int, Group]]:
        """Yield every group with its depth."""
        for group in self.groups:
            yield from group.walk()

    def __str__(self) -> str:
        from ..display.describe import as_text

        return as_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from ..display.html import as_html

        return as_html(self)

    def __rich__(self) -> Any:
        from ..display.terminal import as_tree

        return as_tree(self)
