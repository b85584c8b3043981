"""Fixtures that every floor uses: array libraries, real tables, strict mode."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("GRIDFOLD_STRICT", "1")

# Named here and not in its folder: under pytest-xdist the process that reports collects no folder.
pytest_plugins = ["conformance.report"]


@dataclass(frozen=True)
class Library:
    """An array library as the tests use it: `put` makes an array of it, `host` brings it back."""

    name: str
    xp: Any
    device: Any

    def put(self, array: Any) -> Any:
        return self.xp.asarray(np.asarray(array), device=self.device)

    def host(self, array: Any) -> np.ndarray:
        from gridfold.estimators.arrays import to_numpy

        return to_numpy(array)

    def owns(self, array: Any) -> bool:
        """Whether `array` is of this library and on this device."""
        from gridfold.estimators.arrays import place_of

        return place_of(array) == place_of(self.put([0.0]))


def _library(name: str) -> Library:
    if name == "numpy":
        from array_api_compat import numpy as xp

        return Library(name, xp, "cpu")
    if name == "strict":
        xp = pytest.importorskip("array_api_strict", reason="array-api-strict is not installed")
        return Library(name, xp, xp.Device("device1"))
    if name == "torch":
        pytest.importorskip("torch", reason="PyTorch is not installed")
        xp = importlib.import_module("array_api_compat.torch")
        return Library(name, xp, "cpu")
    cupy = pytest.importorskip("cupy", reason="CuPy is not installed")
    try:
        n_devices = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError:
        n_devices = 0
    if not n_devices:
        pytest.skip("no CUDA device")
    xp = importlib.import_module("array_api_compat.cupy")
    return Library(name, xp, cupy.cuda.Device(0))


@pytest.fixture(params=["numpy", "strict", "torch", pytest.param("cupy", marks=pytest.mark.gpu)])
def library(request: pytest.FixtureRequest) -> Library:
    """Run the test once per array library; one that is missing is a skip with a reason."""
    return _library(request.param)


@pytest.fixture(params=["strict", "torch", pytest.param("cupy", marks=pytest.mark.gpu)])
def foreign(request: pytest.FixtureRequest) -> Library:
    """Run the test once per array library other than NumPy."""
    return _library(request.param)


def data_folder() -> Path | None:
    """The folder of real tables: GRIDFOLD_DATA, or `shared/data` beside the project."""
    folder = os.environ.get("GRIDFOLD_DATA")
    path = Path(folder) if folder else Path(__file__).parents[2] / "shared" / "data"
    return path if path.is_dir() else None


@pytest.fixture(scope="session")
def real_table() -> Any:
    """Return a function that reads a real table by name, or skips where there are none."""

    def read(name: str) -> Any:
        import pandas as pd

        folder = data_folder()
        if folder is None:
            pytest.skip("no real tables here: set GRIDFOLD_DATA to their folder")
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
        return pd.read_parquet(folder / f"{name}.parquet")

    return read
