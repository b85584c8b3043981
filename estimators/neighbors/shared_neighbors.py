"""The shared fit of nearest neighbours: one search at the largest k, all answers read off it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import log2
from numbers import Integral, Real
from typing import Any

from sklearn.base import BaseEstimator

from ..arrays import Array
from ..shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit
from .found import Asked, Found
from .structures import Structures

_TREE_FEATURES = 15  # up to here "auto" takes a tree
_PER_PAIR = 30.0  # operations for a pair of rows beside those for each column
_PER_STEP = 400.0  # operations for each column and level of a tree, times the root of k


@dataclass
class Searcher:
    """A fitted estimator that searches for all members that find the same distances.

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
    """The search structures of the members, and the searcher of each member."""

    members: Members
    structures: Structures
    searchers: Sequence[Searcher]


class NeighborsFit(SharedFit):
    """Nearest neighbours for many counts and weightings, from one search per metric and X.

    Where neighbours at equal distance leave open what a search for fewer would find, the member's
    own search is asked about those rows.
    """

    varying = frozenset({"n_neighbors", "weights", "p", "metric", "algorithm", "leaf_size"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse functions, precomputed distances, and what scikit-learn itself refuses."""
        metric, weights = params.get("metric", "minkowski"), params.get("weights", "uniform")
        if not isinstance(metric, str):
            return "metric is a function or an object"
        if metric == "precomputed":
            return "metric='precomputed'"
        if weights not in (None, "uniform", "distance"):
            return "weights is a function"
        k = params.get("n_neighbors", 5)
        if not isinstance(k, Integral) or int(k) < 1:
            return "n_neighbors is not a whole number of at least 1"
        if int(k) > meta.n_samples:
            return "n_neighbors is more than there are rows"
        return _has_no_search(params, metric, meta)

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: a search for a quarter as many rows, its lists and the answers."""
        n, p = meta.n_samples, meta.n_features or 100
        queries, work, lists = n / 4, 0.0, 0.0
        for k in _largest_counts(members).values():
            in_tree = p <= _TREE_FEATURES
            each = _PER_STEP * p * log2(n + 1) * k**0.5 if in_tree else n * (p + _PER_PAIR)
            work += queries * each
            lists += 2 * queries * k
        responses = 8.0 * queries * meta.n_outputs * len(members)
        return Cost(work, state=8.0 * (n * p + lists), responses=responses)

    def order(self, members: Members) -> Sequence[int]:
        """Return the members search by search, those of the fewest neighbours first."""
        counts = members.values("n_neighbors")
        keys = [(str(key), k) for key, k in zip(_searches(members), counts, strict=True)]
        return sorted(range(len(members)), key=keys.__getitem__)

    def fit(self, members: Members, X: Array, y: Array | None, **fit_params: Any) -> NeighborsState:
        """Fit one member of each algorithm and metric."""
        if fit_params:
            raise Declined(f"the fit parameter {sorted(fit_params)[0]!r} is given")
        counts = members.values("n_neighbors")
        n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
        if max(counts) > n_samples:
            raise Declined("n_neighbors is more than there are rows")
        structures = Structures(members, X, y)
        if getattr(structures.base(0)._y.dtype, "kind", None) == "O":
            raise Declined("y is an array of objects")
        searchers: dict[Hashable, Searcher] = {}
        keys = [structures.search_key(i) for i in range(len(members))]
        for i, key in enumerate(keys):
            base = structures.base(i)
            known = searchers.setdefault(key, Searcher(base, int(counts[i])))
            known.k_max = max(known.k_max, int(counts[i]))
            if base._fit_method == "kd_tree":  # the faster of the trees
                known.estimator = base
        return NeighborsState(members, structures, [searchers[key] for key in keys])

    def respond(
        self, state: NeighborsState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer predict or predict_proba for many members from one search per metric."""
        counts, weightings = (state.members.values(name) for name in ("n_neighbors", "weights"))
        groups: dict[Any, list[int]] = {}
        for i in members:
            groups.setdefault((id(state.searchers[i]), weightings[i]), []).append(i)
        answers: dict[int, Any] = {}
        structures = state.structures
        for (_, weights), same in groups.items():
            asked = [
                Asked(int(counts[i]), structures.key(i), partial(structures.own, i)) for i in same
            ]
            found = state.searchers[same[0]].find(X).answers(method, weights, asked)
            answers.update(zip(same, found, strict=True))
        return [answers[i] for i in members]

    def materialise(self, state: NeighborsState, i: int) -> BaseEstimator:
        """Return member `i`, with the search structure that it would have alone."""
        return state.structures.materialise(i)


def _has_no_search(params: Mapping[str, Any], metric: str, meta: Meta) -> str | None:
    """Why scikit-learn would refuse an algorithm with a metric, or take another."""
    from sklearn.neighbors import VALID_METRICS

    algorithm, p = params.get("algorithm", "auto"), params.get("p", 2)
    if algorithm not in ("auto", *VALID_METRICS):
        return f"algorithm={algorithm!r} is not known"
    searches = ("ball_tree", "brute") if algorithm == "auto" else (algorithm,)
    if not any(metric in VALID_METRICS[search] for search in searches):
        return f"metric={metric!r} is not known to algorithm={algorithm!r}"
    if meta.sparse and algorithm in ("ball_tree", "kd_tree"):
        return "algorithm is a tree and X is sparse"
    if metric == "minkowski" and not (isinstance(p, Real) and float(p) >= 1):
        return "p is not a number of at least 1"
    leaf_size = params.get("leaf_size", 30)
    if not isinstance(leaf_size, Integral) or int(leaf_size) < 1:
        return "leaf_size is not a whole number of at least 1"
    return None


def _searches(members: Members) -> list[Hashable]:
    """What tells the searches of members apart, as far as parameters tell: metric, p, algorithm."""
    columns = [members.values(name) for name in ("metric", "p", "algorithm")]
    return [
        (metric, p if metric == "minkowski" else None, algorithm == "brute")
        for metric, p, algorithm in zip(*columns, strict=True)
    ]


def _largest_counts(members: Members) -> dict[Hashable, int]:
    """The largest k of each search."""
    largest: dict[Hashable, int] = {}
    for key, k in zip(_searches(members), members.values("n_neighbors"), strict=True):
        largest[key] = max(largest.get(key, 0), int(k))
    return largest


for _name in ("KNeighborsClassifier", "KNeighborsRegressor"):
    register_shared_fit(f"sklearn.neighbors:{_name}", NeighborsFit())
    register_shared_fit(f"gridfold.estimators:{_name}", NeighborsFit())
