"""Who writes into what it is given: it gets a copy of its own."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator

from ....estimators.arrays import is_foreign, place_of
from ....estimators.base import to_host

_IN_PLACE = ("copy", "copy_X", "copy_x")  # parameters by which estimators say they write into X
# Whose estimators and functions write into X only when a parameter says so.
_KNOWN = {__name__.partition(".")[0], "sklearn", "numpy", "scipy"}


def private(estimator: BaseEstimator, X: Any) -> Any:
    """Return X, or a copy where the estimator may write into it: others still need it."""
    return copy_of(X) if may_write(estimator) else X


def copy_of(data: Any) -> Any:
    """Return a copy of data that can be written to, in the layout of the data."""
    if isinstance(data, list):
        return deepcopy(data)
    if isinstance(data, np.ndarray):
        return data.copy(order="K")
    if is_foreign(data):
        return place_of(data).xp.asarray(data, copy=True)
    copy = getattr(data, "copy", None)
    return data if copy is None else copy()


def same_content(first: Any, second: Any) -> bool:
    """Whether two data have the same content, missing values included."""
    if isinstance(first, np.ndarray) and first.dtype.kind in "fiub":
        return np.array_equal(first, second, equal_nan=first.dtype.kind == "f")
    return joblib.hash(to_host(first)) == joblib.hash(to_host(second))


def may_write(estimator: BaseEstimator) -> bool:
    """Whether an estimator says that it writes into its input, or has code of unknown habits."""
    params = estimator.get_params(deep=True)
    if any(value is False and name.split("__")[-1] in _IN_PLACE for name, value in params.items()):
        return True
    return any(is_foreign_code(value) for value in (estimator, *params.values()))


def is_foreign_code(value: Any) -> bool:
    """Whether a parameter is an estimator or a function from outside the libraries known here."""
    if isinstance(value, BaseEstimator):
        value = type(value)
    elif not callable(value) or isinstance(value, type):
        return False
    return (getattr(value, "__module__", None) or "").partition(".")[0] not in _KNOWN
