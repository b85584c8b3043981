"""The members of a TabM-mini ensemble: their losses, scores and answers taken together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...arrays import Array, Namespace


def split_members(outputs: Array, n_members: int, xp: Namespace) -> Array:
    """Return outputs of shape (..., n_members * n_outputs) as (..., n_members, n_outputs)."""
    return xp.reshape(outputs, (*outputs.shape[:-1], n_members, -1))


def log_mean_softmax(outputs: Array, xp: Namespace) -> Array:
    """Return logarithms of the members' mean probabilities.

    Parameters
    ----------
    outputs : array of shape (..., n_members, n_classes)

    Returns
    -------
    log_proba : array of shape (..., n_classes)
        Of one member without the normalising constant: its outputs.
    """
    if outputs.shape[-2] == 1:
        return outputs[..., 0, :]
    shifted = outputs - xp.max(outputs, axis=-1, keepdims=True)
    log_proba = shifted - xp.log(xp.sum(xp.exp(shifted), axis=-1, keepdims=True))
    largest = xp.max(log_proba, axis=-2, keepdims=True)
    return xp.log(xp.mean(xp.exp(log_proba - largest), axis=-2)) + largest[..., 0, :]


def member_loss(loss: Callable[..., Any], n_members: int) -> Callable[..., Any]:
    """Return the mean of the members' losses, as a loss of outputs that stand side by side."""
    if n_members == 1:
        return loss

    def mean_loss(outputs: Array, y: Array, weight: Array, *, xp: Namespace, **options: Any) -> Any:
        shape = outputs.shape
        rows = xp.reshape(outputs, (shape[0], shape[1] * n_members, -1))
        targets, weights = xp.repeat(y, n_members, axis=1), xp.repeat(weight, n_members, axis=1)
        values, backward = loss(rows, targets, weights / n_members, xp=xp, **options)
        return values, lambda: xp.reshape(backward(), shape)

    return mean_loss


def member_score(
    score: Callable[..., Array], combine: Callable[[Array, Any], Array], n_members: int
) -> Callable[..., Array]:
    """Return a score of what the members answer together.

    Parameters
    ----------
    combine : callable
        From outputs of shape (..., n_members, n_outputs) to what is scored, (..., n_outputs).
    """

    def joint_score(outputs: Array, y: Array, weight: Array, xp: Namespace) -> Array:
        return score(combine(split_members(outputs, n_members, xp), xp), y, weight, xp)

    return joint_score
