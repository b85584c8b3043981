"""Embeddings of numbers and categories, and what an ensemble of networks in one is made of."""

from __future__ import annotations

from itertools import accumulate, pairwise
from math import pi

import numpy as np
from scipy import sparse

from ...arrays import Array, Namespace, place_of
from .activations import Backward
from .layers import linear
from .operations import sum_rows, transposed

# From so many numbers on, SciPy's sparse product adds them faster than NumPy.
_MANY = 12_000


def periodic(
    X: Array,
    w: Array,
    b: Array,
    W: Array,
    c: Array,
    *,
    xp: Namespace,
    input_gradient: bool = True,
) -> tuple[Array, Backward]:
    """Give each number x `cos(2 pi x w + b) @ W + c`, with weights of its own, and x itself.

    Parameters
    ----------
    X : array of shape (n_models, n_samples, n_features)
    w, b : arrays of shape (n_models, n_features, n_frequencies)
    W : array of shape (n_models, n_features, n_frequencies, n_out)
    c : array of shape (n_models, n_features, n_out)

    Returns
    -------
    Y : array of shape (n_models, n_samples, n_features * n_out + n_features)
        The embedded numbers, feature by feature, then X.
    backward : callable

    Notes
    -----
    PBLD: periodic, bias, linear, DenseNet. Gorishniy et al. (2022), On embeddings for numerical
    features; with biases in Holzmüller et al. (2024), Better by default, appendix A.
    """
    n_models, n_samples, n_features = X.shape
    n_frequencies, n_out = W.shape[2:]
    n_each = n_models * n_features  # features of all models; their samples stand along rows
    n_embedded = n_features * n_out

    x = xp.reshape(transposed(X, xp), (n_each, 1, n_samples))
    turns = xp.reshape(w, (n_each, n_frequencies, 1)) * (2.0 * pi)
    W_each = xp.reshape(W, (n_each, n_frequencies, n_out))
    angles = turns * x
    angles += xp.reshape(b, (n_each, n_frequencies, 1))
    waves = xp.cos(angles)
    out = xp.matmul(transposed(W_each, xp), waves)
    out += xp.reshape(c, (n_each, n_out, 1))

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        own = transposed(dY[:, :, :n_embedded], xp)
        own = xp.reshape(own, (n_each, n_out, n_samples))
        dc = sum_rows(dY[:, :, :n_embedded], xp)
        dW = xp.matmul(waves, transposed(own, xp))
        d_angles = xp.matmul(W_each, own)
        d_angles *= xp.sin(angles)  # the sign follows below
        db = -xp.matmul(d_angles, transposed(xp.ones_like(x), xp))
        dw = xp.matmul(d_angles, transposed(x * (-2.0 * pi), xp))
        grads = tuple(
            xp.reshape(grad, weight.shape)
            for grad, weight in zip((dw, db, dW, dc), (w, b, W, c), strict=True)
        )
        if not input_gradient:
            return None, grads
        dx = xp.reshape(
            xp.matmul(transposed(turns, xp), d_angles), (n_models, n_features, n_samples)
        )
        return dY[:, :, n_embedded:] - transposed(dx, xp), grads

    embedded = transposed(xp.reshape(out, (n_models, n_embedded, n_samples)), xp)
    return xp.concat([embedded, X], axis=2), backward


def categories(codes: Array, *tables: Array, xp: Namespace) -> tuple[Array, Backward]:
    """Look up each column's codes in a table of its own.

    Parameters
    ----------
    codes : integer array of shape (n_models, n_samples, n_columns)
        Below the number of rows of the column's table. This is not checked.
    tables : n_columns arrays of shape (n_models, n_codes of the column, width)

    Returns
    -------
    Y : array of shape (n_models, n_samples, n_columns * width)
    backward : callable
        Its dX is None: codes have no gradient.
    """
    n_models, n_samples, n_columns = codes.shape
    starts = [0, *accumulate(table.shape[1] for table in tables)]
    n_rows, width = starts[-1], tables[0].shape[2]
    device = place_of(codes).device
    columns = xp.zeros_like(codes[:1, :1, :])
    for j, start in enumerate(starts[:-1]):
        columns[:, :, j] = start  # not an array of the host's: a captured step may take none
    models = n_rows * xp.arange(n_models, dtype=codes.dtype, device=device)
    index = xp.reshape(codes + columns + models[:, None, None], (-1,))
    rows = xp.reshape(xp.concat(tables, axis=1), (n_models * n_rows, width))

    def backward(dY: Array) -> tuple[None, tuple[Array, ...]]:
        added = add_at(index, xp.reshape(dY, (-1, width)), n_models * n_rows, xp)
        added = xp.reshape(added, (n_models, n_rows, width))
        return None, tuple(added[:, start:stop, :] for start, stop in pairwise(starts))

    Y = xp.reshape(xp.take(rows, index, axis=0), (n_models, n_samples, n_columns * width))
    return Y, backward


