"""Which score decides, and that it is computed for the right class."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold, StratifiedKFold

from gridfold.pipelines.cli.scores import (
    check_folds,
    check_scoring,
    choose_scoring,
    make_baseline,
    make_scorer,
    names_to_show,
)
from gridfold.pipelines.tables import TableError
from gridfold.pipelines.tasks import Task, find_task

BINARY = find_task(pd.Series(["no", "yes", "yes"] * 20))
THREE = find_task(pd.Series(["a", "b", "c"] * 20))
RARE = Task("classification", "made", np.array(["no"] * 40 + ["yes"] * 3, dtype=object))
NUMBERS = find_task(pd.Series(np.arange(60) / 7))


@pytest.mark.parametrize(
    ("task", "n_folds", "name"),
    [
        (BINARY, 5, "roc_auc"),
        (THREE, 5, "neg_log_loss"),
        (THREE, 15, "accuracy"),
        (NUMBERS, 5, "r2"),
    ],
)
def test_the_usual_score(task, n_folds, name):
    assert choose_scoring(None, task, n_folds) == name
    assert names_to_show(name, task)[0] == name
    check_scoring(name, make_scorer(name, task), task)


def test_the_later_label_is_the_positive_one():
    X = np.zeros((60, 1))
    always = DummyClassifier(strategy="constant", constant="yes").fit(X, BINARY.y)
    found = make_scorer("f1", BINARY)(always, X, BINARY.y)
    assert found == f1_score(BINARY.y, ["yes"] * 60, pos_label="yes")


def test_the_baseline_guesses():
    X = np.zeros((60, 1))
    assert make_scorer("accuracy", BINARY)(
        make_baseline(BINARY).fit(X, BINARY.y), X, BINARY.y
    ) == pytest.approx(2 / 3)
    assert make_scorer("r2", NUMBERS)(
        make_baseline(NUMBERS).fit(X, NUMBERS.y), X, NUMBERS.y
    ) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "task"), [("accuracy", NUMBERS), ("f1", THREE), ("neg_mean_squared_error", BINARY)]
)
def test_scores_that_do_not_fit_the_target(name, task):
    with pytest.raises(TableError, match=f"{name} does not fit"):
        check_scoring(name, make_scorer(name, task), task)


@pytest.mark.parametrize(
    ("name", "task", "n_folds", "words"),
    [
        ("roc_auc", RARE, 5, "5 folds of 43 rows, 3 of them in the rarest class: give --cv 3 or"),
        ("roc_auc", RARE, 3, None),
        ("accuracy", RARE, 5, None),
        ("accuracy", RARE, 41, "--cv 41: no class has more than 40 training rows"),
        ("r2", NUMBERS, 40, "40 folds of 60 rows: give --cv 30 or less"),
        ("r2", NUMBERS, 30, None),
    ],
)
def test_folds_that_cannot_be_scored_are_found_out(name, task, n_folds, words):
    kind = KFold if task is NUMBERS else StratifiedKFold
    argv = (name, make_scorer(name, task), task, task.y, kind(n_folds))
    if words is None:
        check_folds(*argv)
    else:
        with pytest.raises(TableError, match=words):
            check_folds(*argv)


def test_names_that_there_are_not():
    with pytest.raises(TableError, match=r"did you mean.*roc_auc"):
        choose_scoring("rocauc", BINARY, 5)
    with pytest.raises(TableError, match="such as"):
        choose_scoring("zzz", BINARY, 5)
