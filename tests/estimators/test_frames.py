"""Frames of other libraries as pandas frames."""

from __future__ import annotations

import datetime
import decimal
import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gridfold.estimators.frames import is_frame, to_pandas


def test_a_frame_has_columns_and_a_shape():
    assert is_frame(pd.DataFrame({"a": [1]}))
    assert not is_frame(np.zeros((1, 1)))
    assert not is_frame([[1]])


def test_a_pandas_frame_is_returned_as_it_is():
    frame = pd.DataFrame({"a": [1]})
    assert to_pandas(frame) is frame


def test_polars_needs_no_pyarrow(monkeypatch):
    polars = pytest.importorskip("polars", reason="polars is not installed")
    frame = polars.DataFrame(
        {
            "float": [1.5, None],
            "int": [1, None],
            "small": polars.Series([1, 2], dtype=polars.UInt8),
            "text": ["a", None],
            "bool": [True, None],
            "category": polars.Series(["x", None], dtype=polars.Categorical),
            "level": polars.Series(["low", None], dtype=polars.Enum(["high", "low"])),
            "date": [datetime.date(2020, 1, 1), None],
            "decimal": [decimal.Decimal("1.5"), None],
        }
    )
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    taken = to_pandas(frame)
    assert list(taken.columns) == frame.columns
    assert_array_equal(taken["float"], [1.5, np.nan])
    assert_array_equal(taken["int"], [1.0, np.nan])
    assert taken["small"].dtype == np.uint8
    assert taken["date"].dtype.kind == "M"
    for name in ("text", "bool", "category", "level", "decimal"):
        assert taken[name].tolist() == frame[name].to_list()


def test_other_libraries_bring_their_own_way():
    class Other:
        columns, shape = ["a"], (1, 1)

        def to_pandas(self):
            return pd.DataFrame({"a": [1]})

    class None_:
        columns, shape = ["a"], (1, 1)

    assert to_pandas(Other()).equals(pd.DataFrame({"a": [1]}))
    with pytest.raises(TypeError, match=r"frame of pandas or polars or an array, not None_\."):
        to_pandas(None_())
