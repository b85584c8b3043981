"""Arrays and devices: which library and device an array lives on, and how to move it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from array_api_compat import (
    array_namespace,
    is_array_api_strict_namespace,
    is_cupy_array,
    is_cupy_namespace,
    is_torch_array,
)
from array_api_compat import device as _array_device
from array_api_compat import numpy as np_namespace
from scipy import sparse

from .config import get_config
from .replay import Capturable, Replay

Array = Any
Namespace = Any


class DeviceError(RuntimeError):
    """The device asked for is not there, or cannot be used."""


@dataclass(frozen=True)
class Place:
    """Where arrays live: the namespace of their library, and a device of that library."""

    xp: Namespace
    device: Any

    @property
    def on_host(self) -> bool:
        """Whether arrays of this place are NumPy's."""
        return self.xp is np_namespace

    def put(self, array: Array, dtype: Any = None) -> Array:
        """Return `array` here: itself if it is here already, else a copy (`dtype` as asked)."""
        source = place_of(array)
        if source == self:
            return array if dtype is None else self.xp.astype(array, dtype, copy=False)
        if source.xp is not self.xp:
            array = to_numpy(array)
            if not array.flags.writeable or any(step < 0 for step in array.strides):
                array = array.copy()  # PyTorch takes neither as it is
            if array.dtype == np.longdouble:
                array = array.astype(np.float64)
            array = array.astype(array.dtype.newbyteorder("="), copy=False)
        return self.xp.asarray(array, dtype=dtype, device=self.device)


HOST = Place(np_namespace, "cpu")


def is_foreign(X: Any) -> bool:
    """Whether `X` is an array of another library than NumPy: CuPy, PyTorch or array-api-strict."""
    if type(X) is np.ndarray:
        return False
    return is_cupy_array(X) or is_torch_array(X) or _is_strict(X)


def _is_strict(X: Any) -> bool:
    namespace = getattr(X, "__array_namespace__", None)
    return namespace is not None and is_array_api_strict_namespace(namespace())


def is_sparse(X: Any) -> bool:
    """Whether scikit-learn takes `X` as sparse: SciPy's, or a frame whose columns all are."""
    # pandas has the accessor only where all columns are sparse.
    return sparse.issparse(X) or (hasattr(X, "sparse") and getattr(X, "ndim", 1) == 2)


def place_of(*arrays: Any) -> Place:
    """Return the place of the first array that is not NumPy's; the host if there is none."""
    for array in arrays:
        if is_foreign(array):
            return Place(array_namespace(array), _array_device(array))
    return HOST


def to_numpy(array: Any) -> np.ndarray:
    """Bring `array` to the host as a NumPy array, with its dtype."""
    if is_cupy_array(array):
        return array.get()
    if is_torch_array(array):
        return array.detach().cpu().numpy()
    if _is_strict(array):
        xp = array_namespace(array)
        return np.asarray(xp.asarray(array, device=xp.Device("CPU_DEVICE")))
    return np.asarray(array)


def without_gradient(array: Array) -> Array:
    """Take a PyTorch tensor out of its graph: a model that kept it would keep the whole graph."""
    return array.detach() if is_torch_array(array) else array


def find_place(device: str | None, X: Any) -> Place:
    """Return the place where work on `X` is done.

    Parameters
    ----------
    device : {None, "cpu", "cuda", "cuda:N", "auto"}
        None follows `gridfold.config_context`, and without one stays where `X` is. "auto" is a
        GPU where there is one, else the CPU.
    X : array-like

    Raises
    ------
    DeviceError
        When a GPU is asked for and cannot be used; the message names the extra to install.
    ValueError
        When `device` is no device name.
    """
    device = get_config()["device"] if device is None else device
    if device is None:
        return place_of(X)
    if device == "auto":
        device = "cuda" if _gpu_problem() is None else "cpu"
    if device == "cpu":
        return _cpu_place(X)
    return _cuda_place(X, _cuda_index(device))


def _cuda_index(device: str) -> int:
    name, _, index = device.partition(":")
    if name != "cuda" or (index and not index.isdigit()) or device.endswith(":"):
        raise ValueError(
            f"device={device!r} is no device name; use None, 'cpu', 'cuda', 'cuda:1' or 'auto'."
        )
    return int(index or 0)


