"""X as a table, whatever it came as."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridfold.pipelines.frames import as_table, has_names, listed


def test_a_table_may_be_renamed_without_touching_x():
    X = pd.DataFrame({"a": [1, 2]})
    as_table(X, "Me").columns = pd.Index(["b"])
    assert list(X.columns) == ["a"]


def test_arrays_and_lists_have_no_names():
    for X in ([[1, 2]], np.ones((1, 2)), np.array([["a", 1]], dtype=object)):
        table = as_table(X, "Me")
        assert table.shape == (1, 2)
        assert not has_names(table)
    assert has_names(pd.DataFrame({"a": [1]}))


def test_tables_of_other_libraries_are_taken_by_their_own_conversion():
    class Other:
        def to_pandas(self):
            return pd.DataFrame({"a": [1]})

    assert list(as_table(Other(), "Me").columns) == ["a"]


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (pd.DataFrame({"a": []}), r"0 sample\(s\).*required by Me"),
        (pd.DataFrame(index=[1, 2]), r"0 feature\(s\)"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "one name: column 'a'"),
        ([1, 2], "Expected 2D array"),
    ],
)
def test_what_is_no_table(X, words):
    with pytest.raises(ValueError, match=words):
        as_table(X, "Me")


def test_lists_of_names_are_short():
    assert listed(["a"]) == "column 'a'"
    assert listed(["a", "b"]) == "columns 'a', 'b'"
    assert listed("abcdefghijkl").endswith("'j' and 2 more")
