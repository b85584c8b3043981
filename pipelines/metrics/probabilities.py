"""Metrics of predicted probabilities, for many members at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from array_api_compat import device

from ...estimators.arrays import Array, Namespace
from .batch import Batch, is_number, is_short_float
from .labels import Truth, truth_of


def log_loss(batch: Batch, labels: Any = None) -> Array | None:
    """Average -log of the probability that the true class was given."""
    truth = truth_of(batch) if labels is None else _among(truth_of(batch), labels)
    if truth is None or len(truth.classes) < 2 or not _fits(batch, truth):
        return None
    return _averaged(batch, truth.codes, _log_of_true)


def brier(
    batch: Batch, labels: Any = None, pos_label: Any = None, scale_by_half: Any = "auto"
) -> Array | None:
    """Average the squared differences of probabilities and outcomes, halved for two classes."""
    truth = truth_of(batch)
    if truth is None or not batch.shape:
        return None
    if len(batch.shape) == 1:
        codes = _outcome(truth, pos_label, batch.place.xp)
        if codes is None or len(truth.classes) > 2:
            return None
        two_columns = True
    else:
        truth = truth if labels is None else _among(truth, labels)
        if truth is None or len(truth.classes) < 2:
            return None
        codes, two_columns = truth.codes, len(truth.classes) == 2
    if not _fits(batch, truth):
        return None
    halved = two_columns if scale_by_half == "auto" else scale_by_half
    found = _averaged(batch, codes, _squared_error)
    return found * 0.5 if halved else found


def _among(truth: Truth | None, labels: Any) -> Truth | None:
    """Return the true labels as positions among `labels`; None if they are not sorted classes."""
    labels = np.asarray(labels)
    if truth is None or labels.ndim != 1 or not np.array_equal(labels, np.unique(labels)):
        return None
    places = [np.flatnonzero(labels == label) for label in truth.classes]
    if any(len(place) != 1 for place in places):
        return None
    return truth.recoded(labels, [int(place[0]) for place in places])


def _outcome(truth: Truth, pos_label: Any, xp: Namespace) -> Array | None:
    """Return 1 for the rows of the positive class, else 0; None where which one is unknown."""
    if pos_label is None:
        if truth.classes.dtype.kind in "OU":
            return None
        classes = set(truth.classes.tolist())
        pos_label = 1 if classes <= {0, 1} or classes <= {-1, 1} else truth.classes.tolist()[-1]
    positive = truth.code_of(pos_label)
    if positive is None:
        return xp.zeros_like(truth.codes)
    return xp.astype(truth.codes == positive, xp.int64)


def _fits(batch: Batch, truth: Truth) -> bool:
    """Whether the predictions are one probability per row (of the last of two), or per class."""
    xp, n_classes = batch.place.xp, len(truth.classes)
    if not batch.has_plain_weight or not batch.shape or batch.n_samples != truth.codes.shape[0]:
        return False
    predictions = batch.first
    if not is_number(xp, predictions) or is_short_float(xp, predictions):
        return False
    return batch.shape[1:] == (n_classes,) or (len(batch.shape) == 1 and n_classes <= 2)


def _averaged(
    batch: Batch, codes: Array, loss: Callable[[Array, Array, Namespace], Array]
) -> Array:
    """Average the loss of each row; NaN for what are no probabilities."""
    xp, weight = batch.place.xp, batch.weight
    found = []
    for block in batch.blocks():
        if not xp.isdtype(block.dtype, "real floating"):
            block = xp.astype(block, xp.float64)
        rows = loss(block, codes, xp)
        if weight is None:
            score = xp.sum(rows, axis=1) / rows.shape[1]
        else:
            score = _weighted(rows, weight, xp)
        found.append(xp.where(_are_probabilities(block, xp), score, xp.nan))
    return xp.concat(found)


def _weighted(rows: Array, weight: Array, xp: Namespace) -> Array:
    real = xp.isdtype(weight.dtype, "real floating")
    dtype = xp.result_type(rows.dtype, weight.dtype) if real else xp.float64
    rows, weight = xp.astype(rows, dtype, copy=False), xp.astype(weight, dtype, copy=False)
    return xp.sum(rows * weight, axis=1) / xp.sum(weight)


def _are_probabilities(block: Array, xp: Namespace) -> Array:
    """Whether a member's values lie between 0 and 1 and sum to 1 over the classes."""
    inside = (block >= 0) & (block <= 1)
    if block.ndim == 2:
        return xp.all(inside, axis=1)
    unit = xp.finfo(block.dtype).eps ** 0.5
    close = xp.abs(xp.sum(block, axis=2) - 1) <= 1e-8 + unit
    return xp.all(inside, axis=(1, 2)) & xp.all(close, axis=1)


def _log_of_true(block: Array, codes: Array, xp: Namespace) -> Array:
    unit = xp.finfo(block.dtype).eps
    if block.ndim == 2:
        true = xp.where(codes == 1, block, 1 - block)
    else:
        places = xp.broadcast_to(codes[None, :, None], (block.shape[0], codes.shape[0], 1))
        true = xp.take_along_axis(block, places, axis=2)[:, :, 0]
    return -xp.log(xp.clip(true, unit, 1 - unit))


def _squared_error(block: Array, codes: Array, xp: Namespace) -> Array:
    if block.ndim == 2:
        outcome = xp.astype(codes, block.dtype)
        return (1 - outcome - (1 - block)) ** 2 + (outcome - block) ** 2
    classes = xp.arange(block.shape[2], device=device(codes))
    outcome = xp.astype(codes[:, None] == classes[None, :], block.dtype)
    return xp.sum((outcome - block) ** 2, axis=2)
