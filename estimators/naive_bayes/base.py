"""What the naive Bayes classifiers have in common: the door, and answers from likelihoods."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from ..arrays import HOST, Array, Namespace, Place, is_foreign, np_namespace, to_numpy
from ..base import OnDevice
from ..blocks import in_row_blocks
from ..class_sums import bytes_of_a_row, class_codes, in_float64, plain_labels
from ..door import Opened, numbers, open_door
from ..sklearn_private import check_sample_weight


def labels_and_codes(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels, sorted, as `classes_` holds them, and the number of each row's label."""
    classes, codes = class_codes(y)
    return plain_labels(classes), codes


class NaiveBayesOnDevice(OnDevice):
    """Answers from the joint log likelihoods of rows and classes, which a subclass computes."""

    _task = "classification"
    _multi_output = False
    _lives_by = "feature_log_prob_"  # the fitted array that tells where the model lives
    classes_: Any

    def _likelihoods(self, X: Array, xp: Namespace) -> Array:
        """Joint log likelihoods of values, of shape (n_rows, n_classes)."""
        raise NotImplementedError(f"{type(self).__name__} must define _likelihoods.")

    def _values(self, X: Array, xp: Namespace) -> Array:
        """What the model makes of rows, in float64."""
        return in_float64(X, xp)

    def _joint(self, X: Array, xp: Namespace) -> Array:
        """Joint log likelihoods of shape (n_samples, n_classes), float64, block by block."""

        def work(rows: slice) -> Array:
            return self._likelihoods(self._values(X[rows, :], xp), xp)

        row_bytes = bytes_of_a_row(X, len(self.classes_))
        return xp.concat(list(in_row_blocks(work, X.shape[0], row_bytes)))

    def _joint_log_likelihood(self, X: Any) -> Any:
        """Serve scikit-learn's own methods for rows on the host."""
        if sparse.issparse(X):
            return self._parent._joint_log_likelihood(self, X)
        return self._joint(numbers(X), np_namespace)

    def predict_joint_log_proba(self, X: Any) -> Any:
        """Return `log P(class) + log P(x | class)`, of shape (n_samples, n_classes), where X is."""
        return self._answer(
            "predict_joint_log_proba",
            X,
            self._lives_by,
            lambda rows, xp: xp.astype(self._joint(rows, xp), rows.dtype, copy=False),
        )

    def predict(self, X: Any) -> Any:
        """Return labels of shape (n_samples,); numeric ones where X is, others NumPy."""
        return self._answer(
            "predict",
            X,
            self._lives_by,
            lambda rows, xp: self.classes_[to_numpy(xp.argmax(self._joint(rows, xp), axis=1))],
        )

    def predict_log_proba(self, X: Any) -> Any:
        """Return log-probabilities of shape (n_samples, n_classes), where X is."""
        return self._answer("predict_log_proba", X, self._lives_by, self._log_proba)

    def predict_proba(self, X: Any) -> Any:
        """Return probabilities of shape (n_samples, n_classes), where X is."""
        return self._answer(
            "predict_proba", X, self._lives_by, lambda rows, xp: xp.exp(self._log_proba(rows, xp))
        )

    def _log_proba(self, X: Array, xp: Namespace) -> Array:
        return xp.astype(log_shares(self._joint(X, xp), xp), X.dtype, copy=False)

    def _open(self, X: Any, y: Any, sample_weight: Any, place: Place, reset: bool) -> Opened:
        """Check training rows; on the host they keep their dtype, and are cast block by block."""
        if is_foreign(X) or place != HOST:
            return open_door(
                self,
                X,
                y,
                sample_weight,
                place,
                task=self._task,
                multi_output=self._multi_output,
                reset=reset,
            )
        y = to_numpy(y) if is_foreign(y) else y
        X, y = validate_data(self, X, y, reset=reset)
        X = numbers(X)
        check_classification_targets(y)
        if sample_weight is not None:
            weight = to_numpy(sample_weight) if is_foreign(sample_weight) else sample_weight
            sample_weight = check_sample_weight(weight, X, dtype=np.float64)
        return Opened(X, y, sample_weight, place)


def log_shares(joint: Array, xp: Namespace) -> Array:
    """Return log-probabilities from joint log likelihoods of shape (..., n_classes)."""
    highest = xp.max(joint, axis=-1, keepdims=True)
    total = highest + xp.log(xp.sum(xp.exp(joint - highest), axis=-1, keepdims=True))
    return joint - total
