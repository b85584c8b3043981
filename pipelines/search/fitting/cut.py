"""Cutting rows of the data of a search: where the data are."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn

from ....estimators.arrays import is_foreign, place_of
from ..sklearn_private import safe_indexing, safe_split


def cut_rows(estimator: Any, X: Any, y: Any, rows: np.ndarray) -> tuple[Any, Any]:
    """Return some rows of X, and of y; an array of another library is cut where it is."""
    if not is_on_its_own(X):
        return safe_split(estimator, X, y, rows)
    place = place_of(X)
    part = place.xp.take(X, place.put(np.asarray(rows, dtype=np.int64)), axis=0)
    return part, None if y is None else safe_indexing(y, rows)


def is_on_its_own(X: Any) -> bool:
    """Whether scikit-learn's functions cannot cut `X`: an array of another library than NumPy.

    They can with `array_api_dispatch`.
    """
    return is_foreign(X) and not sklearn.get_config()["array_api_dispatch"]
