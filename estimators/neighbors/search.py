"""The nearest rows by brute force, block by block, on any array library."""

from __future__ import annotations

from ..arrays import Array, Namespace, out_of_memory_errors

_BLOCK_BYTES = 2**26  # one block of distances; ordering it takes a few times as much
_TREE_FEATURES = 15  # up to here scikit-learn's trees serve, which add up column by column
_SPARE = 16  # candidates beyond k where distances come from a matrix product


def nearest(X: Array, Y: Array, k: int, p: int, xp: Namespace) -> tuple[Array, Array]:
    """Find the `k` rows of `Y` nearest to each row of `X`; at equal distance the lower row first.

    The distance is `(sum_j |x_j - y_j|^p)^(1/p)` with p 1 or 2, in float64. Where memory runs out
    a block is halved, down to one row.

    Parameters
    ----------
    X : array of shape (n_queries, n_features)
    Y : array of shape (n_samples, n_features)

    Returns
    -------
    distances : array of shape (n_queries, k), float64, ascending
    indices : array of shape (n_queries, k), int64
    """
    Y = xp.astype(Y, xp.float64, copy=False)
    rows = _block_rows(Y, k)
    parts, start = [], 0
    while start < X.shape[0]:
        block = X[start : min(start + rows, X.shape[0]), :]
        try:
            parts.append(_nearest_block(xp.astype(block, xp.float64, copy=False), Y, k, p, xp))
        except out_of_memory_errors():
            if rows == 1:
                raise
            rows = (rows + 1) // 2
            continue
        start += rows
    return xp.concat([d for d, _ in parts]), xp.concat([i for _, i in parts])


def _block_rows(Y: Array, k: int) -> int:
    n_samples, n_features = Y.shape
    return max(1, _BLOCK_BYTES // (8 * max(n_samples, (k + _SPARE) * n_features)))


def _nearest_block(X: Array, Y: Array, k: int, p: int, xp: Namespace) -> tuple[Array, Array]:
    if p == 2 and Y.shape[1] > _TREE_FEATURES and k + _SPARE < Y.shape[0]:
        powers, indices = _by_product(X, Y, k, xp)
    else:
        powers = _by_column(X, Y, p, xp)
        indices = xp.argsort(powers, axis=1, stable=True)[:, :k]
        powers = xp.take_along_axis(powers, indices, axis=1)
    return (xp.sqrt(powers) if p == 2 else powers), indices


def _by_column(X: Array, Y: Array, p: int, xp: Namespace) -> Array:
    """Add up `|x_j - y_j|^p` column by column: the order in which scikit-learn's trees add."""
    total = None
    for j in range(X.shape[1]):
        difference = X[:, j][:, None] - Y[:, j][None, :]
        power = difference * difference if p == 2 else xp.abs(difference)
        total = power if total is None else total + power
    return total


def _by_product(X: Array, Y: Array, k: int, xp: Namespace) -> tuple[Array, Array]:
    """Rank by `|y|^2 - 2 x'y`, then take exact distances of `k` rows and some to spare.

    The product loses digits where rows are near one another, so it only chooses the candidates.
    """
    centre = xp.mean(Y, axis=0)
    shifted = Y - centre
    ranks = xp.sum(shifted * shifted, axis=1)[None, :] - 2 * ((X - centre) @ shifted.T)
    chosen = xp.sort(xp.argsort(ranks, axis=1)[:, : k + _SPARE], axis=1)
    rows = xp.reshape(xp.take(Y, xp.reshape(chosen, (-1,)), axis=0), (*chosen.shape, Y.shape[1]))
    difference = X[:, None, :] - rows
    powers = xp.sum(difference * difference, axis=2)
    order = xp.argsort(powers, axis=1, stable=True)[:, :k]
    return xp.take_along_axis(powers, order, axis=1), xp.take_along_axis(chosen, order, axis=1)
