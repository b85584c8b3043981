"""Metrics of how scores order the rows, for many members at once.

Both are sums over the rows of one class, for each of them over the rows that are scored as high
or higher. Rows of equal scores count as scikit-learn's curves have them: in the area, half of the
equal ones; in the precision, all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np

from ...estimators.arrays import Array, Namespace
from .batch import Batch, is_number
from .labels import Truth, truth_of

Ranking = Callable[[Array, Array, Array | None, Namespace], Array]


def roc_auc(batch: Batch, average: str = "macro", multi_class: str = "raise") -> Array | None:
    """Return the area under the ROC curve, of two classes or averaged over several."""
    truth = _ranked(batch)
    if truth is None or len(truth.classes) < 2:
        return None
    if len(truth.classes) == 2 and batch.shape == (batch.n_samples,):
        return _of_two(batch, truth.codes == 1, area)
    if batch.shape != (batch.n_samples, len(truth.classes)) or len(truth.classes) == 2:
        return None
    if multi_class == "ovr":
        return _one_against_rest(batch, truth, area, average, sum_to_one=True)
    if multi_class == "ovo" and batch.weight is None and average != "micro":
        return _one_against_one(batch, truth, average)
    return None


def average_precision(batch: Batch, average: str = "macro", pos_label: Any = 1) -> Array | None:
    """Return the average precision at the rows of the positive class."""
    truth = _ranked(batch)
    if truth is None:
        return None
    if len(truth.classes) <= 2:
        positive = truth.code_of(pos_label)
        if positive is None or batch.shape != (batch.n_samples,):
            return None
        return _of_two(batch, truth.codes == positive, precision_at_hits)
    if batch.shape != (batch.n_samples, len(truth.classes)) or pos_label != 1:
        return None
    return _one_against_rest(batch, truth, precision_at_hits, average, sum_to_one=False)


def _ranked(batch: Batch) -> Truth | None:
    """Return the true labels where the predictions are scores of the same rows."""
    truth = truth_of(batch)
    if truth is None or batch.shape is None or not batch.has_plain_weight:
        return None
    if batch.n_samples != truth.codes.shape[0] or len(batch.shape) > 2:
        return None
    return truth if is_number(batch.place.xp, batch.first) else None


def _weights(batch: Batch) -> Array | None:
    weight, xp = batch.weight, batch.place.xp
    return None if weight is None else xp.astype(weight, xp.float64, copy=False)


def _of_two(batch: Batch, positive: Array, ranking: Ranking) -> Array:
    xp, weight = batch.place.xp, _weights(batch)
    return xp.concat([ranking(block, positive, weight, xp) for block in batch.blocks()])


def _one_against_rest(
    batch: Batch, truth: Truth, ranking: Ranking, average: str, *, sum_to_one: bool
) -> Array:
    """Average the metric of each class against all others."""
    xp, weight = batch.place.xp, _weights(batch)
    n_classes = len(truth.classes)
    classes = xp.arange(n_classes, device=batch.place.device)
    own = truth.codes[:, None] == classes[None, :]
    found = []
    for block in batch.blocks():
        if average == "micro":
            flat = xp.reshape(block, (block.shape[0], -1))
            repeated = None if weight is None else xp.repeat(weight, n_classes)
            score = ranking(flat, xp.reshape(own, (-1,)), repeated, xp)
        else:
            columns = [
                ranking(_column(block, k, xp), own[:, k], weight, xp) for k in range(n_classes)
            ]
            shares = _shares(batch, own, average, xp)
            score = xp.sum(xp.stack(columns, axis=1) * shares, axis=1) / xp.sum(shares)
        found.append(_if_probabilities(block, score, xp) if sum_to_one else score)
    return xp.concat(found)


def _shares(batch: Batch, own: Array, average: str, xp: Namespace) -> Array:
    """Return what each class counts in the average, summed in the dtype of the weights."""
    if average == "macro":
        return xp.ones_like(own[0, :], dtype=xp.float64)
    weight = batch.weight
    if weight is None:
        return xp.sum(xp.astype(own, xp.float64), axis=0)
    return xp.astype(xp.sum(xp.astype(own, weight.dtype) * weight[:, None], axis=0), xp.float64)


def _one_against_one(batch: Batch, truth: Truth, average: str) -> Array:
    """Average the area over pairs of classes, each pair ranked by either class's scores."""
    xp = batch.place.xp
    found = []
    for block in batch.blocks():
        scores, shares = [], []
        for a, b in combinations(range(len(truth.classes)), 2):
            rows = xp.nonzero((truth.codes == a) | (truth.codes == b))[0]
            pair = xp.take(block, rows, axis=1)
            codes = xp.take(truth.codes, rows, axis=0)
            areas = [area(_column(pair, k, xp), codes == k, None, xp) for k in (a, b)]
            scores.append((areas[0] + areas[1]) / 2)
            shares.append(rows.shape[0] / batch.n_samples if average == "weighted" else 1.0)
        weighted = [score * share for score, share in zip(scores, shares, strict=True)]
        score = xp.sum(xp.stack(weighted, axis=1), axis=1) / sum(shares)
        found.append(_if_probabilities(block, score, xp))
    return xp.concat(found)


def _column(block: Array, k: int, xp: Namespace) -> Array:
    return xp.asarray(block[:, :, k], copy=True)


def _if_probabilities(block: Array, score: Array, xp: Namespace) -> Array:
    """Return NaN for members whose scores do not sum to 1 over the classes."""
    total = xp.sum(block, axis=2)
    close = xp.abs(1 - total) <= 1e-8 + 1e-5 * xp.abs(total)  # as numpy.allclose(1, total)
    return xp.where(xp.all(close, axis=1), score, xp.nan)


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
