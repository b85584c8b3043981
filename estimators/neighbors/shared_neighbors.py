"""The shared fit of nearest neighbours: one search at the largest k, all answers read off it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from numbers import Integral
from typing import Any

from sklearn.base import BaseEstimator

from ..arrays import Array
from ..shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit
from .found import Found


@dataclass
class Searcher:
    """A fitted estimator that searches for all members of one search structure.

    `last` are the rows asked for last, held so that they can be compared with `is`, and what was
    found for them.
    """

    estimator: Any
    k_max: int
    last: tuple[Any, Found] | None = field(default=None, repr=False)

    def find(self, X: Any) -> Found:
        """Return the neighbours of `X`, searched for once while it is the same object."""
        last = self.last
        if last is None or last[0] is not X:
            last = self.last = (X, Found(self.estimator, X, self.k_max))
        return last[1]


@dataclass(frozen=True)
class NeighborsState:
    """Fitted members, and the searcher of each."""

    members: Members
    searchers: Sequence[Searcher]


class NeighborsFit(SharedFit):
    """Nearest neighbours for many counts and weightings, from one search per X.

    Where neighbours at equal distance leave open what a search for fewer would find, the member
    itself is asked for those rows.
    """

    varying = frozenset({"n_neighbors", "weights"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse sparse X, metrics and weights that are functions, and precomputed distances."""
        if meta.sparse:
            return "X is sparse"
        metric, weights = params.get("metric", "minkowski"), params.get("weights", "uniform")
        if not isinstance(metric, str):
            return "metric is a function or an object"
        if metric == "precomputed":
            return "metric='precomputed'"
        if weights is not None and not isinstance(weights, str):
            return "weights is a function"
        k = params.get("n_neighbors", 5)
        if not isinstance(k, Integral) or int(k) < 1:
            return "n_neighbors is not a whole number of at least 1"
        return "n_neighbors is more than there are rows" if int(k) > meta.n_samples else None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: a search for a quarter as many rows, its lists and the answers."""
        n, p, k = meta.n_samples, meta.n_features or 100, max(members.values("n_neighbors"))
        queries = n / 4
        responses = 8.0 * queries * meta.n_outputs * len(members)
        return Cost(queries * n * p, state=8.0 * (n * p + 2 * queries * k), responses=responses)

    def fit(self, members: Members, X: Array, y: Array | None, **fit_params: Any) -> NeighborsState:
        """Fit the member of the largest k, for each search structure that "auto" would choose."""
        if fit_params:
            raise Declined(f"the fit parameter {sorted(fit_params)[0]!r} is given")
        counts = members.values("n_neighbors")
        n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
        if max(counts) > n_samples:
            raise Declined("n_neighbors is more than there are rows")
        # From half of the rows on "auto" takes brute force, below that a tree where one serves.
        auto = members.common["algorithm"] == "auto"
        sides = [auto and k >= n_samples // 2 for k in counts]
        searchers = {}
        for side in sorted(set(sides)):
            largest = max((k, i) for i, k in enumerate(counts) if sides[i] == side)
            searchers[side] = Searcher(members.instance(largest[1]).fit(X, y), largest[0])
        return NeighborsState(members, [searchers[side] for side in sides])

    def respond(
        self, state: NeighborsState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer predict or predict_proba for many members from one search."""
        counts, weightings = (state.members.values(name) for name in ("n_neighbors", "weights"))
        groups: dict[Any, list[int]] = {}
        for i in members:
            groups.setdefault((id(state.searchers[i]), weightings[i]), []).append(i)
        answers: dict[int, Any] = {}
        for (_, weights), same in groups.items():
            asked: list[tuple[int, Callable[[], Any]]] = [
                (int(counts[i]), partial(self.materialise, state, i)) for i in same
            ]
            found = state.searchers[same[0]].find(X).answers(method, weights, asked)
            answers.update(zip(same, found, strict=True))
        return [answers[i] for i in members]

    def materialise(self, state: NeighborsState, i: int) -> BaseEstimator:
        """Return member `i`, with the search structure of its searcher."""
        estimator = state.members.instance(i)
        params = estimator.get_params(deep=False)
        for name, value in vars(state.searchers[i].estimator).items():
            if name not in params:
                setattr(estimator, name, value)
        return estimator


for _name in ("KNeighborsClassifier", "KNeighborsRegressor"):
    register_shared_fit(f"sklearn.neighbors:{_name}", NeighborsFit())
    register_shared_fit(f"gridfold.estimators:{_name}", NeighborsFit())
