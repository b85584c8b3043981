"""The sizes of arrays that NumPy reads from array-api-strict, which stands for a device."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list to which the size of every array is added that NumPy reads from now on.

    As before, what is on another device than the first is not read but an error.
    """
    strict = pytest.importorskip("array_api_strict", reason="array-api-strict is not installed")
    sizes: list[int] = []
    kind = type(strict.zeros(1))

    def read(array: Any, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if array.device != strict.Device("CPU_DEVICE"):
            raise RuntimeError(f"NumPy reads an array that is on {array.device}.")
        sizes.append(int(np.prod(array.shape)))
        return np.asarray(array._array, dtype=dtype)

    monkeypatch.setattr(kind, "__array__", read)
    monkeypatch.delattr(kind, "__buffer__", raising=False)  # by which Python 3.12 would read
    return sizes
