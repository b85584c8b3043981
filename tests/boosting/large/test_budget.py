"""How many rows are read at a time, and the memory below which there is no training."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridfold.boosting.large.budget import Load, rows_within

LOAD = Load(n_rows=10**6, n_features=20, n_outputs=1, row_bytes=160.0, page_bytes=1e6)


def test_more_memory_reads_more_rows_at_a_time():
    few, many = LOAD.batch_rows("200 MiB"), LOAD.batch_rows("300 MiB")
    assert 1024 <= few < many <= 2**20
    assert (many - few) * LOAD.row_bytes * 4 < 100 * 2**20


def test_more_bins_classes_and_features_leave_less():
    rows = LOAD.batch_rows("400 MiB")
    for heavier in ({"max_bin": 512}, {"n_outputs": 10}, {"n_features": 40}, {"n_rows": 4 * 10**6}):
        assert replace(LOAD, **heavier).batch_rows("400 MiB") < rows


def test_a_limit_that_is_too_small_says_what_is_needed():
    with pytest.raises(ValueError, match=r"memory_limit='1 MiB' .* at least (\d+) MiB") as caught:
        LOAD.batch_rows("1 MiB")
    needed = int(str(caught.value).split("at least ")[1].split()[0])
    assert LOAD.batch_rows(f"{needed + 1} MiB") < 2000
    with pytest.raises(ValueError, match="too small"):
        LOAD.batch_rows(f"{needed - 1} MiB")


def test_wide_bins_take_more_disk():
    narrow, wide = replace(LOAD, max_bin=64), replace(LOAD, max_bin=4096)
    assert narrow.disk_bytes == LOAD.disk_bytes < wide.disk_bytes
    assert LOAD.disk_bytes > LOAD.n_rows * LOAD.n_features * 2


def test_at_least_one_row_is_read():
    assert rows_within(10.0, 1e6) == 1
    assert rows_within(1e6, 10.0) == 100_000
