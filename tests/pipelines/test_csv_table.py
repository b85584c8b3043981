"""CSV files: what is read, what is refused, and how it is said."""

from __future__ import annotations

import gzip
import io
import warnings

import numpy as np
import pandas as pd
import pytest

from gridfold.pipelines.columns import column_kind
from gridfold.pipelines.tables import TableError, read_table


@pytest.fixture
def file(tmp_path):
    """Return a function that writes text or bytes into a file and returns its path."""

    def write(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_kinds_of_cells(file):
    path = file(
        "n,x,word,flag,day,code\n1,1.5,a,true,2024-01-02,007\n2,,b,FALSE,2024-02-03 10:00,08\n"
    )
    table = read_table(path, text=["code"])
    assert table["n"].dtype == np.int64
    assert table["x"].isna().sum() == 1
    assert list(table["flag"]) == ["true", "FALSE"]
    assert pd.api.types.is_datetime64_any_dtype(table["day"].dtype)
    assert list(table["code"]) == ["007", "08"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_separators_and_marks_of_excel(file, separator, start):
    path = file(start + separator.join(["a", "b"]) + "\n" + separator.join(["1", "x"]) + "\n")
    pd.testing.assert_frame_equal(
        read_table(path), pd.read_csv(io.StringIO("a,b\n1,x\n")), check_dtype=False
    )


def test_a_compressed_file(file):
    path = file(gzip.compress(b"a,b\n1,2\n3,4\n"), "table.csv.gz")
    assert read_table(path).shape == (2, 2)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(TableError, match="damaged"):
        read_table(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"a,b\n", "no rows"),
        (bytes(range(256)) * 4, "is no CSV in UTF-8: it holds binary data"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16: save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is no CSV in UTF-8: it holds binary data"),
        ("a,b\nné,1\n".encode("latin-1"), r"no text in UTF-8 \(it holds the byte 0xe9\): save"),
        (b"a,b\n" + b"x,1\n" * 40_000 + b"\xff,1\n", "no text in UTF-8"),
        (b"PAR1abc", "Parquet"),
        (b"a,b,a\n1,2,3\n", "two columns of one name: column 'a'"),
        (b"a,b\n1,2\n1,2,3\n", "line 3 has 3 cells, and the lines before have 2"),
        (b"a,b\n1,2,3\n1,2,3\n", "more cells than"),
        (b'a,b\n"1,2\n', "no proper CSV: a quotation mark is opened and never closed"),
    ],
)
def test_what_is_no_table_is_an_error_that_names_the_file(file, content, words):
    path = file(content)
    with pytest.raises(TableError, match=words) as error:
        read_table(path)
    assert str(path) in str(error.value)


def numbers_and(cells: list[str], count: int = 100) -> str:
    return "\n".join(["x,y", *[f"{i},{i}" for i in range(count)], *[f"{c},1" for c in cells]])


def test_numbers_with_a_few_texts_are_an_error_unless_meant_as_text(file):
    path = file(numbers_and(["unknown", "V57"]))
    with pytest.raises(
        TableError, match=r"'x' \(row 101 holds 'unknown'; 2 of 102 cells\).*--text"
    ):
        read_table(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = read_table(path, text=["x"])
    assert list(table["x"][:2]) == ["0", "1"]


@pytest.mark.parametrize("large", [10**25, 10**400])
def test_whole_numbers_beyond_64_bits_are_numbers(file, large):
    table = read_table(file(f"x,y\n{large},1\n5,2\n,3\n"))
    assert list(table["x"][:2]) == [large, 5]
    assert column_kind(table["x"]) == "number"


@pytest.mark.parametrize("blank", ["?", " ", "-"])
def test_what_people_write_into_empty_cells_is_missing_and_said(file, blank):
    with pytest.warns(UserWarning, match=r"'x'.*row 101.*2 such cells"):
        table = read_table(file(numbers_and([blank, blank])))
    assert table["x"].dtype == np.float64
    assert table["x"].isna().sum() == 2


def test_numbers_and_texts_in_equal_parts_are_text_and_said(file):
    path = file(numbers_and([f"A/{i}" for i in range(40)]))
    with pytest.warns(UserWarning, match="numbers in 100 of 140"):
        table = read_table(path)
    assert pd.api.types.is_string_dtype(table["x"].dtype)


def test_numbers_and_dates_in_another_form_are_text_and_said(file):
    with pytest.warns(UserWarning) as said:
        table = read_table(file("pay;day\n1200,5;31.12.2024\n13,25;1.1.2025\n"))
    assert [str(w.message)[:12] for w in said] == ["Column 'pay'", "Column 'day'"]
    assert list(table["pay"]) == ["1200,5", "13,25"]


def test_a_known_category_is_read_as_the_text_that_it_is(file):
    path = file("code,flag,x\n007,true,1\n008,false,?\n")
    with pytest.warns(UserWarning, match="'x'"):
        table = read_table(path, kinds={"code": "category", "flag": "category", "x": "number"})
    assert list(table["code"]) == ["007", "008"]
    assert list(table["flag"]) == ["true", "false"]
    assert table["x"].isna().sum() == 1


def test_text_columns_that_are_not_there_are_named(file):
    with pytest.raises(TableError, match=r"no column 'z'.*the table has: a, b"):
        read_table(file("a,b\n1,2\n"), text=["z"])
