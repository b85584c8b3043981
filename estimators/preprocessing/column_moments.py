"""Mean and variance of columns in float64, with weights and with cells missing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..arrays import HOST, Array, Namespace, place_of
from ..blocks import slices_of
from ..linear.moments import less
from .long_rows import reduced

_BLOCK_ROWS = 65536  # rows cast to float64 at a time: bounds the working memory
_CACHED = 2**18  # numbers of a block on the host, which stays in the cache of a processor
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
    seen, (total,) = _totals(X, weight, xp, lambda x: (x,))
    return seen, _divide(total, seen, xp)


def column_variances(
    X: Array, weight: Array | None, seen: Array, mean: Array, xp: Namespace
) -> Array:
    """Return the variances about `mean`, of shape (n_features,), float64.

    By the corrected two-pass algorithm `(sum w d^2 - (sum w d)^2 / sum w) / sum w`, d = x - mean.
    """

    def terms(x: Array) -> tuple[Array, Array]:
        d = less(x, mean, xp)
        return d * d, d

    _, (squares, correction) = _totals(X, weight, xp, terms)
    return _divide(squares - _divide(correction**2, seen, xp), seen, xp)


def is_constant(variance: Array, mean: Array, seen: Array) -> Array:
    """Return where a variance is no more than the error bound of the algorithm above.

    `var <= n eps var + (n mean eps)^2` (Chan, Golub, LeVeque 1983).
    """
    return variance <= seen * _EPS * variance + (seen * mean * _EPS) ** 2


def _totals(
    X: Array, weight: Array | None, xp: Namespace, terms: Callable[[Array], tuple[Array, ...]]
) -> tuple[Array, list[Array]]:
    """Sum the weights and each of `terms` over the cells that are there, block by block."""
    sums: list[Array] = []
    seen, step = 0.0, _BLOCK_ROWS
    if place_of(X) == HOST:
        step = min(step, max(256, _CACHED // X.shape[1]))
    for rows in slices_of(X.shape[0], step):
        x = xp.astype(X[rows, :], xp.float64, copy=False)
        w = None if weight is None else xp.astype(weight[rows], xp.float64, copy=False)
        found = [_sum(term, w, xp) for term in terms(x)]
        here = float(x.shape[0]) if w is None else xp.sum(w)
        if not bool(xp.all(xp.isfinite(found[-1]))):  # most blocks have no cell missing
            gaps = xp.isnan(x)
            found = [_sum(xp.where(gaps, xp.zeros_like(x), t), w, xp) for t in terms(x)]
            counted = _sum(xp.astype(~gaps, xp.float64), w, xp)
            # Products may round one column unlike another: those without gaps keep the same sum.
            here = xp.where(xp.any(gaps, axis=0), counted, here + xp.zeros_like(counted))
        seen = here + seen
        sums = [a + b for a, b in zip(sums, found, strict=True)] if sums else found
    return seen + xp.zeros_like(sums[0]), sums


def _sum(values: Array, weight: Array | None, xp: Namespace) -> Array:
    """Return (weighted) sums of columns (n_rows, n_columns): equal ones have equal sums."""
    if weight is not None:
        return weight @ values
    return reduced(np.add, values) if isinstance(values, np.ndarray) else xp.sum(values, axis=0)


def _divide(value: Array, by: Array, xp: Namespace) -> Array:
    """Divide; NaN where nothing was seen."""
    some = by > 0
    missing = xp.full_like(value, xp.nan)
    return xp.where(some, value / xp.where(some, by, xp.ones_like(by)), missing)
