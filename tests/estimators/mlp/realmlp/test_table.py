"""Tables as RealMLP reads them: frames of all kinds, arrays, lists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import BaseEstimator

from gridfold.estimators.mlp.realmlp.table import column_numbers, open_table

ALL = slice(None)


def opened(X):
    return open_table(BaseEstimator(), X, reset=True)


def kinds(X):
    """Return which columns are categories by their type."""
    return column_numbers(opened(X), "from_dtype")


def test_types_of_pandas():
    X = pd.DataFrame(
        {
            "float": [1.0, np.nan],
            "int": [1, 2],
            "nullable": pd.array([1, None], dtype="Int64"),
            "date": pd.to_datetime(["1970-01-02", None]),
            "zoned": pd.to_datetime(["1970-01-02", None]).tz_localize("Europe/Berlin"),
            "span": pd.to_timedelta(["1h", None]),
            "numbers as objects": np.array([1, None], dtype=object),
            "text": ["a", None],
            "category": pd.Categorical(["x", None], categories=["y", "x"]),
            "bool": [True, False],
            "nullable bool": pd.array([True, None], dtype="boolean"),
            "mixed": np.array([1, "a"], dtype=object),
        }
    )
    table = opened(X)
    assert kinds(X) == [7, 8, 9, 10, 11]
    assert_array_equal(table.numbers(0, ALL), [1.0, np.nan])
    assert_array_equal(table.numbers(1, ALL), [1, 2])
    assert_array_equal(table.numbers(2, ALL), [1.0, np.nan])
    assert_array_equal(table.numbers(3, ALL), [86400.0, np.nan])
    assert_array_equal(table.numbers(4, ALL), [82800.0, np.nan])
    assert_array_equal(table.numbers(5, ALL), [3600.0, np.nan])
    assert_array_equal(table.numbers(6, ALL), [1.0, np.nan])
    for j, expected in {7: ["a", None], 8: ["x", None], 9: [True, False], 10: [True, None]}.items():
        codes, values = table.categories(j, ALL)
        assert [None if code < 0 else values[code] for code in codes] == expected


def test_types_of_polars():
    polars = pytest.importorskip("polars", reason="polars is not installed")
    X = polars.DataFrame(
        {
            "float": [1.0, None, 3.0],
            "int": [1, None, 3],
            "text": ["a", None, "b"],
            "bool": [True, None, False],
            "category": polars.Series(["x", None, "y"], dtype=polars.Categorical),
        }
    )
    table = opened(X)
    assert kinds(X) == [2, 3, 4]
    assert table.names == ["float", "int", "text", "bool", "category"]
    assert_array_equal(table.numbers(1, ALL), [1.0, np.nan, 3.0])
    for j, expected in {2: ["a", None, "b"], 3: [True, None, False], 4: ["x", None, "y"]}.items():
        codes, values = table.categories(j, ALL)
        assert [None if code < 0 else values[code] for code in codes] == expected


def test_arrays_and_lists():
    assert kinds(np.zeros((2, 3))) == []
    assert kinds(np.array([[True, False]])) == [0, 1]
    assert kinds([["a", 1.0], ["b", 2.0]]) == [0, 1]  # NumPy makes texts of such lists
    assert kinds(np.array([["a", 1.0], [None, 2.0]], dtype=object)) == [0]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (["b", "a"], [0, 1]),
        ([2], [2]),
        ([-1], [2]),
        ([True, False, True], [0, 2]),
        ([], []),
        (np.array([False, True, False]), [1]),
    ],
)
def test_categories_may_be_named(chosen, expected):
    table = opened(pd.DataFrame(np.zeros((2, 3)), columns=list("abc")))
    assert column_numbers(table, chosen) == expected


@pytest.mark.parametrize("chosen", [["d"], [3], [0.5], [True, False], "dtype"])
def test_categories_that_are_not_there_are_an_error(chosen):
    table = opened(pd.DataFrame(np.zeros((2, 3)), columns=list("abc")))
    with pytest.raises(ValueError, match="categorical_features"):
        column_numbers(table, chosen)


def test_what_is_no_table_is_an_error():
    with pytest.raises(TypeError, match=r"Sparse data.*toarray"):
        opened(sparse.csr_array(np.eye(3)))
    with pytest.raises(ValueError, match=r"0 feature\(s\)"):
        opened(pd.DataFrame(index=range(3)))
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        opened(np.zeros((0, 3)))
    with pytest.raises(ValueError, match="Complex"):
        opened(np.zeros((2, 2), dtype=complex))
    with pytest.raises(TypeError, match=r"string or a number.*dict.*'b'"):
        opened(pd.DataFrame({"a": [1, 2], "b": [{}, {"x": 1}]}))


def test_infinity_and_text_among_numbers_are_errors_that_name_the_column():
    with pytest.raises(ValueError, match="infinity in column 1"):
        opened(np.array([[0.0, np.inf]])).numbers(1, ALL)
    with pytest.raises(ValueError, match=r"^Input X contains infinity in column 'a'\.$"):
        opened(pd.DataFrame({"a": [np.inf]})).numbers(0, ALL)
    text = opened(pd.DataFrame({"age": ["old", "12"]}))
    with pytest.raises(ValueError, match=r"'age' is taken for numbers.*categorical_features"):
        text.numbers(0, ALL)
