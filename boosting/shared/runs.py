"""Members that one training serves: those that differ in how many rounds they go only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import joblib
from sklearn.base import BaseEstimator

from ...estimators.arrays import Array
from ...estimators.shared import Members, SharedFit

Params = Mapping[str, Any]
_PLAIN = (str, bool, int, float, type(None))


@dataclass(frozen=True)
class Run:
    """One training, and how far each of its members goes.

    Attributes
    ----------
    estimator : fitted estimator
        Trained as far as any of the members.
    rounds : dict of int to int
        How many rounds each member predicts with, by its number among the members. These may be
        fewer than it asks for: LightGBM keeps no round in which no tree could be split.
    members : Members
        Those of all runs.
    """

    estimator: Any
    rounds: Mapping[int, int]
    members: Members


class RunsFit(SharedFit):
    """A shared fit whose state is a list of runs.

    A family says how a run answers after so many rounds (`answers`), and what a member keeps of it
    (`cut`).
    """

    def respond(
        self, state: Sequence[Any], X: Array, method: str, members: Sequence[int]
    ) -> list[Array]:
        """Answer for many members, run by run."""
        found = {}
        for run in state:
            asked = {i: run.rounds[i] for i in members if i in run.rounds}
            if asked:
                by_rounds = self.answers(run, X, method, sorted(set(asked.values())))
                found.update({i: by_rounds[k] for i, k in asked.items()})
        return [found[i] for i in members]

    def materialise(self, state: Sequence[Any], i: int) -> BaseEstimator:
        """Return member `i` as a fitted estimator with a booster of its own."""
        return self.cut(next(run for run in state if i in run.rounds), i)

    def answers(self, run: Any, X: Array, method: str, rounds: Sequence[int]) -> Mapping[int, Any]:
        """Return what `method` says of X after each of these ascending numbers of rounds."""
        raise NotImplementedError(f"{type(self).__name__} must define answers.")

    def cut(self, run: Any, i: int) -> BaseEstimator:
        """Return member `i` of a run as a fitted estimator."""
        raise NotImplementedError(f"{type(self).__name__} must define cut.")


def alike(
    members: Members, setting: Callable[[Params], Params], among: Collection[int] | None = None
) -> list[list[int]]:
    """Group members (all, or those `among`) by the content of what `setting` takes of their
    parameters."""
    groups: dict[Any, list[int]] = {}
    for i in range(len(members)) if among is None else among:
        found = setting(members.params(i))
        key = frozenset((name, _content(value)) for name, value in found.items())
        groups.setdefault(key, []).append(i)
    return list(groups.values())


def _content(value: Any) -> Any:
    """Return what tells values apart; 1 and 1.0 are two, and a function is like itself only."""
    if isinstance(value, _PLAIN):
        return type(value), repr(value)
    return id(value) if callable(value) else joblib.hash(value)
