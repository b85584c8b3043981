"""Class labels of any kind, to the numbers 0, 1, ... that xgboost fits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from ..estimators.base import to_host


def encode_labels(y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the sorted labels of `y`, and for each row the number of its label.

    Returns
    -------
    classes : array of shape (n_classes,)
        Of the dtype of `y`.
    codes : int array of shape (n_samples,)

    Raises
    ------
    ValueError
        When `y` has missing labels, labels of mixed types, numbers that are no labels, or fewer
        than two classes, or is sparse.
    """
    name = getattr(y, "name", None) or "y"
    y = _as_array(y)
    missing = np.argwhere(pd.isna(y))
    if len(missing):
        raise ValueError(
            f"Input {name} contains NaN: {len(missing)} of {len(y)} labels are missing, the first "
            f"({np.asarray(y)[tuple(missing[0])]}) in row {missing[0, 0]}. Drop those rows."
        )
    try:
        classes, codes = _sorted_labels(y)
    except TypeError as error:
        if "not supported between" not in str(error):
            raise ValueError(f"y holds no labels: {error}") from error
        raise ValueError(f"The labels in y are of mixed types: {error}.") from error
    if len(classes) < 2:
        raise ValueError(
            f"y has one class only, {classes.tolist()[0]!r}: a classifier needs at least two."
        )
    return classes, codes


def _sorted_labels(y: Any) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(y, np.ndarray) and y.ndim == 1 and y.dtype.kind in "USbiu":
        # Labels for sure; hashing them takes a third of the time of sorting rows.
        codes, found = pd.factorize(y, sort=True)
        return np.asarray(found, dtype=y.dtype), codes
    check_classification_targets(y)
    encoder = LabelEncoder()
    codes = encoder.fit_transform(column_or_1d(y, warn=True))
    return encoder.classes_, codes


def encode_known(y: Any, classes: np.ndarray, name: str) -> np.ndarray:
    """Return for each row of `y` the number of its label among `classes`.

    Raises
    ------
    ValueError
        When a label is not among `classes`; the message names it, and `name`.
    """
    y = column_or_1d(_as_array(y), warn=True)
    known = {label: code for code, label in enumerate(classes.tolist())}
    positions, labels = pd.factorize(y, use_na_sentinel=False)
    unseen = [label for label in labels.tolist() if label not in known]
    if unseen:
        raise ValueError(f"{name} has labels that y has not: {unseen}; y has {classes.tolist()}.")
    return np.array([known[label] for label in labels.tolist()])[positions]


def is_multilabel(y: Any) -> bool:
    """Whether `y` has a column of 0 and 1 per label, which xgboost takes as it is."""
    y = np.asarray(to_host(y))
    return y.ndim == 2 and type_of_target(y) == "multilabel-indicator"


def _as_array(y: Any) -> Any:
    """Return labels of nullable types, and objects of one type, as NumPy has such labels."""
    if isinstance(y, pd.Series | pd.Index | pd.api.extensions.ExtensionArray):
        y = y.to_numpy()
    y = to_host(y)
    if not (isinstance(y, np.ndarray) and y.dtype == object and y.ndim == 1):
        return y
    inferred = pd.Series(y).infer_objects()
    return inferred.to_numpy() if inferred.dtype.kind in "biuf" else y
