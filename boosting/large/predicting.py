"""Predictions for Parquet files, read in batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...estimators.arrays import to_numpy
from .budget import rows_within
from .table import ParquetTable

_AT_ONCE = 2.0**26  # bytes of rows


def predict_files(estimator: Any, X: Any, **options: Any) -> Sequence[np.ndarray]:
    """Return what each booster of a fitted estimator says of the rows of files, in their order.

    Parameters
    ----------
    X : path of a Parquet file or of a folder of them, or list of paths
        Columns that the model was not fitted on are not read.
    options
        Those of the estimator's `_member_predictions`.

    Raises
    ------
    ValueError
        When the files lack a column, or the model was fitted on an array without names.
    """
    names = estimator._columns.names
    if names is None:
        raise ValueError(
            "The model was fitted on an array, and columns of files have names: fit it on a table "
            "with names, or read the files into an array."
        )
    if options.get("base_margin") is not None:
        raise ValueError("base_margin is for tables in memory: predict on those, not on paths.")
    table = ParquetTable.open(X)
    table.require(names, "which the model was fitted on")
    n_rows = rows_within(_AT_ONCE, sum(table.cell_bytes[name] for name in names))
    answers = [
        [to_numpy(each) for each in estimator._member_predictions(batch.frame, **options)]
        for batch in table.batches(names, n_rows, keep=names)
    ]
    return [np.concatenate(parts) for parts in zip(*answers, strict=True)]
