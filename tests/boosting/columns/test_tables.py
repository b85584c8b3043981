"""What is a table, and the errors for what is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from gridfold.boosting.columns.tables import is_matrix, open_table, require_cells


def test_a_matrix_is_an_array_that_xgboost_reads_rightly():
    for dtype in (float, "f4", "f2", int, "u1", bool):
        assert is_matrix(np.zeros((2, 2), dtype))
    for X in (np.zeros(2), np.zeros((2, 2), ">f8"), np.zeros((2, 2), object), [[1.0]]):
        assert not is_matrix(X)


@pytest.mark.parametrize("X", [np.zeros((2, 3)), sparse.csr_matrix(np.eye(3)), sparse.eye_array(2)])
def test_numbers_are_not_touched(X):
    cells, names = open_table(X)
    assert cells is X
    assert names is None


def test_arrays_of_other_libraries_are_not_touched(foreign):
    X = foreign.put(np.zeros((2, 3)))
    assert open_table(X) == (X, None) if foreign.name != "strict" else open_table(X)[0] is X
    with pytest.raises(ValueError, match="two dimensions, rows and columns, and has 1"):
        open_table(foreign.put(np.zeros(3)))
    with pytest.raises(ValueError, match="Complex data not supported"):
        open_table(foreign.put(np.zeros((2, 2), complex)))


def test_the_order_of_bytes_is_put_right():
    cells, _ = open_table(np.array([[1.0, 2.0]], dtype=">f8"))
    assert is_matrix(cells)
    assert_array_equal(cells, [[1.0, 2.0]])


def test_masked_cells_are_missing():
    X = np.ma.masked_array([[1, 2], [3, 4]], [[False, True], [False, False]])
    cells, _ = open_table(X)
    assert type(cells) is np.ndarray
    assert cells.dtype == np.float64
    assert_array_equal(cells, [[1, np.nan], [3, 4]])


def test_lists_keep_the_types_of_their_columns():
    cells, names = open_table([["a", 1.5, None], ["b", 2, True]])
    assert names is None
    assert [pd.api.types.is_numeric_dtype(kind) for kind in cells.dtypes] == [False, True, False]
    assert_array_equal(open_table([[1, 2], [3, 4]])[0], [[1, 2], [3, 4]])
    assert_array_equal(open_table(((1.0,), (2.0,)))[0], [[1.0], [2.0]])
    assert open_table([[1, None], [3, 4]])[0].shape == (2, 2)


def test_arrays_of_objects_get_types_column_by_column():
    cells, names = open_table(np.array([["a", 1], [None, 2]], dtype=object))
    assert names is None
    assert cells.dtypes[1] == np.int64
    assert open_table(np.array([["a", "b"]]))[0].iloc[0].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros(3), "Expected 2D array, got 1D"),
        (np.zeros((2, 2, 2)), "dim 3"),
        (pd.Series([1.0]), "Expected a 2-dimensional container"),
        ([1, 2], "Expected 2D array, got 1D"),
        (["a", "b"], "rows of a list must be lists of cells, and one is 'a'"),
        ([{"a": 1}], "rows of a list must be lists of cells, and one is {'a': 1}"),
        ([[1, 2], [3]], "rows have different lengths"),
        ([["a", 2], ["b"]], "rows have different lengths"),
        (np.zeros((2, 2), complex), "Complex data not supported"),
        (None, "Expected 2D array"),
    ],
)
def test_what_is_no_table_is_an_error(X, message):
    with pytest.raises(ValueError, match=message):
        open_table(X)


def test_a_lazy_frame_is_to_be_collected():
    polars = pytest.importorskip("polars", reason="polars is not installed")
    with pytest.raises(TypeError, match=r"X is a LazyFrame, .*: use X\.collect"):
        open_table(polars.LazyFrame({"a": [1]}))


def test_nothing_to_learn_from_is_an_error():
    with pytest.raises(ValueError, match=r"0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1"):
        require_cells(np.zeros((0, 3)), None)
    with pytest.raises(ValueError, match=r"0 feature\(s\) \(shape=\(3, 0\)\) while a minimum of 1"):
        require_cells(np.zeros((3, 0)), None)
    with pytest.raises(ValueError, match="the column 'a' more than once: rename"):
        require_cells(np.zeros((1, 3)), ["a", "b", "a"])
