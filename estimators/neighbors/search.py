"""The nearest rows by brute force, in blocks of queries and of rows, on any array library."""

from __future__ import annotations

from ..arrays import Array, Namespace
from ..blocks import in_row_blocks, slices_of
from .product import ProductSearch
from .smallest import smallest

BLOCK_ROWS = 8192  # of the training rows that are worked on at a time
PAIR_BYTES = 64  # bytes for a pair of rows: difference, power and sum, and what selecting takes


def nearest(X: Array, Y: Array, k: int, p: int, xp: Namespace) -> tuple[Array, Array]:
    """Find the `k` rows of `Y` nearest to each row of `X`; at equal distance the lower row first.

    The distance is `(sum_j |x_j - y_j|^p)^(1/p)` with p 1 or 2, in float64. Works in blocks that
    the setting `working_memory` holds; where memory runs out nevertheless a block is halved.

    Parameters
    ----------
    X : array of shape (n_queries, n_features)
    Y : array of shape (n_samples, n_features)

    Returns
    -------
    distances : array of shape (n_queries, k), float64, ascending
    indices : array of shape (n_queries, k), int64
    """
    product = ProductSearch.of(Y, k, xp) if p == 2 else None
    if product is None:
        powers, indices = nearest_by_column(X, Y, k, p, xp)
        return (xp.sqrt(powers) if p == 2 else powers), indices

    def work(rows: slice) -> tuple[Array, Array]:
        block = xp.astype(X[rows, :], xp.float64, copy=False)
        return _mended(*product.nearest(block), block, Y, xp)

    found = list(in_row_blocks(work, X.shape[0], product.row_bytes))
    return xp.sqrt(xp.concat([p for p, _ in found])), xp.concat([i for _, i in found])


def _mended(
    powers: Array, indices: Array, certain: Array, X: Array, Y: Array, xp: Namespace
) -> tuple[Array, Array]:
    """Search anew for the rows of which rounding leaves in doubt what is nearest."""
    if bool(xp.all(certain)):
        return powers, indices
    anew = nearest_by_column(X[~certain], Y, powers.shape[1], 2, xp)
    n = powers.shape[0]
    numbers = xp.arange(n, dtype=xp.int64, device=powers.device)
    later = n - 1 + xp.cumulative_sum(xp.astype(~certain, xp.int64))
    places = xp.where(certain, numbers, later)
    both = zip((powers, indices), anew, strict=True)
    powers, indices = (xp.take(xp.concat(pair), places, axis=0) for pair in both)
    return powers, indices


def nearest_by_column(X: Array, Y: Array, k: int, p: int, xp: Namespace) -> tuple[Array, Array]:
    """Find the nearest rows from the distances of all pairs, added up column by column.

    Returns
    -------
    powers : array of shape (n_queries, k), float64
        The distances to the power `p`.
    indices : array of shape (n_queries, k), int64
    """

    def work(rows: slice) -> tuple[Array, Array]:
        block = xp.astype(X[rows, :], xp.float64, copy=False)
        best = None
        for part in slices_of(Y.shape[0], BLOCK_ROWS):
            some = xp.astype(Y[part, :], xp.float64, copy=False)
            powers = by_column(block, some, p, xp)
            places = smallest(powers, min(k, some.shape[0]), xp)
            found = xp.take_along_axis(powers, places, axis=1), places + part.start
            best = found if best is None else _best_of(best, found, k, xp)
        assert best is not None
        return best

    row_bytes = PAIR_BYTES * (min(Y.shape[0], BLOCK_ROWS) + k)
    found = list(in_row_blocks(work, X.shape[0], row_bytes))
    return xp.concat([p for p, _ in found]), xp.concat([i for _, i in found])


def _best_of(
    first: tuple[Array, Array], second: tuple[Array, Array], k: int, xp: Namespace
) -> tuple[Array, Array]:
    """The `k` nearest of those found among some rows and among later ones."""
    powers, indices = (xp.concat(pair, axis=1) for pair in zip(first, second, strict=True))
    places = smallest(powers, min(k, powers.shape[1]), xp)
    return xp.take_along_axis(powers, places, axis=1), xp.take_along_axis(indices, places, axis=1)


def by_column(X: Array, Y: Array, p: int, xp: Namespace) -> Array:
    """Add up `|x_j - y_j|^p` column by column: the order in which scikit-learn's trees add."""
    total = None
    for j in range(X.shape[1]):
        difference = X[:, j][:, None] - Y[:, j][None, :]
        power = difference * difference if p == 2 else xp.abs(difference)
        total = power if total is None else total + power
    return total
