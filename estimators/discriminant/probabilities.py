"""Probabilities of classes from scores, without overflow."""

from __future__ import annotations

from ..arrays import Array, Namespace


def probabilities(scores: Array, xp: Namespace) -> Array:
    """Return probabilities of shape (n_samples, n_classes) from scores.

    Parameters
    ----------
    scores : array of shape (n_samples,) for two classes, by the logistic function, or
        (n_samples, n_classes), by softmax
    """
    if scores.ndim == 1:
        small = xp.exp(-xp.abs(scores))
        less, more = small / (1 + small), 1 / (1 + small)
        second = xp.where(scores >= 0, more, less)
        return xp.stack([1 - second, second], axis=1)
    shares = xp.exp(scores - xp.max(scores, axis=1, keepdims=True))
    return shares / xp.sum(shares, axis=1, keepdims=True)


def log_probabilities(scores: Array, xp: Namespace) -> Array:
    """Return the logarithms of the softmax of scores (n_classes, n_samples)."""
    scores = scores - xp.max(scores, axis=0)
    return scores - xp.log(xp.sum(xp.exp(scores), axis=0))
