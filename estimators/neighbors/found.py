"""The neighbours found for some rows, and what many members answer from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from ..arrays import HOST, Array, is_foreign, place_of, to_numpy
from ..base import result_place, to_host
from .classifier import votes_of
from .regressor import targets_of
from .ties import Ties, product_slack
from .votes import means, neighbour_weights

_PAIRWISE_FROM = 8  # numpy adds fewer numbers than this one after the other, zeros changing nothing
_SPARE = 4  # neighbours beyond the largest k


class Found:
    """The `k_max` nearest training rows of every row of `X`.

    The search is the one that the member of the largest k would do. Where scikit-learn counts votes
    in another search, a few more rows are found to see ties beyond the last by.

    Parameters
    ----------
    estimator : KNeighborsClassifier or KNeighborsRegressor
        Fitted; scikit-learn's or ours.
    X : array-like of shape (n_queries, n_features)
    """

    def __init__(self, estimator: Any, X: Any, k_max: int) -> None:
        self.estimator, self.X = estimator, X
        search = getattr(estimator, "_search", estimator.kneighbors)
        k = min(estimator.n_samples_fit_, k_max + _SPARE * self._votes_directly("uniform"))
        self.distances, self.indices = search(X, k)
        self.complete = k == estimator.n_samples_fit_
        self.place = place_of(self.distances)
        self._ties: dict[bool, Ties] = {}

    def answers(
        self, method: str, weights: str | None, members: Sequence[tuple[int, Callable[[], Any]]]
    ) -> list[Any]:
        """Answer for members of one weighting, each given as its k and how to make it."""
        counts = [k for k, _ in members]
        weight = neighbour_weights(self.distances, weights, self.place.xp)
        if not is_classifier(self.estimator):
            return self._settled(method, weights, members, self._means(weight, counts))
        votes = votes_of(self.estimator, self.indices, weight)
        if method == "predict_proba":
            tables = [vote.shares(counts) for vote in votes]
            several = self.estimator.outputs_2d_
            shares = [
                [t[j] for t in tables] if several else tables[0][j] for j in range(len(counts))
            ]
            return self._settled(method, weights, members, shares)
        winners = [vote.winners(counts) for vote in votes]
        labels = [self._labels([w[j][0] for w in winners]) for j in range(len(counts))]
        close = [[w[j][1] for w in winners] for j in range(len(counts))]
        return self._settled(method, weights, members, labels, close)

    def _means(self, weight: Array | None, counts: list[int]) -> list[Array]:
        values = targets_of(self.estimator, self.indices)
        answers = means(values, weight, counts, self.place.xp)
        return [a[:, 0] for a in answers] if self.estimator._y.ndim == 1 else answers

    def _labels(self, chosen: list[Array]) -> np.ndarray:
        several = self.estimator.outputs_2d_
        classes = self.estimator.classes_ if several else [self.estimator.classes_]
        columns = [c.take(to_numpy(j)) for c, j in zip(classes, chosen, strict=True)]
        return np.stack(columns, axis=1).astype(classes[0].dtype) if several else columns[0]

    def _settled(
        self,
        method: str,
        weights: str | None,
        members: Sequence[tuple[int, Callable[[], Any]]],
        answers: Sequence[Any],
        close: Sequence[list[np.ndarray]] | None = None,
    ) -> list[Any]:
        """Settle what ties leave open, and put the answers where `X` is."""
        settled = []
        for j, (k, make) in enumerate(members):
            answer = answers[j]
            if self.place == HOST:
                near = self._votes_directly(weights)
                rows = self._ties_of(near).at(k)
                if close is not None and weights == "distance" and k >= _PAIRWISE_FROM:
                    shaken = self._ties_of(near).within(k)
                    rows = np.union1d(rows, shaken[np.any([c[shaken] for c in close[j]], axis=0)])
                if rows.size:
                    answer = self._asked(make(), method, answer, rows, near)
            settled.append(self._home(answer))
        return settled

    def _ties_of(self, near: bool) -> Ties:
        if near not in self._ties:
            slack = None
            if near and self.estimator.effective_metric_ == "euclidean":
                slack = product_slack(self.distances, self.X, self.estimator._fit_X)
            targets = targets_of(self.estimator, self.indices)
            self._ties[near] = Ties(self.distances, targets, self.complete, slack)
        return self._ties[near]

    def _votes_directly(self, weights: str | None) -> bool:
        """Whether scikit-learn counts votes without `kneighbors`, from distances of its own.

        It does for one output, equal weights and brute force on plain arrays; each row of such an
        answer depends on that row alone.
        """
        X, rows = self.X, self.estimator._fit_X
        return (
            is_classifier(self.estimator)
            and weights == "uniform"
            and not self.estimator.outputs_2d_
            and self.estimator._fit_method == "brute"
            and isinstance(X, np.ndarray)
            and X.flags.c_contiguous
            and X.dtype == rows.dtype
            and X.dtype in (np.float32, np.float64)
        )

    def _asked(self, member: Any, method: str, answer: Any, rows: np.ndarray, rowwise: bool) -> Any:
        """Ask the member for some rows, or for all: products of matrices round by their shape."""
        X = to_host(self.X)
        rowwise = rowwise or member._fit_method != "brute"
        if not rowwise or 2 * rows.size > len(self.distances) or not hasattr(X, "shape"):
            return getattr(member, method)(X)
        fresh = getattr(member, method)(X.iloc[rows] if hasattr(X, "iloc") else X[rows])
        several = isinstance(answer, list)
        for old, new in zip(answer, fresh, strict=True) if several else [(answer, fresh)]:
            old[rows] = new
        return answer

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
