"""Classification or regression: what a target column asks for, and whether it can be learnt."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .columns import CATEGORY, DATE, NUMBER, column_kind, to_numbers
from .csv_table import TableError

MOST_CLASSES = 10  # whole numbers with at most so many values are taken for classes
_TOO_MANY_CLASSES = 1000
_FEW_ROWS = 10


@dataclass(frozen=True)
class Task:
    """What is learnt: "classification" or "regression", why, and the target as an array.

    Attributes
    ----------
    y : array of shape (n_samples,)
        float64 for regression; whole numbers, booleans or texts (object) for classification.
    """

    name: str
    reason: str
    y: np.ndarray

    @property
    def classes(self) -> np.ndarray:
        """The classes, sorted."""
        return np.unique(self.y)


def find_task(target: pd.Series, asked: str = "auto") -> Task:
    """Return the task for a target column without missing cells.

    Text, booleans and whole numbers of at most 10 values are classes; other numbers are a
    regression.

    Parameters
    ----------
    asked : {"auto", "classification", "regression"}

    Raises
    ------
    ColumnError
        When a regression is asked for and a cell is no number.
    TableError
        When the target has one value only, or is no target for the task.
    """
    kind = column_kind(target)
    if kind == DATE:
        raise TableError(f"The target column {target.name!r} holds dates: make numbers of them.")
    found, reason = _found(target, kind)
    name, reason = (found, reason) if asked == "auto" else (asked, "as asked")
    y = to_numbers(target) if name == "regression" else _labels(target, kind)
    _check(target, y, name)
    return Task(name, reason, y)


def _found(target: pd.Series, kind: str | None) -> tuple[str, str]:
    n_different = int(target.nunique())
    if kind == CATEGORY:
        return "classification", f"{n_different} different texts"
    numbers = to_numbers(target)
    if not (numbers == np.round(numbers)).all():
        return "regression", "numbers with fractions"
    if n_different <= MOST_CLASSES:
        return "classification", f"whole numbers of {n_different} different values"
    return "regression", f"whole numbers of {n_different:,} different values"


def _labels(target: pd.Series, kind: str | None) -> np.ndarray:
    if kind == NUMBER:
        numbers = to_numbers(target)
        whole = (numbers == np.round(numbers)).all()
        return numbers.astype(np.int64) if whole else numbers
    if pd.api.types.is_bool_dtype(target.dtype):
        return target.to_numpy(dtype=bool)
    return target.astype(str).to_numpy(dtype=object)


def _check(target: pd.Series, y: np.ndarray, name: str) -> None:
    values, counts = np.unique(y, return_counts=True)
    if len(values) == 1:
        shown = values[0].item() if hasattr(values[0], "item") else values[0]
        raise TableError(
            f"The target column {target.name!r} has one value only, {shown!r}, in all its "
            f"{len(y):,} rows: there is nothing to learn."
        )
    if name == "regression":
        return
    if y.dtype.kind == "f":
        raise TableError(
            f"The target column {target.name!r} holds numbers with fractions, which are no "
            "classes: use --task regression."
        )
    if len(values) > min(_TOO_MANY_CLASSES, max(MOST_CLASSES, len(y) // 2)):
        raise TableError(
            f"The target column {target.name!r} has {len(values):,} different values in "
            f"{len(y):,} rows, too many for classes{_if_numbers(target)}."
        )
    single = [str(value) for value in values[counts < 2]]
    if single:
        raise TableError(
            f"In the target column {target.name!r} {len(single):,} of {len(values):,} classes "
            f"{'has' if len(single) == 1 else 'have'} one row only "
            f"({', '.join(map(repr, single[:3]))}): a class needs at least two. Leave "
            "these rows out, or join the classes."
        )
    rare = int((counts < _FEW_ROWS).sum())
    if rare:
        warnings.warn(
            f"{rare} of {len(values)} classes of {target.name!r} "
            f"{'has' if rare == 1 else 'have'} fewer than {_FEW_ROWS} rows: their scores are "
            "uncertain.",
            stacklevel=3,
        )


def _if_numbers(target: pd.Series) -> str:
    """What to do about a target with too many values where most of them are numbers."""
    parsed = pd.to_numeric(target.astype(object), errors="coerce")
    if parsed.notna().mean() < 0.5:
        return ""
    odd = target[parsed.isna()]
    if not len(odd):
        return ": use --task regression"
    return f": as numbers they would be a regression, but there is {str(odd.iloc[0])!r} among them"
