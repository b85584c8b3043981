"""What a column holds, by its type and, where that says nothing, by its cells."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd

Content = Literal["numbers", "dates", "text", "intervals", "nothing"]

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
    "timedelta64": "dates",
    "timedelta": "dates",
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
    if isinstance(dtype, pd.CategoricalDtype):
        return content_of(dtype.categories, name)
    if types.is_complex_dtype(dtype):
        raise ValueError(f"Complex data not supported: column {name!r} is of type {dtype}.")
    if types.is_bool_dtype(dtype) or types.is_numeric_dtype(dtype):
        return "numbers"
    if dtype.kind in "mM" or isinstance(dtype, pd.PeriodDtype):
        return "dates"
    if isinstance(dtype, pd.IntervalDtype):
        return "intervals"
    found = _BY_CELLS.get(types.infer_dtype(values, skipna=True))
    if found is None:
        raise _unknown(values, name)
    return found


def _unknown(values: Any, name: Any) -> Exception:
    """Make the error for cells of an unknown type, or of several."""
    cells = values[~pd.isna(values)].tolist()
    for cell in cells:
        if _content_of_cell(cell) is None:
            return TypeError(
                f"Cells must be text, numbers or dates: column {name!r} has {cell!r} of type "
                f"{type(cell).__name__} (argument must be a string or a number)."
            )
    first = cells[0]
    other = next(cell for cell in cells if _content_of_cell(cell) != _content_of_cell(first))
    return ValueError(
        f"Column {name!r} mixes types: it has {first!r} ({type(first).__name__}) and {other!r} "
        f"({type(other).__name__}). Make all of its cells one type, for example text."
    )


def _content_of_cell(cell: Any) -> Content | None:
    return _BY_CELLS.get(pd.api.types.infer_dtype([cell], skipna=False))
