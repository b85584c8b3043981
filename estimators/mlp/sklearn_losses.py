"""The losses of scikit-learn's MLP, where they are not those of losses.py."""

from __future__ import annotations

from typing import Any

from ..arrays import Array, Namespace
from .engine.activations import clip, sigmoid
from .engine.losses import Gradient, softmax


def log_loss(
    outputs: Array, y: Array, weight: Array, *, xp: Namespace, smoothing: Any = None
) -> tuple[Array, Gradient]:
    """Cross-entropy of the softmax, of probabilities clipped to [eps, 1 - eps] of the dtype.

    Arguments and results are those of `losses.log_loss`; y is one-hot.
    """
    proba = softmax(outputs, xp)
    rows = -xp.log(xp.sum(y * _clipped(proba, xp), axis=-1))
    return xp.vecdot(weight, rows), _gradient(proba, y, weight)


def binary_log_loss(
    outputs: Array, y: Array, weight: Array, *, xp: Namespace, smoothing: Any = None
) -> tuple[Array, Gradient]:
    """Cross-entropy of the sigmoid, of probabilities clipped to [eps, 1 - eps], over outputs."""
    proba = sigmoid(outputs, xp)
    clipped = _clipped(proba, xp)
    rows = -xp.sum(xp.log(xp.where(y > 0.5, clipped, 1 - clipped)), axis=-1)
    return xp.vecdot(weight, rows), _gradient(proba, y, weight)


def poisson(outputs: Array, y: Array, weight: Array, *, xp: Namespace) -> tuple[Array, Gradient]:
    """Half the Poisson deviance over outputs; exp(output) may be infinite."""
    mean = xp.exp(outputs)
    rows = xp.sum(y * xp.log(xp.where(y > 0, y, 1.0) / mean) - y + mean, axis=-1)
    return xp.vecdot(weight, rows), _gradient(mean, y, weight)


def _gradient(predicted: Array, y: Array, weight: Array) -> Gradient:
    def backward() -> Array:
        gradient = predicted - y
        gradient *= weight[..., None]
        return gradient

    return backward


def _clipped(proba: Array, xp: Namespace) -> Array:
    eps = float(xp.finfo(proba.dtype).eps)
    return clip(proba, eps, 1 - eps, xp)


SKLEARN_LOSSES = {"log_loss": log_loss, "binary_log_loss": binary_log_loss, "poisson": poisson}
