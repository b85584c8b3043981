"""Deviances of Poisson, gamma and Tweedie distributions, and the part of them explained."""

from __future__ import annotations

from numbers import Real
from typing import Any

from ...estimators.arrays import Array, Namespace
from .batch import Batch
from .regression import Formula, Mean, left_to_scikit_learn, regression, squared_error


def poisson_deviance(y: Array, predictions: Array, mean: Mean) -> Array:
    """Average 2 (y log(y / p) - y + p), for y >= 0 and p > 0."""
    xp = mean.xp
    logs = xp.where(y == 0, xp.zeros_like(predictions), y * xp.log(y / predictions))
    found = mean(2 * (logs - y + predictions))
    return _inside(found, xp.all(y >= 0), predictions, xp)


def gamma_deviance(y: Array, predictions: Array, mean: Mean) -> Array:
    """Average 2 (log(p / y) + y / p - 1), for y > 0 and p > 0."""
    xp = mean.xp
    found = mean(2 * (xp.log(predictions / y) + y / predictions - 1))
    return _inside(found, xp.all(y > 0), predictions, xp)


def tweedie_deviance(power: float) -> Formula | None:
    """Return the deviance of a power of at least 1, or of 0; None for others."""
    if power == 0:
        return squared_error
    if power in (1, 2):
        return poisson_deviance if power == 1 else gamma_deviance
    if power < 1:
        return None

    def deviance(y: Array, predictions: Array, mean: Mean) -> Array:
        xp = mean.xp
        found = y ** (2 - power) / ((1 - power) * (2 - power))
        found = found - y * predictions ** (1 - power) / (1 - power)
        found = mean(2 * (found + predictions ** (2 - power) / (2 - power)))
        return _inside(found, xp.all(y >= 0 if power < 2 else y > 0), predictions, xp)

    return deviance


def d2_tweedie(batch: Batch, power: Any = 0) -> Array | None:
    """Return 1 - deviance of the predictions / deviance of the average, for many members."""
    deviance = tweedie_deviance(float(power)) if isinstance(power, Real) else None
    if deviance is None:
        return None

    def explained(y: Array, predictions: Array, mean: Mean) -> Array:
        xp = mean.xp
        found = deviance(y, predictions, mean)
        if y.shape[1] < 2:
            return left_to_scikit_learn(found, xp)
        null = deviance(y, xp.broadcast_to(mean(y), y.shape), mean)
        safe = xp.where(null == 0, xp.ones_like(null), null)
        return xp.where(null == 0, left_to_scikit_learn(found, xp), 1 - found / safe)

    return regression(explained, flat=True)(batch)


def _inside(found: Array, y_is: Array, predictions: Array, xp: Namespace) -> Array:
    """Leave to scikit-learn what lies outside of where a deviance is defined."""
    inside = y_is & xp.all(predictions > 0, axis=1, keepdims=True)
    return xp.where(inside, found, left_to_scikit_learn(found, xp))
