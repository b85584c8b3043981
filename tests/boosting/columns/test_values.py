"""Cells as numbers: floats of every type, dates as days."""

from __future__ import annotations

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gridfold.boosting.columns.values import to_days, to_floats

NUMBERS = {
    "float": pd.Series([1.0, np.nan]),
    "nullable": pd.Series([1, None], dtype="Int64"),
    "boolean": pd.Series([True, None], dtype="boolean"),
    "sparse": pd.Series(pd.arrays.SparseArray([1.0, np.nan])),
    "objects": pd.Series([True, None], dtype=object),
    "decimals": pd.Series([decimal.Decimal(1), None], dtype=object),
    "index": pd.Index([1.0, np.nan]),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_of_every_type(kind):
    floats = to_floats(NUMBERS[kind], np.float32)
    assert floats.dtype == np.float32
    assert_array_equal(floats, [1.0, np.nan])


def test_numbers_too_large_for_float32_are_infinite():
    assert_array_equal(to_floats(pd.Series([1e300, -1e300, 1.0]), np.float32), [np.inf, -np.inf, 1])


DATES = {
    "seconds": pd.Series(np.array(["1970-01-03T12", "NaT"], "M8[s]")),
    "nanoseconds": pd.Series(np.array(["1970-01-03T12", "NaT"], "M8[ns]")),
    "zone": pd.Series(pd.to_datetime(["1970-01-03T13:00", None])).dt.tz_localize("Europe/Berlin"),
    "objects": pd.Series([datetime.datetime(1970, 1, 3, 12), None], dtype=object),
    "period": pd.Series(pd.PeriodIndex(["1970-01-03T12", None], freq="h")),
    "periods": pd.Series([pd.Period("1970-01-03T12", freq="h"), None], dtype=object),
    "index": pd.DatetimeIndex(["1970-01-03T12", None]),
    "durations": pd.Series(pd.to_timedelta(["60h", None])),
    "spans": pd.Series([datetime.timedelta(2.5), None], dtype=object),
}


@pytest.mark.parametrize("kind", DATES)
def test_dates_count_as_days_since_1970_in_utc(kind):
    assert_array_equal(to_days(DATES[kind]), [2.5, np.nan])


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_dates_of_arrow(unit):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    dates = pd.Series(np.array(["1970-01-03T12", "NaT"], "M8[ns]"))
    assert_array_equal(to_days(dates.astype(f"timestamp[{unit}][pyarrow]")), [2.5, np.nan])
    assert_array_equal(to_days(dates.astype("date32[pyarrow]")), [2.0, np.nan])
    zone = dates.dt.tz_localize("UTC").astype(f"timestamp[{unit}, tz=Europe/Berlin][pyarrow]")
    assert_array_equal(to_days(zone), [2.5, np.nan])


def test_days_before_1970_are_negative():
    assert_array_equal(to_days(pd.Series(np.array(["1969-12-31T12"], "M8[us]"))), [-0.5])
    assert_array_equal(to_days(pd.Series([datetime.date(1969, 12, 30)], dtype=object)), [-2.0])
