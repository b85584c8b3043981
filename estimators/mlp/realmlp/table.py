"""X column by column, whatever it came as: numbers with NaN for missing, or categories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.utils.validation import check_array, validate_data

from ...arrays import is_foreign, to_numpy
from ...frames import is_frame, to_pandas

Categories = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Table:
    """A table that is read column by column; cells are not copied before.

    Attributes
    ----------
    cells : DataFrame, or ndarray of shape (n_samples, n_features) of numbers
    """

    cells: Any

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return int(self.cells.shape[0])

    @property
    def n_columns(self) -> int:
        """The number of columns."""
        return int(self.cells.shape[1])

    @property
    def names(self) -> list[Any]:
        """The names of the columns, or their numbers."""
        return list(getattr(self.cells, "columns", range(self.n_columns)))

    def is_category(self, j: int) -> bool:
        """Whether column `j` is one by its type: text, categorical, boolean, mixed objects."""
        if isinstance(self.cells, np.ndarray):
            return self.cells.dtype == bool
        kind = self.cells.dtypes.iloc[j]
        types = pd.api.types
        return types.is_bool_dtype(kind) or not (
            types.is_numeric_dtype(kind) or types.is_datetime64_any_dtype(kind) or kind.kind == "m"
        )

    def numbers(self, j: int, rows: slice | np.ndarray) -> np.ndarray:
        """Return column `j` as floats, NaN where missing; of dates the seconds since 1970.

        Raises
        ------
        ValueError
            When there are cells that are no finite numbers.
        """
        if isinstance(self.cells, np.ndarray):
            return self._finite(j, self.cells[rows, j])
        column = self.cells.iloc[rows, j]
        if column.dtype.kind in "mM" or isinstance(column.dtype, pd.DatetimeTZDtype):
            seconds = column.to_numpy(dtype=f"{column.dtype.kind}8[us]").astype(np.int64) / 1e6
            return np.where(column.isna(), np.nan, seconds)
        try:
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"Column {self.names[j]!r} is taken for numbers, but is of type {column.dtype} and "
                f"holds what is none: {error}. Name it in categorical_features if it is a category."
            ) from error
        return self._finite(j, numbers)

    def _finite(self, j: int, column: np.ndarray) -> np.ndarray:
        if column.dtype.kind == "f" and np.isinf(column).any():
            raise ValueError(f"Input X contains infinity in column {self.names[j]!r}.")
        return column

    def categories(self, j: int, rows: slice | np.ndarray) -> Categories:
        """Return column `j` as category numbers, -1 where missing, and the categories' values."""
        if isinstance(self.cells, np.ndarray):
            column = pd.Series(self.cells[rows, j])
        else:
            column = self.cells.iloc[rows, j]
        if isinstance(column.dtype, pd.CategoricalDtype):
            return column.cat.codes.to_numpy(), column.cat.categories.to_numpy(dtype=object)
        codes, values = pd.factorize(column)
        return codes, np.asarray(values, dtype=object)


def open_table(estimator: Any, X: Any, *, reset: bool) -> Table:
    """Check X as it is given to `fit` (`reset`) or to a fitted estimator, and make it a table.

    Parameters
    ----------
    X : DataFrame (pandas or polars) or array-like of shape (n_samples, n_features)
        NaN and None are missing values.

    Raises
    ------
    ValueError
        When X is sparse, has no rows or columns, or other columns than in `fit`.
    """
    name = type(estimator).__name__
    if sparse.issparse(X):
        raise TypeError(
            f"Sparse data was passed for X, but {name} needs dense data: use X.toarray()."
        )
    X = to_numpy(X) if is_foreign(X) else X
    cells = _cells(X, name)
    validate_data(estimator, X if is_frame(X) else cells, reset=reset, skip_check_array=True)
    return Table(cells)


def _cells(X: Any, name: str) -> Any:
    if not is_frame(X):
        return _array_cells(X, name)
    if 0 in X.shape:
        raise ValueError(
            f"Found a table with {X.shape[0]} sample(s) and {X.shape[1]} feature(s) "
            f"(shape={X.shape}) while a minimum of 1 is required by {name}."
        )
    return _typed(to_pandas(X))


def _array_cells(X: Any, name: str) -> Any:
    X = check_array(X, dtype=None, ensure_all_finite=False, estimator=name)
    if X.dtype.kind == "c":
        raise ValueError("Complex data not supported.")
    if X.dtype.kind in "fiub":
        return X
    return _typed(pd.DataFrame(X.astype(object)))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Give columns of objects their types; raise where cells are neither numbers nor text."""
    frame = frame.infer_objects()
    for name, column in frame.items():
        if column.dtype.kind != "O" or pd.api.types.infer_dtype(column, skipna=True) != "mixed":
            continue
        for cell in column.dropna():
            if not isinstance(cell, (str, bytes, int, float, np.generic)):
                raise TypeError(
                    f"argument must be a string or a number, not {type(cell).__name__!r} "
                    f"(in column {name!r} of X)"
                )
    return frame


def column_numbers(table: Table, chosen: Iterable[Any] | str) -> list[int]:
    """Return the numbers of the columns that are categories.

    Parameters
    ----------
    chosen : "from_dtype", or sequence of column names, numbers or booleans (one per column)

    Raises
    ------
    ValueError
        When a name or number is not there.
    """
    if isinstance(chosen, str):
        if chosen != "from_dtype":
            raise ValueError(
                f"categorical_features={chosen!r}: use 'from_dtype', None, or a list of columns."
            )
        return [j for j in range(table.n_columns) if table.is_category(j)]
    chosen = list(chosen)
    if chosen and all(isinstance(c, (bool, np.bool_)) for c in chosen):
        return _from_mask(chosen, table.n_columns)
    names = table.names
    return sorted({_number_of(c, names) for c in chosen})


def _from_mask(chosen: Sequence[Any], n_columns: int) -> list[int]:
    if len(chosen) != n_columns:
        raise ValueError(
            f"categorical_features has {len(chosen)} booleans, but X has {n_columns} columns."
        )
    return [j for j, is_category in enumerate(chosen) if is_category]


def _number_of(column: Any, names: Sequence[Any]) -> int:
    if isinstance(column, str):
        if column in names:
            return names.index(column)
    elif isinstance(column, (int, np.integer)) and -len(names) <= column < len(names):
        return int(column) % len(names)
    raise ValueError(f"categorical_features names {column!r}, which is no column of X.")
