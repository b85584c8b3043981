"""What a column holds, by its type or its cells."""

from __future__ import annotations

import datetime
import decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from gridfold.boosting.columns.inference import content_of

STAMP, SPAN = pd.Timestamp("2020-01-01"), pd.Timedelta(1, "D")

OF_OBJECTS = {
    "numbers": [
        [1, None],
        [1.5, 2],
        [True, None],
        [True, 2],
        [decimal.Decimal("1.5"), 1],
        [np.int8(3), np.nan],
        [2**70],
    ],
    "text": [["a", None], ["a", pd.NA], [np.str_("a")], ["nan"], [pd.NaT, "a"]],
    "dates": [
        [STAMP, None],
        [datetime.date(2020, 1, 1)],
        [datetime.date(2020, 1, 1), STAMP],
        [STAMP.tz_localize("UTC"), STAMP.tz_localize("Europe/Berlin")],
        [pd.Period("2020-01")],
    ],
    "durations": [[SPAN, None], [datetime.timedelta(1)]],
    "intervals": [[pd.Interval(0, 1), None]],
    "nothing": [[None, None], [np.nan, None], [pd.NA]],
}
OF_TYPES = {
    "numbers": [
        np.array([1.0]),
        np.array([1], "u1"),
        np.array([True]),
        pd.array([1, None], dtype="Int64"),
        pd.array([True, None], dtype="boolean"),
        pd.arrays.SparseArray([0, 1]),
        pd.Categorical([1, 2]),
    ],
    "text": [pd.array(["a"], dtype="str"), pd.array(["a"], dtype="string"), pd.Categorical(["a"])],
    "dates": [
        np.array(["2020-01-01"], "M8[s]"),
        pd.DatetimeIndex([STAMP]).tz_localize("UTC"),
        pd.period_range("2020", periods=2, freq="M"),
    ],
    "durations": [np.array([1], "m8[s]")],
    "intervals": [pd.interval_range(0, 2), pd.cut([0.5, 1.5], 2)],
}


@pytest.mark.parametrize(
    ("content", "cells"), [(key, cells) for key, all_ in OF_OBJECTS.items() for cells in all_]
)
def test_cells_of_objects_tell(content, cells):
    assert content_of(pd.Series(cells, dtype=object), "c") == content


@pytest.mark.parametrize(
    ("content", "cells"), [(key, cells) for key, all_ in OF_TYPES.items() for cells in all_]
)
def test_types_tell(content, cells):
    assert content_of(pd.Series(cells), "c") == content


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("int64[pyarrow]", "numbers"),
        ("bool[pyarrow]", "numbers"),
        ("string[pyarrow]", "text"),
        ("timestamp[us][pyarrow]", "dates"),
        ("date32[pyarrow]", "dates"),
        ("duration[us][pyarrow]", "durations"),
        ("null[pyarrow]", "nothing"),
    ],
)
def test_types_of_arrow_tell(kind, content):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    assert content_of(pd.Series([None], dtype=kind), "c") == content


@pytest.mark.parametrize(
    "cell", [[1], {"a": 1}, {1}, (1, 2), b"a", datetime.time(1), Fraction(1, 2), 1j, object()]
)
def test_a_cell_of_an_unknown_type_is_named_with_its_column(cell):
    message = "column 'c' has .* of type .*argument must be a string or a number"
    with pytest.raises(TypeError, match=message):
        content_of(pd.Series([None, cell], dtype=object), "c")
    with pytest.raises(TypeError, match=message):
        content_of(pd.Series(["a", cell], dtype=object), "c")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([1, "a"], r"Column 'c' mixes types: it has 1 \(int\) and 'a' \(str\)\. Make all"),
        (["a", 2.5, 3], r"it has 'a' \(str\) and 2\.5 \(float\)"),
        ([STAMP, SPAN], r"\(Timestamp\) and Timedelta"),
    ],
)
def test_mixed_cells_are_shown(cells, message):
    with pytest.raises(ValueError, match=message):
        content_of(pd.Series(cells, dtype=object), "c")
    if not isinstance(cells[0], pd.Timestamp):
        with pytest.raises(ValueError, match=message):
            content_of(pd.Series(pd.Categorical(cells, categories=cells)), "c")


def test_complex_numbers_are_an_error():
    with pytest.raises(ValueError, match="Complex data not supported: column 'c'"):
        content_of(pd.Series([1j]), "c")
