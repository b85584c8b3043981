"""Many rows turned into as few as there are columns, with the same least-squares problem."""

from __future__ import annotations

from functools import reduce

import numpy as np

from ..arrays import Array, Namespace
from ..blocks import in_row_blocks
from .moments import column_means
from .solve import centre

_BLOCK_BYTES = 2**21  # what a processor's cache holds
_FEWEST = 16  # rows of a block for each column: the triangles put together then cost little


def few_rows(
    X: Array, y: Array, weight: Array | None, fit_intercept: bool, xp: Namespace
) -> tuple[Array, Array, Array, Array]:
    """Return what `centre` returns, or as many rows as columns with the same solutions.

    These are `R` and `Q'y` of the decomposition `QR` of the centred and weighted rows. It is made
    from those of blocks of rows (Demmel et al. 2012, section 3), and loses no digits, as the Gram
    matrix would.

    Returns
    -------
    R : array of shape (n_features, n_features), float64
        Or all rows, where they are no more than the columns.
    projected : array of shape (n_features, n_outputs), float64
    x_mean : array of shape (n_features,), float64; zero without intercept
    y_mean : array of shape (n_outputs,), float64
    """
    (n, p), k = X.shape, y.shape[1]
    if n <= p:
        return centre(X, y, weight, fit_intercept, xp)
    x_mean, y_mean = column_means(X, weight, xp), column_means(y, weight, xp)
    if not fit_intercept:
        x_mean, y_mean = x_mean * 0, y_mean * 0

    def triangle_of(rows: slice) -> Array:
        block = xp.concat(
            [
                xp.astype(X[rows, :], xp.float64, copy=False) - x_mean,
                xp.astype(y[rows, :], xp.float64, copy=False) - y_mean,
            ],
            axis=1,
        )
        if weight is not None:
            block = block * xp.sqrt(xp.astype(weight[rows], xp.float64))[:, None]
        return triangular(block, xp)

    row_bytes = 8 * (p + k)
    most = max(_BLOCK_BYTES, _FEWEST * (p + k) * row_bytes)
    # Rows, centred rows and the decomposition of them are held at a time.
    blocks = in_row_blocks(triangle_of, n, 4 * row_bytes, 4 * most)
    R = reduce(lambda above, below: triangular(xp.concat([above, below]), xp), blocks)
    return R[:p, :p], R[:p, p:], x_mean, y_mean


def triangular(A: Array, xp: Namespace) -> Array:
    """Return the factor `R` of `A = QR`."""
    if isinstance(A, np.ndarray):
        return np.linalg.qr(A, mode="r")  # the standard has no way to ask for R alone
    return xp.linalg.qr(A)[1]
