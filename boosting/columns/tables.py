"""X opened: a matrix of numbers, or a pandas frame with or without names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.utils.validation import check_array

from ...estimators.arrays import is_foreign
from ...estimators.frames import is_frame, to_pandas
from .names import listed, names_of, repeated


def is_matrix(X: Any) -> bool:
    """Whether `X` is a NumPy array of numbers that xgboost reads rightly as it is."""
    # xgboost 3.2 and 3.4 take no notice of the order of bytes.
    return (
        isinstance(X, np.ndarray)
        and not isinstance(X, np.ma.MaskedArray)  # it overlooks the mask, too
        and X.ndim == 2
        and X.dtype.kind in "fiub"
        and bool(X.dtype.isnative)
    )


def open_table(X: Any) -> tuple[Any, list[str] | None]:
    """Check `X`, and return its cells and its names.

    Parameters
    ----------
    X : array, frame of pandas or polars, sparse matrix or list of shape (n_samples, n_features)

    Returns
    -------
    cells : ndarray, sparse matrix or array of another library, each of numbers; or DataFrame
    names : list of str, or None where X has none

    Raises
    ------
    ValueError
        When X is not two-dimensional, is complex, or has lines of different lengths.
    TypeError
        When X is nothing that holds a table.
    """
    if is_matrix(X) or sparse.issparse(X):
        return X, None
    if is_frame(X):
        frame = to_pandas(X)
        return frame, names_of(frame)
    if hasattr(X, "collect"):
        raise TypeError(f"X is a {type(X).__name__}, which has no rows yet: use X.collect().")
    if is_foreign(X):
        return _checked_foreign(X), None
    return _from_array(X), None


def require_cells(X: Any, names: list[str] | None) -> None:
    """Raise ValueError where a table to learn from has no rows, no columns or a name twice."""
    for axis, what in enumerate(("sample(s)", "feature(s)")):
        if X.shape[axis] == 0:
            raise ValueError(
                f"Found array with 0 {what} (shape={tuple(X.shape)}) while a minimum of 1 is "
                "required."
            )
    twice = repeated(names or [])
    if twice:
        raise ValueError(f"X has {listed(twice, 'column')} more than once: rename one of them.")


def _checked_foreign(X: Any) -> Any:
    if X.ndim != 2:
        raise ValueError(f"X has to have two dimensions, rows and columns, and has {X.ndim}.")
    if "complex" in str(X.dtype):
        raise ValueError("Complex data not supported.")
    return X


def _from_array(X: Any) -> Any:
    """Open arrays that are not ready, and lists: numbers as a matrix, all else as a frame."""
    if isinstance(X, np.ma.MaskedArray) and X.dtype.kind in "fiub":
        X = np.ma.filled(X.astype(np.result_type(X.dtype, np.float32)), np.nan)
    if isinstance(X, list | tuple) and not _is_of_numbers(X):
        # NumPy would make text of the numbers beside a text.
        X = np.asarray(pd.DataFrame([_listed_row(row) for row in X]), dtype=object)
    if getattr(X, "dtype", np.dtype(object)).kind == "c":
        raise ValueError("Complex data not supported.")
    X = check_array(X, dtype=None, ensure_all_finite=False, ensure_min_samples=0)
    if X.dtype.kind in "fiub":
        return X if X.dtype.isnative else X.astype(X.dtype.newbyteorder("="))
    return pd.DataFrame(X.astype(object)).infer_objects()


def _listed_row(row: Any) -> list[Any]:
    if isinstance(row, str | Mapping) or not hasattr(row, "__iter__"):
        raise ValueError(
            f"Expected 2D array: the rows of a list must be lists of cells, and one is {row!r}."
        )
    return list(row)


def _is_of_numbers(X: list[Any] | tuple[Any, ...]) -> bool:
    try:
        return np.asarray(X).dtype.kind in "fiub"
    except ValueError:  # lines of different lengths
        raise ValueError("X is a list whose rows have different lengths.") from None
