"""The public door: X, y and weights are checked once, here, whatever library they come from."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, validate_data

from .arrays import (
    Array,
    Namespace,
    Place,
    is_foreign,
    is_sparse,
    place_of,
    to_numpy,
    without_gradient,
)
from .sklearn_private import check_sample_weight, check_target

FLOATS = [np.float64, np.float32]


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
    ValueError, TypeError
        What scikit-learn raises for such input: no rows, NaN or infinity, other shapes.
    """
    if is_foreign(X):
        X, y = _check_foreign(estimator, X, y, task, multi_output, reset)
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
        if isinstance(y, np.ndarray) and y.dtype != np.float32:
            y = y.astype(np.float64, copy=False)  # which every library has
        y = without_gradient(place.put(y, X.dtype))
    if sample_weight is not None:
        sample_weight = place.put(sample_weight, X.dtype)
    return Opened(X, y, sample_weight, place)


def check_rows(estimator: Any, X: Any) -> Array:
    """Check rows given to a fitted estimator: float, finite, with the features it was fitted on."""
    if not is_foreign(X):
        return as_floats(validate_data(estimator, X, reset=False))
    X = float_matrix(estimator, X)
    _check_n_features(estimator, X)
    return X


def as_floats(X: np.ndarray) -> np.ndarray:
    """Return numbers as float64, float32 as it is; dates and durations are refused."""
    return X if X.dtype == np.float32 else numbers(X).astype(np.float64, copy=False)


def numbers(X: np.ndarray) -> np.ndarray:
    """Return numbers in the byte order of the machine; objects as float64.

    Raises
    ------
    TypeError
        When they are dates or durations.
    ValueError
        When an object is no number.
    """
    if X.dtype.kind in "mM":
        raise TypeError(f"X is of dtype {X.dtype}: dates and durations are no numbers.")
    if X.dtype.kind not in "fiub":
        return X.astype(np.float64)
    return X.astype(X.dtype.newbyteorder("="), copy=False)


def _check_n_features(estimator: Any, X: Array) -> None:
    if X.shape[1] != estimator.n_features_in_:
        raise ValueError(
            f"X has {X.shape[1]} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_} features as input."
        )


def _check_host(
    estimator: Any, X: Any, y: Any, task: str, multi_output: bool, reset: bool
) -> tuple[Array, Array]:
    numbers_only = getattr(estimator, "_numbers_only", False)
    options: dict[str, Any] = {"dtype": "numeric" if numbers_only else FLOATS, "reset": reset}
    if task == "none":
        return as_floats(validate_data(estimator, X, **options)), None
    y = to_numpy(y) if is_foreign(y) else y
    numeric = task == "regression"
    X, y = validate_data(estimator, X, y, multi_output=multi_output, y_numeric=numeric, **options)
    _check_kind(y, numeric)
    return as_floats(X), y


def _check_foreign(
    estimator: Any, X: Any, y: Any, task: str, multi_output: bool, reset: bool
) -> tuple[Array, Array]:
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
    numeric = task == "regression"
    if numeric and is_foreign(y):
        y = _check_foreign_target(y, multi_output)
    else:
        y = to_numpy(y) if is_foreign(y) else y
        y = check_target(y, multi_output, y_numeric=numeric, estimator=estimator)
        _check_kind(y, numeric)
    check_consistent_length(X, y)
    return X, y


def _check_kind(y: Any, numeric: bool) -> None:
    """Check labels, and that y is no sparse matrix, which scikit-learn's checks let through."""
    if is_sparse(y):
        raise TypeError("Sparse y was passed, but a dense one is required: use y.toarray().")
    if not numeric:
        check_classification_targets(y)


def _check_foreign_target(y: Array, multi_output: bool) -> Array:
    """Check targets of another library than NumPy, where they are, as scikit-learn checks its."""
    xp = place_of(y).xp
    if xp.isdtype(y.dtype, "complex floating"):
        raise ValueError("Complex data not supported.")
    if y.ndim not in (1, 2) or (y.ndim == 2 and not multi_output and y.shape[1] != 1):
        raise ValueError(
            f"y should be a 1d array{' or a matrix' * multi_output}, got an array of shape "
            f"{tuple(y.shape)} instead."
        )
    if not is_finite(y):
        raise ValueError("Input y contains NaN or infinity.")
    if y.ndim == 1 or multi_output:
        return y
    warnings.warn(
        "A column-vector y was passed when a 1d array was expected. Please change the shape of y "
        "to (n_samples, ), for example using ravel().",
        DataConversionWarning,
        stacklevel=6,
    )
    return y[:, 0]


def is_finite(array: Any) -> bool:
    """Whether all numbers of an array, or of what NumPy makes one of, are finite: where it is."""
    if not is_foreign(array):
        return bool(np.isfinite(np.asarray(array, dtype=float)).all())
    xp = place_of(array).xp
    return not xp.isdtype(array.dtype, "real floating") or bool(xp.all(xp.isfinite(array)))


def _check_foreign_weight(weight: Array, n_samples: int) -> None:
    """Check weights of another library than NumPy, where they are, as scikit-learn checks its."""
    if weight.ndim != 1:
        error = ValueError if weight.ndim else TypeError  # as scikit-learn
        raise error(f"Sample weights must be 1D array or scalar, got {weight.ndim}D array.")
    if weight.shape[0] != n_samples:
        raise ValueError(f"sample_weight.shape == {weight.shape}, expected {(n_samples,)}!")
    if not is_finite(weight):
        raise ValueError("Input sample_weight contains NaN or infinity.")
    xp = place_of(weight).xp
    if xp.isdtype(weight.dtype, "complex floating"):
        raise ValueError("Complex data not supported.")
    if not bool(xp.any(xp.astype(weight, xp.bool))):
        raise ValueError("Sample weights must contain at least one non-zero number.")


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
