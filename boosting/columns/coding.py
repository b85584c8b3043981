"""Tables coded by the kinds of their columns: as arrays, and as frames that xgboost takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from .kinds import Kind, Numbers

Names = Sequence[Any]  # of the columns, or their positions


def coded_frame(
    kinds: Sequence[Kind], names: Names, frame: pd.DataFrame, *, known: bool = False
) -> np.ndarray:
    """Return a frame as float32 codes of shape (n_samples, n_features).

    Parameters
    ----------
    known : bool, default=False
        Whether a category that was not learnt is an error.
    """
    if all(isinstance(kind, Numbers) for kind in kinds) and all(map(_is_simple, frame.dtypes)):
        # A float64 too large for float32 becomes infinite, as it does within xgboost.
        with np.errstate(over="ignore"):
            return frame.to_numpy(dtype=np.float32)
    coded = np.empty(frame.shape, dtype=np.float32)
    columns = enumerate(zip(kinds, names, frame.items(), strict=True))
    for j, (kind, name, (_, column)) in columns:
        coded[:, j] = kind.codes(column, name, known=known)
    return coded


def coded_array(
    kinds: Sequence[Kind], names: Names, X: np.ndarray, *, known: bool = False
) -> np.ndarray:
    """Return an array of numbers as float32 codes of the same shape; `known` as above."""
    with np.errstate(over="ignore"):
        coded = X.astype(np.float32)
    for j, (kind, name) in enumerate(zip(kinds, names, strict=True)):
        if not isinstance(kind, Numbers):
            coded[:, j] = kind.codes(pd.Series(X[:, j]), name, known=known)
    return coded


def training_frame(
    kinds: Sequence[Kind], names: Names, frame: pd.DataFrame, names_for_booster: Sequence[str]
) -> pd.DataFrame:
    """Return a frame of numbers and pandas categories, which share memory where they can."""
    coded = {
        new: kind.for_training(column, name)
        for new, kind, name, (_, column) in zip(
            names_for_booster, kinds, names, frame.items(), strict=True
        )
    }
    return pd.DataFrame(coded, index=frame.index, copy=False)


def _is_simple(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "fiub"
