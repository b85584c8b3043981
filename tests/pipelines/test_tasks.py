"""Tasks: which targets are classes, which are numbers, and which cannot be learnt."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from gridfold.pipelines.columns import ColumnError
from gridfold.pipelines.tables import TableError
from gridfold.pipelines.tasks import find_task

MANY = np.arange(200)


@pytest.mark.parametrize(
    ("target", "name", "kind"),
    [
        (pd.Series(["a", "b"] * 50), "classification", "O"),
        (pd.Series(["a", "b"] * 50, dtype="category"), "classification", "O"),
        (pd.Series([3, 4] * 50, dtype="category"), "classification", "O"),
        (pd.Series([True, False] * 50), "classification", "b"),
        (pd.Series(MANY % 10), "classification", "i"),
        (pd.Series(MANY % 10, dtype="Int64"), "classification", "i"),
        (pd.Series(MANY % 10, dtype="float64"), "classification", "i"),
        (pd.Series(MANY % 11), "regression", "f"),
        (pd.Series(MANY % 3 / 2), "regression", "f"),
    ],
)
def test_what_a_target_asks_for(target, name, kind):
    task = find_task(target)
    assert task.name == name
    assert task.y.dtype.kind == kind
    assert len(task.y) == len(target)


def test_the_user_decides():
    assert find_task(pd.Series(MANY % 3), "regression").y.dtype == np.float64
    task = find_task(pd.Series(MANY % 15), "classification")
    assert len(task.classes) == 15
    with pytest.raises(ColumnError, match="'low' in row 1"):
        find_task(pd.Series(["low", "high"] * 20), "regression")


@pytest.mark.parametrize(
    ("cells", "asked", "words"),
    [
        ([5] * 20, "auto", "one value only, 5, in all its 20 rows"),
        (["a"] * 20, "auto", "one value only, 'a'"),
        ([0.5] * 20, "auto", "one value only, 0.5"),
        (MANY, "classification", "200 different values.*--task regression"),
        (MANY / 7, "classification", "with fractions.*--task regression"),
        ([0.5, 1.5] * 10, "classification", "with fractions.*--task regression"),
        ([str(i) for i in range(40)], "auto", "40 different values.*--task regression"),
        ([str(i) for i in range(40)] + ["n/a?"], "auto", "'n/a.' among them"),
        (["a"] * 10 + ["b"] * 10 + ["c"], "auto", "1 of 3 classes has one row only .'c'."),
        (pd.to_datetime(["2024-01-01", "2024-01-02"]), "auto", "holds dates"),
    ],
)
def test_targets_that_cannot_be_learnt(cells, asked, words):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(TableError, match=words):
            find_task(pd.Series(cells, name="y"), asked)


def test_rare_classes_are_said():
    with pytest.warns(UserWarning, match="1 of 2 classes of 'y' has fewer than 10 rows"):
        find_task(pd.Series(["a"] * 50 + ["b"] * 4, name="y"))
