"""A table with columns of every kind, in memory and as Parquet files."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SMALL = {"n_estimators": 10, "max_depth": 3, "n_jobs": 1}
TARGETS = {"classes": "label", "numbers": "amount"}


def make_table(n_rows: int = 900) -> pd.DataFrame:
    """Return features a to g, a weight, a label and an amount."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "a": rng.normal(size=n_rows),
            "b": rng.integers(0, 9, n_rows),
            "c": rng.choice(["x", "y", "z", None], n_rows),
            "d": pd.Categorical(rng.choice(["q", "r"], n_rows), categories=["r", "q", "s"]),
            "e": rng.random(n_rows) < 0.5,
            "f": pd.date_range("2020", periods=n_rows, freq="h"),
            "g": np.where(rng.random(n_rows) < 0.1, np.nan, rng.normal(size=n_rows)),
            "weight": rng.uniform(0.5, 2, n_rows),
        }
    )
    score = table.a + table.b / 5 + (table.c == "x") + (table.d == "q") * table.e
    table["amount"] = score * 2
    table["label"] = np.select([score > 1.5, score > 0.7], ["high", "middle"], "low")
    return table


def features(table: pd.DataFrame) -> pd.DataFrame:
    """Return the features of a table."""
    return table.drop(columns=["weight", *TARGETS.values()], errors="ignore")


def write(table: pd.DataFrame, folder: Path, kind: str, cuts: tuple[int, ...] = (300, 450)) -> Path:
    """Write the table into files of `folder`, with one of the two targets."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    other = next(name for key, name in TARGETS.items() if key != kind)
    table = table.drop(columns=other)
    edges = [0, *cuts, len(table)]
    (folder / "later").mkdir(parents=True)
    for i, (low, high) in enumerate(pairwise(edges)):
        name = f"later/part{i}.parquet" if i else "first.parquet"  # in the order of names
        part = table.iloc[low:high].reset_index(drop=True)
        part.to_parquet(folder / name, row_group_size=100)
    return folder
