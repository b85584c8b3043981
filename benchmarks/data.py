"""Reads the real tables of the benchmarks: numeric, coded, one-hot, or as they are."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

Table = tuple[np.ndarray, np.ndarray]
Frame = tuple[pd.DataFrame, np.ndarray]


def there_are_tables() -> bool:
    """Whether the folder of the real tables is there."""
    return _folder().is_dir()


def read(name: str) -> pd.DataFrame:
    """Read a real table; the environment variable GRIDFOLD_DATA names their folder."""
    path = _folder()
    if not path.is_dir():
        raise SystemExit(f"There is no folder {path}. Set GRIDFOLD_DATA to that of the tables.")
    return pd.read_parquet(path / f"{name}.parquet")


def _folder() -> Path:
    here = Path(__file__).resolve()
    return Path(os.environ.get("GRIDFOLD_DATA", here.parents[2] / "shared" / "data"))


def frame(name: str, target: str) -> Frame:
    """Return all columns as a table, gaps and text kept, and the target; text targets as codes."""
    table = read(name).dropna(subset=[target])
    y = _target(table.pop(target))
    for column in table.select_dtypes(exclude="number"):
        text = table[column].astype(object)
        table[column] = text.where(text.notna(), np.nan)
    numbers = list(table.select_dtypes("number"))
    return table.astype(dict.fromkeys(numbers, float)), y


def numbers(name: str, target: str) -> Table:
    """Return the numeric columns and the target of the rows without gaps, text as codes."""
    table = read(name).dropna()
    y = _target(table.pop(target))
    return table.select_dtypes("number").to_numpy(float), y


def coded(name: str, target: str) -> Table:
    """Return all columns, text as ordered codes, and the target of the rows without gaps."""
    table = read(name).dropna()
    y = _target(table.pop(target))
    codes = {c: pd.factorize(table[c], sort=True)[0] for c in table.select_dtypes(exclude="number")}
    return table.assign(**codes).to_numpy(float), y


def one_hot(name: str, target: str) -> Table:
    """Return numbers with gaps as 0, a column for each text value, and the target."""
    table, y = frame(name, target)
    return pd.get_dummies(table).fillna(0).to_numpy(float), y


def common_classes(X: pd.DataFrame, y: np.ndarray) -> Frame:
    """Leave out classes of fewer than 20 rows, of which a training part may have none.

    The classes that are left are numbered 0, 1, ...
    """
    _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    kept = counts[codes] >= 20
    return X[kept], np.unique(y[kept], return_inverse=True)[1]


def _target(y: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(y):
        return y.to_numpy()
    return pd.factorize(y, sort=True)[0]
