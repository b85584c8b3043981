"""The search structures of the members of a group: what each would search with if fitted alone."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from copy import copy
from typing import Any

from scipy import sparse
from sklearn.base import BaseEstimator

from ..arrays import HOST, Array, place_of
from ..shared import Declined, Members

_TREES = ("ball_tree", "kd_tree")


class Structures:
    """Fitted estimators, one for each algorithm and metric; trees of other leaf sizes when asked.

    Parameters
    ----------
    members : Members
    X, y : arrays, as for the members' own `fit`
    """

    def __init__(self, members: Members, X: Array, y: Array | None) -> None:
        self._members = members
        self._leaf_sizes = members.values("leaf_size")
        n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
        self._fits = _keys(members, n_samples)
        if sparse.issparse(X) and any(name in _TREES for name in members.values("algorithm")):
            raise Declined("algorithm is a tree and X is sparse")
        self._fitted: dict[Hashable, Any] = {}
        for i, key in enumerate(self._fits):
            if key not in self._fitted:
                self._fitted[key] = members.instance(i).fit(X, y)
        self._own: dict[Hashable, Any] = {}

    def base(self, i: int) -> Any:
        """The fitted estimator with member `i`'s algorithm and metric."""
        return self._fitted[self._fits[i]]

    def key(self, i: int) -> Hashable:
        """Members with equal keys would search with equal structures."""
        is_tree = place_of(self.base(i)._fit_X) == HOST and self.base(i)._fit_method != "brute"
        return (self._fits[i], self._leaf_sizes[i] if is_tree else None)

    def search_key(self, i: int) -> Hashable:
        """Members with equal keys find the same distances: one may search for the other.

        All trees find the same for a metric; products of matrices have a rounding of their own.
        """
        base = self.base(i)
        if place_of(base._fit_X) != HOST:
            return self.key(i)
        _, metric, p, _ = self._fits[i]
        if self._members.common["metric_params"] is None:
            metric = base.effective_metric_
            p = p if metric == "minkowski" else None
        return (base._fit_method == "brute", metric, p)

    def own(self, i: int) -> Any:
        """The fitted estimator that searches as member `i` alone would."""
        base, key = self.base(i), self.key(i)
        if key[1] is None or base.leaf_size == key[1]:  # type: ignore[index]
            return base
        if key not in self._own:
            estimator = copy(base)
            estimator.leaf_size = self._leaf_sizes[i]
            estimator._tree = type(base._tree)(
                base._fit_X,
                estimator.leaf_size,
                metric=base.effective_metric_,
                **base.effective_metric_params_,
            )
            self._own[key] = estimator
        return self._own[key]

    def materialise(self, i: int) -> BaseEstimator:
        """Return member `i`, with the structure that it would have alone."""
        estimator = self._members.instance(i)
        params = estimator.get_params(deep=False)
        for name, value in vars(self.own(i)).items():
            if name not in params:
                setattr(estimator, name, value)
        return estimator


def _keys(members: Members, n_samples: int) -> Sequence[tuple[Any, Any, Any, bool]]:
    """What a member's structure depends on, besides leaf size: algorithm, metric, p and one side.

    From half of the rows on "auto" takes brute force, below that a tree where one serves.
    """
    columns = [members.values(name) for name in ("algorithm", "metric", "p", "n_neighbors")]
    return [
        (
            algorithm,
            metric,
            p if metric == "minkowski" else None,
            algorithm == "auto" and k >= n_samples // 2,
        )
        for algorithm, metric, p, k in zip(*columns, strict=True)
    ]
