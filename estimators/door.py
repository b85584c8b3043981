"""The public door: X, y and weights are checked once, here, whatever library they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, validate_data

from .arrays import (
    Array,
    Namespace,
    Place,
    is_foreign,
    place_of,
    to_numpy,
    without_gradient,
)
from .sklearn_private import check_sample_weight


@dataclass
class Opened:
    """Checked data, on the place where the work is done.

    Attributes
    ----------
    X : array of shape (n_samples, n_features), float32 or float64
    y : array of shape (n_samples,) or (n_samples, n_outputs), or None
        Of the dtype of X for regression. Labels stay a NumPy array.
    sample_weight : array of shape (n_samples,), dtype of X, or None
    place : Place
    """

    X: Array
    y: Array
    sample_weight: Array | None
    place: Place

    @property
    def xp(self) -> Namespace:
        """The namespace of the arrays."""
        return self.place.xp


def open_door(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    place: Place,
    *,
    task: str = "none",
    multi_output: bool = True,
    reset: bool = True,
) -> Opened:
    """Check training data and move it to `place`.

    Parameters
    ----------
    task : {"regression", "classification", "none"}
        With "none" there is no y.
    reset : bool, default=True
        Whether the names and number of features are noted; else X must have those noted before.

    Raises
    ------
    ValueError
        What scikit-learn raises for such input: no rows, NaN or infinity, other shapes.
    """
    if is_foreign(X):
        X, y = _check_foreign(estimator, X, y, task, reset)
    else:
        X, y = _check_host(estimator, X, y, task, multi_output, reset)
    if is_foreign(sample_weight):
        _check_foreign_weight(sample_weight, X.shape[0])
    elif sample_weight is not None:
        dtype = to_numpy(X[:1, :1]).dtype
        # A single number stays one here: scikit-learn repeats it for all rows.
        sample_weight = check_sample_weight(sample_weight, np.empty(X.shape[0]), dtype=dtype)
    X = without_gradient(place.put(X))
    if task == "regression":
        y = without_gradient(place.put(y, X.dtype))
    if sample_weight is not None:
        sample_weight = place.put(sample_weight, X.dtype)
    return Opened(X, y, sample_weight, place)


def check_rows(estimator: Any, X: Any) -> Array:
    """Check rows given to a fitted estimator: float, finite, with the features it was fitted on."""
    if not is_foreign(X):
        return validate_data(estimator, X, dtype=[np.float64, np.float32], reset=False)
    X = float_matrix(estimator, X)
    _check_n_features(estimator, X)
    return X


def _check_n_features(estimator: Any, X: Array) -> None:
    if X.shape[1] != estimator.n_features_in_:
        raise ValueError(
            f"X has {X.shape[1]} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_} features as input."
        )


def _check_host(
    estimator: Any, X: Any, y: Any, task: str, multi_output: bool, reset: bool
) -> tuple[Array, Array]:
    options: dict[str, Any] = {"dtype": [np.float64, np.float32], "reset": reset}
    if task == "none":
        return validate_data(estimator, X, **options), None
    y = to_numpy(y) if is_foreign(y) else y
    numeric = task == "regression"
    X, y = validate_data(estimator, X, y, multi_output=multi_output, y_numeric=numeric, **options)
    if not numeric:
        check_classification_targets(y)
    return X, y


def _check_foreign(estimator: Any, X: Any, y: Any, task: str, reset: bool) -> tuple[Array, Array]:
    X = float_matrix(estimator, X)
    if not reset:
        _check_n_features(estimator, X)
    else:
        estimator.n_features_in_ = X.shape[1]
        if hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
    if task == "none":
        return X, None
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None."
        )
    check_consistent_length(X, y)
    if task == "classification":
        y = to_numpy(y)
        check_classification_targets(y)
    elif not is_finite(y):
        raise ValueError("Input y contains NaN or infinity.")
    return X, y


def is_finite(array: Any) -> bool:
    """Whether all numbers of an array, or of what NumPy makes one of, are finite: where it is."""
    if not is_foreign(array):
        return bool(np.isfinite(np.asarray(array, dtype=float)).all())
    xp = place_of(array).xp
    return not xp.isdtype(array.dtype, "real floating") or bool(xp.all(xp.isfinite(array)))


def _check_foreign_weight(weight: Array, n_samples: int) -> None:
    """Check weights of another library than NumPy, where they are, as scikit-learn checks its."""
    if weight.ndim != 1:
        raise ValueError(f"Sample weights must be 1D array or scalar, got {weight.ndim}D array.")
    if weight.shape[0] != n_samples:
        raise ValueError(f"sample_weight.shape == {weight.shape}, expected {(n_samples,)}!")
    if not is_finite(weight):
        raise ValueError("Input sample_weight contains NaN or infinity.")


def float_matrix(estimator: Any, X: Array, finite: bool = True) -> Array:
    """Check that `X`, of another library than NumPy, is a matrix of real numbers; make it float.

    With `finite=False` NaN is let through, as missing; infinity never is.
    """
    from array_api_compat import array_namespace

    xp = array_namespace(X)
    if X.ndim != 2:
        raise ValueError(f"Expected 2D array, got {X.ndim}D array instead.")
    if 0 in X.shape:
        raise ValueError(
            f"Found array with {X.shape[0]} sample(s) and {X.shape[1]} feature(s) (shape={X.shape})"
            f" while a minimum of 1 is required by {type(estimator).__name__}."
        )
    if xp.isdtype(X.dtype, "complex floating"):
        raise ValueError("Complex data not supported.")
    if X.dtype not in (xp.float32, xp.float64):
        X = xp.astype(X, xp.float64)
    # One sum finds NaN and infinity without an array of flags; a finite X may overflow it.
    if bool(xp.isfinite(xp.sum(X))):
        return X
    if finite and not bool(xp.all(xp.isfinite(X))):
        raise ValueError("Input X contains NaN or infinity.")
    if bool(xp.any(xp.isinf(X))):
        raise ValueError("Input X contains infinity.")
    return X
