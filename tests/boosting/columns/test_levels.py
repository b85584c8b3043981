"""Levels: distinct values that compare by value, in the forms that a booster keeps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gridfold.boosting.columns import levels
from gridfold.boosting.columns.levels import distinct, learn_levels, stored_levels

LEVELS = {
    "text": (pd.Series(["b", None, "a", "b"]), ("a", "b")),
    "objects": (pd.Series(["b", None, "a", "b"], dtype=object), ("a", "b")),
    "text of NumPy": (pd.Series([np.str_("b"), np.str_("a")], dtype=object), ("a", "b")),
    "the text nan": (pd.Series(["nan", None, "", np.nan], dtype=object), ("", "nan")),
    "type's order": (pd.Series(pd.Categorical(["a"], ["c", "a", "b"])), ("c", "a", "b")),
    "integers": (pd.Series([3, 1, 3]), (1, 3)),
    "whole floats": (pd.Series([3.0, np.nan, 1.0]), (1, 3)),
    "floats": (pd.Series([0.5, 1.0, np.nan]), (0.5, 1.0)),
    "nullable": (pd.Series([3, None, 1], dtype="Int64"), (1, 3)),
    "large nullable": (pd.Series([2**53 + 1, None, 2**53], dtype="Int64"), (2**53, 2**53 + 1)),
    "large objects": (pd.Series([2**53 + 1, None, 3], dtype=object), (3, 2**53 + 1)),
    "large": (pd.Series([2**60 + 1, 2**60]), (2**60, 2**60 + 1)),
    "unsigned": (pd.Series([2**64 - 1, 0], dtype="u8"), (0, 2**64 - 1)),
    "booleans": (pd.Series([True, False]), (0, 1)),
    "objects of booleans": (pd.Series([True, None, False], dtype=object), (0, 1)),
    "category of booleans": (pd.Series(pd.Categorical([True], [True, False])), (1, 0)),
    "sparse": (pd.Series(pd.arrays.SparseArray([0.0, 2.0, np.nan])), (0, 2)),
    "order of bytes": (pd.Series(np.array([2.0, 1.0], ">f8")), (1, 2)),
    "dates": (pd.Series(pd.to_datetime(["1970-01-03T12", None])), (2.5,)),
    "intervals": (
        pd.Series(pd.cut([0.5, 1.5], [0, 1, 2, 3])),
        ("(0.0, 1.0]", "(1.0, 2.0]", "(2.0, 3.0]"),
    ),
    "nothing": (pd.Series([None, None], dtype=object), ()),
}


@pytest.mark.parametrize("kind", LEVELS)
def test_levels_of_every_type(kind):
    column, expected = LEVELS[kind]
    learned = learn_levels(column, "c")
    assert learned == expected
    assert {type(level) for level in learned} <= {int, float, str}
    codes, values = distinct(column, "c")
    assert_array_equal(codes < 0, column.isna())
    assert set(values.tolist()) == set(expected)


def test_equal_numbers_of_different_types_are_one_level():
    for column in (pd.Series([1, 0]), pd.Series([1.0, 0.0]), pd.Series([True, False])):
        codes, values = distinct(column, "c")
        assert values[codes].tolist() == [1, 0]


def test_fractions_are_those_of_float32():
    double = pd.Series([0.1, 0.30000000000000004, 0.3, 2.0, np.nan])
    assert learn_levels(double, "c") == (0.1, 0.3, 2.0)
    assert learn_levels(double.astype("f4"), "c") == (0.1, 0.3, 2.0)
    assert learn_levels(pd.Series(pd.Categorical([0.3, 0.1])), "c") == (0.1, 0.3)


def test_intervals_of_integers_and_floats_are_alike():
    whole, real = pd.interval_range(0, 2), pd.interval_range(0.0, 2.0)
    assert learn_levels(pd.Series(whole), "c") == learn_levels(pd.Series(real), "c")
    dates = pd.interval_range(pd.Timestamp("2020-01-01"), periods=1)
    assert learn_levels(pd.Series(dates), "c") == ("(2020-01-01 00:00:00, 2020-01-02 00:00:00]",)


def test_a_cell_that_cannot_be_hashed_is_named():
    with pytest.raises(TypeError, match=r"column 'c' has \['a'\] of type list"):
        distinct(pd.Series([["a"], ["b"]]), "c")


def test_more_levels_than_float32_tells_apart_are_an_error(monkeypatch):
    monkeypatch.setattr(levels, "_MOST_LEVELS", 2)
    assert learn_levels(pd.Series([1, 2]), "c") == (1, 2)
    with pytest.raises(ValueError, match="Column 'c' has 3 categories, and xgboost tells 2 apart"):
        learn_levels(pd.Series([1, 2, 3]), "c")


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (("b", "a"), ["b", "a"]),
        ((3, -1), [3, -1]),
        ((0.5, 1.0), ["0.5", "1.0"]),
        (("a\0", "\\"), ["a\\x00", "\\\\"]),
    ],
)
def test_a_booster_keeps_whole_numbers_and_text(kept, expected):
    stored = stored_levels(kept)
    assert stored.tolist() == expected
    assert stored.is_unique


def test_text_that_is_not_ascii_is_kept_in_a_way_that_xgboost_keeps(monkeypatch):
    text = ("é", "\\xe9", "яя", "яю")
    monkeypatch.setattr(levels, "_keeps_text", lambda: True)
    assert stored_levels(text).tolist() == list(text)
    monkeypatch.setattr(levels, "_keeps_text", lambda: False)
    stored = stored_levels(text)
    assert all(level.isascii() for level in stored)
    assert stored.is_unique
    assert [level.encode().decode("unicode_escape") for level in stored] == list(text)
