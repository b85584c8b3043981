"""Sums over rows from which every centred Gram matrix of a fold, or of several, follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Array, Namespace, is_sparse, place_of
from ..shared import Declined, Folds
from .centring import centre_of

_BLOCK_ROWS = 16384  # rows cast to float64 and shifted at a time: bounds the working memory
_LONG_ENOUGH = 512  # numbers of a row, from which NumPy is quick
_MANY_ROWS = 2**16  # from which the means of some are found sooner
_FAR = 5.0  # standard deviations: sums about zero have 25 times the rounding then


@dataclass(frozen=True)
class Moments:
    """Weighted sums about a fixed centre; sums of disjoint sets of rows add up.

    Attributes
    ----------
    weight : float
        Sum of the sample weights (the number of rows where there are none).
    x, y : arrays of shape (n_features,) and (n_outputs,), float64
        Weighted sums of `X - centre_x` and `y - centre_y`.
    xx, xy : arrays of shape (n_features, n_features) and (n_features, n_outputs), float64
        Weighted sums of the products.
    yy : array of shape (n_outputs,), float64
        Weighted sums of squares.
    """

    weight: float
    x: Array
    y: Array
    xx: Array
    xy: Array
    yy: Array

    def __add__(self, other: Moments) -> Moments:
        return Moments(
            self.weight + other.weight,
            self.x + other.x,
            self.y + other.y,
            self.xx + other.xx,
            self.xy + other.xy,
            self.yy + other.yy,
        )


@dataclass(frozen=True)
class Gram:
    """The centred Gram matrix of a training set, scaled, and what leads back to the raw columns.

    Attributes
    ----------
    xx, xy : arrays of shape (n_features, n_features) and (n_features, n_outputs), float64
    x_mean, y_mean : arrays of shape (n_features,) and (n_outputs,), float64
        What was subtracted, in the (scaled) coordinates of `xx`; zero without intercept.
    summed : array of shape (n_features,), float64
        The sizes added up of the terms whose sum is the diagonal of `xx`. Where that is far below,
        as for a column constant in one fold and not in the others, it has lost its digits.
    weight : float
        Sum of the sample weights.
    yy : array of shape (n_outputs,), float64
        Sums of squares of the centred targets.
    """

    xx: Array
    xy: Array
    x_mean: Array
    y_mean: Array
    summed: Array
    weight: float
    yy: Array


def moments(
    X: Array, y: Array, weight: Array | None, centre_x: Array, centre_y: Array, xp: Namespace
) -> Moments:
    """Sum over the rows of `X` (n_samples, n_features) and `y` (n_samples, n_outputs).

    Computed in float64 block by block: a float32 X loses no digits and is never copied whole.
    Sparse rows (SciPy's) are summed about zero, whatever `centre_x`: it must be that (`centres`).
    """
    if is_sparse(X):
        return _sparse_moments(X, y, weight, centre_y)
    total, centre_x = None, centre_x if bool(xp.any(centre_x != 0)) else None
    for start in range(0, X.shape[0], _BLOCK_ROWS):
        rows = slice(start, min(start + _BLOCK_ROWS, X.shape[0]))
        part = _block(X[rows, :], y[rows, :], weight, rows, centre_x, centre_y, xp)
        total = part if total is None else total + part
    assert total is not None
    return total


def _block(X, y, weight, rows, centre_x, centre_y, xp) -> Moments:  # type: ignore[no-untyped-def]
    X = xp.astype(X, xp.float64, copy=False) if centre_x is None else less(X, centre_x, xp)
    y = xp.astype(y, xp.float64, copy=False) - centre_y
    ones = xp.ones_like(y[:, 0])
    if weight is None:
        weighted, weighted_y, total = X, y, float(X.shape[0])
    else:
        w = xp.astype(weight[rows], xp.float64)[:, None]
        weighted, weighted_y, total = X * w, y * w, float(xp.sum(w))
    return Moments(
        total,
        ones @ weighted,  # quicker than a sum over rows that are short
        ones @ weighted_y,
        weighted.T @ X,
        weighted.T @ y,
        ones @ (weighted_y * y),
    )


def less(X: Array, centre: Array, xp: Namespace) -> Array:
    """Return `X - centre` in float64, of the shape of X (n_rows, n_columns)."""
    n, p = X.shape
    together = _LONG_ENOUGH // p
    if not isinstance(X, np.ndarray) or not X.flags.c_contiguous or together < 2:
        return xp.astype(X, xp.float64, copy=False) - centre
    # NumPy takes long to begin each row: several at once are one.
    less, whole = np.empty((n, p)), n - n % together
    long = (whole // together, together * p)
    np.subtract(X[:whole].reshape(long), np.tile(centre, together), out=less[:whole].reshape(long))
    np.subtract(X[whole:], centre, out=less[whole:])
    return less


def _sparse_moments(X: Any, y: Array, weight: Array | None, centre_y: Array) -> Moments:
    X, y = X.astype(np.float64), y.astype(np.float64) - centre_y
    w = np.ones(X.shape[0]) if weight is None else weight.astype(np.float64)
    weighted = (X.multiply(w[:, None]) if weight is not None else X).tocsr()
    return Moments(
        float(w.sum()),
        np.asarray(weighted.sum(axis=0)).ravel(),
        w @ y,
        (weighted.T @ X).toarray(),
        np.asarray(weighted.T @ y),
        w @ (y * y),
    )


def centres(X: Array, y: Array, weight: Array | None, xp: Namespace) -> tuple[Array, Array]:
    """Return about what to sum, (n_features,) and (n_outputs,): the column means.

    Of many rows those of X are near their means only, or zero where these are near zero, compared
    with the deviations: that saves passes over X. Zero it is for sparse columns, which stay so.
    """
    centre_y = column_means(y, weight, xp)
    if not is_sparse(X) and X.shape[0] < _MANY_ROWS:
        return column_means(X, weight, xp), centre_y
    centre_x = None if is_sparse(X) else centre_of(X, _FAR)
    if centre_x is None:
        centre_x = xp.zeros(X.shape[1], dtype=xp.float64, device=place_of(y).device)
    return centre_x, centre_y


def column_means(X: Array, weight: Array | None, xp: Namespace) -> Array:
    """Return the (weighted) column means in float64, of shape (n_columns,)."""
    total, sums = 0.0, xp.zeros_like(X[0, :], dtype=xp.float64)
    for start in range(0, X.shape[0], _BLOCK_ROWS):
        rows = slice(start, min(start + _BLOCK_ROWS, X.shape[0]))
        part = xp.astype(X[rows, :], xp.float64, copy=False)
        w = xp.ones_like(part[:, 0]) if weight is None else xp.astype(weight[rows], xp.float64)
        sums = sums + w @ part
        total += float(X[rows, :].shape[0]) if weight is None else float(xp.sum(w))
    return sums / total


def gram(
    sums: Moments,
    centre_x: Array,
    centre_y: Array,
    fit_intercept: bool,
    affine: tuple[Array, Array] | None = None,
) -> Gram:
    """Return the Gram matrix of `(X - shift) / scale`, centred if there is an intercept.

    With m the summed weight, s the sum of `X - centre` and D the scales:
    `D^-1 (xx - s s^T / m) D^-1` (Liland et al. 2024, arXiv 2211.15128).
    """
    m = sums.weight
    x_mean, y_mean = sums.x / m, sums.y / m
    xp = place_of(sums.xx).xp
    summed = xp.linalg.diagonal(sums.xx)
    if fit_intercept:
        summed = summed + sums.x * x_mean
        xx = sums.xx - sums.x[:, None] * x_mean[None, :]
        xy = sums.xy - sums.x[:, None] * y_mean[None, :]
        yy = sums.yy - sums.y * y_mean
        y_mean = y_mean + centre_y
        if affine is None:
            x_mean = x_mean + centre_x
        else:  # two large numbers that are close first: the small mean keeps its digits
            shift, scale = affine
            x_mean = (x_mean + (centre_x - shift)) / scale
    else:
        # Sums about the origin of the scaled columns: move the centre by c - shift.
        offset = centre_x if affine is None else centre_x - affine[0]
        summed = summed + 2.0 * xp.abs(sums.x * offset) + m * offset * offset
        xx = (
            sums.xx
            + sums.x[:, None] * offset[None, :]
            + offset[:, None] * sums.x[None, :]
            + m * offset[:, None] * offset[None, :]
        )
        xy = (
            sums.xy
            + sums.x[:, None] * centre_y[None, :]
            + offset[:, None] * sums.y[None, :]
            + m * offset[:, None] * centre_y[None, :]
        )
        yy = sums.yy + 2.0 * sums.y * centre_y + m * centre_y * centre_y
        x_mean, y_mean = x_mean * 0, y_mean * 0
    if affine is not None:
        scale = affine[1]
        xx, xy = xx / (scale[:, None] * scale[None, :]), xy / scale[:, None]
        summed = summed / (scale * scale)
    return Gram(xx, xy, x_mean, y_mean, summed, m, yy)


def fold_moments(
    X: Array, y: Array, weight: Array | None, folds: Folds, xp: Namespace
) -> tuple[Array, Array, list[Moments]]:
    """Return centres, and the sums over the training rows of every fold, from one pass.

    Sums over the test parts are added up, never subtracted, so no digit is lost
    (Engstrom and Jensen 2025, "Fast partition-based cross-validation").

    Raises
    ------
    Declined
        When a fold has fewer training rows than columns.
    """
    if min(len(train) for train, _ in folds) <= X.shape[1]:
        raise Declined("a fold has fewer rows than columns")
    centre_x, centre_y = centres(X, y, weight, xp)
    place = place_of(y)
    blocks = []
    for _, test in folds:
        rows = place.put(test)
        part = None if weight is None else xp.take(weight, rows, axis=0)
        X_part = X[test] if is_sparse(X) else xp.take(X, rows, axis=0)
        y_part = xp.take(y, rows, axis=0)
        blocks.append(moments(X_part, y_part, part, centre_x, centre_y, xp))
    return centre_x, centre_y, _sums_of_others(blocks)


def _sums_of_others(blocks: list[Moments]) -> list[Moments]:
    """For each of two or more blocks, the sum of all others, by running sums from both ends."""
    after = [blocks[-1]]
    for block in reversed(blocks[1:-1]):
        after.insert(0, block + after[0])
    before = blocks[0]
    sums = [after[0]]
    for k in range(1, len(blocks) - 1):
        sums.append(before + after[k])
        before = before + blocks[k]
    return [*sums, before]
