"""Quantiles of columns in which cells may be missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..arrays import HOST, Array, Namespace, place_of
from .columns import in_column_blocks


def column_quantiles(X: Array, shares: Sequence[float], xp: Namespace) -> Array:
    """Return the quantiles of each column without its NaN, of shape (n_shares, n_features).

    Between two numbers of a column it interpolates in float64, as `numpy.nanpercentile` does. A
    column of NaN has NaN. On the host the numbers are put apart at the places needed, not sorted.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
    shares : sequence of float
        Between 0 and 1.
    """
    if place_of(X) == HOST:
        wanted = np.asarray(shares)
        columns = [_of_column(X[:, j], wanted) for j in range(X.shape[1])]
        return np.stack(columns, axis=1)
    return in_column_blocks(lambda part: _of_columns(part, shares, xp), X, 4.0, xp)


def _of_column(column: np.ndarray, shares: np.ndarray) -> np.ndarray:
    # A copy of its own, and contiguous: a partition of that is several times faster.
    column = np.array(column)
    if np.isnan(column.sum()):
        column = column[~np.isnan(column)]
    if not column.size:
        return np.full(len(shares), np.nan)
    at = shares * (column.size - 1)
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, column.size - 1)
    column.partition(np.unique(np.concatenate([low, high])))
    below, above = column[low], column[high]
    return below + (above - below) * (at - low)


def _of_columns(X: Array, shares: Sequence[float], xp: Namespace) -> Array:
    missing = xp.isnan(X)
    X = xp.sort(xp.where(missing, xp.full_like(X[:1, :], xp.inf), X), axis=0)
    last = X.shape[0] - 1 - xp.sum(xp.astype(missing, xp.int64), axis=0)[None, :]
    empty = last < 0
    last = xp.where(empty, xp.zeros_like(last), last)
    wanted = xp.asarray(list(shares), dtype=xp.float64, device=place_of(X).device)
    at = wanted[:, None] * xp.astype(last, xp.float64)
    low = xp.astype(xp.floor(at), xp.int64)
    below, above = (
        xp.astype(xp.take_along_axis(X, k, axis=0), xp.float64, copy=False)
        for k in (low, xp.minimum(low + 1, last))
    )
    below = xp.where(empty, xp.full_like(below, xp.nan), below)
    return below + (above - below) * (at - xp.floor(at))
