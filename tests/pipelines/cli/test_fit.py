"""`gridfold fit`: what it prints and saves, and how it refuses what cannot work."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gridfold as library
from gridfold.boosting import installation
from gridfold.estimators import arrays
from gridfold.pipelines.cli import fit as fit_command
from gridfold.pipelines.persistence import read_card


def test_a_classification_from_table_to_model(fit, people):
    run = fit("people.csv", "--target", "rich")
    assert run.status == 0, run.err
    assert "120 rows, 3 columns beside the target" in run.out
    assert "rich: classification (2 different texts)" in run.out
    assert "saved" in run.out and "TabularPreprocessor: one fit per fold" in run.out
    assert "Leaderboard of 11 candidates: roc_auc on 3 folds of 96 rows" in run.out
    assert "on the 24 rows held out" in run.out
    assert "fitted on 96 rows. The 24 rows held out are not in it." in run.out
    assert "gridfold.load('model.skops')" in run.out
    model = library.load("model.skops")
    assert set(model.predict(people().drop(columns="rich"))) == {"yes", "no"}
    card = read_card("model.skops")
    assert (card["target"], card["classes"]) == ("rich", ["no", "yes"])
    assert [c["kind"] for c in card["columns"]] == ["number", "category", "number"]
    assert sorted(os.listdir()) == ["model.skops", "people.csv"]


def test_a_regression_from_table_to_model(fit, people):
    run = fit("people.csv", "--target", "pay", "--out", "pay.joblib")
    assert run.status == 0, run.err
    assert "pay: regression (numbers with fractions)" in run.out
    assert "r2 on 3 folds" in run.out
    assert "trusted=True" in run.out
    held_out = next(line for line in run.out.splitlines() if line.split()[:1] == ["r2"])
    _, ours, guess = held_out.split()
    assert float(ours) > 0.9 > 0.1 > float(guess)
    assert library.load("pay.joblib", trusted=True).predict(people().drop(columns="pay")).shape == (
        120,
    )


def test_all_families_of_models(gridfold):
    pytest.importorskip("xgboost", reason="xgboost is not installed")
    run = gridfold("fit", "people.csv", "--target", "rich", "--cv", "2", "--device", "cpu")
    assert run.status == 0, run.err
    for name in ("LogisticRegression", "KNeighborsClassifier", "XGBClassifier"):
        assert name in run.out.split("Leaderboard")[1]


def test_several_classes_and_the_same_answer_for_the_same_seed(fit, people):
    table = people(200)
    table["level"] = pd.cut(table["pay"], 3, labels=["low", "middle", "high"])
    table.drop(columns="pay").to_csv("levels.csv", index=False)
    first = fit("levels.csv", "--target", "level", "--seed", "3")
    assert first.status == 0, first.err
    assert "Leaderboard of 11 candidates: neg_log_loss" in first.out
    assert fit("levels.csv", "--target", "level", "--scoring", "accuracy").status == 0
    again = fit("levels.csv", "--target", "level", "--seed", "3")
    held_out = [text[text.index("rows held out") :] for text in (first.out, again.out)]
    assert held_out[0] == held_out[1]


@pytest.mark.parametrize("scoring", ["f1", "average_precision", "neg_brier_score", "roc_auc"])
def test_scores_of_one_class_know_which(fit, scoring):
    run = fit("people.csv", "--target", "rich", "--scoring", scoring)
    assert run.status == 0, run.err
    assert f"{scoring} on 3 folds" in run.out
    assert "nan" not in run.out


def test_a_parquet_file(fit, people):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    people().to_parquet("our people.parquet")
    run = fit("our people.parquet", "--target", "rich")
    assert run.status == 0, run.err
    assert "pd.read_parquet('our people.parquet')" in run.out
    assert "gridfold predict model.skops 'our people.parquet'" in run.out


def test_what_is_left_out_is_said(fit, people):
    table = people()
    table["id"] = [f"P{i:04}" for i in range(len(table))]
    table.loc[[7, 8, 9], "rich"] = None
    table.to_csv("people.csv", index=False)
    run = fit("people.csv", "--target", "rich")
    assert run.status == 0, run.err
    assert "3 of 120 rows have no target 'rich' and are left out" in run.err
    assert "column 'id' was not used: a text of its own in every row" in run.err


def write(people, **columns) -> None:
    table = people()
    for name, cells in columns.items():
        table[name] = cells
    table.to_csv("bad.csv", index=False)


def infinite_at(row: int) -> list[float]:
    return [float("inf") if i == row - 1 else float(i) for i in range(120)]


BAD_TABLES = {
    "a target that is not there": (
        lambda people: write(people),
        "ritch",
        ["'ritch'", "age, job, pay, rich", "'rich'?"],
    ),
    "an empty target": (
        lambda people: write(people, rich=[None] * 120),
        "rich",
        ["'rich' is empty"],
    ),
    "a target of one class": (
        lambda people: write(people, rich=["yes"] * 120),
        "rich",
        ["one value only, 'yes'"],
    ),
    "no rows": (
        lambda people: Path("bad.csv").write_text("a,rich\n"),
        "rich",
        ["bad.csv", "no rows"],
    ),
    "an empty file": (lambda people: Path("bad.csv").write_text(""), "rich", ["bad.csv is empty"]),
    "a file that is no CSV": (
        lambda people: Path("bad.csv").write_bytes(os.urandom(2000) + b"\0"),
        "rich",
        ["bad.csv is no CSV"],
    ),
    "two columns of one name": (
        lambda people: Path("bad.csv").write_text("a,a,rich\n1,2,yes\n"),
        "rich",
        ["two columns of one name: column 'a'"],
    ),
    "an infinity": (
        lambda people: write(people, age=infinite_at(7)),
        "rich",
        ["'age'", "infinity in row 7"],
    ),
    "an infinite target": (
        lambda people: write(people, pay=infinite_at(9)),
        "pay",
        ["'pay'", "row 9"],
    ),
    "mixed types": (
        lambda people: write(people, age=["old" if i == 4 else i for i in range(120)]),
        "rich",
        ["'age' (row 5 holds 'old'", "--text"],
    ),
    "nothing but the target": (
        lambda people: Path("bad.csv").write_text("rich\nyes\nno\n"),
        "rich",
        ["no column but the target"],
    ),
    "columns of no use": (
        lambda people: Path("bad.csv").write_text("a,b,rich\n" + "1,,yes\n1,,no\n" * 20),
        "rich",
        ["No column is of use ('a': the same in every row, 'b': no cell is filled)"],
    ),
    "a class with fewer rows than folds": (
        lambda people: write(people, rich=["yes"] * 3 + ["no"] * 117),
        "rich",
        ["--scoring roc_auc cannot be computed", "2 of them in the rarest class: give --cv 2"],
    ),
    "too few rows": (
        lambda people: people(5).to_csv("bad.csv", index=False),
        "pay",
        ["5 rows are too few", "--cv 5"],
    ),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_bad_table_is_one_line_and_nothing_is_written(gridfold, complaint, case, people):
    make, target, words = BAD_TABLES[case]
    make(people)
    before = sorted(os.listdir())
    line = complaint(gridfold("fit", "bad.csv", "--target", target, "--device", "cpu"))
    for word in words:
        assert word in line
    assert sorted(os.listdir()) == before


def test_infinities_are_counted_in_rows_of_the_file(gridfold, complaint, people):
    write(people, age=infinite_at(30), rich=[None] * 20 + ["yes", "no"] * 50)
    assert "row 30" in complaint(gridfold("fit", "bad.csv", "--target", "rich"))


def test_a_regression_of_texts_is_refused(fit, complaint):
    line = complaint(fit("people.csv", "--target", "rich", "--task", "regression"))
    assert "'rich'" in line and "where numbers are expected" in line


@pytest.mark.parametrize(
    ("scoring", "words"),
    [("acuracy", "did you mean accuracy"), ("r2", "does not fit"), ("roc_auc_ovr", "")],
)
def test_scores_that_do_not_fit_are_found_out_before(fit, complaint, scoring, words):
    run = fit("people.csv", "--target", "rich", "--scoring", scoring)
    if words:
        assert words in complaint(run)
        assert "Fitting" not in run.out
    else:
        assert run.status == 0


@pytest.fixture
def unread(monkeypatch):
    """Make reading a table an error of ours: what is found out before must not get there."""

    def read_table(*args, **kwargs):
        raise AssertionError("the table was read")

    monkeypatch.setattr(fit_command, "read_table", read_table)


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("missing/model.skops", "there is no folder"),
        ("model.pkl", ".skops"),
        ("folder.skops", "it is a folder"),
    ],
)
def test_an_output_that_cannot_be_written_is_found_out_before_the_fit(
    fit, complaint, unread, out, words
):
    os.mkdir("folder.skops")
    assert words in complaint(fit("people.csv", "--target", "rich", "--out", out))


def test_a_gpu_that_is_not_there_is_found_out_before_the_fit(
    gridfold, complaint, unread, monkeypatch
):
    monkeypatch.setattr(arrays, "_gpu_problem", lambda: "CuPy is not installed")
    line = complaint(gridfold("fit", "people.csv", "--target", "rich", "--device", "cuda"))
    assert "gridfold[cuda12]" in line
    assert "no device name" in complaint(
        gridfold("fit", "people.csv", "--target", "rich", "--device", "gpu")
    )


def test_two_builds_of_xgboost_are_found_out_before_the_fit(
    gridfold, complaint, unread, monkeypatch
):
    monkeypatch.setattr(
        installation, "_is_installed", lambda name: name in ("xgboost", "xgboost-cpu")
    )
    monkeypatch.setattr(installation, "find_spec", lambda name: object())
    line = complaint(gridfold("fit", "people.csv", "--target", "rich"))
    assert "xgboost and xgboost-cpu are installed together" in line
    assert "pip uninstall" in line


def test_a_failed_fit_leaves_the_old_model(fit, complaint, monkeypatch):
    assert fit("people.csv", "--target", "rich").status == 0
    before = Path("model.skops").read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left" in complaint(fit("people.csv", "--target", "pay"))
    assert Path("model.skops").read_bytes() == before
    assert sorted(os.listdir()) == ["model.skops", "people.csv"]


@pytest.mark.parametrize(
    ("name", "target", "score", "least"),
    [
        ("titanic", "survived", "roc_auc", 0.8),
        ("telco_churn", "Churn", "roc_auc", 0.8),
        ("california_housing", "median_house_value", "r2", 0.55),
    ],
)
def test_real_tables(fit, real_table, name, target, score, least):
    real_table(name).to_parquet(f"{name}.parquet")
    run = fit(f"{name}.parquet", "--target", target)
    assert run.status == 0, run.err
    shown = next(line for line in run.out.splitlines() if line.split()[:1] == [score])
    assert float(shown.split()[1]) > least
    model = library.load("model.skops")
    rows = real_table(name).drop(columns=target)
    assert np.asarray(model.predict(rows)).shape == (len(rows),)
