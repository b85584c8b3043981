"""The concordance index: how well predictions order rows by their survival time."""

from __future__ import annotations

from typing import Any

import numpy as np


def concordance_index(
    lower: np.ndarray,
    upper: np.ndarray,
    risk: np.ndarray,
    sample_weight: np.ndarray | None = None,
) -> float:
    """Return Harrell's concordance index.

    Of all pairs of rows of which one certainly died before the other, the share in which that one
    has the higher risk; equal risks count one half::

        sum of w_i w_j [risk_i > risk_j] + [risk_i = risk_j] / 2   over pairs with T_i < T_j
        ------------------------------------------------------------------------------------
                              sum of w_i w_j   over the same pairs

    The time T of a row lies between `lower` and `upper`. One that was censored at a time has lived
    longer than one that died then. Takes O(n (log n)^2) time for n rows.

    Parameters
    ----------
    lower, upper : float arrays of shape (n_samples,)
        Equal where the time is known; `upper` is infinite where the row was censored.
    risk : float array of shape (n_samples,)
        Higher for those who are expected to die earlier.
    sample_weight : float array of shape (n_samples,), optional

    Raises
    ------
    ValueError
        When of no two rows it is known which one died first.

    References
    ----------
    Harrell, Lee and Mark (1996), "Multivariable prognostic models", Statistics in Medicine 15,
    section 5.5.
    """
    pairs = _Pairs(lower, upper, sample_weight)
    all_rows = np.arange(len(lower))
    comparable = pairs.weight(all_rows, all_rows, np.zeros(len(lower), dtype=np.int64))
    if comparable == 0:
        raise ValueError(
            "Of no two rows it is known which one died first, so there is no concordance index: "
            "too few rows, or all censored."
        )
    rank = np.unique(risk, return_inverse=True)[1]
    concordant = 0.5 * pairs.weight(all_rows, all_rows, rank)
    # risk_i > risk_j: in the highest bit in which their ranks differ i has 1 and j has 0.
    for bit in range(int(rank.max()).bit_length()):
        is_high = (rank >> bit) & 1 == 1
        concordant += pairs.weight(
            np.flatnonzero(is_high), np.flatnonzero(~is_high), rank >> (bit + 1)
        )
    return float(concordant / comparable)


class _Pairs:
    """The pairs of rows of which the first certainly died before the second."""

    def __init__(self, lower: np.ndarray, upper: np.ndarray, weight: Any) -> None:
        times = np.unique(np.concatenate([lower, upper]))
        # i died before j where last_i < first_j; what lasted beyond a time comes after it.
        self.last = 2 * np.searchsorted(times, upper)
        self.first = 2 * np.searchsorted(times, lower) + (upper > lower)
        self.n_times = 2 * len(times)
        self.row_weight = np.ones(len(lower)) if weight is None else np.asarray(weight, float)

    def weight(self, i: np.ndarray, j: np.ndarray, group: np.ndarray) -> float:
        """Return the sum of w_i w_j over the pairs of rows `i` and `j` in the same group."""
        key = group[j] * self.n_times + self.first[j]
        order = np.argsort(key)
        key, total = key[order], np.append(0.0, np.cumsum(self.row_weight[j][order]))
        begin = np.searchsorted(key, group[i] * self.n_times + self.last[i], side="right")
        end = np.searchsorted(key, (group[i] + 1) * self.n_times, side="left")
        return float(np.sum(self.row_weight[i] * (total[end] - total[begin])))
