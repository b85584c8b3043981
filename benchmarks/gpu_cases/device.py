"""A device: its name, its arrays, what it can do at most, and what the library says of it."""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from gridfold.estimators.arrays import find_place, release_memory, to_numpy

Results = dict[str, Any]


class Device:
    """A device and the array library that its users have: CuPy, or PyTorch for a try on the CPU.

    Parameters
    ----------
    name : str
        "cuda", "cuda:1", ..., or "cpu".
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.on_gpu = name != "cpu"
        self.library = "CuPy" if self.on_gpu else "PyTorch"
        self._module = importlib.import_module("cupy" if self.on_gpu else "torch")
        if self.on_gpu:
            self._module.cuda.Device(self.index).use()

    @property
    def index(self) -> int:
        """The number of the GPU."""
        return int(self.name.partition(":")[2] or 0)

    def put(self, array: np.ndarray) -> Any:
        """Return an array of the library on the device."""
        return self._module.asarray(array)

    def wait(self) -> None:
        """Wait until the device has done what it was asked for."""
        if self.on_gpu:
            self._module.cuda.Device(self.index).synchronize()

    def seconds(self, call: Callable[[], Any]) -> tuple[Any, float]:
        """Return what a call returns, and its seconds by the clock until the device has done it."""
        self.wait()
        start = time.perf_counter()
        result = call()
        self.wait()
        return result, time.perf_counter() - start

    def clear(self) -> None:
        """Give back the memory that nothing uses any more."""
        release_memory()

    def described(self) -> Results:
        """Return the name of the device and the versions of what drives it."""
        if not self.on_gpu:
            return {"device": "cpu"}
        runtime = self._module.cuda.runtime
        return {
            "device": runtime.getDeviceProperties(self.index)["name"].decode(),
            "cuda": {
                "driver": runtime.driverGetVersion(),
                "runtime": runtime.runtimeGetVersion(),
                "cupy": self._module.__version__,
            },
        }

    def products_per_second(self, n: int, dtype: Any = np.float32) -> float:
        """Return the operations per second of a large matrix product: the limit."""
        place = find_place(self.name, None)
        A = place.put(np.random.default_rng(0).standard_normal((n, n)).astype(dtype))

        def multiply(times: int) -> None:
            for _ in range(times):
                product = place.xp.matmul(A, A)
            to_numpy(product[:1, :1])  # waits for the device

        multiply(3)
        return 10 * 2 * n**3 / min(self.seconds(lambda: multiply(10))[1] for _ in range(3))


class NotesKept(logging.Handler):
    """Keep what the library says, such as that steps were not captured in a CUDA graph."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.INFO)
        self.said = said
        self.logger = logging.getLogger("gridfold")

    def __enter__(self) -> None:
        self.level_before = self.logger.level
        self.logger.setLevel(logging.INFO)
        self.logger.addHandler(self)

    def __exit__(self, *error: object) -> None:
        self.logger.removeHandler(self)
        self.logger.setLevel(self.level_before)

    def emit(self, record: logging.LogRecord) -> None:
        """Note a line, once."""
        if record.getMessage() not in self.said:
            self.said.append(record.getMessage())
