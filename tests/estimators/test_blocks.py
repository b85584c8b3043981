"""Blocks of rows: all rows once and in order, within the memory that is set."""

from __future__ import annotations

import numpy as np
import pytest

import gridfold
from gridfold.estimators.blocks import in_row_blocks, rows_in_memory


@pytest.mark.parametrize("n_rows", [1, 2**20, 2**20 + 1, 3_000_000])
def test_all_rows_once_and_in_order(n_rows):
    slices = []
    with gridfold.config_context(working_memory=1):
        counts = list(in_row_blocks(lambda rows: slices.append(rows) or len(slices), n_rows, 1))
    assert counts == list(range(1, len(slices) + 1))
    assert slices[0].start == 0
    assert slices[-1].stop == n_rows
    assert [s.start for s in slices[1:]] == [s.stop for s in slices[:-1]]
    assert max(s.stop - s.start for s in slices) <= 2**20


def test_no_rows_are_no_work():
    assert list(in_row_blocks(lambda rows: rows, 0, 8)) == []


def test_a_row_larger_than_the_memory_is_a_block():
    with gridfold.config_context(working_memory=1):
        assert rows_in_memory(2**30) == 1
        assert rows_in_memory(2**10) == 2**10


def test_a_block_that_does_not_fit_is_halved():
    X, seen = np.arange(100), []

    def work(rows):
        if rows.stop - rows.start > 13:
            raise MemoryError
        seen.append(rows.stop - rows.start)
        return X[rows]

    assert np.concatenate(list(in_row_blocks(work, 100, 1))).tolist() == X.tolist()
    assert max(seen) == 13


def test_a_row_that_does_not_fit_is_an_error():
    def work(rows):
        raise MemoryError("no room")

    with pytest.raises(MemoryError, match="no room"):
        list(in_row_blocks(work, 10, 1))


def test_working_memory_must_be_positive():
    with pytest.raises(ValueError, match="above 0 MiB"), gridfold.config_context(working_memory=0):
        raise AssertionError
