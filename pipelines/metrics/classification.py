"""Metrics of predicted labels, for many members at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...estimators.arrays import Array, Namespace
from .batch import Batch
from .counts import Counts, counted, predicted_labels

Parts = Callable[[Array, Array, Array], tuple[Array, Array]]

WARN = "warn"
_NEARLY_CONSTANT = 1e-3


def accuracy(batch: Batch) -> Array | None:
    """Return the share of rows predicted right."""
    predictions = predicted_labels(batch)
    if predictions is None:
        return None
    place, xp = batch.place, batch.place.xp
    weight = batch.weight
    if weight is not None:
        weight = xp.astype(weight, xp.float64, copy=False)
    scores = []
    for coded in predictions.blocks():
        if coded.labels is None:
            shape = (coded.codes.shape[0],)
            scores.append(xp.full(shape, xp.nan, dtype=xp.float64, device=place.device))
            continue
        right = coded.codes == predictions.truth.codes
        if weight is None:
            found = xp.astype(xp.count_nonzero(right, axis=1), xp.float64) / right.shape[1]
        else:
            found = xp.sum(xp.astype(right, xp.float64) * weight, axis=1) / xp.sum(weight)
        scores.append(found)
    return xp.concat(scores)


@counted
def balanced_accuracy(counts: Counts, adjusted: bool = False) -> Array:
    """Average the recall over the labels of y; where a label has no rows scikit-learn warns."""
    xp = counts.xp
    recall, undefined = _ratio(counts.hits, counts.true, xp)
    n_labels = xp.astype(xp.count_nonzero(counts.present, axis=1), xp.float64)
    score = _over(recall, counts.present, xp)
    if adjusted:
        score = (score - 1 / n_labels) / (1 - 1 / n_labels)
    doubtful = xp.any(undefined & counts.present, axis=1) | (n_labels < 2)
    return xp.where(doubtful, xp.nan, score)


@counted
def matthews(counts: Counts) -> Array:
    """Return the correlation of true and predicted labels; 0 where one of them is constant."""
    xp = counts.xp
    right = xp.sum(counts.hits, axis=1)
    rows = xp.sum(counts.predicted, axis=1)
    both = right * rows - xp.sum(counts.true * counts.predicted, axis=1)
    predicted = rows**2 - xp.sum(counts.predicted**2, axis=1)
    true = rows**2 - xp.sum(counts.true**2, axis=1)
    product = predicted * true
    safe = xp.where(product == 0, 1.0, product)
    score = xp.where(product == 0, 0.0, both / xp.sqrt(safe))
    doubtful = xp.count_nonzero(counts.present, axis=1) < 2
    if counts.weighted:  # differences of rounded sums: nearly constant labels leave no digits
        least = _NEARLY_CONSTANT * rows**2
        doubtful = doubtful | (true < least) | ((predicted != 0) & (predicted < least))
    return xp.where(doubtful, xp.nan, score)


@counted
def precision(counts: Counts, **options: Any) -> Array:
    """Return the share of hits among the rows predicted to have a label."""
    return _averaged(counts, lambda hits, predicted, true: (hits, predicted), **options)


@counted
def recall(counts: Counts, **options: Any) -> Array:
    """Return the share of hits among the rows that have a label."""
    return _averaged(counts, lambda hits, predicted, true: (hits, true), **options)


@counted
def f_beta(counts: Counts, beta: float = 1.0, **options: Any) -> Array:
    """Return the weighted harmonic mean of precision and recall."""
    square = beta**2
    return _averaged(
        counts,
        lambda hits, predicted, true: ((1 + square) * hits, square * true + predicted),
        **options,
    )


@counted
def jaccard(counts: Counts, **options: Any) -> Array:
    """Return the share of hits among the rows that have a label or are predicted to."""
    return _averaged(
        counts,
        lambda hits, predicted, true: (hits, hits + (predicted - hits) + (true - hits)),
        **options,
    )


def _averaged(
    counts: Counts,
    parts: Parts,
    average: str = "binary",
    pos_label: Any = 1,
    zero_division: Any = WARN,
) -> Array:
    """Average a ratio over labels; NaN where it is 0 / 0 and scikit-learn is to warn.

    Parameters
    ----------
    parts : callable
        From (hits, predicted, true) to (numerator, denominator).
    """
    xp = counts.xp
    hits, true = counts.hits, counts.true
    # The sums that scikit-learn has: hits and errors added up again.
    predicted, true = hits + (counts.predicted - hits), hits + (true - hits)
    present = counts.present
    if average == "binary":
        return _binary(counts, parts, pos_label, zero_division)
    if pos_label not in (None, 1):
        return xp.full_like(hits[:, 0], xp.nan)  # scikit-learn warns that it is ignored
    if average == "micro":
        hits, predicted, true = (xp.sum(a, axis=1, keepdims=True) for a in (hits, predicted, true))
        present = xp.any(present, axis=1, keepdims=True)
    numerator, denominator = parts(hits, predicted, true)
    ratio, undefined = _ratio(numerator, denominator, xp, zero_division)
    weight = xp.where(present, true, 0.0) if average == "weighted" else None
    score = _over(ratio, present, xp, weight)
    if zero_division == WARN:
        score = xp.where(xp.any(undefined & present, axis=1), xp.nan, score)
    return score


def _binary(counts: Counts, parts: Parts, pos_label: Any, zero_division: Any) -> Array:
    """Return the ratio of one label, where there are two at most and it is one of them."""
    xp = counts.xp
    at = [k for k, label in enumerate(counts.labels.tolist()) if label == pos_label]
    if not at:
        return xp.full_like(counts.hits[:, 0], xp.nan)
    k = at[0]
    hits = counts.hits[:, k]
    predicted = hits + (counts.predicted[:, k] - hits)
    true = hits + (counts.true[:, k] - hits)
    numerator, denominator = parts(hits, predicted, true)
    ratio, undefined = _ratio(numerator, denominator, xp, zero_division)
    doubtful = (xp.count_nonzero(counts.present, axis=1) > 2) | ~counts.present[:, k]
    if zero_division == WARN:
        doubtful = doubtful | undefined
    return xp.where(doubtful, xp.nan, ratio)


def _ratio(
    numerator: Array, denominator: Array, xp: Namespace, zero_division: Any = WARN
) -> tuple[Array, Array]:
    """Return the ratio, and where its denominator is 0: there it is `zero_division`."""
    undefined = denominator == 0
    value = 0.0 if zero_division == WARN else float(zero_division)
    safe = xp.where(undefined, 1.0, denominator)
    return xp.where(undefined, value, numerator / safe), undefined


def _over(values: Array, present: Array, xp: Namespace, weight: Array | None = None) -> Array:
    """Average over the labels present, weighted or not."""
    if weight is None:
        weight = xp.astype(present, xp.float64)
    total = xp.sum(weight, axis=1)
    return xp.sum(xp.where(present, values, 0.0) * weight, axis=1) / total
