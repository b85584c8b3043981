"""A limit of memory: what the user may write, and half of what is free without one."""

from __future__ import annotations

from math import inf

import pytest

from gridfold.estimators import free_memory
from gridfold.estimators.free_memory import free_bytes, limit_bytes


@pytest.mark.parametrize(
    ("limit", "n_bytes"),
    [(5e6, 5e6), ("2GB", 2e9), ("1.5 GiB", 1.5 * 2**30), ("500 mb", 5e8), ("1000", 1e3)],
)
def test_a_limit_is_a_number_or_a_text(limit, n_bytes):
    assert limit_bytes(limit) == n_bytes


@pytest.mark.parametrize("limit", ["much", "2 GX", "-1", "1.2.3", "iB", "0", 0, float("nan")])
def test_a_limit_that_is_none_says_what_to_give(limit):
    with pytest.raises(ValueError, match="is no amount of memory"):
        limit_bytes(limit)


def test_without_a_limit_it_is_half_of_what_is_free(monkeypatch):
    assert free_bytes() > 0
    monkeypatch.setattr(free_memory, "free_bytes", lambda: 4e9)
    assert limit_bytes(None) == 2e9


def test_a_container_leaves_less_than_the_machine(tmp_path):
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("800\n")
    (tmp_path / "memory.stat").write_text("anon 700\ninactive_file 100\n")
    assert free_memory._free_in_container(tmp_path) == 300
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory._free_in_container(tmp_path) == inf
