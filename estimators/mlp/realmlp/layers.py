"""Layers that only RealMLP has: its embedded input, a scaled first layer, the members' outputs."""

from __future__ import annotations

from math import sqrt
from typing import Any

from ...arrays import Array, Namespace
from ..engine.embeddings import categories, heads, periodic
from ..engine.network import Backward
from ..engine.operations import sum_last, sum_rows, transposed


def embedded_input(
    inputs: Any, *weights: Array, n_periodic: int, xp: Namespace
) -> tuple[Array, Backward]:
    """Embed numbers periodically and codes by tables; return all side by side.

    Parameters
    ----------
    inputs : array of shape (n_models, n_samples, n_dense), or that and codes
        Codes are whole numbers of shape (n_models, n_samples, n_embedded).
    weights : arrays
        Four of the periodic embedding if `n_periodic` is not 0, and a table per column of codes.

    Returns
    -------
    Y : array of shape (n_models, n_samples, n_inputs)
        The embedded numbers, the other numbers, the embedded codes.
    backward : callable
        Its dX is None: there is nothing to learn before.
    """
    dense, codes = inputs if isinstance(inputs, tuple) else (inputs, None)
    n_numbers = 4 if n_periodic else 0
    parts: list[Array] = []
    ways: list[Backward | None] = []
    if n_periodic:
        numbers, way = periodic(
            dense[:, :, :n_periodic], *weights[:n_numbers], xp=xp, input_gradient=False
        )
        parts.append(numbers)
        ways.append(way)
    if dense.shape[2] > n_periodic:
        parts.append(dense[:, :, n_periodic:])
        ways.append(None)
    if codes is not None:
        looked_up, way = categories(codes, *weights[n_numbers:], xp=xp)
        parts.append(looked_up)
        ways.append(way)
    widths = [part.shape[2] for part in parts]

    def backward(dY: Array) -> tuple[None, tuple[Array, ...]]:
        grads: list[Array] = []
        start = 0
        for width, way in zip(widths, ways, strict=True):
            if way is not None:
                grads.extend(way(dY[:, :, start : start + width])[1])
            start += width
        return None, tuple(grads)

    return xp.concat(parts, axis=2), backward


def ntk_scaled_linear(
    X: Array, s: Array, W: Array, b: Array, *, xp: Namespace, input_gradient: bool = True
) -> tuple[Array, Backward]:
    """Return `(X * s) @ W / sqrt(n_in) + b`: a scale for each feature, then `ntk_linear`.

    Parameters
    ----------
    X : array of shape (n_models, n_samples, n_in)
    s : array of shape (n_models, n_in)
    W : array of shape (n_models, n_in, n_out)
    b : array of shape (n_models, n_out)
    """
    # The scales go into the few weights, not into the many rows: X @ V, V = s W / sqrt(n_in).
    root = 1.0 / sqrt(W.shape[1])
    factor = (s * root)[:, :, None]
    V = W * factor
    Y = xp.matmul(X, V)
    Y += b[:, None, :]

    def backward(dY: Array) -> tuple[Array | None, tuple[Array, ...]]:
        dV = xp.matmul(transposed(X, xp), dY)
        ds = sum_last(dV * W, xp) * root
        dV *= factor
        dX = xp.matmul(dY, transposed(V, xp)) if input_gradient else None
        return dX, (ds, dV, sum_rows(dY, xp))

    return Y, backward


def ntk_heads(X: Array, W: Array, b: Array, *, xp: Namespace) -> tuple[Array, Backward]:
    """Give each member its own output, `x @ W / sqrt(n_in) + b`, those of a row side by side.

    Parameters
    ----------
    X : array of shape (n_models, n_members * n_samples, n_in)
        In the order of `spread`.
    W : array of shape (n_models, n_members, n_in, n_out)
    b : array of shape (n_models, n_members, n_out)

    Returns
    -------
    Y : array of shape (n_models, n_samples, n_members * n_out)
    backward : callable
    """
    scale = 1.0 / sqrt(W.shape[2])
    Y, way = heads(X, W * scale, b, xp=xp)
    n_models, n_members, n_out = b.shape
    Y = xp.reshape(Y, (n_models, n_members, -1, n_out))
    n_samples = Y.shape[2]

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        by_row = xp.reshape(dY, (n_models, n_samples, n_members, n_out))
        by_member = xp.permute_dims(by_row, (0, 2, 1, 3))
        dX, (dW, db) = way(xp.reshape(by_member, (n_models, n_members * n_samples, n_out)))
        return dX, (dW * scale, db)

    return xp.reshape(xp.permute_dims(Y, (0, 2, 1, 3)), (n_models, n_samples, -1)), backward
