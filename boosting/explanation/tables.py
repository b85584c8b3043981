"""Rows to be explained: as a booster's matrix, as cells to be read, as columns to be shuffled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from ...estimators.arrays import Array, Place, is_foreign, place_of
from ...estimators.base import to_host
from ..columns import Columns
from ..columns.kinds import Numbers
from ..columns.names import order_of
from ..columns.tables import open_table
from ..large import is_dask, is_files


def require_rows(X: Any) -> None:
    """Raise TypeError where the rows of `X` are not in memory."""
    if is_files(X) or is_dask(X):
        raise TypeError(
            "Rows are explained in memory, and X is files or a Dask collection: read those rows "
            "first, with pandas.read_parquet(path) or X.head(1000) say."
        )


def float_matrix(matrix: Any, place: Place) -> Any:
    """Return encoded rows in float32, as xgboost reads them: an array or a CSR matrix.

    Arrays on a device come to the model's.
    """
    with np.errstate(over="ignore"):  # float32 has infinity for 1e300
        if sparse.issparse(matrix):
            return matrix.tocsr().astype(np.float32, copy=False)
        if is_foreign(matrix):
            return place.put(matrix, dtype=place.xp.float32)
        return np.asarray(matrix, dtype=np.float32)


def cells_of(matrix: Any, missing: float) -> Array:
    """Return the cells as an array, NaN where missing: a sparse matrix does not hold those."""
    if sparse.issparse(matrix):
        held, matrix = matrix.tocoo(), np.full(matrix.shape, np.nan, dtype=np.float32)
        matrix[held.row, held.col] = held.data
    if np.isnan(missing):
        return matrix
    xp = place_of(matrix).xp
    return xp.where(matrix == float(missing), np.nan, matrix)


def cells_as_given(columns: Columns, X: Any, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the columns of X that are not numbers, as they were given."""
    others = [j for j, kind in enumerate(columns.kinds) if not isinstance(kind, Numbers)]
    if not others:
        return {}
    table = pd.DataFrame(_in_order(columns, X))
    return {names[j]: table.iloc[:, j].to_numpy(dtype=object) for j in others}


def _in_order(columns: Columns, X: Any) -> Any:
    """Return a frame as a pandas frame of the columns of the fit, in their order; else an array."""
    table, names = open_table(X)
    if isinstance(table, pd.DataFrame) and columns.names is not None and names is not None:
        return table.iloc[:, order_of(columns.names, names)]
    return to_host(table)


def for_shuffling(columns: Columns, X: Any) -> Any:
    """Return X as scikit-learn shuffles it: it takes no sparse X, and the names of pandas only."""
    if sparse.issparse(X):
        raise TypeError(
            "X is sparse, and permutation importance shuffles columns of dense X only: pass "
            "X.toarray(), of fewer rows if need be."
        )
    table = _in_order(columns, X)
    if isinstance(table, pd.DataFrame) and columns.names is None:
        return table.to_numpy(dtype=object)
    return table
