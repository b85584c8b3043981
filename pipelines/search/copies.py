"""Which estimators write into what they are given: these get a copy of their own."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from sklearn.base import BaseEstimator

_IN_PLACE = ("copy", "copy_X", "copy_x")  # parameters by which estimators say they write into X
# Whose estimators and functions write into X only when a parameter says so.
_KNOWN = {__name__.partition(".")[0], "sklearn", "numpy", "scipy"}


def private(estimator: BaseEstimator, X: Any) -> Any:
    """Return X, or a copy where the estimator may write into it: others still need it."""
    if not may_write(estimator):
        return X
    if isinstance(X, list):
        return deepcopy(X)
    return X.copy() if hasattr(X, "copy") else X


def may_write(estimator: BaseEstimator) -> bool:
    """Whether an estimator says that it writes into its input, or has code of unknown habits."""
    params = estimator.get_params(deep=True)
    if any(value is False and name.split("__")[-1] in _IN_PLACE for name, value in params.items()):
        return True
    return any(_is_foreign(value) for value in (estimator, *params.values()))


def _is_foreign(value: Any) -> bool:
    """Whether a parameter is an estimator or a function from outside the libraries known here."""
    if isinstance(value, BaseEstimator):
        value = type(value)
    elif not callable(value) or isinstance(value, type):
        return False
    return (getattr(value, "__module__", None) or "").partition(".")[0] not in _KNOWN
