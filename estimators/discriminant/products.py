"""Products with rows in blocks, in which equal rows get equal answers wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_BLOCK = 1 << 15  # answers of a class worked on at a time: they stay in the cache
_FEWEST_ROWS = 256
_LANES = 16


def row_blocks(n_samples: int, n_members: int) -> Iterator[slice]:
    """Cut rows so that one answer per row and member fits into the cache."""
    size = max(_FEWEST_ROWS, _BLOCK // max(n_members, 1))
    for start in range(0, n_samples, size):
        yield slice(start, min(start + size, n_samples))


def padded(coefficients: np.ndarray, axis: int = 0) -> np.ndarray:
    """Add zeros, so that there is a multiple of sixteen along an axis.

    Of a product with so many rows BLAS computes every column alike (measured with OpenBLAS for
    several x86-64 processors, in float64); else the last few columns may be rounded otherwise.
    """
    missing = -coefficients.shape[axis] % _LANES
    widths = [(0, missing if i == axis else 0) for i in range(coefficients.ndim)]
    return np.pad(coefficients, widths) if missing else coefficients
