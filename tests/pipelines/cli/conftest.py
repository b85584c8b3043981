"""A small table of people, in a folder of its own, and the command line called in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gridfold.pipelines.cli import main


@dataclass
class Run:
    """What a call of the command line gave."""

    status: int
    out: str
    err: str


def _people(n: int = 120, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 10, n).round(1)
    job = rng.choice(["cook", "smith", "baker"], n)
    pay = age * 50 + np.where(job == "smith", 500, 0) + rng.normal(0, 50, n)
    table = pd.DataFrame({"age": age, "job": job, "pay": pay.round(2)})
    table["rich"] = np.where(pay + rng.normal(0, 50, n) > 2150, "yes", "no")
    table.loc[3, "age"] = np.nan
    table.loc[5, "job"] = None
    return table


@pytest.fixture(scope="session")
def people() -> Callable[..., pd.DataFrame]:
    """Return a function that makes a small table of people."""
    return _people


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the current one, with people.csv in it."""
    monkeypatch.chdir(tmp_path)
    _people().to_csv("people.csv", index=False)
    return tmp_path


@pytest.fixture
def gridfold(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Call the command line in the folder, in this process."""

    def call(*argv: str) -> Run:
        capsys.readouterr()
        status = main(list(argv))
        found = capsys.readouterr()
        return Run(status, found.out, found.err)

    return call


@pytest.fixture
def fit(gridfold: Callable[..., Run]) -> Callable[..., Run]:
    """Call `gridfold fit` with small work: one family of models and three folds."""

    def call(*argv: str) -> Run:
        return gridfold("fit", *argv, "--models", "linear", "--cv", "3", "--device", "cpu")

    return call


@pytest.fixture
def complaint() -> Callable[[Run], str]:
    """Assert that a call ended as a user's error does, and return its one line."""

    def read(run: Run) -> str:
        assert run.status == 2
        assert "Traceback" not in run.err
        lines = [line for line in run.err.splitlines() if not line.startswith("note: ")]
        assert len(lines) == 1, run.err
        assert lines[0].startswith("gridfold: error: ")
        return lines[0]

    return read
