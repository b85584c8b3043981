"""Places: finding them, moving between them, and errors that say what to install."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gridfold.estimators import arrays
from gridfold.estimators.arrays import (
    HOST,
    DeviceError,
    find_place,
    is_foreign,
    out_of_memory_errors,
    place_of,
    to_numpy,
)


def test_moving_there_and_back_keeps_values_and_dtype(library):
    for dtype in (np.float32, np.float64, np.int64, np.bool_):
        array = np.array([[0, 1], [1, 0]]).astype(dtype)
        place = place_of(library.put([0.0]))
        there = place.put(array)
        assert library.owns(there)
        back = HOST.put(there)
        assert isinstance(back, np.ndarray)
        assert back.dtype == dtype
        assert_array_equal(back, array)


def test_what_is_here_already_is_not_copied(library):
    array = library.put(np.ones(3))
    place = place_of(array)
    assert place.put(array) is array
    assert library.host(place.put(array, library.xp.float32)).dtype == np.float32


def test_dtype_changes_on_the_way(foreign):
    place = place_of(foreign.put([0.0]))
    assert foreign.host(place.put(np.ones(3), foreign.xp.float32)).dtype == np.float32
    assert foreign.host(place.put(np.array([1, 2]), foreign.xp.float64)).dtype == np.float64


def test_arrays_read_only_or_backwards_can_be_moved(foreign):
    fixed = np.arange(3.0)
    fixed.flags.writeable = False
    place = place_of(foreign.put([0.0]))
    assert_array_equal(foreign.host(place.put(fixed)), [0.0, 1.0, 2.0])
    assert_array_equal(foreign.host(place.put(np.arange(3.0)[::-1])), [2.0, 1.0, 0.0])


def test_the_first_foreign_array_tells_the_place(foreign):
    array = foreign.put([1.0])
    assert place_of(np.ones(2), array) == place_of(array)
    assert place_of(np.ones(2), None, [1.0]) == HOST
    assert is_foreign(array)
    assert not place_of(array).on_host


@pytest.mark.parametrize("table", [[[1.0]], np.ones((1, 1)), pd.DataFrame([[1.0]]), pd.Series([1])])
def test_lists_tables_and_numpy_are_on_the_host(table):
    assert not is_foreign(table)
    assert place_of(table) == HOST
    assert HOST.on_host
    assert isinstance(to_numpy(table), np.ndarray)


def test_without_a_device_work_stays_where_x_is(library):
    X = library.put(np.eye(2))
    assert find_place(None, X) == place_of(X)


def test_the_cpu_of_each_library():
    assert find_place("cpu", np.eye(2)) == HOST
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    assert find_place("cpu", torch.ones(2)).device == torch.device("cpu")


def test_the_cpu_of_array_api_strict():
    strict = pytest.importorskip("array_api_strict", reason="array-api-strict is not installed")
    X = strict.ones(2, device=strict.Device("device1"))
    assert find_place("cpu", X).device == strict.Device("CPU_DEVICE")


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "cuda:-1", "CPU", "", "cuda1"])
def test_names_that_are_no_device(name):
    with pytest.raises(ValueError, match="is no device name"):
        find_place(name, np.eye(2))


@pytest.mark.parametrize("name", ["cuda", "cuda:0"])
@pytest.mark.parametrize("extra", [r"gridfold\[cuda12\]", r"gridfold\[cuda13\]"])
def test_a_missing_gpu_names_the_extras(monkeypatch, name, extra):
    monkeypatch.setattr(arrays, "_gpu_problem", lambda: "CuPy is not installed")
    with pytest.raises(DeviceError, match=extra):
        find_place(name, np.eye(2))
    with pytest.raises(DeviceError, match="CuPy is not installed"):
        find_place(name, None)


def test_auto_is_the_cpu_without_a_gpu(monkeypatch):
    monkeypatch.setattr(arrays, "_gpu_problem", lambda: "no GPU was found")
    assert find_place("auto", np.eye(2)) == HOST


def test_a_failed_import_of_cupy_is_a_reason_not_an_error(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "cupy", None)
    assert arrays._gpu_problem() == "CuPy is not installed"


def test_memory_errors_include_pythons():
    assert MemoryError in out_of_memory_errors()
    assert all(issubclass(error, BaseException) for error in out_of_memory_errors())


@pytest.mark.gpu
def test_a_gpu_that_is_not_there():
    cupy = pytest.importorskip("cupy", reason="CuPy is not installed")
    try:
        n_devices = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError:
        pytest.skip("no CUDA device")
    with pytest.raises(DeviceError, match=f"this machine has {n_devices}"):
        find_place(f"cuda:{n_devices}", np.eye(2))
