"""Rows worked on block by block, so that the working memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from typing import TypeVar

import numpy as np

from .arrays import out_of_memory_errors
from .config import get_config

T = TypeVar("T")


def in_row_blocks(
    work: Callable[[slice], T], n_rows: int, row_bytes: float, most_bytes: float = inf
) -> Iterator[T]:
    """Yield `work(rows)` for one slice of rows after the other, in order.

    A block has as many rows as the setting `working_memory` holds, at least one. Where memory runs
    out nevertheless, as on a GPU that others use, the block is halved, down to one row.

    Parameters
    ----------
    work : callable
        Called again with fewer rows where memory runs out, so it must keep nothing by itself.
    row_bytes : float
        Bytes that a row takes while it is worked on, all intermediate arrays included.
    most_bytes : float, optional
        Bytes of a block where fewer than the setting are faster: what a processor's cache holds.
    """
    size = max(1, min(rows_in_memory(row_bytes), int(min(most_bytes / row_bytes, n_rows))))
    start = 0
    while start < n_rows:
        try:
            done = work(slice(start, min(start + size, n_rows)))
        except out_of_memory_errors():
            if size == 1:
                raise
            size = (min(size, n_rows - start) + 1) // 2
            continue
        start += size
        yield done


def slices_of(n_rows: int, size: int) -> Iterator[slice]:
    """Yield slices of `size` rows, the last of what is left."""
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))


def rows_in_memory(row_bytes: float) -> int:
    """Return how many rows of so many bytes the setting `working_memory` holds, at least 1."""
    return max(1, int(get_config()["working_memory"] * 2**20 // max(row_bytes, 1)))


def one_of_each_stretch(n_rows: int, n_drawn: int) -> np.ndarray:
    """Return so many row numbers (int64), one drawn from each of as many stretches of the rows."""
    ends = np.linspace(0, n_rows, n_drawn + 1).astype(np.int64)
    return ends[:-1] + np.random.RandomState(0).randint(0, np.diff(ends))
