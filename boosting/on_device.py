"""What xgboost's estimators lack: a device found before the fit, and arrays of any library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_consistent_length

from ..estimators.arrays import HOST, Array, DeviceError, Place, find_place, is_foreign, place_of
from ..estimators.base import result_place, to_host
from ..estimators.config import get_config
from .xgb import xgboost

_Parent: Any = xgboost.XGBModel if TYPE_CHECKING else object


class XGBOnDevice(_Parent):
    """Stands before the xgboost class in the bases.

    It must not define `get_params`: xgboost's own looks in the first base that has one.
    """

    def get_xgb_params(self) -> dict[str, Any]:
        """Get xgboost's parameters, with `device` as xgboost names it."""
        params = super().get_xgb_params()
        if params["device"] in (None, "auto"):
            params["device"] = self._found_device()
        return params

    def _found_device(self) -> str | None:
        """The device that the last fit found, where `device` leaves it open."""
        return vars(self).get("_fit_device")

    def _place_for_fit(self, X: Any, y: Any) -> Place:
        """Find out where to fit on `X`, or say why that cannot be, before xgboost runs."""
        if y is None:
            name = type(self).__name__
            raise ValueError(f"{name} requires y to be passed, but the target y is None.")
        check_consistent_length(X, y)  # xgboost takes 100 labels for 10 rows as 10 targets
        place = find_place(self.device, X)
        device = _cuda_name(place)
        if device is not None and not xgboost.build_info()["USE_CUDA"]:
            raise DeviceError(
                f"device={device!r} needs an xgboost that was built for GPUs, and the one "
                "installed (xgboost-cpu) was not. Uninstall it and install one of the extras "
                "gridfold[cuda12] and gridfold[cuda13], or use device='cpu'."
            )
        is_open = self.device is None and get_config()["device"] is None
        self._fit_device = device or (None if is_open else "cpu")
        return place

    def _model_place(self) -> Place:
        """Where the fitted model computes.

        One that found a GPU by itself serves on the CPU where there is none.
        """
        if self.device not in (None, "auto"):
            return find_place(self.device, None)
        on_gpu = (self._found_device() or "cpu").startswith("cuda")
        return find_place("auto", None) if on_gpu else HOST

    def _answer(self, method: str, X: Any, *args: Any, **params: Any) -> np.ndarray:
        """Answer by xgboost's own method, as a NumPy array."""
        if params.get("base_margin") is not None:
            params["base_margin"] = to_host(params["base_margin"])
        return getattr(super(), method)(rows(X, self._model_place()), *args, **params)


def rows(X: Any, place: Place) -> Any:
    """Return `X` as xgboost takes it: arrays where it computes, tables and sparse X as they are."""
    if _cuda_name(place) is None:
        return to_host(X)
    is_numbers = isinstance(X, np.ndarray) and X.dtype.kind in "fiub"
    return place.put(X) if is_numbers or is_foreign(X) else X


def fit_params_at(
    place: Place, fit_params: Mapping[str, Any], label: Callable[[Any, str], Any]
) -> dict[str, Any]:
    """Return fit parameters as xgboost takes them.

    Parameters
    ----------
    label : callable
        From the y of a validation set, and a name for it in messages, to what xgboost fits.
    """
    taken = {}
    for name, value in fit_params.items():
        if name == "eval_set" and value is not None:
            taken[name] = [
                (rows(X, place), label(y, f"eval_set[{i}]")) for i, (X, y) in enumerate(value)
            ]
        elif isinstance(value, list):
            taken[name] = [to_host(part) for part in value]
        else:
            taken[name] = to_host(value)
    return taken


def at_home(answer: np.ndarray, X: Any) -> Array:
    """Return numbers in the library and on the device of `X`; other labels stay NumPy."""
    return result_place(place_of(X), answer).put(answer)


def _cuda_name(place: Place) -> str | None:
    """xgboost's name of a GPU, or None for every place on the host."""
    device = place.device
    name = f"cuda:{device.id}" if hasattr(device, "id") else str(device)
    return name if name.startswith("cuda") else None
