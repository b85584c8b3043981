"""The k-th smallest number of several sorted lists, each shifted by a number of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def kth_smallest(lists: Sequence[np.ndarray], shifts: np.ndarray, k: int) -> np.ndarray:
    """Return for each j the k-th smallest of all `lists[i] + shifts[i, j]`, exact to rounding.

    The lists are never merged: a value is bisected until just k numbers are up to it, and how many
    there are is a search in each list. So it takes O(n_lists) memory for each j, not the length of
    the lists.

    Parameters
    ----------
    lists : sequence of n_lists ascending float64 ndarrays, none of them empty
    shifts : float64 ndarray of shape (n_lists, m)
    k : int
        From 1 to the number of all numbers in the lists.

    Returns
    -------
    float64 ndarray of shape (m,)
    """
    low, high, close = _bracket(lists, shifts, k)
    active = np.arange(shifts.shape[1])
    while len(active):
        middle = (low[active] + high[active]) / 2
        count = _up_to(lists, shifts[:, active], middle).sum(axis=0)
        enough = count >= k
        high[active[enough]], low[active[~enough]] = middle[enough], middle[~enough]
        # Also ends where shifts are not finite.
        open_ = (count != k) & (high[active] - low[active] > close[active])
        active = active[open_]
    count = _up_to(lists, shifts, high)
    largest = [
        np.where(n > 0, numbers[n - 1] + shift, -np.inf)
        for numbers, n, shift in zip(lists, count, shifts, strict=True)
    ]
    return np.max(largest, axis=0)


def _bracket(
    lists: Sequence[np.ndarray], shifts: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return bounds of the answer, and how close two numbers may be to count as one.

    With the ranks `r_i = ceil(k n_i / n)` it lies between the least and the greatest of the r_i-th
    numbers: the r_i sum to at least k, and the `r_i - 1` to less than k.
    """
    sizes = np.array([len(numbers) for numbers in lists])
    ranks = -(-k * sizes // sizes.sum())
    at_rank = shifts + np.array([n[r - 1] for n, r in zip(lists, ranks, strict=True)])[:, None]
    low, high = at_rank.min(axis=0), at_rank.max(axis=0)
    # The rounding of a number plus a shift, and of the difference that is searched for.
    size = np.abs(shifts).max(axis=0) + np.abs(at_rank).max(axis=0)
    close = 4 * np.finfo(np.float64).eps * size
    return low - close, high + close, close


def _up_to(lists: Sequence[np.ndarray], shifts: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return how many shifted numbers of each list are up to each value: (n_lists, m)."""
    counts = [
        np.searchsorted(numbers, values - shift, side="right")
        for numbers, shift in zip(lists, shifts, strict=True)
    ]
    return np.array(counts)
