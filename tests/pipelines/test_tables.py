"""Tables: Parquet files, the target split off, and columns checked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridfold.pipelines import tables
from gridfold.pipelines.columns import ColumnError
from gridfold.pipelines.tables import TableError, read_table, split_target


def test_parquet_and_csv_give_the_same_table(tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    table = pd.DataFrame({"n": [1, 2], "x": [0.5, np.nan], "word": ["a", "b"]})
    table.to_parquet(tmp_path / "t.parquet")
    table.to_csv(tmp_path / "t.csv", index=False)
    pd.testing.assert_frame_equal(
        read_table(tmp_path / "t.parquet"), read_table(tmp_path / "t.csv"), check_dtype=False
    )


def test_a_named_index_is_a_column(tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    frame = pd.DataFrame({"x": [1, 2]}, index=pd.Index(["a", "b"], name="key"))
    frame.to_parquet(tmp_path / "t.parquet")
    assert list(read_table(tmp_path / "t.parquet").columns) == ["key", "x"]


def test_an_index_named_as_a_column_is_an_error(tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    frame = pd.DataFrame({"x": [1, 2]}, index=pd.Index([3, 4], name="x"))
    frame.to_parquet(tmp_path / "t.parquet")
    with pytest.raises(TableError, match="an index and a column of one name: column 'x'"):
        read_table(tmp_path / "t.parquet")


def test_numbers_of_a_parquet_file_meant_as_text(tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    frame = pd.DataFrame({"code": [7, 8, None], "x": [1, 2, 3]})
    frame.to_parquet(tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet", text=["code"])
    assert list(table["code"][:2]) == ["7", "8"]
    assert table["code"].isna().sum() == 1
    assert table["x"].dtype == np.int64


def test_what_is_no_parquet_file(tmp_path):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    from pyarrow import parquet

    path = tmp_path / "t.parquet"
    for content in (b"", b"a,b\n1,2\n", b"PAR1" + bytes(50) + b"PAR1"):
        path.write_bytes(content)
        with pytest.raises(TableError, match="no Parquet file, or a damaged one"):
            read_table(path)
    twice = pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["a", "a"])
    parquet.write_table(twice, path)
    with pytest.raises(TableError, match="two columns of one name: column 'a'"):
        read_table(path)
    pd.DataFrame({"a": []}).to_parquet(path)
    with pytest.raises(TableError, match="no rows"):
        read_table(path)


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    monkeypatch.setattr(tables, "find_spec", lambda name: None)
    with pytest.raises(TableError, match=r"gridfold\[parquet\]"):
        read_table(tmp_path / "t.parquet")


def test_files_that_are_not_there_or_of_another_kind(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no table"):
        read_table(tmp_path / "t.csv")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        read_table(tmp_path)
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    with pytest.raises(TableError, match=r"must end in \.csv"):
        read_table(tmp_path / "t.xlsx")


def test_the_target_is_split_off():
    X, y = split_target(pd.DataFrame({"a": [1, 2], "y": ["n", "m"]}), "y")
    assert list(X.columns) == ["a"]
    assert list(y) == ["n", "m"]


def test_rows_without_a_target_are_left_out_and_counted():
    table = pd.DataFrame({"a": [1, 2, 3], "y": ["n", None, "m"]})
    with pytest.warns(UserWarning, match="1 of 3 rows have no target 'y'"):
        X, y = split_target(table, "y")
    assert list(X["a"]) == [1, 3]
    assert list(y) == ["n", "m"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"a": [1], "income": [2]}, r"no column 'incom'; the table has: a, income. Did you mean"),
        ({"incom": [1]}, "no column but the target"),
        ({"a": [1, 2], "incom": [None, None]}, "empty in all 2 rows"),
    ],
)
def test_targets_that_cannot_be_used(columns, words):
    with pytest.raises(TableError, match=words):
        split_target(pd.DataFrame(columns), "incom")


def test_infinities_are_named_with_their_row():
    table = pd.DataFrame({"a": [1.0, 2.0], "y": [1.0, np.inf]})
    with pytest.raises(ColumnError, match="'y' holds infinity in row 2"):
        split_target(table, "y")
