"""Sums over rows in the order of their scores, for many members at once.

Both are sums over the rows of one class, for each of them over the rows that are scored as high
or higher. Rows of equal scores count as scikit-learn's curves have them: in the area, half of the
equal ones; in the precision, all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...estimators.arrays import Array, Namespace


def area(scores: Array, positive: Array, weight: Array | None, xp: Namespace) -> Array:
    """Return the area under the ROC curve: the share of pairs of rows that are ordered right.

    Parameters
    ----------
    scores : array of shape (n_members, n_samples)
    positive : bool array of shape (n_samples,)
    weight : array of shape (n_samples,) of float64, or None

    Returns
    -------
    areas : array of shape (n_members,)
        NaN where a score is not finite, or a class has no weight.
    """
    if weight is None and isinstance(scores, np.ndarray):
        return np.array([_area(*pair) for pair in _sorted_apart(scores, positive)])
    ties = Ties(scores, xp)
    hits, others = ties.weights(positive, weight), ties.weights(~positive, weight)
    reached = xp.cumulative_sum(hits, axis=1)
    height = ties.spread((ties.before(reached) + ties.at_end(reached)) / 2)
    total = reached[:, -1] * xp.sum(others, axis=1)
    return _if_finite(scores, xp.sum(others * height, axis=1) / total, xp)


def precision_at_hits(scores: Array, positive: Array, weight: Array | None, xp: Namespace) -> Array:
    """Return the average over the positive rows of the precision among rows scored as high.

    Parameters and result as those of `area`.
    """
    if weight is None and isinstance(scores, np.ndarray):
        return np.array([_precision(*pair) for pair in _sorted_apart(scores, positive)])
    ties = Ties(scores, xp)
    hits, others = ties.weights(positive, weight), ties.weights(~positive, weight)
    reached = xp.cumulative_sum(hits, axis=1)
    right = ties.at_end(reached)
    both = right + ties.at_end(xp.cumulative_sum(others, axis=1))
    precision = ties.spread(right / xp.where(both == 0, 1.0, both))
    return _if_finite(scores, xp.sum(hits * precision, axis=1) / reached[:, -1], xp)


class Ties:
    """The rows of each member from the highest score down, and the runs of equal scores."""

    def __init__(self, scores: Array, xp: Namespace) -> None:
        self._xp, self._shape = xp, scores.shape
        self._order = xp.argsort(-scores, axis=1, stable=False)
        ordered = xp.take_along_axis(scores, self._order, axis=1)
        last = xp.ones_like(ordered[:, :1], dtype=xp.bool)
        ends = xp.reshape(xp.concat([ordered[:, 1:] != ordered[:, :-1], last], axis=1), (-1,))
        self._ends = xp.nonzero(ends)[0]
        starts = xp.concat([last[0, :], ends[:-1]])
        self._run = xp.cumulative_sum(xp.astype(starts, xp.int64)) - 1
        # A row's first run starts where the row does: nothing comes before it.
        self._first = xp.nonzero(starts)[0] % scores.shape[1] == 0

    def weights(self, rows: Array, weight: Array | None) -> Array:
        """Return the weights of the rows asked for, and 0 for others, in each member's order."""
        xp = self._xp
        own = xp.astype(rows, xp.float64)
        own = own if weight is None else own * weight
        return xp.reshape(xp.take(own, xp.reshape(self._order, (-1,))), self._shape)

    def at_end(self, cumulated: Array) -> Array:
        """Return what a cumulated sum is at the end of each run."""
        return self._xp.take(self._xp.reshape(cumulated, (-1,)), self._ends)

    def before(self, cumulated: Array) -> Array:
        """Return what a cumulated sum is before each run."""
        xp, ends = self._xp, self.at_end(cumulated)
        shifted = xp.concat([xp.zeros_like(ends[:1]), ends[:-1]])
        return xp.where(self._first, 0.0, shifted)

    def spread(self, per_run: Array) -> Array:
        """Return for each row the value of its run."""
        return self._xp.reshape(self._xp.take(per_run, self._run), self._shape)


def _if_finite(scores: Array, found: Array, xp: Namespace) -> Array:
    return xp.where(xp.all(xp.isfinite(scores), axis=1), found, xp.nan)


def _sorted_apart(
    scores: np.ndarray, positive: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield each member's scores of the positive rows and of the others, sorted.

    Without weights two sorted lists are enough, and NumPy sorts values much faster than it orders
    rows.
    """
    hits, others = (
        np.sort(np.take(scores, np.flatnonzero(rows), axis=1), axis=1)
        for rows in (positive, ~positive)
    )
    yield from zip(hits, others, strict=True)


def _are_finite(ordered: np.ndarray) -> bool:
    return bool(np.isfinite(ordered[:1]).all() and np.isfinite(ordered[-1:]).all())


def _area(hits: np.ndarray, others: np.ndarray) -> float:
    if not (_are_finite(hits) and _are_finite(others)):
        return np.nan
    few, many = (hits, others) if len(hits) <= len(others) else (others, hits)
    # Twice the pairs in which the one of `few` is higher; equal ones count once.
    higher = int(many.searchsorted(few, "left").sum()) + int(many.searchsorted(few, "right").sum())
    pairs = 2 * len(few) * len(many)
    return (higher if few is hits else pairs - higher) / pairs


def _precision(hits: np.ndarray, others: np.ndarray) -> float:
    if not (_are_finite(hits) and _are_finite(others)):
        return np.nan
    right = len(hits) - hits.searchsorted(hits, "left")
    wrong = len(others) - others.searchsorted(hits, "left")
    return float(np.mean(right / (right + wrong)))
