"""How often each label is predicted, occurs and is hit, for every member."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import device

from ...estimators.arrays import Array, Namespace
from .batch import Batch
from .labels import Coded, PredictedLabels, Truth, truth_of


@dataclass(frozen=True)
class Counts:
    """Weights of rows by label, for the members of one block.

    Attributes
    ----------
    labels : ndarray of shape (n_labels,)
        On the host.
    hits, predicted : arrays of shape (n_members, n_labels)
        Rows predicted right, and rows predicted, of each label.
    true : array of shape (1, n_labels)
        Rows that have each label.
    present : bool array of shape (n_members, n_labels)
        Whether a label occurs in y or in the member's predictions, whatever the weights.
    weighted : bool
    """

    xp: Namespace
    labels: np.ndarray
    hits: Array
    predicted: Array
    true: Array
    present: Array
    weighted: bool


def counted(formula: Callable[..., Array]) -> Callable[..., Array | None]:
    """Make a metric of a formula from counts (and options) to scores, NaN where in doubt."""

    def scores(batch: Batch, **options: Any) -> Array | None:
        if "counts" not in batch.kept:
            labels = predicted_labels(batch)
            batch.kept["counts"] = None if labels is None else _count_all(labels)
        counts = batch.kept["counts"]
        if counts is None:
            return None
        return batch.place.xp.concat([formula(block, **options) for block in counts])

    return scores


def predicted_labels(batch: Batch) -> PredictedLabels | None:
    """Read the predicted labels of a batch, or return None where they are none."""
    if "labels" not in batch.kept:
        truth = truth_of(batch)
        labels = None if truth is None else PredictedLabels(batch, truth)
        batch.kept["labels"] = labels if labels is not None and labels.are_readable() else None
    return batch.kept["labels"]


def _count_all(labels: PredictedLabels) -> list[Counts]:
    batch = labels.batch
    xp, weight = batch.place.xp, batch.weight
    if weight is not None:
        weight = xp.astype(weight, xp.float64, copy=False)
    count = _count_on_host if batch.place.on_host else _count
    return [_of_block(coded, labels.truth, weight, xp, count) for coded in labels.blocks()]


def _of_block(
    coded: Coded, truth: Truth, weight: Array | None, xp: Namespace, count: Any
) -> Counts:
    shape = (coded.codes.shape[0], len(truth.classes))
    if coded.labels is None:
        none = xp.full(shape, xp.nan, dtype=xp.float64, device=device(truth.codes))
        return Counts(xp, truth.classes, none, none, none, none > 0, False)
    hits, predicted = count(coded.codes, truth.codes, weight, len(coded.labels), xp)
    own = truth.codes[None, ...]
    true = count(own, truth.codes, weight, len(coded.labels), xp)[0]
    present = (predicted > 0) | (true > 0)
    if weight is not None and not bool(xp.all(weight > 0)):
        occurs = count(own, truth.codes, None, len(coded.labels), xp)[0]
        present = (count(coded.codes, truth.codes, None, len(coded.labels), xp)[1] + occurs) > 0
    return Counts(xp, coded.labels, hits, predicted, true, present, weight is not None)


def _count(
    codes: Array, true: Array, weight: Array | None, n_labels: int, xp: Namespace
) -> tuple[Array, Array]:
    """Return hits and predictions by label, each of shape (n_members, n_labels)."""
    one = xp.ones(true.shape, dtype=xp.float64, device=device(true)) if weight is None else weight
    none = xp.zeros_like(one)
    hits, predicted = [], []
    for label in range(n_labels):
        rows = xp.where(codes == label, one, none)
        predicted.append(xp.sum(rows, axis=1))
        hits.append(xp.sum(xp.where(true == label, rows, none), axis=1))
    return xp.stack(hits, axis=1), xp.stack(predicted, axis=1)


def _count_on_host(
    codes: np.ndarray, true: np.ndarray, weight: np.ndarray | None, n_labels: int, xp: Namespace
) -> tuple[np.ndarray, np.ndarray]:
    """Return hits and predictions by label, added up in the order of scikit-learn's sums."""
    hits, predicted = np.empty((2, len(codes), n_labels))
    for i, row in enumerate(codes):
        right = row == true
        own = None if weight is None else weight[right]
        hits[i] = np.bincount(true[right], own, n_labels)
        predicted[i] = np.bincount(row, weight, n_labels)
    return hits, predicted
