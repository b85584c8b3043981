"""Covariance within classes, shrunk by a number or by the formula of Ledoit and Wolf."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import Array, Namespace, place_of
from .class_rows import ClassRows

_EPS = float(np.finfo(np.float64).eps)


def within_covariance(rows: ClassRows, means: Array, priors: np.ndarray, shrinkage: Any) -> Array:
    """Return the covariances of the classes, each shrunk, weighted by the priors.

    Shrinking by a number s, `(1 - s) C + s trace(C) / p I`, is linear in C, so that it is done once
    for all classes.

    Parameters
    ----------
    means : array of shape (n_classes, n_features), float64
    priors : ndarray of shape (n_classes,)
    shrinkage : None, float or "auto"
    """
    if not isinstance(shrinkage, str):
        return shrunk(rows.scatter(means, priors / rows.counts), shrinkage, rows.xp)
    classes = enumerate(rows.apart())
    return sum(float(priors[k]) * ledoit_wolf(one, means[k : k + 1, :]) for k, one in classes)


def shrunk(covariance: Array, shrinkage: float | None, xp: Namespace) -> Array:
    """Return a covariance matrix shrunk towards a multiple of the identity."""
    if shrinkage is None:
        return covariance
    n_features = covariance.shape[0]
    mean = xp.sum(xp.linalg.diagonal(covariance)) / n_features
    identity = xp.eye(n_features, dtype=covariance.dtype, device=place_of(covariance).device)
    return (1.0 - shrinkage) * covariance + shrinkage * mean * identity


def ledoit_wolf(rows: ClassRows, mean: Array) -> Array:
    """Return the covariance of one class, shrunk in units of its standard deviations.

    With Z the n standardised rows of p columns, `C = Z'Z / n` and `m = trace(C) / p`, the weight of
    the identity is `min(1, b / d)`, where `d = |C - m I|^2 / p` and
    `b = (sum_i |z_i|^4 / n - |C|^2) / (n p)` (Ledoit and Wolf 2004).
    """
    xp, (n_rows, n_features) = rows.xp, rows.shape
    covariance = rows.scatter(mean, np.asarray([1.0 / n_rows]))
    scale, unit = deviations(xp.linalg.diagonal(covariance), mean, n_rows, xp)
    correlation = covariance * unit[:, None] * unit[None, :]
    if n_features == 1:
        return correlation * scale[:, None] * scale[None, :]
    squared = float(xp.sum(correlation * correlation))
    m = float(xp.sum(xp.linalg.diagonal(correlation))) / n_features
    fourth = rows.sum_of_fourth_powers(mean, unit)
    b = (fourth / n_rows - squared) / (n_features * n_rows)
    d = (squared - 2.0 * m * m * n_features + n_features * m * m) / n_features
    b = min(b, d)
    shrinkage = 0.0 if b == 0 else b / d
    return shrunk(correlation, shrinkage, xp) * scale[:, None] * scale[None, :]


def deviations(variance: Array, means: Array, n_rows: int, xp: Namespace) -> tuple[Array, Array]:
    """Return standard deviations, 1 for constant columns, and their inverses, 0 for those.

    A column is constant where its variance is no more than the rounding of its means.
    """
    largest = xp.max(xp.abs(means), axis=0)
    constant = variance <= (n_rows * _EPS * largest) ** 2
    scale = xp.sqrt(xp.where(constant, xp.ones_like(variance), variance))
    return scale, xp.where(constant, xp.zeros_like(scale), 1.0 / scale)
