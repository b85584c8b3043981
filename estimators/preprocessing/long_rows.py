"""Reductions of NumPy's columns: several short rows are taken as one long row."""

from __future__ import annotations

import numpy as np

_LONG_ENOUGH = 512  # numbers of a row, from which NumPy is quick: it takes long to begin each


def reduced(function: np.ufunc, values: np.ndarray) -> np.ndarray:
    """Return `function.reduce(values, axis=0)` of shape (n_columns,), in another order.

    Equal columns have equal results.

    Parameters
    ----------
    function : ufunc
        As np.add or np.fmin.
    values : ndarray of shape (n_rows, n_columns)
    """
    n, p = values.shape
    together = min(_LONG_ENOUGH // max(p, 1), n)
    if together < 2 or not values.flags.c_contiguous:
        return function.reduce(values, axis=0)
    whole = n - n % together
    long = function.reduce(values[:whole].reshape(-1, together * p), axis=0)
    rest = np.concatenate([long.reshape(together, p), values[whole:]])
    return function.reduce(rest, axis=0)
