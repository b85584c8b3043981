"""Metrics of predicted numbers, for many members at once.

Sums are taken in the order and dtype of scikit-learn's own, so that on NumPy equal predictions
have equal scores to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...estimators.arrays import HOST, Array, Namespace, place_of
from .batch import Batch, is_number, is_short_float


@dataclass(frozen=True)
class Mean:
    """The average over rows, kept as an axis of length 1.

    Parameters
    ----------
    weight : array of shape (n_samples,) or (n_samples, 1), or None
    """

    xp: Namespace
    weight: Array | None

    def __call__(self, values: Array) -> Array:
        """Average values of shape (n_members, n_samples) or (n_members, n_samples, n_outputs)."""
        if self.weight is None:
            return self.sum(values) / values.shape[1]
        return self.sum(values) / self.xp.sum(self.weight)

    def sum(self, values: Array) -> Array:
        """Add up the weighted values of the rows."""
        weighted = values if self.weight is None else values * self.weight
        return self.xp.sum(weighted, axis=1, keepdims=True)


Formula = Callable[[Array, Array, Mean], Array]


def regression(
    formula: Formula, *, flat: bool = False, as_given: bool = False
) -> Callable[..., Array | None]:
    """Make a metric of a formula that takes `y` of shape (1, n_samples) and the predictions.

    Parameters
    ----------
    formula : callable
        From (y, predictions, mean) to the scores, with axis 1 kept; NaN where scikit-learn is to
        judge. Behind it the scores of several outputs are averaged.
    flat : bool
        Whether several outputs are scikit-learn's to refuse.
    as_given : bool
        Whether the differences are taken in the dtypes given, whole numbers among them, where
        else the floating-point dtypes alone decide.
    """

    def scores(batch: Batch, **options: Any) -> Array | None:
        targets = _targets(batch)
        if targets is None or (flat and targets.ndim > 2):
            return None
        xp = batch.place.xp
        found = []
        for block in batch.blocks():
            y, predictions, weight = _in_one_dtype(batch, targets, block, as_given)
            found.append(formula(y, predictions, Mean(xp, weight))[:, 0, ...])
        whole = xp.concat(found)
        return whole if whole.ndim == 1 else xp.mean(whole, axis=1)

    return scores


def _targets(batch: Batch) -> Array | None:
    """Return y as (1, n_samples) or (1, n_samples, n_outputs), or None if not finite numbers."""
    if "targets" not in batch.kept:
        batch.kept["targets"] = _read_targets(batch)
    return batch.kept["targets"]


def _read_targets(batch: Batch) -> Array | None:
    y = batch.y
    xp = batch.place.xp
    if y.dtype.kind not in "fiu" if place_of(y) == HOST else not is_number(place_of(y).xp, y):
        return None
    if tuple(y.shape) != batch.shape or y.ndim not in (1, 2) or not batch.has_plain_weight:
        return None
    if 0 in y.shape or not is_number(xp, batch.first):
        return None
    y = batch.place.put(y)
    if any(is_short_float(xp, array) for array in (y, batch.first)):
        return None
    if xp.isdtype(y.dtype, "real floating") and not bool(xp.all(xp.isfinite(y))):
        return None
    return y[None, ...]


def _in_one_dtype(
    batch: Batch, y: Array, predictions: Array, as_given: bool
) -> tuple[Array, Array, Array | None]:
    """Return y, predictions and weights in the dtype that scikit-learn would compute in."""
    xp, weight = batch.place.xp, batch.weight
    deciding = (y, predictions) if as_given or weight is None else (y, predictions, weight)
    floating = [a.dtype for a in deciding if xp.isdtype(a.dtype, "real floating")]
    whole = not floating or (as_given and len(floating) < 2)
    dtype = xp.float64 if whole else xp.result_type(*floating)
    y, predictions = (xp.astype(a, dtype, copy=False) for a in (y, predictions))
    if weight is not None:
        weight = xp.astype(weight, dtype, copy=False)
        weight = weight if y.ndim == 2 else weight[:, None]
    return y, predictions, weight


def squared_error(y: Array, predictions: Array, mean: Mean) -> Array:
    """Average (y - p)^2."""
    return mean((y - predictions) ** 2)


def root_squared_error(y: Array, predictions: Array, mean: Mean) -> Array:
    """Take the square root of the average (y - p)^2."""
    return mean.xp.sqrt(squared_error(y, predictions, mean))


def absolute_error(y: Array, predictions: Array, mean: Mean) -> Array:
    """Average |y - p|."""
    return mean(mean.xp.abs(predictions - y))


def absolute_percentage_error(y: Array, predictions: Array, mean: Mean) -> Array:
    """Average |y - p| / |y|, the divisor at least the rounding unit of float64."""
    xp = mean.xp
    unit = xp.full_like(y, xp.finfo(xp.float64).eps)
    return mean(xp.abs(predictions - y) / xp.maximum(xp.abs(y), unit))


def largest_error(y: Array, predictions: Array, mean: Mean) -> Array:
    """Return the largest |y - p|; it has no weights."""
    return mean.xp.max(mean.xp.abs(y - predictions), axis=1, keepdims=True)


def r2(y: Array, predictions: Array, mean: Mean) -> Array:
    """Return 1 - sum (y - p)^2 / sum (y - mean y)^2."""
    if y.shape[1] < 2:
        return left_to_scikit_learn(mean.sum(predictions), mean.xp)
    residual = mean.sum((y - predictions) ** 2)
    return _explained(residual, mean.sum((y - mean(y)) ** 2), mean.xp)


def explained_variance(y: Array, predictions: Array, mean: Mean) -> Array:
    """Return 1 - variance of (y - p) / variance of y."""
    error = y - predictions
    return _explained(mean((error - mean(error)) ** 2), mean((y - mean(y)) ** 2), mean.xp)


def _explained(residual: Array, total: Array, xp: Namespace) -> Array:
    """Return 1 - residual / total; where total is 0, 1 for an exact prediction and else 0."""
    constant = xp.where(residual == 0, xp.ones_like(residual), xp.zeros_like(residual))
    safe = xp.where(total == 0, xp.ones_like(total), total)
    return xp.where(total == 0, constant, 1 - residual / safe)


def squared_log_error(y: Array, predictions: Array, mean: Mean) -> Array:
    """Average (log(1 + y) - log(1 + p))^2."""
    xp = mean.xp
    found = squared_error(xp.log1p(y), xp.log1p(predictions), mean)
    inside = xp.all(y > -1) & xp.all(predictions > -1, axis=1, keepdims=True)
    return xp.where(inside, found, left_to_scikit_learn(found, xp))


def root_squared_log_error(y: Array, predictions: Array, mean: Mean) -> Array:
    """Take the square root of the average (log(1 + y) - log(1 + p))^2."""
    return mean.xp.sqrt(squared_log_error(y, predictions, mean))


def median_absolute_error(y: Array, predictions: Array, mean: Mean) -> Array:
    """Return the median of |y - p|, the middle of the two where two are equally near."""
    xp, error = mean.xp, mean.xp.abs(predictions - y)
    found = _median(error, xp) if mean.weight is None else _weighted_median(error, mean.weight, xp)
    return xp.where(
        xp.all(xp.isfinite(error), axis=1, keepdims=True), found, left_to_scikit_learn(found, xp)
    )


def _median(values: Array, xp: Namespace) -> Array:
    n_samples, upper = values.shape[1], values.shape[1] // 2
    if isinstance(values, np.ndarray):  # orders no more than it must
        ordered = np.partition(values, upper, axis=1)
        lower = ordered[:, upper : upper + 1]
        if n_samples % 2 == 0:
            lower = np.max(ordered[:, :upper], axis=1, keepdims=True)
    else:
        ordered = xp.sort(values, axis=1)
        lower = ordered[:, (n_samples - 1) // 2 : (n_samples + 1) // 2, ...]
    return (lower + ordered[:, upper : upper + 1, ...]) / 2


def _weighted_median(values: Array, weight: Array, xp: Namespace) -> Array:
    """Return the first value at which half the weight is reached.

    Where exactly half is reached there: its middle with the next value that has any weight.
    """
    weight = xp.broadcast_to(weight, values.shape)
    order = xp.argsort(values, axis=1, stable=False)
    ordered = xp.take_along_axis(values, order, axis=1)
    reached = xp.cumulative_sum(xp.take_along_axis(weight, order, axis=1), axis=1)
    half = reached[:, -1:, ...] / 2
    first, at_first = _first_where(reached >= half, ordered, reached, xp)
    after, _ = _first_where(reached > at_first, ordered, reached, xp)
    has_next = xp.any(reached > at_first, axis=1, keepdims=True)
    exactly = (at_first - half <= xp.finfo(values.dtype).eps) & has_next
    return xp.where(exactly, (first + after) / 2, first)


def _first_where(mask: Array, ordered: Array, reached: Array, xp: Namespace) -> tuple[Array, Array]:
    """Return value and weight reached at the first row where `mask`, which once true stays true."""
    at = xp.argmax(xp.astype(mask, xp.int8), axis=1, keepdims=True)
    return xp.take_along_axis(ordered, at, axis=1), xp.take_along_axis(reached, at, axis=1)


def left_to_scikit_learn(like: Array, xp: Namespace) -> Array:
    """Return NaN: these scores are scikit-learn's to judge."""
    return xp.full_like(like, xp.nan)
