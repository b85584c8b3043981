"""Parquet files as one table: what they must have in common, and their rows in batches."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from gridfold.boosting.large.table import ParquetTable

pytest.importorskip("pyarrow", reason="pyarrow is not installed")

ONE = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})


@pytest.fixture
def files(tmp_path):
    """Return a function that writes frames, each to a file, and returns the folder."""

    def write(*frames: pd.DataFrame):
        for i, frame in enumerate(frames):
            frame.to_parquet(tmp_path / f"{i}.parquet")
        return tmp_path

    return write


@pytest.mark.parametrize("n_rows", [1, 2, 100])
def test_batches_are_the_rows_in_order(files, n_rows):
    two = pd.DataFrame({"b": ["z", None, "x"], "a": [0.5, None, 3]})
    table = ParquetTable.open(files(ONE, ONE[:0], two))
    batches = list(table.batches(["b", "a"], n_rows))
    assert table.n_rows == 5
    assert [each.start for each in batches] == list(range(0, 2, n_rows)) + list(range(2, 5, n_rows))
    assert batches[-1].file.name == "2.parquet"
    found = pd.concat([each.frame for each in batches], ignore_index=True)
    expected = pd.concat([ONE, two], ignore_index=True)[["b", "a"]].astype({"a": "float32"})
    assert_frame_equal(found, expected, check_dtype=False)
    assert found["a"].dtype == "float32"


def test_numbers_keep_their_type_on_request(files):
    batch = next(ParquetTable.open(files(ONE)).batches(["a"], 9, keep=["a"]))
    assert batch.frame["a"].dtype == "int64"


def test_a_column_without_any_cell_goes_with_all_others(files):
    empty = pd.DataFrame({"a": [None], "b": [None]})
    assert ParquetTable.open(files(empty, ONE)).kinds == {"a": "numbers", "b": "text"}


def test_an_index_of_pandas_is_no_column(files):
    indexed = ONE.set_axis(pd.Index([5, 6], name="key"))
    assert list(ParquetTable.open(files(indexed)).kinds) == ["a", "b"]


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ((ONE, ONE[["a"]]), r"1.parquet' lacks the column 'b', which '.*0.parquet' has"),
        ((ONE[["a"]], ONE), r"0.parquet' lacks the column 'b', which '.*1.parquet' has"),
        ((ONE, ONE.assign(a="q")), r"column 'a' holds text in '.*1.parquet', and numbers in the"),
        ((ONE[:0], ONE[:0]), r"There are no rows in '.*0.parquet' and 1 other files"),
    ],
)
def test_files_that_are_no_table_are_named(files, frames, message):
    with pytest.raises(ValueError, match=message):
        ParquetTable.open(files(*frames))


def test_what_is_no_parquet_file_is_named(tmp_path):
    (tmp_path / "a.parquet").write_text("a,b\n")
    with pytest.raises(ValueError, match=r"a.parquet' is no Parquet file"):
        ParquetTable.open(tmp_path)


def test_columns_that_are_asked_for_must_be_there(files):
    table = ParquetTable.open(files(ONE))
    with pytest.raises(ValueError, match=r"lacks the column 'c', the target.*It has the col"):
        table.require(["c"], "the target")
    lists = ParquetTable.open(files(pd.DataFrame({"a": [[1], [2]]})))
    with pytest.raises(TypeError, match="column 'a' with cells that are no text, numbers or dates"):
        lists.require_cells(["a"])
