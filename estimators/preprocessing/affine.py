"""scikit-learn's scalers that are plain algebra: how shift and scale are read off them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import place_of
from ..shared import Affine, register_affine

# What scikit-learn's own rounding may add to each row, as a part of the column's range, before its
# numbers are no longer those of the algebra: this times the square root of the dtype's precision.
_MAX_ROUNDING = 0.1


def min_max(scaler: Any) -> Affine | None:
    """Return (shift, scale) of a fitted MinMaxScaler, whose transform is `X * scale_ + min_`.

    None with `clip=True`, and where a column lies so far from 0 for its range that both terms
    are large and cancel: what is left of each row is then scikit-learn's rounding, not algebra.
    """
    if scaler.clip:
        return None
    eps = float(np.finfo(scaler.scale_.dtype).eps)
    low, high = scaler.feature_range
    varies = scaler.data_range_ >= 10 * eps  # scikit-learn's own test
    lost = eps * np.abs(scaler.min_[varies]) / float(high - low)
    if np.any(lost > _MAX_ROUNDING * np.sqrt(eps)):
        return None
    if scaler.scale_.dtype == np.float16:
        return None
    scale = scaler.scale_.astype(np.float64)
    return _checked(-scaler.min_ / scale, 1.0 / scale)


def max_abs(scaler: Any) -> Affine | None:
    """Return (None, scale) of a fitted MaxAbsScaler; None with `clip=True`."""
    return None if scaler.clip else _checked(None, scaler.scale_)


def robust(scaler: Any) -> Affine | None:
    """Return (shift, scale) of a fitted RobustScaler, each None where it does not do that.

    None where `unit_variance` makes a scale of 0 or infinity of the quantiles asked for.
    """
    return _checked(scaler.center_, scaler.scale_)


def _checked(shift: Any, scale: Any) -> Affine | None:
    """Return both, or None where no Gram matrix can be scaled by them: NaN, infinity, 0, float16.

    Of float16 columns scikit-learn's scalers round each row to float16: no algebra has its numbers.
    """
    for array in (shift, scale):
        if array is not None and (array.dtype == np.float16 or not np.all(np.isfinite(array))):
            return None
    if scale is not None and np.any(scale == 0):
        return None
    return shift, scale


def on_device(read: Callable[[Any], Affine | None]) -> Callable[[Any], Affine | None]:
    """Return what reads the same off gridfold's scaler, whose arrays may be on a device."""

    def read_there(scaler: Any) -> Affine | None:
        found = read(scaler.to_sklearn())
        place = place_of(*(getattr(scaler, name, None) for name in ("center_", "scale_")))
        if found is None:
            return None
        shift, scale = (None if array is None else place.put(array) for array in found)
        return shift, scale

    return read_there


register_affine("sklearn.preprocessing:MinMaxScaler", min_max)
register_affine("gridfold.estimators:MinMaxScaler", on_device(min_max))
register_affine("sklearn.preprocessing:MaxAbsScaler", max_abs)
register_affine("sklearn.preprocessing:RobustScaler", robust)
register_affine("gridfold.estimators:RobustScaler", on_device(robust))
