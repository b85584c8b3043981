"""The cells of a column as numbers: numbers themselves, and dates as days."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

_MICROSECONDS_PER_DAY = 86_400e6


def to_floats(values: Any, dtype: Any = np.float64) -> np.ndarray:
    """Return numbers of any type, also Decimal and booleans, as floats; NaN where missing."""
    if isinstance(values.dtype, pd.SparseDtype):
        values = values.sparse.to_dense()
    # A float64 too large for float32 becomes infinite, as it does within xgboost.
    with np.errstate(over="ignore"):
        if isinstance(values.dtype, np.dtype) and values.dtype.kind in "fiub":
            return values.to_numpy(dtype=dtype)
        return values.to_numpy(dtype=np.float64, na_value=np.nan).astype(dtype, copy=False)


def to_days(values: Any) -> np.ndarray:
    """Return dates as days since 1970 (UTC), and durations as days, in float64; NaN where missing.

    Parameters
    ----------
    values : Series or Index of dates, dates with a time zone, periods or durations
    """
    if values.dtype == object:
        values = _typed(values)
    if isinstance(values.dtype, pd.PeriodDtype):
        values = pd.Series(values).dt.to_timestamp()
    elif isinstance(values.dtype, pd.ArrowDtype) and values.dtype.kind == "M":
        values = pd.to_datetime(values)  # Arrow's dates without a time know no other way
    unit = "timedelta64[us]" if values.dtype.kind == "m" else "datetime64[us]"
    moments = values.to_numpy(dtype=unit)
    days = moments.astype(np.int64) / _MICROSECONDS_PER_DAY
    return np.where(np.isnat(moments), np.nan, days)


def _typed(values: Any) -> Any:
    """Give objects that are dates, periods or durations their type."""
    values = pd.Series(values).infer_objects()
    if values.dtype != object:
        return values
    if pd.api.types.infer_dtype(values, skipna=True) == "period":
        return pd.Series(pd.PeriodIndex(values))
    return pd.to_datetime(values, utc=True)
