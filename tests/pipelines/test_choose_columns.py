"""Which columns are of use, and why the others are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridfold.pipelines.choose_columns import choose_columns
from gridfold.pipelines.columns import ColumnError


def test_columns_are_of_use_or_there_is_a_reason():
    table = pd.DataFrame(
        {
            "size": np.arange(50.0),
            "same": [3] * 50,
            "same or missing": [3.0, None] * 25,
            "empty": [None] * 50,
            "name": [f"person {i}" for i in range(50)],
            "street": [f"street {i // 2}" for i in range(50)],
            "day": pd.date_range("2024-01-01", periods=50),
        }
    )
    kinds, dropped = choose_columns(table, max_categories=30)
    assert kinds == {
        "size": "number",
        "same or missing": "number",
        "street": "category",
        "day": "date",
    }
    assert dropped == {
        "same": "the same in every row",
        "empty": "no cell is filled",
        "name": "a text of its own in every row",
    }
    assert "name" in choose_columns(table, max_categories=50)[0]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([1.0, np.inf], "'c' holds infinity in row 2"),
        ([np.inf, np.inf], "'c' holds infinity in row 1"),
        ([1, "x"], "'c' mixes numbers and text"),
    ],
)
def test_bad_cells_are_errors(cells, words):
    with pytest.raises(ColumnError, match=words):
        choose_columns(pd.DataFrame({"c": pd.Series(cells), "d": [1, 2]}), 30)


def test_nothing_of_use_is_an_error_with_the_reasons():
    with pytest.raises(ValueError, match=r"No column is of use \('c': the same in every row\)"):
        choose_columns(pd.DataFrame({"c": [1, 1]}), 30)
