"""The kinds of a column: numbers, dates, categories. Each codes the cells of a column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from .inference import content_of
from .levels import Level, distinct, is_text, learn_levels, stored_levels
from .values import to_days, to_floats

_FEW_ROWS = 16


@dataclass(frozen=True)
class Numbers:
    """A column of numbers or booleans, which xgboost takes as they are."""

    feature_type: ClassVar[str] = "q"

    def is_ready(self, dtype: Any) -> bool:
        """Whether xgboost takes a pandas column of this type as it is, and without a warning."""
        types = pd.api.types
        if isinstance(dtype, np.dtype):
            return dtype.kind in "fiub" and dtype.isnative and dtype.itemsize <= 8
        if isinstance(dtype, pd.SparseDtype):
            return False
        if isinstance(dtype, pd.ArrowDtype):
            return dtype.kind in "iub" or (dtype.kind == "f" and dtype.itemsize > 2)
        return types.is_numeric_dtype(dtype) or types.is_bool_dtype(dtype)

    def codes(self, column: pd.Series, name: Any, *, known: bool = False) -> np.ndarray:
        """Return the numbers, float32, NaN where missing."""
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "fiub":
            return to_floats(column, np.float32)
        content = content_of(column, name)
        if content != "numbers":
            return _missing_if_all(column, name, "numbers", content)
        if _is_category(column):
            column = column.astype(object)
        return to_floats(column, np.float32)

    def for_training(self, column: pd.Series, name: Any) -> Any:
        """Return the column as a frame for xgboost holds it."""
        return column if self.is_ready(column.dtype) else self.codes(column, name)


@dataclass(frozen=True)
class Dates:
    """A column of dates, which count as days: float32 tells them to 3 minutes until 2059."""

    feature_type: ClassVar[str] = "q"
    content: ClassVar[str] = "dates"

    def is_ready(self, dtype: Any) -> bool:
        """Whether xgboost takes a column of this type as it is: it takes no dates."""
        return False

    def codes(self, column: pd.Series, name: Any, *, known: bool = False) -> np.ndarray:
        """Return days since 1970 (UTC), float32, NaN where missing."""
        return self.for_training(column, name).astype(np.float32)

    def for_training(self, column: pd.Series, name: Any) -> np.ndarray:
        """Return the days in float64."""
        content = content_of(column, name)
        if content != self.content:
            return _missing_if_all(column, name, self.content, content)
        return to_days(
            column.astype(column.cat.categories.dtype) if _is_category(column) else column
        )


@dataclass(frozen=True)
class Durations(Dates):
    """A column of spans of time, which count as days."""

    content: ClassVar[str] = "durations"


@dataclass(frozen=True)
class Category:
    """A column of categories, coded 0, 1, ... by the order of the levels.

    Attributes
    ----------
    levels : tuple of int, float or str
        Booleans are 0 and 1 here, dates days since 1970, and intervals text. None at all where
        every cell was missing.
    """

    levels: tuple[Level, ...]

    def __getstate__(self) -> dict[str, Any]:
        return {"levels": self.levels}

    @property
    def feature_type(self) -> str:
        """The name of xgboost for this kind of column; it knows no category without levels."""
        return "c" if self.levels else "q"

    @cached_property
    def _index(self) -> pd.Index:
        return pd.Index(self.levels, dtype=object if is_text(self.levels) else None)

    @cached_property
    def _numbers(self) -> dict[Level, int]:
        return {level: number for number, level in enumerate(self.levels)}

    @cached_property
    def _stored(self) -> pd.Index:
        return stored_levels(self.levels)

    def is_ready(self, dtype: Any) -> bool:
        """Whether a pandas column of this type has the codes, and levels that xgboost can keep."""
        if not (isinstance(dtype, pd.CategoricalDtype) and self.levels):
            return False
        there = dtype.categories
        keeps = isinstance(there.dtype, np.dtype) and there.dtype.kind in "iu"
        keeps = keeps or pd.api.types.is_string_dtype(there)
        return keeps and there.equals(self._stored)

    def codes(self, column: pd.Series, name: Any, *, known: bool = False) -> np.ndarray:
        """Return codes, float32: NaN where missing, one past the levels where unseen."""
        if not self.levels:
            return _missing(column)
        codes = self._codes_of_few(column)
        if codes is None:
            codes = self._codes_of_many(column, name)
        if known and (codes == len(self.levels)).any():
            raise self._unseen(column[codes == len(self.levels)].tolist()[0], name)
        return codes

    def _codes_of_few(self, column: pd.Series) -> np.ndarray | None:
        """Look up rows so few that pandas would take far longer to begin; None for all others."""
        kind = type(self.levels[0])
        if len(column) > _FEW_ROWS or kind is float:
            return None
        cells = column.tolist()
        if any(type(cell) is not kind for cell in cells):
            return None
        return np.array([self._numbers.get(c, len(self.levels)) for c in cells], dtype=np.float32)

    def _codes_of_many(self, column: pd.Series, name: Any) -> np.ndarray:
        codes, values = distinct(column, name)
        if len(values) and is_text(values) != is_text(self.levels):
            texts, numbers = "categories that are text", "categories that are numbers"
            before, now = (texts, numbers) if is_text(self.levels) else (numbers, texts)
            return _missing_if_all(column, name, before, now)
        found = self._index.get_indexer(values)
        found = np.where(found < 0, len(self.levels), found)
        return np.append(found, np.nan).astype(np.float32)[codes]  # code -1, missing, is the last

    def for_training(self, column: pd.Series, name: Any) -> Any:
        """Return a pandas category of the levels as xgboost keeps them in the booster."""
        if self.is_ready(column.dtype):
            return column
        codes = self.codes(column, name, known=True)
        if not self.levels:
            return codes
        whole = np.nan_to_num(codes, nan=-1).astype(np.int64)
        return pd.Categorical.from_codes(whole, categories=self._stored)

    def _unseen(self, cell: Any, name: Any) -> ValueError:
        return ValueError(
            f"Column {name!r} has the category {cell!r}, which is not among those that the model "
            "was fitted on: it cannot be trained on."
        )


Kind = Numbers | Dates | Category


def learn_kind(column: pd.Series, name: Any, *, is_chosen: bool) -> Kind:
    """Find out the kind of a column.

    Text, and what has a category type, are categories, and so is what is chosen to be.
    """
    content = content_of(column, name)
    if content == "nothing":
        return Category(())
    if is_chosen or _is_category(column) or content in ("text", "intervals"):
        return Category(learn_levels(column, name))
    return {"dates": Dates, "durations": Durations}.get(content, Numbers)()


def _is_category(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def _missing(column: pd.Series) -> np.ndarray:
    return np.full(len(column), np.nan, dtype=np.float32)


def _missing_if_all(column: pd.Series, name: Any, before: str, now: str) -> np.ndarray:
    """Return the cells of a column of another content than before: all of them must be missing."""
    if column.isna().all():
        return _missing(column)
    value = column.dropna().tolist()[0]
    raise ValueError(
        f"Column {name!r} held {before} when the model was fitted, and holds {now} now, for "
        f"example {value!r}."
    )
