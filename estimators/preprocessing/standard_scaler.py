"""Columns with mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import preprocessing
from sklearn.utils.validation import check_is_fitted, validate_data

from ..arrays import (
    HOST,
    Array,
    Place,
    find_place,
    is_foreign,
    is_sparse,
    place_of,
    to_numpy,
    without_gradient,
)
from ..base import OnDevice, to_host
from ..door import FLOATS, Opened, float_matrix
from ..shared import Affine, register_affine
from ..sklearn_private import check_sample_weight
from .column_moments import column_means, column_variances, is_constant
from .columns import in_half_precision


class StandardScaler(OnDevice, preprocessing.StandardScaler):
    """Scale columns to `(x - mean) / std`; NaN is left out of both and left in place.

    Moments are summed in float64 over blocks of rows, the variance in two passes; a column whose
    variance is within the rounding of that is taken as constant and keeps its scale, by
    scikit-learn's own bound. On the host those with weights are scikit-learn's, and so are fits
    that callbacks follow.

    Parameters are those of `sklearn.preprocessing.StandardScaler`, and `device`: None (where X
    is), "cpu", "cuda", "cuda:1" or "auto". Off the host `copy=False` does not write into X.

    Attributes
    ----------
    mean_, var_, scale_ : arrays of shape (n_features,), float64, or None where not needed
    n_samples_seen_ : int, float or ndarray of shape (n_features,)
        Rows or their summed weights; by column where these differ, as some cells are NaN.
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    mean_: Any
    var_: Any
    scale_: Any
    n_samples_seen_: Any

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> StandardScaler:
        """Compute mean and standard deviation of each column.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional
        """
        self._validate_params()
        place = find_place(self.device, X)
        self.fallback_ = "sparse X" if is_sparse(X) else None
        followed = sample_weight is not None or bool(getattr(self, "_skl_callbacks", None))
        if is_sparse(X) or (place == HOST and followed):
            return self._parent.fit(self, to_host(X), y, to_host(sample_weight))
        self._reset()
        self._fit_arrays(_open_scaler(self, X, sample_weight, place))
        return self

    def _fit_arrays(self, data: Opened) -> None:
        xp = data.xp
        self.mean_ = self.var_ = self.scale_ = None
        if not (self.with_mean or self.with_std):
            seen, _ = column_means(data.X, None, xp)
            weighted = data.sample_weight is not None
            dtype = to_numpy(data.X[:1, :1]).dtype if weighted else np.int64  # as scikit-learn
            self.n_samples_seen_ = _counts(to_numpy(seen).astype(dtype))
            return
        seen, self.mean_ = column_means(data.X, data.sample_weight, xp)
        if self.with_std:
            self.var_ = column_variances(data.X, data.sample_weight, seen, self.mean_, xp)
            constant = is_constant(self.var_, self.mean_, seen)
            self.scale_ = xp.where(constant, xp.ones_like(self.var_), xp.sqrt(self.var_))
        self.n_samples_seen_ = _counts(to_numpy(seen))

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> StandardScaler:
        """Add rows to those seen before; scikit-learn does, on the CPU."""
        if is_foreign(X) or _home(self) != HOST:
            for name in ("mean_", "var_", "scale_", "n_samples_seen_"):
                if hasattr(self, name):
                    setattr(self, name, to_host(getattr(self, name)))
            self.fallback_ = "partial_fit has no kernel here"
        elif not hasattr(self, "fallback_"):
            self.fallback_ = None
        return self._parent.partial_fit(self, to_host(X), y, to_host(sample_weight))

    def transform(self, X: Any, copy: bool | None = None) -> Any:
        """Return scaled rows of shape (n_samples, n_features), where X is."""
        return self._rescaled("transform", X, copy)

    def inverse_transform(self, X: Any, copy: bool | None = None) -> Any:
        """Return scaled rows as they were before, where X is."""
        return self._rescaled("inverse_transform", X, copy)

    def _rescaled(self, method: str, X: Any, copy: bool | None) -> Any:
        if self._is_here(X) and _home(self) == HOST:
            return self._parent_method(method)(self, X, copy)
        check_is_fitted(self)
        home, place = place_of(X), _home(self)
        if place == HOST:
            place = find_place(self.device, X)
        if place == HOST:
            answer = getattr(self._parent, method)(self, to_host(X), copy)
            return answer if home == HOST else home.put(answer)
        given, X = X, place.put(_rows(self, X))
        mean = place.put(self.mean_, X.dtype) if self.with_mean else None
        scale = place.put(self.scale_, X.dtype) if self.with_std else None
        if method == "transform":
            X = X if mean is None else X - mean
            return in_half_precision(home.put(X if scale is None else X / scale), given)
        X = X if scale is None else X * scale
        return in_half_precision(home.put(X if mean is None else X + mean), given)


def _open_scaler(scaler: StandardScaler, X: Any, sample_weight: Any, place: Place) -> Opened:
    """Check training rows, in which NaN may be, and move them to `place`."""
    if is_foreign(X):
        X = float_matrix(scaler, X, finite=False)
        scaler.n_features_in_ = X.shape[1]
        if hasattr(scaler, "feature_names_in_"):
            del scaler.feature_names_in_
    else:
        X = validate_data(scaler, X, dtype=FLOATS, ensure_all_finite="allow-nan")
    if sample_weight is not None:
        sample_weight = check_sample_weight(to_host(sample_weight), np.empty(X.shape[0]))
        sample_weight = place.put(sample_weight)
    return Opened(without_gradient(place.put(X)), None, sample_weight, place)


def _rows(scaler: StandardScaler, X: Any) -> Array:
    if not is_foreign(X):
        finite = "allow-nan"
        return validate_data(scaler, X, dtype=FLOATS, ensure_all_finite=finite, reset=False)
    X = float_matrix(scaler, X, finite=False)
    if X.shape[1] != scaler.n_features_in_:
        raise ValueError(
            f"X has {X.shape[1]} features, but StandardScaler is expecting "
            f"{scaler.n_features_in_} features as input."
        )
    return X


def _home(scaler: StandardScaler) -> Place:
    """Where the fitted scaler lives; one that neither centres nor scales has no arrays."""
    fitted = (getattr(scaler, name, None) for name in ("mean_", "scale_"))
    return place_of(*(array for array in fitted if array is not None))


def _counts(seen: np.ndarray) -> Any:
    """Return one count where all columns have the same, as scikit-learn does."""
    return seen[0] if np.max(seen) == np.min(seen) else seen


def shift_and_scale(scaler: Any) -> Affine:
    """Return (shift, scale) of a fitted scaler; None where it does not centre or not scale."""
    return scaler.mean_ if scaler.with_mean else None, scaler.scale_ if scaler.with_std else None


register_affine("sklearn.preprocessing:StandardScaler", shift_and_scale)
register_affine("gridfold.estimators:StandardScaler", shift_and_scale)
