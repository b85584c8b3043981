"""Data frames of other libraries as pandas frames."""

from __future__ import annotations

from typing import Any

import pandas as pd


def is_frame(X: Any) -> bool:
    """Whether `X` is a table with named columns, of any library."""
    return hasattr(X, "shape") and hasattr(X, "columns")


def to_pandas(X: Any) -> pd.DataFrame:
    """Return a frame of any library as a pandas frame; one of pandas is returned as it is.

    Numbers and dates of polars keep their types; its other columns, text and categories too,
    become columns of objects.

    Raises
    ------
    TypeError
        When the library has no way to pandas.
    """
    if isinstance(X, pd.DataFrame):
        return X
    if hasattr(X, "get_columns"):  # polars; its own way to pandas would need pyarrow
        return pd.DataFrame({column.name: _from_polars(column) for column in X.get_columns()})
    if hasattr(X, "to_pandas"):
        return X.to_pandas()
    raise TypeError(f"X may be a frame of pandas or polars or an array, not {type(X).__name__}.")


def _from_polars(column: Any) -> Any:
    if column.dtype.is_temporal() or (column.dtype.is_numeric() and not column.dtype.is_decimal()):
        return column.to_numpy()  # null is NaN or NaT there
    return pd.Series(column.to_list(), dtype=object)
