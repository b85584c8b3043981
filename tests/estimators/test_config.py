"""Settings hold inside their block, and only there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import gridfold
from gridfold.estimators import Ridge
from gridfold.estimators.arrays import DeviceError, find_place

DEFAULTS = {"device": None, "cuda_graphs": False, "working_memory": 256}


def test_what_is_not_named_stays_as_it_is():
    with gridfold.config_context(cuda_graphs=True), gridfold.config_context(device="cpu"):
        assert gridfold.get_config() == {**DEFAULTS, "device": "cpu", "cuda_graphs": True}
        with gridfold.config_context(cuda_graphs=False, working_memory=64):
            assert gridfold.get_config() == {**DEFAULTS, "device": "cpu", "working_memory": 64}
    assert gridfold.get_config() == DEFAULTS


def test_device_holds_inside_the_block_and_after_an_error():
    assert gridfold.get_config() == DEFAULTS
    with gridfold.config_context(device="cpu"):
        assert gridfold.get_config() == {**DEFAULTS, "device": "cpu"}
        with gridfold.config_context(device="auto"):
            assert gridfold.get_config() == {**DEFAULTS, "device": "auto"}
        assert gridfold.get_config() == {**DEFAULTS, "device": "cpu"}
    with pytest.raises(KeyError), gridfold.config_context(device="cpu"):
        raise KeyError
    assert gridfold.get_config() == DEFAULTS


def test_what_is_returned_is_a_copy():
    gridfold.get_config()["device"] = "cuda"
    assert gridfold.get_config() == DEFAULTS


def test_other_threads_are_not_touched():
    with gridfold.config_context(device="cpu"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(gridfold.get_config).result() == DEFAULTS


def test_estimators_follow_unless_they_have_a_device_of_their_own():
    X, y = np.eye(4), np.arange(4.0)
    with gridfold.config_context(device="gpu0"):
        with pytest.raises(ValueError, match="gpu0"):
            Ridge().fit(X, y)
        Ridge(device="cpu").fit(X, y)


def test_the_default_moves_arrays(foreign):
    X = foreign.put(np.eye(3))
    with gridfold.config_context(device="cpu"):
        place = find_place(None, X)
    assert place == find_place("cpu", X)


def test_a_gpu_by_default_is_an_error_where_there_is_none(monkeypatch):
    from gridfold.estimators import arrays

    monkeypatch.setattr(arrays, "_gpu_problem", lambda: "no GPU was found")
    with gridfold.config_context(device="cuda"), pytest.raises(DeviceError, match="no GPU"):
        Ridge().fit(np.eye(3), np.arange(3.0))
