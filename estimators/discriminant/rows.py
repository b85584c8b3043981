"""Checks of rows and labels that take little time where nothing is wrong with them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import validate_data


def rows_to_fit(estimator: Any, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Check the training data of a classifier as its own fit does, and set what that sets.

    Sets `n_features_in_`, names of columns where there are any, and `classes_`.
    """
    plain = _are_plain(X) and type(y) is np.ndarray and y.shape == X.shape[:1]
    if plain and y.dtype.kind in "iu":
        estimator.n_features_in_ = X.shape[1]
        estimator.classes_ = np.unique(y)
        return X, y
    X, y = validate_data(estimator, X, y)
    estimator.classes_ = unique_labels(np.unique(y))
    return X, y


def rows_to_answer(estimator: Any, X: Any) -> np.ndarray:
    """Check rows given to a fitted estimator."""
    if (
        _are_plain(X)
        and X.shape[1] == estimator.n_features_in_
        and not hasattr(estimator, "feature_names_in_")
    ):
        return X
    return validate_data(estimator, X, reset=False)


def _are_plain(X: Any) -> bool:
    """Whether X is a matrix of finite floats; False too where only a closer look tells."""
    if type(X) is not np.ndarray or X.ndim != 2 or X.dtype not in (np.float64, np.float32):
        return False
    if not X.size:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.sum(X)))
