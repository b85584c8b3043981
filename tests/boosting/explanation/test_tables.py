"""Rows as matrices, cells and columns: other libraries, sparse cells, marks for missing ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting.columns import Columns
from gridfold.boosting.explanation.tables import (
    cells_as_given,
    cells_of,
    float_matrix,
    for_shuffling,
    require_rows,
)
from gridfold.estimators.arrays import HOST, place_of

NUMBERS = np.random.default_rng(1).normal(size=(20, 3)).astype(np.float32)
FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", None, "y"], "c": [True, False, True]})


def test_arrays_of_other_libraries_go_where_the_model_is(foreign):
    place = place_of(foreign.put([[0.0]]))
    array = foreign.put(NUMBERS)
    assert float_matrix(array, place) is array  # no way through the host
    assert isinstance(float_matrix(array, HOST), np.ndarray)


def test_a_number_that_stands_for_missing_cells_is_found_in_any_library(foreign):
    marked = np.where(NUMBERS > 1, -999, NUMBERS)
    found = cells_of(foreign.put(marked), -999)
    assert foreign.owns(found)
    assert_array_equal(foreign.host(found), np.where(NUMBERS > 1, np.nan, NUMBERS))


def test_a_matrix_is_float32_and_no_copy_where_it_is_that():
    assert float_matrix(NUMBERS, HOST) is NUMBERS
    assert float_matrix(NUMBERS.astype(np.float64) * 1e300, HOST).dtype == np.float32
    for kind in (sparse.csc_matrix, sparse.csr_array):
        found = float_matrix(kind(NUMBERS.astype(np.float64)), HOST)
        assert found.format == "csr"
        assert found.dtype == np.float32


def test_cells_that_a_sparse_matrix_holds():
    held = sparse.csr_matrix(
        (np.array([0.0, 5.0, -1.0]), np.array([0, 2, 1]), np.array([0, 2, 3])), shape=(2, 3)
    )
    assert_array_equal(cells_of(held, np.nan), [[0, np.nan, 5], [np.nan, -1, np.nan]])
    assert_array_equal(cells_of(held, -1), [[0, np.nan, 5], [np.nan] * 3])


def test_cells_as_they_were_given_are_those_that_are_no_numbers():
    columns = Columns.learn(FRAME)
    found = cells_as_given(columns, FRAME[["c", "b", "a"]], FRAME.columns)
    assert list(found) == ["b"]
    assert found["b"][[0, 2]].tolist() == ["x", "y"]
    assert cells_as_given(Columns.learn(NUMBERS), NUMBERS, ["f0", "f1", "f2"]) == {}


def test_columns_to_be_shuffled_are_those_of_the_fit():
    columns = Columns.learn(FRAME)
    found = for_shuffling(columns, FRAME[["c", "b", "a"]].assign(d=0))
    assert list(found.columns) == ["a", "b", "c"]
    by_position = for_shuffling(Columns.learn(FRAME.to_numpy(dtype=object)), FRAME)
    assert_array_equal(by_position[:, 0], [1, 2, 3])
    assert for_shuffling(Columns.learn(NUMBERS), NUMBERS) is NUMBERS
    with pytest.raises(TypeError, match="X is sparse"):
        for_shuffling(Columns.learn(NUMBERS), sparse.csr_matrix(NUMBERS))


def test_rows_have_to_be_in_memory():
    require_rows(FRAME)
    require_rows(NUMBERS.tolist())
    with pytest.raises(TypeError, match="files or a Dask collection"):
        require_rows("table.parquet")


def test_rows_on_a_cluster_have_to_be_read():
    frames = pytest.importorskip("dask.dataframe", reason="Dask is not installed")
    with pytest.raises(TypeError, match=r"X\.head\(1000\)"):
        require_rows(frames.from_pandas(FRAME, npartitions=2))
