"""The columns of a table: of which kind each is, and its cells as numbers, texts or dates."""

from __future__ import annotations

from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

NUMBER, CATEGORY, DATE = "number", "category", "date"
MISSING = "missing"  # the level that stands for an empty cell of a category
LARGEST = 1e150  # numbers beyond have no variance: their squares are infinite

_KINDS_OF_OBJECTS = {
    "string": CATEGORY,
    "boolean": CATEGORY,
    "bytes": CATEGORY,
    "time": CATEGORY,
    "interval": CATEGORY,
    "integer": NUMBER,
    "floating": NUMBER,
    "mixed-integer-float": NUMBER,
    "decimal": NUMBER,
    "timedelta": NUMBER,
    "timedelta64": NUMBER,
    "datetime": DATE,
    "datetime64": DATE,
    "date": DATE,
    "period": DATE,
}


class ColumnError(ValueError):
    """A column whose cells cannot be used; the message names the column and a row."""


def column_kind(column: pd.Series) -> str | None:
    """Return "number", "category" or "date"; None where no cell is filled.

    Text, booleans and the category dtype are categories, whatever library of dtypes they come
    from (NumPy, pandas' own, Arrow).

    Raises
    ------
    ColumnError
        When the cells are of several types, or of one that is neither of the three.
    """
    if bool(column.isna().all()):
        return None
    dtype = column.dtype
    if types.is_complex_dtype(dtype):
        raise ColumnError(f"Complex data not supported: column {column.name!r}.")
    if isinstance(dtype, pd.CategoricalDtype) or types.is_bool_dtype(dtype):
        return CATEGORY
    if types.is_numeric_dtype(dtype):
        return NUMBER
    if types.is_datetime64_any_dtype(dtype):
        return DATE
    kind = _KINDS_OF_OBJECTS.get(types.infer_dtype(column.astype(object), skipna=True))
    return kind if kind is not None else _kind_of_mixed(column)


def _kind_of_mixed(column: pd.Series) -> str:
    filled = np.flatnonzero(column.notna().to_numpy())
    cells = column.astype(object).to_numpy()
    first_of: dict[str, int] = {}
    for i in filled:
        first_of.setdefault(_type_word(cells[i]), int(i))
    if set(first_of) == {"numbers"}:
        return NUMBER
    if "complex numbers" in first_of:
        raise ColumnError(f"Complex data not supported: column {column.name!r}.")
    examples = ", ".join(
        f"row {i + 1} holds {_short(cells[i])}" for i in sorted(first_of.values())[:3]
    )
    if len(first_of) == 1:
        word = next(iter(first_of))
        raise ColumnError(
            f"Column {column.name!r} holds {word} ({examples}), which are neither numbers, texts "
            "nor dates."
        )
    words = " and ".join(sorted(first_of))
    raise ColumnError(
        f"Column {column.name!r} mixes {words}: {examples}. Give it one type: correct or empty "
        "the odd cells, or turn the whole column into text."
    )


def _type_word(cell: Any) -> str:
    if isinstance(cell, bool | np.bool_):
        return "booleans"
    if isinstance(cell, Real | Decimal):
        return "numbers"
    if isinstance(cell, str | bytes):
        return "text"
    if isinstance(cell, complex | np.complexfloating):
        return "complex numbers"
    return f"{type(cell).__name__} objects"


def _short(cell: Any) -> str:
    shown = repr(cell)
    return shown if len(shown) <= 40 else shown[:37] + "..."


def to_numbers(column: pd.Series) -> np.ndarray:
    """Return the cells as float64 of shape (n_rows,), NaN where missing.

    Texts that are numbers are read as such; durations become seconds.

    Raises
    ------
    ColumnError
        At text that is no number, at dates, at infinities and at numbers beyond `LARGEST`; it
        names column and row.
    """
    if types.is_timedelta64_dtype(column.dtype):
        return column.dt.total_seconds().to_numpy(dtype=np.float64, na_value=np.nan)
    if types.is_datetime64_any_dtype(column.dtype):
        raise ColumnError(f"Column {column.name!r} holds dates where numbers are expected.")
    try:
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        numbers = _parsed(column)
    except OverflowError:  # whole numbers of hundreds of digits
        numbers = column.astype(str).to_numpy(dtype=np.float64)
    _refuse_large(column, numbers)
    return numbers


def _refuse_large(column: pd.Series, numbers: np.ndarray) -> None:
    large = np.flatnonzero(np.abs(numbers) > LARGEST)
    if not len(large):
        return
    number = numbers[large[0]]
    what = "infinity" if np.isinf(number) else f"{number:g}"
    raise ColumnError(
        f"Column {column.name!r} holds {what} in row {large[0] + 1} (the first row is 1)"
        f"{_and_more(len(large))}{'' if np.isinf(number) else ': too large to compute with'}. "
        "Correct or empty these cells."
    )


def _parsed(column: pd.Series) -> np.ndarray:
    if types.infer_dtype(column.astype(object), skipna=True) == "timedelta":
        return to_numbers(pd.to_timedelta(column))
    parsed = pd.to_numeric(column.astype(object), errors="coerce")
    odd = np.flatnonzero((parsed.isna() & column.notna()).to_numpy())
    if len(odd):
        raise ColumnError(
            f"Column {column.name!r} holds {_short(column.iloc[odd[0]])} in row {odd[0] + 1} "
            f"(the first row is 1) where numbers are expected{_and_more(len(odd))}."
        )
    return parsed.to_numpy(dtype=np.float64, na_value=np.nan)


def _and_more(count: int) -> str:
    return f", and {count - 1:,} more such cells" if count > 1 else ""


def to_texts(column: pd.Series) -> np.ndarray:
    """Return the cells as texts, an object array of shape (n_rows,); "missing" where empty."""
    codes, levels = pd.factorize(column, use_na_sentinel=True)
    texts = np.empty(len(levels) + 1, dtype=object)
    texts[:-1] = [_text(level) for level in levels]
    texts[-1] = MISSING  # the code of an empty cell is -1
    return texts[codes]


def _text(level: Any) -> str:
    if isinstance(level, bytes):
        return level.decode("utf-8", errors="replace")
    if isinstance(level, float) and level.is_integer():
        return str(int(level))  # a column of whole numbers with empty cells is read as float
    return str(level)


def to_dates(column: pd.Series) -> np.ndarray:
    """Return the cells as datetime64 of shape (n_rows,) in UTC, NaT where missing.

    Raises
    ------
    ColumnError
        At a cell that is no date; it names column and row.
    """
    if bool(column.isna().all()):  # of whatever type: an empty column of a CSV is read as float
        return np.full(len(column), np.datetime64("NaT", "us"))
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if types.is_numeric_dtype(column.dtype):
        raise ColumnError(f"Column {column.name!r} holds numbers where dates are expected.")
    if isinstance(column.dtype, pd.ArrowDtype) or not types.is_datetime64_any_dtype(column.dtype):
        column = _parsed_dates(column)
    if getattr(column.dt, "tz", None) is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    return column.to_numpy(dtype="datetime64[us]", na_value=np.datetime64("NaT", "us"))


def _parsed_dates(column: pd.Series) -> pd.Series:
    dates = pd.to_datetime(column.astype(object), utc=True, errors="coerce", format="ISO8601")
    odd = np.flatnonzero((dates.isna() & column.notna()).to_numpy())
    if len(odd):
        raise ColumnError(
            f"Column {column.name!r} holds {_short(column.iloc[odd[0]])} in row {odd[0] + 1} "
            "(the first row is 1) where dates such as 2024-12-31 are expected"
            f"{_and_more(len(odd))}."
        )
    return dates
