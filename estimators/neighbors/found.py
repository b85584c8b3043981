"""The neighbours found for some rows, and what many members answer from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import check_array

from ..arrays import HOST, Array, is_foreign, place_of, to_numpy
from ..base import result_place, to_host
from ..sklearn_private import ArgKmin
from .classifier import votes_of
from .regressor import targets_of
from .smaller import SmallerSearch
from .ties import Ties, tree_slack
from .votes import Winners, means, neighbour_weights

_PAIRWISE_FROM = 8  # numpy adds fewer numbers than this one after the other, zeros changing nothing
_SPARE = 3  # neighbours beyond the largest k: rows are seldom repeated more often


@dataclass(frozen=True)
class Asked:
    """A member that is asked: its k, and the fitted estimator that it would search with alone.

    `structure` tells members with the same such estimator from others; it is made when needed.
    """

    k: int
    structure: Any
    make: Callable[[], Any]


class Found:
    """The nearest training rows of every row of `X`: a few more than the `k_max` asked for.

    Those show whether the last is tied with others beyond, and whether that matters.

    Parameters
    ----------
    estimator : KNeighborsClassifier or KNeighborsRegressor
        Fitted; scikit-learn's or ours.
    X : array-like of shape (n_queries, n_features)
    """

    def __init__(self, estimator: Any, X: Any, k_max: int) -> None:
        self.estimator, self.X = estimator, X
        search = getattr(estimator, "_search", estimator.kneighbors)
        k = min(estimator.n_samples_fit_, k_max + _SPARE)
        self.distances, self.indices = search(X, k)
        self.complete = k == estimator.n_samples_fit_
        self.place = place_of(self.distances)
        self._smaller: dict[Any, SmallerSearch] = {}

    def answers(self, method: str, weights: str | None, members: Sequence[Asked]) -> list[Any]:
        """Answer for members of one weighting."""
        counts = [member.k for member in members]
        weight = neighbour_weights(self.distances, weights, self.place.xp)
        found, winners = self._answers(method, counts, weight, self.indices)
        if self.place == HOST:
            for j, member in enumerate(members):
                if winners:
                    rows = self._undecided(member.k, weight, winners[j])
                else:
                    rows = self._in_doubt(member.k, weights)
                if rows.size:
                    self._settle(method, weights, member, rows, found[j])
        return [self._home(answer) for answer in found]

    def _answers(
        self, method: str, counts: list[int], weight: Array | None, indices: Array
    ) -> tuple[list[Any], list[list[Winners]]]:
        """The answers for each count, and for labels how they won, output by output."""
        model, xp = self.estimator, self.place.xp
        if not is_classifier(model):
            found = means(targets_of(model, indices), weight, counts, xp)
            return [a[:, 0] for a in found] if model._y.ndim == 1 else found, []
        votes = votes_of(model, indices, weight)
        places = range(len(counts))
        if method == "predict_proba":
            tables = [vote.shares(counts) for vote in votes]
            several = model.outputs_2d_
            return [[t[j] for t in tables] if several else tables[0][j] for j in places], []
        won = [vote.winners(counts) for vote in votes]
        winners = [[one[j] for one in won] for j in places]
        return [self._labels([one.chosen for one in each]) for each in winners], winners

    def _labels(self, chosen: list[Array]) -> np.ndarray:
        several = self.estimator.outputs_2d_
        classes = self.estimator.classes_ if several else [self.estimator.classes_]
        columns = [c.take(to_numpy(j)) for c, j in zip(classes, chosen, strict=True)]
        return np.stack(columns, axis=1).astype(classes[0].dtype) if several else columns[0]

    def _in_doubt(self, k: int, weights: str | None) -> np.ndarray:
        """The rows whose shares or mean may differ in the member's own search."""
        rows = self._ties.at(k)
        if is_classifier(self.estimator) or (weights != "distance" and self._sums_are_exact):
            return rows
        return np.union1d(rows, self._ties.within(k, coincident=True))

    def _undecided(self, k: int, weight: Array | None, winners: list[Winners]) -> np.ndarray:
        """The rows whose label may differ: those who won did so by less than is in doubt.

        What is in doubt are the neighbours from the first that is tied with others beyond the k-th,
        or the rounding of the sums of weights.
        """
        rows, first = self._ties.at(k), self._ties.first(k)
        lost = (k - first) * (1.0 if weight is None else weight[rows, first])
        rows = rows[np.any([one.may_lose(rows, lost) for one in winners], axis=0)]
        if weight is None or k < _PAIRWISE_FROM:
            return rows
        shaken = self._ties.within(k, coincident=False)
        close = np.any([one.may_lose(shaken, 0.0) for one in winners], axis=0)
        return np.union1d(rows, shaken[close])

    def _settle(
        self, method: str, weights: str | None, member: Asked, rows: np.ndarray, answer: Any
    ) -> None:
        """Write into some rows of an answer what the member's own search says."""
        if member.structure not in self._smaller:
            self._smaller[member.structure] = SmallerSearch(member.make(), self._rows)
        search = self._smaller[member.structure]
        by_class = self._votes_directly(search.estimator, weights)
        distances, indices = search.neighbours(member.k, rows, by_class)
        weight = neighbour_weights(distances, weights, self.place.xp)
        (fresh,), _ = self._answers(method, [member.k], weight, indices)
        several = isinstance(answer, list)
        for old, new in zip(answer, fresh, strict=True) if several else [(answer, fresh)]:
            old[rows] = new

    @cached_property
    def _rows(self) -> Any:
        """`X` as the search itself converts it, which has checked it before."""
        X = to_host(self.X)
        return check_array(X, accept_sparse="csr", order="C", ensure_all_finite=False)

    @cached_property
    def _ties(self) -> Ties:
        slack = None
        if self.estimator._fit_method != "brute":
            slack = tree_slack(self._rows, self.estimator._fit_X)
        targets = targets_of(self.estimator, self.indices)
        return Ties(self.distances, targets, self.complete, slack)

    @cached_property
    def _sums_are_exact(self) -> bool:
        """Whether sums of targets are: of whole numbers that are not too large."""
        y = self.estimator._y
        if y.dtype.kind in "biu":
            y = y.astype(np.float64)
        if y.dtype.kind != "f" or not np.array_equal(y, np.rint(y)):
            return False
        bits = np.finfo(y.dtype).nmant
        return float(np.max(np.abs(y), initial=0.0)) * self.distances.shape[1] < 2.0**bits

    def _votes_directly(self, estimator: Any, weights: str | None) -> bool:
        """Whether scikit-learn counts votes without `kneighbors`.

        It does for one output, equal weights and brute force, for metrics other than euclidean.
        """
        return (
            is_classifier(estimator)
            and weights == "uniform"
            and not estimator.outputs_2d_
            and estimator._fit_method == "brute"
            and "euclidean" not in estimator.effective_metric_
            and ArgKmin.is_usable_for(self.X, estimator._fit_X, estimator.metric)
        )

    def _home(self, answer: Any) -> Any:
        """Put an answer where `X` is, in its dtype where it was computed off the host."""
        if not is_foreign(self.X):
            return answer if self.place == HOST else _each(answer, to_numpy)
        home = place_of(self.X)
        if self.place == HOST or isinstance(answer, np.ndarray):
            return _each(answer, lambda a: result_place(home, a).put(a))
        dtype = self.estimator._float_of(self.X)
        return _each(answer, lambda a: home.put(a, dtype))


def _each(answer: Any, change: Callable[[Any], Any]) -> Any:
    return [change(a) for a in answer] if isinstance(answer, list) else change(answer)
