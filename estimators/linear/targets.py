"""Training data of a shared linear fit: columns of numbers, whatever the target is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_array

from ..arrays import Array, Place, is_foreign, is_sparse, place_of, to_numpy
from ..shared import Affine, Declined, Folds
from ..sklearn_private import check_sample_weight


@dataclass(frozen=True)
class LinearProblem:
    """Rows and targets as a linear solver wants them.

    Attributes
    ----------
    X : array of shape (n_samples, n_features), float32 or float64, or a CSR matrix
    Y : array of shape (n_samples, n_outputs)
    weight : array of shape (n_samples,) or None
    y_ndim : int
        Dimensions of the target as it was given.
    binarizer : LabelBinarizer or None
        The coding of labels in Y, for a classifier.
    """

    X: Array
    Y: Array
    weight: Array | None
    y_ndim: int
    binarizer: LabelBinarizer | None

    @property
    def place(self) -> Place:
        """Where the arrays live."""
        return place_of(self.Y)


def linear_problem(
    prototype: BaseEstimator,
    X: Array,
    y: Array,
    fit_params: Mapping[str, Any],
    *,
    sparse: bool = False,
) -> LinearProblem:
    """Check and code the training data of a group of linear models.

    Raises
    ------
    Declined
        When there are fit parameters other than `sample_weight`, when X is sparse and may not be
        or is float16, and when a weight is negative.
    """
    others = set(fit_params) - {"sample_weight"}
    if others:
        raise Declined(f"the fit parameter {sorted(others)[0]!r} is given")
    if not is_foreign(X) and getattr(X, "dtype", None) == np.float16:
        raise Declined("X is float16")
    X = float_rows(X, sparse=sparse)
    place = place_of(np.empty(0) if is_sparse(X) else X)
    weight = _weights(prototype, X, y, fit_params.get("sample_weight"))
    if weight is not None and bool(place.xp.any(weight < 0)):
        raise Declined("a weight is negative")
    if is_classifier(prototype):
        binarizer = LabelBinarizer(pos_label=1, neg_label=-1)
        Y = place.put(binarizer.fit_transform(to_numpy(y)).astype(np.float64))
        return LinearProblem(X, Y, weight, np.ndim(y), binarizer)
    Y = y if is_foreign(y) else check_array(y, ensure_2d=False, dtype="numeric")
    Y = place.put(Y, X.dtype)
    return LinearProblem(X, Y[:, None] if Y.ndim == 1 else Y, weight, Y.ndim, None)


def float_rows(X: Any, dtype: Any = None, *, sparse: bool = False) -> Array:
    """Return rows as a float matrix (CSR if sparse), as scikit-learn's own checks would.

    Raises
    ------
    Declined
        When X is sparse and may not be.
    """
    if is_foreign(X):
        place = place_of(X)
        if dtype is None and X.dtype not in (place.xp.float32, place.xp.float64):
            dtype = place.xp.float64
        return place.put(X, dtype)
    dtype = [np.float64, np.float32] if dtype is None else dtype
    if is_sparse(X):
        if not sparse:
            raise Declined("X is sparse")
        return check_array(X, accept_sparse="csr", dtype=dtype)
    return check_array(X, dtype=dtype)


def same_labels_in_folds(prototype: BaseEstimator, y: Array, folds: Folds) -> None:
    """Decline where a training part lacks a class: its members have other columns."""
    if not is_classifier(prototype):
        return
    labels = to_numpy(y)
    n_classes = len(np.unique(labels))
    if labels.ndim > 1 or any(len(np.unique(labels[train])) < n_classes for train, _ in folds):
        raise Declined("a training part lacks a class")


def affine_at(affine: Affine, n_features: int, place: Place) -> Affine:
    """Move a scaler's (shift, scale) to `place`, in float64; None stands for 0 and 1."""
    shift, scale = affine
    shift = np.zeros(n_features) if shift is None else to_numpy(shift)
    scale = np.ones(n_features) if scale is None else to_numpy(scale)
    return place.put(shift.astype(np.float64)), place.put(scale.astype(np.float64))


def affines_at(
    affine: Sequence[Affine] | None, n_features: int, place: Place
) -> list[Affine] | None:
    """Move the scaler of each fold to `place`; None where there is none."""
    return None if affine is None else [affine_at(pair, n_features, place) for pair in affine]


def _weights(prototype: BaseEstimator, X: Array, y: Array, weight: Any) -> Array | None:
    if weight is not None:
        weight = to_numpy(weight) if is_foreign(weight) else weight
        weight = check_sample_weight(weight, to_numpy(y), dtype=np.float64)
    balance = getattr(prototype, "class_weight", None)
    if balance:
        if isinstance(balance, str):
            weight_of = compute_sample_weight(balance, to_numpy(y))
        else:
            weight_of = compute_sample_weight(dict(balance), to_numpy(y))
        weight = weight_of if weight is None else weight * weight_of
    if weight is None:
        return None
    weight = np.asarray(weight, dtype=np.float64)
    return weight if is_sparse(X) else place_of(X).put(weight)
