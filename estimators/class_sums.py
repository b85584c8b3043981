"""Sums of rows class by class, as products of a table of class marks and blocks of rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .arrays import Array, Namespace, place_of, to_numpy
from .blocks import in_row_blocks
from .config import get_config

_CACHE = 2**21  # bytes of a block on the host, which stays in the cache
_FEW_CLASSES = 16  # above, marks are mostly zeros, and SciPy has a faster product for them


def class_codes(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels, sorted, and the number of each row's label among them (int64)."""
    if y.dtype.kind not in "iufb":
        classes, codes = np.unique(y, return_inverse=True)
        return classes, codes.astype(np.int64, copy=False)
    classes = np.unique(y)  # without the inverse it sorts no rows
    return classes, np.searchsorted(classes, y).astype(np.int64, copy=False)


def plain_labels(labels: np.ndarray) -> np.ndarray:
    """Return sorted labels in the dtype that their values need, as `unique_labels` does."""
    return np.asarray(list(labels))


def class_sums(
    X: Array,
    codes: Array,
    n_classes: int,
    weight: Array | None,
    xp: Namespace,
    *,
    minus: Array | None = None,
    squared: bool = False,
    values: Callable[[Array, Namespace], Array] | None = None,
) -> Array:
    """Add up rows, or their squares, for each class: `sum_i w_i (x_i - m)` over its rows.

    Parameters
    ----------
    X : array of shape (n_samples, n_features), float32 or float64
    codes : array of shape (n_samples,), int64
        The class number of each row, where X is.
    weight : array of shape (n_samples,) or None
    minus : array of shape (n_features,) or (n_classes, n_features), float64, optional
        What is subtracted from each row, or from those of each class.
    squared : bool, default=False
    values : callable, optional
        What stands for a block of rows, in float64; by default the rows.

    Returns
    -------
    sums : array of shape (n_classes, n_features), float64
    """

    def work(rows: slice) -> Array:
        block = in_float64(X[rows, :], xp) if values is None else values(X[rows, :], xp)
        if minus is not None and minus.ndim == 2:
            block = block - xp.take(minus, codes[rows], axis=0)
        elif minus is not None:
            block = block - minus
        if squared:
            block = block * block
        return _marks(codes[rows], n_classes, _part(weight, rows), xp).T @ block

    total = None
    for part in in_row_blocks(work, X.shape[0], bytes_of_a_row(X, n_classes)):
        total = part if total is None else total + part
    return total


def in_float64(X: Array, xp: Namespace) -> Array:
    """Return rows in float64, themselves where they are."""
    return xp.astype(X, xp.float64, copy=False)


def class_counts(codes: Array, n_classes: int, weight: Array | None, xp: Namespace) -> Array:
    """Return how many rows each class has, or their summed weights: (n_classes,), float64."""
    place = place_of(codes)
    if weight is None:
        return place.put(np.bincount(to_numpy(codes), minlength=n_classes).astype(np.float64))
    column = xp.ones((codes.shape[0], 1), dtype=xp.float64, device=codes.device)
    return class_sums(column, codes, n_classes, weight, xp)[:, 0]


def class_moments(
    X: Array, codes: Array, n_classes: int, weight: Array | None, xp: Namespace
) -> tuple[Array, Array, Array]:
    """Return weight, mean and sum of squared deviations of each class, in two passes over X.

    Rows are taken relative to the first, so that nothing is lost where a mean is large. A class
    of weight 0 has mean 0.

    Returns
    -------
    counts : array of shape (n_classes,), float64
    means, squares : arrays of shape (n_classes, n_features), float64
    """
    counts = class_counts(codes, n_classes, weight, xp)
    first = xp.astype(X[0, :], xp.float64)
    sums = class_sums(X, codes, n_classes, weight, xp, minus=first)
    empty = counts == 0
    divisors = xp.where(empty, xp.ones_like(counts), counts)[:, None]
    means = xp.where(empty[:, None], xp.zeros_like(sums), first + sums / divisors)
    squares = class_sums(X, codes, n_classes, weight, xp, minus=means, squared=True)
    return counts, means, squares


def _part(weight: Array | None, rows: slice) -> Array | None:
    return None if weight is None else weight[rows]


def _marks(codes: Array, n_classes: int, weight: Array | None, xp: Namespace) -> Array:
    """The table of shape (n_rows, n_classes) with a row's weight in the column of its class."""
    if isinstance(codes, np.ndarray) and n_classes > _FEW_CLASSES:
        from scipy.sparse import csr_array

        data = np.ones(len(codes)) if weight is None else weight.astype(np.float64)
        starts = np.arange(len(codes) + 1)
        return csr_array((data, codes, starts), (len(codes), n_classes))
    numbers = xp.arange(n_classes, dtype=codes.dtype, device=codes.device)
    marks = xp.astype(codes[:, None] == numbers[None, :], xp.float64)
    return marks if weight is None else marks * xp.astype(weight, xp.float64)[:, None]


def bytes_of_a_row(X: Array, n_classes: int) -> float:
    """Bytes that a row of X is counted with in a pass over it; more on the host, for its cache."""
    needed = 8.0 * (4 * X.shape[1] + 3 * n_classes)
    if not isinstance(X, np.ndarray):
        return needed
    return needed * max(1.0, get_config()["working_memory"] * 2**20 / _CACHE)
