"""Names of columns: as text, matched, and as a booster takes them."""

from __future__ import annotations

import pandas as pd
import pytest

from gridfold.boosting.columns.names import for_booster, listed, names_of, order_of, repeated


def test_names_are_text_as_xgboost_makes_it():
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    for columns in (["a", "b"], [3, "b"], [1.5, None], pd.MultiIndex.from_tuples([("a", 1), "bc"])):
        frame = pd.DataFrame([[1.0, 2.0]], columns=columns)
        assert names_of(frame) == xgboost.DMatrix(frame).feature_names


def test_repeated_names_are_told_once_and_in_order():
    assert repeated(["b", "a", "b", "c", "a", "b"]) == ["b", "a"]
    assert repeated(["a", "b"]) == []


def test_wanted_names_are_found_wherever_they_are():
    assert order_of(["a", "b"], ["c", "b", "a"]) == [2, 1]
    assert order_of(["a"], ["a", "c", "c"]) == [0]


def test_missing_and_ambiguous_names_are_errors():
    message = "X lacks the columns 'a', 'd', which the model was fitted on. X has the column 'b'."
    with pytest.raises(ValueError, match=message):
        order_of(["a", "b", "d"], ["b"])
    with pytest.raises(ValueError, match="X has the column 'a' more than once"):
        order_of(["a"], ["a", "b", "a"])


def test_long_lists_are_cut():
    assert listed(["a"], "column") == "the column 'a'"
    assert listed(["a", "b"], "column") == "the columns 'a', 'b'"
    assert listed(range(20), "row") == "the rows 0, 1, 2, 3, 4, 5, 6, 7, ... (20 in all)"


def test_a_booster_gets_names_without_brackets_and_no_two_alike():
    assert for_booster(["a", "b c", "é"]) == ["a", "b c", "é"]
    assert for_booster(["a[1]", "a(1)", "x<3"]) == ["a(1)_", "a(1)", "x‹3"]
    assert for_booster(["a[", "a(_", "a("]) == ["a(__", "a(_", "a("]
