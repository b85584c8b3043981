"""Where boosters are trained and where they serve, and arrays of any library brought there."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from ..estimators.arrays import HOST, Array, DeviceError, Place, find_place, is_foreign, place_of
from ..estimators.base import result_place, to_host
from .xgb import xgboost


def place_for_fit(device: str | None, X: Any) -> Place:
    """Find out where to fit on `X`, or say why that cannot be, before xgboost runs.

    Raises
    ------
    DeviceError
        When a GPU is asked for and there is none, or xgboost was built without GPU support.
    """
    place = find_place(device, X)
    name = cuda_name(place)
    if name is not None and not xgboost.build_info()["USE_CUDA"]:
        raise DeviceError(
            f"device={name!r} needs an xgboost that was built for GPUs, and the one "
            "installed (xgboost-cpu) was not. Uninstall it and install one of the extras "
            "gridfold[cuda12] and gridfold[cuda13], or use device='cpu'."
        )
    return place


def place_of_model(device: str | None, found: str | None) -> Place:
    """Return where a fitted model computes.

    One that found a GPU by itself serves on the CPU where there is none.

    Parameters
    ----------
    device : str or None
        The parameter of the estimator.
    found : str or None
        What the fit found, where `device` leaves it open.
    """
    if device not in (None, "auto"):
        return find_place(device, None)
    return find_place("auto", None) if (found or "cpu").startswith("cuda") else HOST


def rows_at(X: Any, place: Place) -> Any:
    """Return `X` as xgboost takes it: arrays where it computes, tables and sparse X as they are."""
    if cuda_name(place) is None:
        X = to_host(X)
        # xgboost's own way with other sparse matrices leads through one of its matrices.
        return X.tocsr() if sparse.issparse(X) and X.format != "csr" else X
    is_numbers = isinstance(X, np.ndarray) and X.dtype.kind in "fiub"
    return place.put(X) if is_numbers or is_foreign(X) else X


def at_home(answer: Array, X: Any) -> Array:
    """Return numbers in the library and on the device of `X`; other labels stay NumPy."""
    if not is_foreign(answer) and type(X) is np.ndarray:
        return answer
    home = place_of(X)
    return (home if is_foreign(answer) else result_place(home, answer)).put(answer)


def cuda_name(place: Place) -> str | None:
    """Return xgboost's name of a GPU, or None for the host."""
    if place.on_host:
        return None
    device = place.device
    name = f"cuda:{device.id}" if hasattr(device, "id") else str(device)
    return name if name.startswith("cuda") else None
