"""Targets of a network: labels as one-hot rows or flags, with checks of the classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import column_or_1d


def one_column(y: np.ndarray, *, warn: bool = True) -> np.ndarray:
    """Return `y` of shape (n_samples,) where it is one column, with scikit-learn's warning."""
    return column_or_1d(y, warn=warn) if y.ndim == 2 and y.shape[1] == 1 else y


def output_activation(binarizer: LabelBinarizer) -> str:
    """Return "softmax" for more than two classes, "logistic" for two and for flags."""
    return "softmax" if binarizer.y_type_ == "multiclass" else "logistic"


def loss_name(out_activation: str) -> str:
    """Return the loss that goes with an output activation of a classifier."""
    return "log_loss" if out_activation == "softmax" else "binary_log_loss"


def check_same_classes(y: np.ndarray, classes: np.ndarray, *, warm_start: bool) -> None:
    """Check labels of a fit that goes on from an earlier one.

    Raises
    ------
    ValueError
        When there are new classes or, for a warm start, fewer.
    """
    found = unique_labels(y)
    if warm_start and set(found) != set(classes):
        raise ValueError(
            "warm_start can only be used where `y` has the same classes as in the previous call "
            f"to fit. Previously got {classes}, `y` has {found}"
        )
    new = np.setdiff1d(found, classes, assume_unique=True)
    if len(new):
        raise ValueError(
            f"`y` has classes not in `self.classes_`. `self.classes_` has {classes}. 'y' has "
            f"{found}. The outputs of a network are fixed by its first fit: name all classes "
            "there, partial_fit(X, y, classes=[...]), or fit anew."
        )


def check_validation_labels(
    y_val: np.ndarray, classes: np.ndarray, *, multilabel: bool = False
) -> None:
    """Check labels of validation rows against the classes of the training rows.

    Raises
    ------
    ValueError
        When there are other classes, or a class has no row.
    """
    found = unique_labels(y_val)
    new = np.setdiff1d(found, classes)
    if len(new):
        raise ValueError(f"y_val has classes that are not in y: {new}; y has {classes}.")
    missing = np.setdiff1d(classes, found)
    if len(missing) and not multilabel:
        raise ValueError(
            f"y_val has no row of {missing}: a score on it would say nothing of these classes. "
            "Give validation rows of every class."
        )


def row_weights(
    class_weight: Any, y: np.ndarray, sample_weight: np.ndarray | None
) -> np.ndarray | None:
    """Return class weights times sample weights, of shape (n_samples,), or None for ones.

    Raises
    ------
    ValueError
        When a class weight is negative, NaN or infinite.
    """
    if class_weight is None:
        return sample_weight
    by_class = compute_sample_weight(class_weight, y)
    if not (np.isfinite(by_class).all() and by_class.min() >= 0):
        raise ValueError(f"class_weight must be 0 or more and finite, got {class_weight}.")
    return by_class if sample_weight is None else by_class * sample_weight
