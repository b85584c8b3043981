"""Layers with hand-written gradients: linear maps, scales, normalisation and dropout."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np

from ...arrays import Array, Namespace, place_of
from .activations import Backward
from .network import Context
from .operations import clip, positive, sum_rows, transposed

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
    Y = xp.matmul(X, W)
    Y += b[:, None, :]

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        grads = xp.matmul(transposed(X, xp), dY), sum_rows(dY, xp)
        return _to_input(dY, W, xp) if input_gradient else None, grads

    return Y, backward


def _to_input(dY: Array, W: Array, xp: Namespace) -> Array:
    """Return `dY @ W^T`. NumPy's product takes five times the time where it is an outer one."""
    W = transposed(W, xp)
    return dY * W if W.shape[1] == 1 else xp.matmul(dY, W)


def ntk_linear(
    X: Array, W: Array, b: Array, *, xp: Namespace, input_gradient: bool = True
) -> tuple[Array, Backward]:
    """Return `X @ W / sqrt(n_in) + b`: linear in the neural tangent parametrisation.

    Shapes and options are those of `linear`. Jacot et al. (2018), Neural tangent kernel.
    """
    scale = 1.0 / sqrt(W.shape[1])
    Y = xp.matmul(X, W)
    Y *= scale
    Y += b[:, None, :]

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        db = sum_rows(dY, xp)
        dY *= scale
        dW = xp.matmul(transposed(X, xp), dY)
        return _to_input(dY, W, xp) if input_gradient else None, (dW, db)

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
    n_units = X.shape[-1]
    mean_of_units = xp.full_like(transposed(X[:, :1, :], xp), 1.0 / n_units)
    centred = X - xp.matmul(X, mean_of_units)
    inverse = 1.0 / xp.sqrt(xp.vecdot(centred, centred)[:, :, None] / n_units + NORM_EPSILON)
    factor = inverse * scale[:, None, :]
    Y = centred * factor
    Y += shift[:, None, :]

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        product = dY * centred
        grads = xp.matmul(transposed(inverse, xp), product)[:, 0, :], sum_rows(dY, xp)
        scale_of_units = scale[:, :, None] / n_units
        shared = inverse * xp.matmul(dY, scale_of_units)  # by way of the mean
        along = xp.matmul(product, scale_of_units)
        along *= inverse * inverse * inverse  # by way of the variance
        dY *= factor
        dY -= shared
        dY -= centred * along
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
    xp, share = context.xp, None
    mean, variance = context.buffers[f"{name}.mean"], context.buffers[f"{name}.variance"]
    if context.training:
        share, centred, variance = _batch_moments(X, context, mean, variance)
    else:
        centred = X - mean[:, None, :]
    inverse = 1.0 / xp.sqrt(variance + NORM_EPSILON)
    factor = scale * inverse
    Y = centred * factor[:, None, :]
    Y += shift[:, None, :]

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        d_scale, d_shift = inverse * sum_rows(dY * centred, xp), sum_rows(dY, xp)
        dY *= factor[:, None, :]
        if share is not None:  # by way of variance and mean
            moved = centred * (factor * inverse * d_scale)[:, None, :]
            moved += (factor * d_shift)[:, None, :]
            moved *= share
            dY -= moved
        return dY, (d_scale, d_shift)

    return Y, backward


def _batch_moments(
    X: Array, context: Context, running_mean: Array, running_variance: Array
) -> tuple[Array, Array, Array]:
    """Return rows' shares in the moments, X less its mean, and the variance.

    The running moments follow, in place.
    """
    xp, weight = context.xp, context.row_weight
    real = xp.ones_like(X[:, :, 0]) if weight is None else positive(weight, xp)
    n_real = xp.sum(real, axis=1, keepdims=True)
    share = (real / clip(n_real, 1.0, inf, xp))[:, None, :]
    mean = xp.matmul(share, X)
    centred = X - mean
    variance = xp.matmul(share, centred * centred)[:, 0, :]
    # A model that has no rows in this batch stays as it is.
    rate = positive(n_real, xp) * MOMENTUM
    running_mean += rate * (mean[:, 0, :] - running_mean)
    unbiased = variance * (n_real / clip(n_real - 1.0, 1.0, inf, xp))
    running_variance += rate * (unbiased - running_variance)
    return transposed(share, xp), centred, variance


def dropout(X: Array, *, context: Context) -> tuple[Array, Backward]:
    """Put units to 0 at the context's rates in training, and scale the others to make up for it.

    Srivastava et al. (2014), Dropout.
    """
    rate = context.dropout
    known = isinstance(rate, np.ndarray)  # here, and not on a device where asking means waiting
    if not context.training or rate is None or (known and not rate.any()):
        return X, lambda dY: (dY, ())
    mask = context.streams.keep(X.shape[1:], rate)
    if known and (rate == rate[0]).all():
        mask *= 1.0 / (1.0 - float(rate[0]))
    else:
        mask *= place_of(X).put(1.0 / (1.0 - rate), X.dtype)[:, None, None]

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        dY *= mask
        return dY, ()

    return X * mask, backward
