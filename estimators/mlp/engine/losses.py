"""Losses with their gradients, and what raw outputs of a network predict under each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any

from ...arrays import Array, Namespace
from .activations import sigmoid
from .operations import clip, max_last, positive, sum_last

Gradient = Callable[[], Array]
Loss = Callable[..., tuple[Array, Gradient]]

_LARGEST_LOG = 80.0  # exp of more is close to overflow in float32


def softmax(outputs: Array, xp: Namespace) -> Array:
    """Return probabilities from scores, along the last axis of two or three."""
    raised = xp.exp(outputs - max_last(outputs, xp))
    raised /= sum_last(raised, xp)[..., None]
    return raised


def log_loss(
    outputs: Array, y: Array, weight: Array, *, xp: Namespace, smoothing: Array | None = None
) -> tuple[Array, Gradient]:
    """Cross-entropy of the softmax: `-sum_k y_k log p_k`.

    Parameters
    ----------
    outputs : array of shape (n_models, n_samples, n_outputs)
        As the last layer gives them.
    y : array of shape (n_models, n_samples, n_outputs)
        Probabilities of the classes, here those of one-hot coding.
    weight : array of shape (n_models, n_samples)
        Of the rows: sums to 1 for each model; 0 for rows that only fill up a batch.
    smoothing : array of shape (n_models,), optional
        With smoothing s, y counts as `(1 - s) y + s / n_outputs`.

    Returns
    -------
    values : array of shape (n_models,)
        The weighted sums of the rows' losses.
    backward : callable
        Gives the gradient of the values, in the shape of `outputs`; to be called once.
    """
    shifted = outputs - max_last(outputs, xp)
    raised = xp.exp(shifted)
    total = sum_last(raised, xp)
    target = _smoothed(y, smoothing, y.shape[-1])
    shifted *= target
    rows = xp.log(total) - sum_last(shifted, xp)

    def backward() -> Array:
        gradient = raised / total[..., None]
        gradient -= target
        gradient *= weight[..., None]
        return gradient

    return xp.vecdot(weight, rows), backward


def binary_log_loss(
    outputs: Array, y: Array, weight: Array, *, xp: Namespace, smoothing: Array | None = None
) -> tuple[Array, Gradient]:
    """Cross-entropy of the sigmoid, summed over outputs: `-y log p - (1 - y) log(1 - p)`.

    Arguments and results are those of `log_loss`; here every output is 0 or 1 by itself, and with
    smoothing s, y counts as `(1 - s) y + s / 2`.
    """
    target = _smoothed(y, smoothing, 2)
    losses = xp.log(1.0 + xp.exp(-xp.abs(outputs)))  # log1p is not worth its ten times the time
    losses += clip(outputs, 0.0, inf, xp)
    losses -= outputs * target

    def backward() -> Array:
        gradient = sigmoid(outputs, xp)
        gradient -= target
        gradient *= weight[..., None]
        return gradient

    return _weighted(losses, weight, xp), backward


def _squared(
    outputs: Array, y: Array, weight: Array, *, xp: Namespace, value: float, slope: float | None
) -> tuple[Array, Gradient]:
    """`value` times the mean over outputs of the squared error, its slope over error as given."""
    error = outputs - y
    n_outputs = outputs.shape[-1]

    def backward() -> Array:
        gradient = error * weight[..., None]
        gradient *= 2.0 * value / n_outputs if slope is None else slope
        return gradient

    return _weighted(error * error, weight, xp) * (value / n_outputs), backward


def huber(
    outputs: Array, y: Array, weight: Array, *, xp: Namespace, delta: float = 1.0
) -> tuple[Array, Gradient]:
    """Huber's loss, mean over outputs: `e^2 / 2`, from |e| = delta on `delta (|e| - delta / 2)`.

    Huber (1964), Robust estimation of a location parameter.
    """
    error = outputs - y
    clipped = clip(error, -delta, delta, xp)
    losses = (error - 0.5 * clipped) * clipped
    n_outputs = outputs.shape[-1]

    def backward() -> Array:
        return clipped * (weight / n_outputs)[..., None]

    return _weighted(losses, weight, xp) / n_outputs, backward


def poisson(outputs: Array, y: Array, weight: Array, *, xp: Namespace) -> tuple[Array, Gradient]:
    """Half the Poisson deviance, summed over outputs: `y log(y / m) - y + m`, m = exp(output)."""
    mean = exponential(outputs, xp)
    losses = xp.log(xp.where(y > 0, y, 1.0))
    losses -= outputs
    losses -= 1.0
    losses *= y
    losses += mean

    def backward() -> Array:
        return (mean - y) * weight[..., None]

    return _weighted(losses, weight, xp), backward


def pinball(
    outputs: Array, y: Array, weight: Array, *, xp: Namespace, levels: Array
) -> tuple[Array, Gradient]:
    """Pinball loss, mean over outputs: `max(q e, (q - 1) e)` of e = y - output at level q.

    Parameters
    ----------
    y : array of shape (n_models, n_samples, n_outputs), or (n_models, n_samples, 1)
        In the second form all outputs are quantiles of one target.
    levels : array of shape (n_outputs,)
        The level of each output, in (0, 1).
    """
    error = outputs - y
    n_outputs = outputs.shape[-1]
    slope = positive(error, xp)
    slope -= levels

    def backward() -> Array:
        return slope * (weight / n_outputs)[..., None]

    return _weighted(error * slope, weight, xp) / n_outputs, backward


def exponential(outputs: Array, xp: Namespace) -> Array:
    """Return exp of the outputs, which stay finite."""
    return xp.exp(clip(outputs, -inf, _LARGEST_LOG, xp))


def identity(outputs: Array, xp: Namespace) -> Array:
    """Return the outputs: they are what is predicted."""
    return outputs


def _smoothed(y: Array, smoothing: Array | None, n_classes: int) -> Array:
    if smoothing is None:
        return y
    share = smoothing[:, None, None]
    return y * (1.0 - share) + share / n_classes


def _weighted(losses: Array, weight: Array, xp: Namespace) -> Array:
    """Sum losses of shape (n_models, n_samples, n_outputs) over outputs, and rows by weight."""
    return xp.vecdot(weight, sum_last(losses, xp))


LOSSES: dict[str, Loss] = {
    "log_loss": log_loss,
    "binary_log_loss": binary_log_loss,
    # Scikit-learn's: half the mean over outputs, but the slope of half the sum over outputs.
    "squared_error": partial(_squared, value=0.5, slope=1.0),
    "mse": partial(_squared, value=1.0, slope=None),
    "huber": huber,
    "poisson": poisson,
    "pinball": pinball,
}
OUTPUTS: dict[str, Callable[[Array, Any], Array]] = {
    "log_loss": softmax,
    "binary_log_loss": sigmoid,
    "squared_error": identity,
    "mse": identity,
    "huber": identity,
    "poisson": exponential,
    "pinball": identity,
}
