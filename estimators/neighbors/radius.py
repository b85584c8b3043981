"""The rows within a radius by brute force, in blocks, on any array library."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..arrays import Array, Namespace, to_numpy
from ..blocks import in_row_blocks, slices_of
from .search import BLOCK_ROWS, PAIR_BYTES, by_column


def within(
    X: Array, Y: Array, radius: float, p: int, xp: Namespace, own: bool = False
) -> Iterator[tuple[Array, Array]]:
    """Yield for each row of `X` the rows of `Y` at most `radius` from it, in their order.

    Parameters
    ----------
    p : {1, 2}
        The distance is `(sum_j |x_j - y_j|^p)^(1/p)`, in float64.
    own : bool
        Whether `X` is `Y`, and no row is its own neighbour.

    Yields
    ------
    distances : array of shape (n_found,), float64
    indices : array of shape (n_found,), int64
    """

    def work(rows: slice) -> list[tuple[Array, Array]]:
        block = xp.astype(X[rows, :], xp.float64, copy=False)
        return _within_block(block, Y, radius**p, p, xp, rows.start if own else None)

    row_bytes = PAIR_BYTES * min(Y.shape[0], BLOCK_ROWS)
    for found in in_row_blocks(work, X.shape[0], row_bytes):
        for powers, indices in found:
            yield (xp.sqrt(powers) if p == 2 else powers), indices


def _within_block(
    X: Array, Y: Array, limit: float, p: int, xp: Namespace, first: int | None
) -> list[tuple[Array, Array]]:
    """Powers of distances and row numbers, query by query; the queries are rows from `first`."""
    parts = []
    for rows in slices_of(Y.shape[0], BLOCK_ROWS):
        some = xp.astype(Y[rows, :], xp.float64, copy=False)
        powers = by_column(X, some, p, xp)
        near = powers <= limit
        queries, places = xp.nonzero(near)
        part = (queries, places + rows.start, powers[near])
        if first is not None:
            part = tuple(each[queries + first != part[1]] for each in part)
        parts.append(part)
    queries, indices, powers = (xp.concat(arrays) for arrays in zip(*parts, strict=True))
    order = xp.argsort(queries, stable=True)
    indices, powers = xp.take(indices, order), xp.take(powers, order)
    ends = np.cumsum(np.bincount(to_numpy(queries), minlength=X.shape[0])).tolist()
    return [
        (powers[start:end], indices[start:end])
        for start, end in zip([0, *ends[:-1]], ends, strict=True)
    ]
