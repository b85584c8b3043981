"""Layers with hand-written gradients: linear maps, scales, normalisation and dropout."""

from __future__ import annotations

from math import sqrt

from ..arrays import Array, Namespace
from .activations import Backward, sum_rows


def linear(
    X: Array, W: Array, b: Array, *, xp: Namespace, input_gradient: bool = True
) -> tuple[Array, Backward]:
    """Return `X @ W + b`.

    Parameters
    ----------
    X : array of shape (n_models, n_samples, n_in)
    W : array of shape (n_models, n_in, n_out)
    b : array of shape (n_models, n_out)
    input_gradient : bool, default=True
        Whether backward gives dX: the first layer of a network needs none, and gets None.
    """
    Y = X @ W
    Y += b[:, None, :]

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        grads = xp.matrix_transpose(X) @ dY, sum_rows(dY, xp)
        return dY @ xp.matrix_transpose(W) if input_gradient else None, grads

    return Y, backward


def ntk_linear(
    X: Array, W: Array, b: Array, *, xp: Namespace, input_gradient: bool = True
) -> tuple[Array, Backward]:
    """Return `X @ W / sqrt(n_in) + b`: linear in the neural tangent parametrisation.

    Shapes and options are those of `linear`. Jacot et al. (2018), Neural tangent kernel.
    """
    scale = 1.0 / sqrt(W.shape[1])
    Y = X @ W
    Y *= scale
    Y += b[:, None, :]

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        db = sum_rows(dY, xp)
        dY *= scale
        dW = xp.matrix_transpose(X) @ dY
        return dY @ xp.matrix_transpose(W) if input_gradient else None, (dW, db)

    return Y, backward


def feature_scale(
    X: Array, s: Array, *, xp: Namespace, input_gradient: bool = True
) -> tuple[Array, Backward]:
    """Return `X * s`: each feature by a factor of its own, s of shape (n_models, n_in)."""

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        ds = sum_rows(X * dY, xp)
        if not input_gradient:
            return None, (ds,)
        dY *= s[:, None, :]
        return dY, (ds,)

    return X * s[:, None, :], backward
