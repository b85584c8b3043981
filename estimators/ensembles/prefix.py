"""Families whose shorter members are the beginnings of a longer one: fit the longest only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

from sklearn.base import BaseEstimator

from ..arrays import Array
from ..shared import Cost, Members, Meta, SharedFit
from .stages import Answer, Stages

_PARTS = 2  # of a fold, that answers are kept for at once: its test and its training rows


@dataclass(frozen=True)
class PrefixState:
    """The fitted longest member, and how many stages each member has.

    Attributes
    ----------
    recent : list of (X, method, Stages)
        The rows asked for last, held so that they can be compared with `is`.
    """

    members: Members
    longest: Any
    lengths: Sequence[int]
    recent: list[tuple[Any, str, Stages]] = field(default_factory=list, repr=False)


class PrefixFit(SharedFit):
    """Members that differ in their number of stages, each the first stages of the longest.

    The numbers are those of separate fits, bit for bit: the longest is fitted by its own `fit`,
    stages are added in its own order, and what follows from their sum (labels, probabilities) is
    computed by its own methods. A family says what its stages add up to (`core`, `stages`), and
    what a shorter model keeps of a longer one (`cut`).

    Attributes
    ----------
    length : str
        The parameter that counts stages.
    """

    length = "n_estimators"
    varying = frozenset({"n_estimators"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse what is no number of stages, and what a fit keeps beside its stages."""
        length = params.get(self.length)
        if not isinstance(length, Integral) or int(length) < 1:
            return f"{self.length}={length!r} is not a whole number of at least 1"
        if params.get("warm_start"):
            return "warm_start=True: a shorter model would go on from elsewhere"
        if params.get("oob_score"):
            return "oob_score is computed for each member from the rows that its trees left out"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: the stages of the longest, and the sums that answers are made from."""
        stages = max(int(length) for length in members.values(self.length))
        work, state = self.stage_cost(members.common, meta)
        answers = 8.0 * meta.n_samples * meta.n_outputs * len(members)
        return Cost(stages * work, state=stages * state, responses=2 * answers)

    def fit(self, members: Members, X: Array, y: Array | None, **fit_params: Any) -> PrefixState:
        """Fit the member of the most stages by itself."""
        lengths = [int(length) for length in members.values(self.length)]
        longest: Any = members.instance(lengths.index(max(lengths)))
        return PrefixState(members, longest.fit(X, y, **fit_params), lengths)

    def respond(
        self, state: PrefixState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer for many members, each stage of the longest asked once."""
        core = self.core(state.longest, method)
        if core is None:
            return [getattr(self.materialise(state, i), method)(X) for i in members]
        asked = [state.lengths[i] for i in members]
        sums = self._stages_for(state, X, core).at(asked)
        if core == method:
            return [sums[k] for k in asked]
        found = {k: answer_from(state.longest, core, sums[k], method, X) for k in set(asked)}
        return [found[k] for k in asked]

    def _stages_for(self, state: PrefixState, X: Array, core: str) -> Stages:
        """Return the stages of these rows, begun anew unless they were asked for lately."""
        for rows, method, stages in state.recent:
            if rows is X and method == core:
                return stages
        del state.recent[: len(state.recent) + 1 - _PARTS]
        stages = Stages(state.lengths, lambda k: self.stages(state.longest, X, core, k))
        state.recent.append((X, core, stages))
        return stages

    def materialise(self, state: PrefixState, i: int) -> BaseEstimator:
        """Return member `i`, with lists of its own and the stages themselves in common."""
        estimator: Any = state.members.instance(i)
        length = getattr(estimator, self.length)
        vars(estimator).update(vars(state.longest))
        setattr(estimator, self.length, length)
        for name, value in self.cut(state.longest, state.lengths[i]).items():
            setattr(estimator, name, value)
        return estimator

    def core(self, longest: Any, method: str) -> str | None:
        """Name the method of the estimator that `stages` answers, and from which it derives
        `method`; None where each member is to be asked itself."""
        raise NotImplementedError(f"{type(self).__name__} must define core.")

    def stages(self, longest: Any, X: Array, core: str, lengths: Sequence[int]) -> Iterator[Answer]:
        """Yield what `core` answers for X after each of these ascending numbers of stages."""
        raise NotImplementedError(f"{type(self).__name__} must define stages.")

    def cut(self, longest: Any, length: int) -> Mapping[str, Any]:
        """Return the fitted attributes that differ in a model of so many stages."""
        raise NotImplementedError(f"{type(self).__name__} must define cut.")

    def stage_cost(self, params: Mapping[str, Any], meta: Meta) -> tuple[float, float]:
        """Return the work and the bytes of one stage."""
        raise NotImplementedError(f"{type(self).__name__} must define stage_cost.")


def answer_from(longest: Any, core: str, known: Answer, method: str, X: Array) -> Answer:
    """Let an estimator answer `method` from what its `core` is known to be for `X`."""
    stand_in = object.__new__(type(longest))
    # A method may compute in place in what it was answered.
    vars(stand_in).update(vars(longest), **{core: lambda X, **params: _copied(known)})
    return getattr(stand_in, method)(X)


def _copied(answer: Answer) -> Answer:
    """Return a copy of an array, or of a list of them, that is added up in the same order."""
    return [_copied(one) for one in answer] if isinstance(answer, list) else answer.copy(order="K")
