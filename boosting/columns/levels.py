"""The levels of a category: the distinct values of a column, in forms that compare by value."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from ..stored import xgboost_version
from .inference import content_of
from .values import to_days, to_floats

Level = int | float | str

_MOST_LEVELS = 2**24  # codes are float32 in xgboost, which tells no more whole numbers apart

# Before, xgboost cuts the bytes of text that is not ASCII where its characters would end: levels
# become alike, and it takes one for another.
KEEPS_TEXT_FROM = (3, 4)


def distinct(column: pd.Series, name: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return for each row the number of its value, -1 where missing, and the distinct values.

    Values are integers or floats (of booleans 0 and 1, of dates days), or text in an array of
    objects: equal values of different types, as 1 and 1.0, compare as equal.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.SparseDtype) or (isinstance(dtype, np.dtype) and not dtype.isnative):
        column = pd.Series(to_floats(column))
    if isinstance(dtype, pd.CategoricalDtype):
        codes, values = column.cat.codes.to_numpy(), column.cat.categories
    else:
        try:
            codes, values = pd.factorize(column)
        except TypeError:  # a cell that cannot be hashed, which this names
            content_of(column, name)
            raise
    return codes, _comparable(pd.Index(values), name)


def learn_levels(column: pd.Series, name: Any) -> tuple[Level, ...]:
    """Return the levels of a column: in the order of its category type, else sorted.

    Raises
    ------
    ValueError
        When there are more than xgboost can tell apart.
    """
    _, values = distinct(column, name)
    if len(values) > _MOST_LEVELS:
        raise ValueError(
            f"Column {name!r} has {len(values)} categories, and xgboost tells {_MOST_LEVELS} apart."
        )
    levels = dict.fromkeys(values.tolist())
    return tuple(levels if isinstance(column.dtype, pd.CategoricalDtype) else sorted(levels))


def is_text(levels: Sequence[Any] | np.ndarray) -> bool:
    """Whether levels are text and not numbers."""
    return len(levels) > 0 and isinstance(levels[0], str)


def stored_levels(levels: Sequence[Level]) -> pd.Index:
    """Return levels as a booster can hold them: whole numbers, or text."""
    if not is_text(levels):
        whole = all(isinstance(level, int) for level in levels)
        return pd.Index(levels if whole else [repr(level) for level in levels])
    text = [str(level) for level in levels]
    if any("\0" in level for level in text) or not (_keeps_text() or "".join(text).isascii()):
        text = [level.encode("unicode_escape").decode("ascii") for level in text]
    return pd.Index(text)


@cache
def _keeps_text() -> bool:
    """Whether this xgboost keeps text that is not ASCII."""
    version = xgboost_version() or "0"
    return tuple(int(part) for part in version.split(".")[:2]) >= KEEPS_TEXT_FROM


def _comparable(values: pd.Index, name: Any) -> np.ndarray:
    content = content_of(values, name)
    if content == "text":
        return np.array([str(value) for value in values.tolist()], dtype=object)
    if content == "intervals":
        return np.array([_interval(value) for value in values.tolist()], dtype=object)
    if content == "nothing":
        return np.empty(0)
    return _numbers(values) if content == "numbers" else to_days(values)


def _interval(value: pd.Interval) -> str:
    """Return the text of an interval, alike for ends that are integers and floats."""
    ends = value.left, value.right
    if all(isinstance(end, Real) for end in ends):
        value = pd.Interval(*map(float, ends), closed=value.closed)
    return str(value)


def _numbers(values: pd.Index) -> np.ndarray:
    """Return numbers as integers where all of them are whole, else as floats.

    Fractions are those that float32 tells apart: 0.1 is one level in float32 and in float64.
    """
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu":
        return values.to_numpy()
    if pd.api.types.infer_dtype(values, skipna=True) == "integer":
        return np.array(values.tolist())  # not by way of floats, which are exact to 2**53 only
    floats = np.array(to_floats(values))
    fractions = floats != np.floor(floats)
    if not fractions.any() and np.all(np.abs(floats) < 2**53):
        return floats.astype(np.int64)
    floats[fractions] = [float(str(value)) for value in floats[fractions].astype(np.float32)]
    return floats
