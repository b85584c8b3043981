"""Sums over features and classes in the very order in which NumPy's `sum(axis=1)` adds them."""

from __future__ import annotations

import numpy as np

_LANES, _PIECE = 8, 128  # of NumPy's pairwise summation


def row_sums(columns: np.ndarray, pairwise: bool) -> np.ndarray:
    """Add columns, to the last bit as `rows.sum(axis=1)` would.

    The columns lie in one piece each, so that every step works on many rows at once.

    Parameters
    ----------
    columns : ndarray of shape (n_columns, ...)
    pairwise : bool
        The order for rows that lie in one piece each; else one column after the other.

    Returns
    -------
    sums : ndarray of shape (...)
    """
    n = len(columns)
    if not pairwise or n < _LANES:
        return _in_turn(columns)
    if n > _PIECE:
        half = n // 2 - n // 2 % _LANES
        return row_sums(columns[:half], True) + row_sums(columns[half:], True)
    lanes = columns[:_LANES]
    whole = n - n % _LANES
    for start in range(_LANES, whole, _LANES):
        lanes = lanes + columns[start : start + _LANES]
    pairs = lanes[::2] + lanes[1::2]
    total = (pairs[0] + pairs[1]) + (pairs[2] + pairs[3])
    for column in columns[whole:]:
        total += column
    return total


def _in_turn(columns: np.ndarray) -> np.ndarray:
    total = columns[0].copy()
    for column in columns[1:]:
        total += column
    return total


def rows_in_one_piece(X: np.ndarray) -> bool:
    """Whether the numbers of a row, and not those of a column, lie side by side."""
    return X.shape[0] == 1 or abs(X.strides[0]) >= abs(X.strides[1])


def log_probabilities(joint: np.ndarray, pairwise: bool) -> np.ndarray:
    """Return `joint - logsumexp(joint)` over the classes, as scikit-learn computes it.

    Parameters
    ----------
    joint : ndarray of shape (n_classes, ...)
    pairwise : bool
        How scikit-learn's own array of shape (n_samples, n_classes) lies, as in `row_sums`.
    """
    highest = joint.max(axis=0)
    is_highest = joint == highest
    n_highest = row_sums(is_highest.astype(joint.dtype), pairwise)
    others = np.where(is_highest, -np.inf, joint).astype(joint.dtype, copy=False)
    shift = np.where(np.isfinite(highest), highest, 0).astype(joint.dtype, copy=False)
    rest = row_sums(np.exp(others - shift), pairwise)
    rest = np.where(rest == 0, rest, rest / n_highest)
    return joint - (np.log1p(rest) + np.log(n_highest) + highest)
