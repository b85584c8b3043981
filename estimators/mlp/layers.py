"""Layers with hand-written gradients: linear maps, scales, normalisation and dropout."""

from __future__ import annotations

from math import inf, sqrt

from ..arrays import Array, Namespace, place_of
from .activations import Backward, clip, positive, sum_rows
from .network import Context

NORM_EPSILON = 1e-5  # added to variances, and the share of a batch in running moments: PyTorch's
MOMENTUM = 0.1


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


def layer_norm(X: Array, scale: Array, shift: Array, *, xp: Namespace) -> tuple[Array, Backward]:
    """Return `(X - mean) / sqrt(variance + epsilon) * scale + shift`, moments over each row.

    Parameters
    ----------
    X : array of shape (n_models, n_samples, n_units)
    scale, shift : arrays of shape (n_models, n_units)
        1 and 0 at the start.

    Notes
    -----
    Ba et al. (2016), Layer normalization.
    """
    normed = X - xp.mean(X, axis=-1, keepdims=True)
    inverse = _inverse_root(xp.vecdot(normed, normed)[..., None] / X.shape[-1])
    normed *= inverse
    Y = normed * scale[:, None, :]
    Y += shift[:, None, :]

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        grads = sum_rows(dY * normed, xp), sum_rows(dY, xp)
        dY *= scale[:, None, :]
        along = xp.vecdot(dY, normed)[..., None] / X.shape[-1]
        dY -= xp.mean(dY, axis=-1, keepdims=True)
        dY -= normed * along
        dY *= inverse
        return dY, grads

    return Y, backward


def batch_norm(
    X: Array, scale: Array, shift: Array, *, context: Context, name: str
) -> tuple[Array, Backward]:
    """Return `(X - mean) / sqrt(variance + epsilon) * scale + shift`, moments over the rows.

    In training the moments are those of the rows that are not padding (all count alike), and the
    running moments follow them; else the running moments serve.

    Parameters
    ----------
    X : array of shape (n_models, n_samples, n_units)
    scale, shift : arrays of shape (n_models, n_units)
        1 and 0 at the start.
    context : Context
        Its buffers `name.mean` and `name.variance` are the running moments, of shape
        (n_models, n_units), 0 and 1 at the start. They are changed in place.

    Notes
    -----
    Ioffe and Szegedy (2015), Batch normalization. The running variance is unbiased, as in PyTorch.
    """
    xp, mean, share = context.xp, context.buffers[f"{name}.mean"], None
    variance = context.buffers[f"{name}.variance"]
    if context.training:
        share, mean, variance = _batch_moments(X, context, mean, variance)
    inverse = _inverse_root(variance)
    normed = X - mean[:, None, :]
    normed *= inverse[:, None, :]
    Y = normed * scale[:, None, :]
    Y += shift[:, None, :]

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        grads = sum_rows(dY * normed, xp), sum_rows(dY, xp)
        if share is not None:  # the moments move with X
            moved = normed * grads[0][:, None, :]
            moved += grads[1][:, None, :]
            moved *= share[:, :, None]
            dY -= moved
        dY *= (scale * inverse)[:, None, :]
        return dY, grads

    return Y, backward


def _batch_moments(
    X: Array, context: Context, mean: Array, variance: Array
) -> tuple[Array, Array, Array]:
    """Return each row's share, mean and variance of a batch, and let the running ones follow."""
    xp, weight = context.xp, context.row_weight
    real = xp.ones_like(X[:, :, 0]) if weight is None else positive(weight, xp)
    n_real = xp.sum(real, axis=1, keepdims=True)
    share = real / clip(n_real, 1.0, inf, xp)
    new_mean = (share[:, None, :] @ X)[:, 0, :]
    centred = X - new_mean[:, None, :]
    centred *= centred
    new_variance = (share[:, None, :] @ centred)[:, 0, :]
    # A model that has no rows in this batch stays as it is.
    rate = positive(n_real, xp) * MOMENTUM
    mean += rate * (new_mean - mean)
    variance += rate * (new_variance * (n_real / clip(n_real - 1.0, 1.0, inf, xp)) - variance)
    return share, new_mean, new_variance


def _inverse_root(variance: Array) -> Array:
    return (variance + NORM_EPSILON) ** -0.5


def dropout(X: Array, *, context: Context) -> tuple[Array, Backward]:
    """Put units to 0 at the context's rates in training, and scale the others to make up for it.

    Srivastava et al. (2014), Dropout.
    """
    rate = context.dropout
    if not context.training or rate is None or not rate.any():
        return X, lambda dY: (dY, ())
    mask = context.streams.keep(X.shape[1:], rate)
    if (rate == rate[0]).all():
        mask *= 1.0 / (1.0 - float(rate[0]))
    else:
        mask *= place_of(X).put(1.0 / (1.0 - rate), X.dtype)[:, None, None]

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        dY *= mask
        return dY, ()

    return X * mask, backward