def add_at(index: Array, values: Array, n_rows: int, xp: Namespace) -> Array:
    """Return the array of `n_rows` rows in which row i is the sum of the values of index i.

    Parameters
    ----------
    index : integer array of shape (n_values,)
    values : array of shape (n_values, width)
    """
    n_values, width = values.shape
    if isinstance(values, np.ndarray) and values.size > _MANY:
        ones = np.ones(n_values, dtype=values.dtype)
        chosen = sparse.csc_array((ones, index, np.arange(n_values + 1)), shape=(n_rows, n_values))
        return chosen.dot(values)
    device = place_of(values).device
    if hasattr(xp.add, "at"):  # NumPy and CuPy; much faster on one axis than on two
        added = xp.zeros(n_rows * width, dtype=values.dtype, device=device)
        cells = index[:, None] * width + xp.arange(width, dtype=index.dtype, device=device)
        xp.add.at(added, xp.reshape(cells, (-1,)), xp.reshape(values, (-1,)))
        return xp.reshape(added, (n_rows, width))
    rows = xp.arange(n_rows, dtype=index.dtype, device=device)
    return xp.matmul(xp.astype(rows[:, None] == index, values.dtype), values)


def spread(
    X: Array, r: Array, s: Array, *, xp: Namespace, input_gradient: bool = True
) -> tuple[Array, Backward]:
    """Give each row to k members of an ensemble, each with an affine map `x * r + s` of its own.

    This is how TabM-mini makes k networks of one. Gorishniy et al. (2025), TabM.

    Parameters
    ----------
    X : array of shape (n_models, n_samples, n_features)
    r, s : arrays of shape (n_models, n_members, n_features)

    Returns
    -------
    Y : array of shape (n_models, n_members * n_samples, n_features)
        All rows of the first member, then those of the second, ...
    backward : callable
    """
    n_models, n_samples, n_features = X.shape
    Y = X[:, None, :, :] * r[:, :, None, :]
    Y += s[:, :, None, :]

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        by_member = (r.shape[0] * r.shape[1], n_samples, n_features)
        ds = sum_rows(xp.reshape(dY, by_member), xp)
        dY = xp.reshape(dY, (*r.shape[:2], n_samples, n_features))
        dr = sum_rows(xp.reshape(dY * X[:, None, :, :], by_member), xp)
        dX = None
        if input_gradient:
            dY *= r[:, :, None, :]
            dX = xp.sum(dY, axis=1)
        return dX, (xp.reshape(dr, r.shape), xp.reshape(ds, s.shape))

    return xp.reshape(Y, (n_models, -1, n_features)), backward


def heads(X: Array, W: Array, b: Array, *, xp: Namespace) -> tuple[Array, Backward]:
    """Give each member of an ensemble a linear layer of its own, `x @ W + b`.

    Parameters
    ----------
    X : array of shape (n_models, n_members * n_samples, n_in)
        In the order of `spread`.
    W : array of shape (n_models, n_members, n_in, n_out)
    b : array of shape (n_models, n_members, n_out)

    Returns
    -------
    Y : array of shape (n_models, n_members * n_samples, n_out)
    backward : callable
    """
    n_models, n_rows, n_in = X.shape
    n_members, _, n_out = W.shape[1:]
    n_linear = n_models * n_members  # each member of each model is a model of a linear layer
    Y, linear_backward = linear(
        xp.reshape(X, (n_linear, -1, n_in)),
        xp.reshape(W, (n_linear, n_in, n_out)),
        xp.reshape(b, (n_linear, n_out)),
        xp=xp,
    )

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        dX, (dW, db) = linear_backward(xp.reshape(dY, (n_linear, -1, n_out)))
        return xp.reshape(dX, X.shape), (xp.reshape(dW, W.shape), xp.reshape(db, b.shape))

    return xp.reshape(Y, (n_models, n_rows, n_out)), backward