def _cpu_place(X: Any) -> Place:
    if is_torch_array(X):
        return Place(array_namespace(X), _array_device(X.cpu()))
    if _is_strict(X):
        xp = array_namespace(X)
        return Place(xp, xp.Device("CPU_DEVICE"))
    return HOST


def _cuda_place(X: Any, index: int) -> Place:
    if is_torch_array(X):
        return Place(array_namespace(X), X.new_empty(0, device=f"cuda:{index}").device)
    problem = _gpu_problem()
    if problem is not None:
        raise DeviceError(
            f"device='cuda' needs a CUDA GPU and CuPy: {problem}. Install one of the extras "
            "gridfold[cuda12] and gridfold[cuda13], or use device='cpu' (or 'auto')."
        )
    import cupy
    from array_api_compat import cupy as cupy_namespace

    n_devices = cupy.cuda.runtime.getDeviceCount()
    if index >= n_devices:
        raise DeviceError(f"device='cuda:{index}' is not there: this machine has {n_devices} GPU.")
    return Place(cupy_namespace, cupy.cuda.Device(index))


def _gpu_problem() -> str | None:
    """Say why CuPy cannot use a GPU here, or None if it can."""
    try:
        import cupy
    except ImportError:
        return "CuPy is not installed"
    try:
        return None if cupy.cuda.runtime.getDeviceCount() else "no GPU was found"
    except cupy.cuda.runtime.CUDARuntimeError as error:
        return f"no GPU was found ({error})"


def out_of_memory_errors() -> tuple[type[BaseException], ...]:
    """Return the exceptions by which the loaded libraries say that memory ran out."""
    import sys

    errors: list[type[BaseException]] = [MemoryError]
    if "cupy" in sys.modules:
        errors.append(sys.modules["cupy"].cuda.memory.OutOfMemoryError)
    if "torch" in sys.modules:
        errors.append(sys.modules["torch"].cuda.OutOfMemoryError)
    return tuple(errors)


def free_bytes_at(place: Place) -> float:
    """Return how many bytes are free on a GPU; infinity for every other place."""
    if not is_cupy_namespace(place.xp):
        return math.inf
    import cupy

    with place.device:
        free, _ = cupy.cuda.runtime.memGetInfo()
        return float(free + cupy.get_default_memory_pool().free_bytes())


def release_memory() -> None:
    """Give back what the loaded libraries keep of a device's memory without using it."""
    import gc
    import sys

    gc.collect()
    if "cupy" in sys.modules and _gpu_problem() is None:
        sys.modules["cupy"].get_default_memory_pool().free_all_blocks()
    if "torch" in sys.modules:
        sys.modules["torch"].cuda.empty_cache()


@cache
def fused(function: Callable[..., Any], xp: Namespace) -> Callable[..., Any]:
    """Return an elementwise function of arrays, and None, that is one kernel on CuPy.

    Elsewhere it is `function` itself. It may change its arguments in place.
    """
    if not is_cupy_namespace(xp):  # that of `capturable` has the name of CuPy's
        return function
    import cupy

    return cupy.fuse(function)


def capturable(place: Place) -> Namespace:
    """Return a namespace whose functions a CUDA graph can hold, where graphs are asked for."""
    if not (is_cupy_namespace(place.xp) and get_config()["cuda_graphs"]):
        return place.xp
    return _capturable(int(place.device.id))


@cache
def _capturable(device: int) -> Capturable:
    import ctypes
    from importlib import import_module

    import cupy
    from array_api_compat import cupy as cupy_namespace

    from .cublas import Cublas

    pathfinder = import_module("cuda.pathfinder")  # a requirement of CuPy
    library = ctypes.CDLL(pathfinder.load_nvidia_dynamic_lib("cublas").abs_path)
    with cupy.cuda.Device(device):
        return Capturable(cupy_namespace, Cublas(library), cupy.cuda)


def replayed(step: Callable[[], None], place: Place) -> Callable[[], None]:
    """Return a function that does what `step` does: by a CUDA graph where graphs are asked for.

    Parameters
    ----------
    step : callable
        It reads what differs from call to call on the device, changes arrays in place, and does
        nothing else: on CuPy, with `config_context(cuda_graphs=True)`, it is not called any more
        after some calls.
    """
    if not (is_cupy_namespace(place.xp) and get_config()["cuda_graphs"]):
        return step
    import cupy

    return Replay(step, cupy.cuda, place.device)
