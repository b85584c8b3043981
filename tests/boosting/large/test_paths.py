"""Paths in the place of a table, and the files that they stand for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gridfold.boosting.large.paths import is_files, parquet_files


@pytest.mark.parametrize("X", ["rows.parquet", Path("rows"), ["a.parquet", Path("b.parquet")]])
def test_paths_are_files(X):
    assert is_files(X)


@pytest.mark.parametrize("X", [[], [[1.0, 2.0]], np.ones((2, 2)), pd.DataFrame({"a": [1]}), None])
def test_tables_are_no_files(X):
    assert not is_files(X)


def test_a_folder_stands_for_the_files_in_and_below_it(tmp_path):
    for name in ("b.parquet", "a.pq", "notes.txt", "_meta.parquet", ".x.parquet", "sub/c.PARQUET"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = parquet_files(tmp_path)
    assert [file.name for file in found] == ["a.pq", "b.parquet", "c.PARQUET"]
    assert parquet_files([tmp_path / "b.parquet", str(tmp_path / "sub")])[1].name == "c.PARQUET"


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no file or folder .*gone"):
        parquet_files(tmp_path / "gone")
    with pytest.raises(FileNotFoundError, match="holds no Parquet file"):
        parquet_files(tmp_path)


def test_columns_in_the_names_of_folders_are_refused(tmp_path):
    (tmp_path / "year=2020").mkdir()
    (tmp_path / "year=2020" / "a.parquet").touch()
    with pytest.raises(ValueError, match=r"'year=2020' .* holds the column 'year'"):
        parquet_files(tmp_path)
