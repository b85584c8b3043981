"""Metrics of many predictions at once, equal to scikit-learn's one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn import metrics
from sklearn.utils.multiclass import type_of_target

from ..estimators.arrays import to_numpy

_BLOCK = 1 << 22  # predictions compared at a time: bounds the working memory to a few times 32 MiB


def batched_score(
    metric: Callable[..., float], y: Any, predictions: Sequence[Any], weight: Any = None
) -> list[float] | None:
    """Return `metric(y, prediction)` for every prediction, or None where there is no batched form.

    Parameters
    ----------
    metric : callable
        A metric function of scikit-learn.
    y : array-like of shape (n_samples,)
    predictions : sequence of n_members arrays of shape (n_samples,), or one 2-d array
    weight : array-like of shape (n_samples,), optional

    Notes
    -----
    None also stands for input that scikit-learn's function would refuse or warn about: the caller
    then asks that function, so that the user sees its message.
    """
    if weight is not None and not _is_plain_weight(weight, y):
        return None
    if metric is metrics.accuracy_score:
        return _accuracy(np.asarray(y), predictions, weight)
    if metric not in _REGRESSION:
        return None
    y = np.asarray(y)
    stacked = _stack(predictions)
    if y.ndim != 1 or y.dtype.kind not in "fiu" or len(y) < 2 or stacked is None:
        return None
    if not np.isfinite(y).all():
        return None
    weight = None if weight is None else np.asarray(weight, dtype=np.float64)
    rows = max(1, _BLOCK // len(y))
    scores: list[float] = []
    for start in range(0, len(stacked), rows):
        found = _REGRESSION[metric](y.astype(np.float64), stacked[start : start + rows], weight)
        scores.extend(float(value) for value in found)
    return scores


def _stack(predictions: Sequence[Any]) -> np.ndarray | None:
    """Return predictions as (n_members, n_samples) in their dtype; None if not finite numbers."""
    if hasattr(predictions, "ndim"):
        stacked = to_numpy(predictions)
    else:
        rows = [to_numpy(prediction) for prediction in predictions]
        if any(row.ndim != 1 for row in rows):
            return None
        stacked = np.stack(rows)
    if stacked.ndim != 2 or stacked.dtype.kind not in "fiu" or not np.isfinite(stacked).all():
        return None
    return stacked


def _is_plain_weight(weight: Any, y: Any) -> bool:
    """Whether there is one finite weight per row, and they do not add up to 0."""
    weight = np.asarray(weight)
    if weight.shape != (len(y),) or weight.dtype.kind not in "fiu":
        return False
    return bool(np.isfinite(weight).all() and weight.sum() != 0)


def _are_whole(labels: np.ndarray) -> bool:
    return bool(np.isfinite(labels).all() and (labels % 1 == 0).all())


def _average(values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    return np.average(values, axis=1, weights=weight)


def _mean_squared_error(y: np.ndarray, P: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    return _average((P - y) ** 2, weight)


def _root_mean_squared_error(y: np.ndarray, P: np.ndarray, weight: Any) -> np.ndarray:
    return np.sqrt(_mean_squared_error(y, P, weight))


def _mean_absolute_error(y: np.ndarray, P: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    return _average(np.abs(P - y), weight)


def _r2(y: np.ndarray, P: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return 1 - residual / total sum of squares; for a constant y 1 if exact, else 0."""
    w = 1.0 if weight is None else weight
    residual = np.sum(w * (y - P) ** 2, axis=1)
    total = np.sum(w * (y - np.average(y, weights=weight)) ** 2)
    if total == 0:
        return np.where(residual == 0, 1.0, 0.0)
    return 1 - residual / total


def _accuracy(y: np.ndarray, predictions: Sequence[Any], weight: Any) -> list[float] | None:
    if y.ndim != 1 or not len(y) or type_of_target(y) not in ("binary", "multiclass"):
        return None
    scores = []
    for prediction in predictions:
        labels = to_numpy(prediction)
        if labels.shape != y.shape or (labels.dtype.kind in "fiub") != (y.dtype.kind in "fiub"):
            return None
        # Numbers that are no labels, of a regressor say, are scikit-learn's to refuse.
        if labels.dtype.kind == "f" and not _are_whole(labels):
            return None
        scores.append(float(np.average(labels == y, weights=weight)))
    return scores


_REGRESSION: dict[Callable[..., float], Callable[..., np.ndarray]] = {
    metrics.r2_score: _r2,
    metrics.mean_squared_error: _mean_squared_error,
    metrics.root_mean_squared_error: _root_mean_squared_error,
    metrics.mean_absolute_error: _mean_absolute_error,
}
