"""What linear models answer: products with the coefficients, and labels from them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import linear_model
from sklearn.preprocessing import LabelBinarizer

from ..arrays import Array, place_of, to_numpy
from ..blocks import in_row_blocks


def linear_output(estimator: Any, X: Array) -> Array:
    """Return `X coef_' + intercept_`, of shape (n_samples,) or (n_samples, n_outputs)."""
    coef = estimator._here("coef_", X)
    intercept = estimator._here("intercept_", X)
    return X @ (coef.T if coef.ndim == 2 else coef) + intercept


def output_in_double(estimator: Any, X: Array) -> Array:
    """Return `X coef_' + intercept_` (n_samples,) in float64, whatever X is, as scikit-learn does.

    Rows are cast in blocks.
    """
    place = place_of(X)
    xp, coef = place.xp, place.put(estimator.coef_)
    offset = float(estimator.intercept_)

    def outputs(rows: slice) -> Array:
        return xp.astype(X[rows, :], xp.float64, copy=False) @ coef + offset

    return xp.concat(list(in_row_blocks(outputs, X.shape[0], 8.0 * X.shape[1])))


def decision_scores(estimator: Any, X: Array) -> Array:
    """Return linear outputs, with a single column flattened as scikit-learn does."""
    scores = linear_output(estimator, X)
    return scores[:, 0] if scores.ndim == 2 and scores.shape[1] == 1 else scores


def labels_of(classes: np.ndarray, scores: Array, xp: Any) -> np.ndarray:
    """Return the label of each row from decision scores; labels are a NumPy array."""
    chosen = xp.astype(scores > 0, xp.int64) if scores.ndim == 1 else xp.argmax(scores, axis=1)
    return classes[to_numpy(chosen)]


def decoded_labels(binarizer: LabelBinarizer, scores: Array, xp: Any) -> np.ndarray:
    """Return labels from scores on targets coded by `binarizer`: one a row, or many."""
    if not binarizer.y_type_.startswith("multilabel"):
        return labels_of(binarizer.classes_, scores, xp)
    signs = np.where(to_numpy(scores) > 0, 1.0, -1.0)
    return binarizer.inverse_transform(signs)


def set_linear(
    estimator: Any, coef: Array, intercept: Array, y_ndim: int, dtype: Any, xp: Any
) -> None:
    """Set `coef_` and `intercept_` in scikit-learn's shapes.

    Parameters
    ----------
    coef : array of shape (n_outputs, n_features)
    intercept : array of shape (n_outputs,)
    y_ndim : int
        1 flattens both, as for a target that was one column.
    """
    coef, intercept = xp.astype(coef, dtype), xp.astype(intercept, dtype)
    if y_ndim == 1:
        coef, intercept = coef[0, :], intercept[0]
    elif has_flat_coef(estimator, coef.shape[0]):
        coef = coef[0, :]
    if not estimator.fit_intercept:
        intercept = 0.0
    estimator.coef_, estimator.intercept_ = coef, intercept


def has_flat_coef(estimator: Any, n_outputs: int) -> bool:
    """Whether a target of one column gives a flat `coef_`: so in scikit-learn's ridge models."""
    flat = (linear_model.Ridge, linear_model.RidgeClassifier)
    return n_outputs == 1 and isinstance(estimator, flat)
