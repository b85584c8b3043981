"""The class of the highest score, for many members at once, and where rounding decides it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

_BLOCK = 1 << 15  # scores of a class worked on at a time: they stay in the cache
_FEWEST_ROWS = 256


def row_blocks(n_samples: int, n_members: int) -> Iterator[slice]:
    """Cut rows so that one score per row and member fits into the cache."""
    size = max(_FEWEST_ROWS, _BLOCK // max(n_members, 1))
    for start in range(0, n_samples, size):
        yield slice(start, min(start + size, n_samples))


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
