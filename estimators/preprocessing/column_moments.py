"""Mean and variance of columns in float64, with weights and with cells missing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..arrays import Array, Namespace

_BLOCK_ROWS = 65536  # rows cast to float64 at a time: bounds the working memory
_EPS = float(np.finfo(np.float64).eps)


def column_means(X: Array, weight: Array | None, xp: Namespace) -> tuple[Array, Array]:
    """Return the summed weights and the means of the cells that are there (NaN is not), float64.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
    weight : array of shape (n_samples,) or None

    Returns
    -------
    seen : array of shape (n_features,)
        Counts where there are no weights.
    mean : array of shape (n_features,)
        NaN where no cell is there.
    """
    seen = _total(X, weight, xp, lambda x: xp.astype(~xp.isnan(x), xp.float64))
    # Products may round one column unlike another: columns without NaN have the same sum.
    all_weight = X.shape[0] if weight is None else xp.sum(xp.astype(weight, xp.float64))
    seen = xp.where(xp.any(xp.isnan(X), axis=0), seen, all_weight + xp.zeros_like(seen))
    return seen, _divide(_total(X, weight, xp, lambda x: _fill(x, xp)), seen, xp)


def column_variances(
    X: Array, weight: Array | None, seen: Array, mean: Array, xp: Namespace
) -> Array:
    """Return the variances about `mean`, of shape (n_features,), float64.

    By the corrected two-pass algorithm `(sum w d^2 - (sum w d)^2 / sum w) / sum w`, d = x - mean.
    """
    squares = _total(X, weight, xp, lambda x: _fill(x - mean, xp) ** 2)
    correction = _total(X, weight, xp, lambda x: _fill(x - mean, xp))
    return _divide(squares - _divide(correction**2, seen, xp), seen, xp)


def is_constant(variance: Array, mean: Array, seen: Array) -> Array:
    """Return where a variance is no more than the error bound of the algorithm above.

    `var <= n eps var + (n mean eps)^2` (Chan, Golub, LeVeque 1983).
    """
    return variance <= seen * _EPS * variance + (seen * mean * _EPS) ** 2


def _total(X: Array, weight: Array | None, xp: Namespace, terms: Callable[[Array], Array]) -> Array:
    """Sum `terms` of the rows, times their weights, block by block."""
    total = None
    for start in range(0, X.shape[0], _BLOCK_ROWS):
        rows = slice(start, min(start + _BLOCK_ROWS, X.shape[0]))
        part = terms(xp.astype(X[rows, :], xp.float64, copy=False))
        if weight is None:
            part = xp.sum(part, axis=0)
        else:
            part = xp.astype(weight[rows], xp.float64, copy=False) @ part
        total = part if total is None else total + part
    return total


def _fill(x: Array, xp: Namespace) -> Array:
    return xp.where(xp.isnan(x), xp.zeros_like(x), x)


def _divide(value: Array, by: Array, xp: Namespace) -> Array:
    """Divide; NaN where nothing was seen."""
    some = by > 0
    missing = xp.full_like(value, xp.nan)
    return xp.where(some, value / xp.where(some, by, xp.ones_like(by)), missing)
