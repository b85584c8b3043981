"""The validation part: which rows are held out, every class in its share."""

from __future__ import annotations

from math import ceil

import numpy as np


def held_out_rows(
    n_rows: int, fraction: float, random_state: np.random.RandomState, codes: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of the training rows and of the validation rows, in random order.

    Parameters
    ----------
    fraction : float
        The share of the validation rows; their number is rounded down, and may be 0.
    codes : int ndarray of shape (n_rows,), or None
        The class of each row: every class is held out in its share, but for one row at least.
    """
    order = random_state.permutation(n_rows)
    n_held = n_rows - ceil((1.0 - fraction) * n_rows)
    if n_held == 0:
        return order, order[:0]
    if codes is not None:
        order = order[np.argsort(codes[order], kind="stable")]
    # Evenly spaced in rows sorted by class: a class of c rows gives c * fraction, rounded.
    held = np.zeros(n_rows, dtype=bool)
    held[((np.arange(n_held) + 0.5) * n_rows / n_held).astype(np.int64)] = True
    if codes is not None:
        held[np.unique(codes[order], return_index=True)[1]] = False
    return random_state.permutation(order[~held]), random_state.permutation(order[held])
