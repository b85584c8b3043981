"""Columns: kinds and conversions for every dtype that pandas has, and errors that name the cell."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gridfold.pipelines.columns import ColumnError, column_kind, to_dates, to_numbers, to_texts


def arrow(values: list, dtype: str) -> pd.Series:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    return pd.Series(values, dtype=dtype, name="c")


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        ([1, 2], "int64", "number"),
        ([1, None], "Int64", "number"),
        ([1.5, None], "Float32", "number"),
        ([1, 2.5, None], "object", "number"),
        ([Decimal("1.5"), 2], "object", "number"),
        (["a", None], "str", "category"),
        (["a", None], "string", "category"),
        (["a", None], "object", "category"),
        ([True, False], "bool", "category"),
        ([True, None], "boolean", "category"),
        ([True, None], "object", "category"),
        ([3, 4], "category", "category"),
        (["2024-01-01"], "datetime64[ns]", "date"),
        ([datetime.date(2024, 1, 1), None], "object", "date"),
        ([None, None], "object", None),
        ([np.nan], "float64", None),
    ],
)
def test_the_kind_of_a_column(values, dtype, kind):
    assert column_kind(pd.Series(values, dtype=dtype)) == kind


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        ([1, None], "int64[pyarrow]", "number"),
        (["a", None], "string[pyarrow]", "category"),
        ([True, None], "bool[pyarrow]", "category"),
        (["2024-01-01", None], "timestamp[ns][pyarrow]", "date"),
        ([datetime.date(2024, 1, 1)], "date32[pyarrow]", "date"),
    ],
)
def test_the_kind_of_an_arrow_column(values, dtype, kind):
    if "timestamp" in dtype:
        values = [None if v is None else pd.Timestamp(v) for v in values]
    assert column_kind(arrow(values, dtype)) == kind


def test_arrow_cells_are_read():
    assert_array_equal(to_numbers(arrow([1, None], "int64[pyarrow]")), [1, np.nan])
    assert list(to_texts(arrow([True, None], "bool[pyarrow]"))) == ["True", "missing"]
    dates = to_dates(arrow([datetime.date(2024, 1, 1), None], "date32[pyarrow]"))
    assert_array_equal(dates, np.array(["2024-01-01", "NaT"], dtype="datetime64[us]"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, "two", 3], ["mixes numbers and text", "row 1 holds 1", "row 2 holds 'two'"]),
        ([True, None, 2.5], ["mixes booleans and numbers", "row 3 holds 2.5"]),
        ([[1], [2]], ["holds list objects", "row 1 holds [1]"]),
        ([1 + 2j], ["Complex data not supported"]),
    ],
)
def test_mixed_types_are_an_error_that_shows_cells(values, words):
    with pytest.raises(ColumnError, match="'size'") as error:
        column_kind(pd.Series(values, dtype=object, name="size"))
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("values", "dtype", "numbers"),
    [
        ([1, None, 3], "Int64", [1, np.nan, 3]),
        ([1, None, Decimal("0.5")], "object", [1, np.nan, 0.5]),
        (["1.5", None, "-2"], "object", [1.5, np.nan, -2]),
        (["1.5", None, "-2"], "str", [1.5, np.nan, -2]),
        ([True, None], "boolean", [1, np.nan]),
        ([datetime.timedelta(hours=1), None], "timedelta64[ns]", [3600, np.nan]),
        ([datetime.timedelta(hours=1), None], "object", [3600, np.nan]),
    ],
)
def test_numbers(values, dtype, numbers):
    found = to_numbers(pd.Series(values, dtype=dtype))
    assert found.dtype == np.float64
    assert_array_equal(found, numbers)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.0, np.inf, -np.inf], ["'c'", "infinity in row 2", "1 more"]),
        (["1", "x", "y"], ["'c'", "'x' in row 2", "1 more"]),
        ([1.0, 1e300], ["'c'", "1e+300 in row 2", "too large to compute with"]),
        ([1, 10**400, None], ["'c'", "infinity in row 2"]),
    ],
)
def test_what_is_no_number_is_named_with_its_row(values, words):
    with pytest.raises(ColumnError) as error:
        to_numbers(pd.Series(values, name="c"))
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize("dtype", ["object", "category"])
def test_whole_numbers_read_as_float_are_the_same_texts(dtype):
    whole = to_texts(pd.Series([1, 20], dtype=dtype))
    with_gap = to_texts(pd.Series([1.0, np.nan, 20.0], dtype=dtype))
    assert list(whole) == ["1", "20"]
    assert list(with_gap) == ["1", "missing", "20"]


@pytest.mark.parametrize("dtype", ["object", "str", "string", "category"])
def test_texts(dtype):
    assert list(to_texts(pd.Series(["b", None, "a", "b"], dtype=dtype))) == [
        "b",
        "missing",
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["2024-02-29T12:00", None]),
        pd.Series([pd.Timestamp("2024-02-29 12:00"), pd.NaT]),
        pd.Series([pd.Timestamp("2024-02-29 14:00+02:00"), pd.NaT]),
        pd.Series([datetime.datetime(2024, 2, 29, 12), None], dtype=object),
        pd.Series(pd.PeriodIndex(["2024-02-29 12:00", None], freq="h")),
    ],
)
def test_dates_come_in_utc(column):
    expected = np.array(["2024-02-29T12:00", "NaT"], dtype="datetime64[us]")
    assert_array_equal(to_dates(column), expected)


@pytest.mark.parametrize("empty", [np.nan, None])
def test_an_empty_column_has_no_date(empty):
    assert np.isnat(to_dates(pd.Series([empty, empty]))).all()


@pytest.mark.parametrize("cells", [["2024-01-01", "soon"], [1.0, 2.0]])
def test_what_is_no_date_is_an_error(cells):
    with pytest.raises(ColumnError, match="'when'"):
        to_dates(pd.Series(cells, name="when"))
