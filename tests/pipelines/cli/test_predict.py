"""`gridfold predict`: one line per row in the order of the table, and what it refuses."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from numpy.testing import assert_allclose

import gridfold as library
from gridfold.pipelines import model_file


@pytest.fixture(scope="module")
def models(tmp_path_factory, people):
    """A folder with a model of `rich` and one of `pay`, fitted once."""
    from gridfold.pipelines.cli import main

    folder = tmp_path_factory.mktemp("models")
    people().to_csv(folder / "people.csv", index=False)
    for target in ("rich", "pay"):
        argv = ["fit", str(folder / "people.csv"), "--target", target, "--models", "linear"]
        assert main([*argv, "--cv", "2", "--out", str(folder / f"{target}.skops")]) == 0
    return folder


@pytest.fixture
def predict(gridfold, models, folder):
    """Call `gridfold predict` in a folder with the models."""
    for name in ("rich.skops", "pay.skops"):
        shutil.copy(models / name, folder)

    def call(*argv):
        return gridfold("predict", *argv)

    return call


def test_one_line_per_row_in_order(predict, people):
    run = predict("rich.skops", "people.csv")
    assert run.status == 0, run.err
    assert "120 predictions are in predictions.csv" in run.err
    found = pd.read_csv("predictions.csv")
    assert list(found.columns) == ["rich"]
    assert list(found["rich"]) == list(
        library.load("rich.skops").predict(people().drop(columns="rich"))
    )


def test_probabilities_of_every_class(predict, people):
    assert predict("rich.skops", "people.csv", "--proba", "--out", "p.csv").status == 0
    found = pd.read_csv("p.csv")
    assert list(found.columns) == ["rich", "probability of no", "probability of yes"]
    expected = library.load("rich.skops").predict_proba(people().drop(columns="rich"))
    assert_allclose(found.iloc[:, 1:], expected)


def test_a_regression_on_the_terminal(predict, people):
    run = predict("pay.skops", "people.csv", "--out", "-")
    assert run.status == 0, run.err
    found = pd.read_csv(io.StringIO(run.out))
    assert_allclose(found["pay"], library.load("pay.skops").predict(people().drop(columns="pay")))
    assert "predictions.csv" not in os.listdir()


def test_the_target_need_not_be_there(predict, people):
    people().drop(columns="rich").to_csv("new.csv", index=False)
    run = predict("rich.skops", "new.csv", "--out", "-")
    assert (run.status, run.err) == (0, "")


def test_new_texts_and_columns_are_named(predict, people):
    people().assign(height=1.8, job=["clown"] + ["cook"] * 119).to_csv("new.csv", index=False)
    run = predict("rich.skops", "new.csv")
    assert run.status == 0, run.err
    assert "'job' holds texts that were not there in fit: 'clown'" in run.err
    assert run.err.count("column 'height' not used by the model: ignored") == 1
    assert len(pd.read_csv("predictions.csv")) == 120


def test_texts_that_look_like_numbers_stay_texts(gridfold, predict, people):
    table = people()
    table["code"] = ["007" if i % 3 else "08" for i in range(120)]
    table["pay"] += (table["code"] == "007") * 1000.0
    table.to_csv("codes.csv", index=False)
    argv = ["fit", "codes.csv", "--target", "pay", "--text", "code", "--models", "linear"]
    assert gridfold(*argv, "--out", "codes.skops").status == 0
    run = predict("codes.skops", "codes.csv", "--out", "-")
    assert (run.status, run.err) == (0, "")


BAD_TABLES = {
    "missing columns": (
        lambda people: people().drop(columns=["age", "job"]).to_csv("new.csv", index=False),
        ["new.csv lacks columns 'age', 'job' of the model; the table has: pay"],
    ),
    "texts for numbers": (
        lambda people: people().assign(age=["old"] * 120).to_csv("new.csv", index=False),
        ["'age'", "'old' in row 1"],
    ),
    "an infinity": (
        lambda people: (
            people().assign(age=[1.0] * 119 + [float("inf")]).to_csv("new.csv", index=False)
        ),
        ["'age'", "row 120"],
    ),
    "no rows": (lambda people: people().head(0).to_csv("new.csv", index=False), ["no rows"]),
    "no file": (lambda people: None, ["There is no table new.csv"]),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_bad_table_is_one_line_and_nothing_is_written(predict, complaint, case, people):
    make, words = BAD_TABLES[case]
    make(people)
    line = complaint(predict("rich.skops", "new.csv"))
    for word in words:
        assert word in line
    assert "predictions.csv" not in os.listdir()


def cut_short() -> None:
    whole = Path("rich.skops").read_bytes()
    Path("rich.skops").write_bytes(whole[: len(whole) // 2])


def not_a_model() -> None:
    shutil.copy("people.csv", "rich.skops")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (cut_short, "cut short"),
        (not_a_model, "no model file"),
        (lambda: os.remove("rich.skops"), "There is no model file rich.skops"),
    ],
)
def test_a_bad_model_file_is_one_line(predict, complaint, spoil, words):
    spoil()
    assert words in complaint(predict("rich.skops", "people.csv"))


def test_a_model_of_a_newer_version_is_one_line(predict, complaint, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(model_file, "current_versions", lambda: {"gridfold": "99.0"})
        library.save(library.load("rich.skops"), "newer.skops")
    assert "gridfold 99.0, which is newer" in complaint(predict("newer.skops", "people.csv"))


def test_a_pickle_needs_trust(predict, complaint):
    library.save(library.load("rich.skops"), "rich.joblib")
    line = complaint(predict("rich.joblib", "people.csv"))
    assert "execute any code" in line and "--trusted" in line
    assert predict("rich.joblib", "people.csv", "--trusted").status == 0


def test_probabilities_that_there_are_not(predict, complaint):
    line = complaint(predict("pay.skops", "people.csv", "--proba"))
    assert "Ridge, which has no probabilities" in line


@pytest.mark.parametrize("out", ["people.csv", "./rich.skops"])
def test_what_is_read_is_not_replaced(predict, complaint, out):
    before = Path(out).read_bytes()
    assert "would replace" in complaint(predict("rich.skops", "people.csv", "--out", out))
    assert Path(out).read_bytes() == before


@pytest.mark.parametrize("out", ["missing/p.csv", "."])
def test_an_output_that_cannot_be_written_is_found_out_first(predict, complaint, out):
    assert "Cannot write" in complaint(predict("nothing.skops", "nothing.csv", "--out", out))
