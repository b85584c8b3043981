"""The class of the highest score, for many members at once, and where rounding decides it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def highest(scores: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the class of the highest score, of equal ones the first.

    Parameters
    ----------
    scores : sequence of n_classes arrays of one shape, or one array with that first axis
        At least two classes.

    Returns
    -------
    codes : ndarray of int
        As `argmax` over the classes, where no score is NaN.
    best : ndarray
        The highest score.
    lead : ndarray
        How far it is above the next; NaN where a score is NaN.
    """
    best, second = scores[0].copy(), np.full_like(scores[0], -np.inf)
    codes = np.zeros(best.shape, dtype=np.intp)
    for code in range(1, len(scores)):
        score = scores[code]
        np.copyto(codes, code, where=score > best)
        np.maximum(second, np.minimum(best, score), out=second)
        np.maximum(best, score, out=best)
    return codes, best, np.subtract(best, second, out=second)
