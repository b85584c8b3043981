"""What a column holds, by its type and, where that says nothing, by its cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

Content = Literal["numbers", "dates", "durations", "text", "intervals", "nothing"]

_BY_CELLS: dict[str, Content] = {
    "floating": "numbers",
    "integer": "numbers",
    "mixed-integer-float": "numbers",
    "decimal": "numbers",
    "boolean": "numbers",
    "string": "text",
    "datetime64": "dates",
    "datetime": "dates",
    "date": "dates",
    "timedelta64": "durations",
    "timedelta": "durations",
    "period": "dates",
    "interval": "intervals",
    "empty": "nothing",
}


def content_of(values: Any, name: Any) -> Content:
    """Say what a column, or the distinct values of one, holds; missing cells do not count.

    Parameters
    ----------
    values : Series or Index
    name : name or position of the column, for messages

    Raises
    ------
    TypeError
        When cells are no text, number or date, for example lists.
    ValueError
        When cells are of several types, or the numbers are complex.
    """
    dtype, types = values.dtype, pd.api.types
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":
        return "numbers"
    if isinstance(dtype, pd.CategoricalDtype):
        return content_of(dtype.categories, name)
    if types.is_complex_dtype(dtype):
        raise ValueError(f"Complex data not supported: column {name!r} is of type {dtype}.")
    if types.is_bool_dtype(dtype) or types.is_numeric_dtype(dtype):
        return "numbers"
    if dtype.kind in "mM" or isinstance(dtype, pd.PeriodDtype):
        return "durations" if dtype.kind == "m" else "dates"
    if isinstance(dtype, pd.IntervalDtype):
        return "intervals"
    if isinstance(dtype, pd.StringDtype):
        return "text"
    found = _BY_CELLS.get(types.infer_dtype(values, skipna=True))
    return found or _one_content(values[~pd.isna(values)].tolist(), name)


def _one_content(cells: Sequence[Any], name: Any) -> Content:
    """Say what cells of several types hold, for example booleans and integers, or raise."""
    if not cells:
        return "nothing"
    first = _content_of_cell(cells[0], name)
    for cell in cells:
        if _content_of_cell(cell, name) != first:
            raise ValueError(
                f"Column {name!r} mixes types: it has {cells[0]!r} ({type(cells[0]).__name__}) and "
                f"{cell!r} ({type(cell).__name__}). Make all of its cells one type, for example "
                "text."
            )
    return first


def _content_of_cell(cell: Any, name: Any) -> Content:
    found = _BY_CELLS.get(pd.api.types.infer_dtype([cell], skipna=False))
    if found is None:
        raise TypeError(
            f"Cells must be text, numbers or dates: column {name!r} has {cell!r} of type "
            f"{type(cell).__name__} (argument must be a string or a number)."
        )
    return found
