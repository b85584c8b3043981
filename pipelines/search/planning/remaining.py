"""What is left of a plan when some results are known."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from .plan import Group, Plan

Pairs = Collection[tuple[int, int]]


def without_candidates(groups: Sequence[Group], known: Collection[int]) -> list[Group]:
    """Return the tree without these candidates, and without the steps that served only them."""
    if not known:
        return list(groups)
    kept = []
    for group in groups:
        members = [
            replace(
                member,
                candidates=[c for c in member.candidates if c not in known],
                children=without_candidates(member.children, known),
            )
            for member in group.members
        ]
        members = [member for member in members if member.candidates or member.children]
        if members:
            kept.append(replace(group, members=members))
    return kept


def left_on_fold(groups: Sequence[Group], known: Pairs, split: int) -> list[Group]:
    """Return the tree of one fold without the candidates whose result on it is known."""
    return without_candidates(groups, {c for c, k in known if k == split})


def left_on_all_folds(group: Group, known: Pairs, folds: Sequence[int]) -> list[Group]:
    """Return a group that shares some folds, if any, without candidates known on all of them."""
    candidates = group.candidates()
    done = {c for c in candidates if all((c, k) in known for k in folds)}
    return without_candidates([group], done)


def pairs_alone(plan: Plan, known: Pairs) -> Iterator[tuple[int, int]]:
    """Yield candidate and split of what is fitted by scikit-learn's routine and not known."""
    for candidate in sorted(plan.alone):
        for k in range(plan.n_splits):
            if (candidate, k) not in known:
                yield candidate, k
