"""How far two answers to the same question are from one another."""

from __future__ import annotations

import numpy as np


def difference(first: np.ndarray, second: np.ndarray) -> float | None:
    """Return the largest difference of numbers, relative to the largest, or the share of labels.

    None where the shapes differ, or where one has a number and the other has none.
    """
    if first.shape != second.shape:
        return None
    if first.dtype.kind != "f":
        return float(np.mean(first != second))
    known = ~np.isnan(first)
    if (known == np.isnan(second)).any():
        return None
    gap = np.max(np.abs(first - second), initial=0.0, where=known)
    size = np.max(np.abs(first), initial=0.0, where=known)
    return float(gap / size) if size else float(gap)
