"""ROC AUC and average precision of many members at once, of two classes or averaged over more."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

from ...estimators.arrays import Array, Namespace
from .batch import Batch, is_number
from .labels import Truth, truth_of
from .order import area, precision_at_hits

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
