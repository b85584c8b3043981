"""Naive Bayes of categories."""

from __future__ import annotations

from typing import Any

from sklearn import naive_bayes

from ..arrays import HOST, Array, Namespace, find_place, place_of
from ..base import to_host
from ..door import Opened
from .base import NaiveBayesOnDevice


class CategoricalNB(NaiveBayesOnDevice, naive_bayes.CategoricalNB):
    """Naive Bayes of categories, numbered from 0 on: `log P(x | c) = sum_j log p_cj[x_j]`.

    scikit-learn counts the categories, on the CPU: for a device, and arrays of other libraries,
    `fallback_` says so. Answers are computed where X is.

    Parameters are those of `sklearn.naive_bayes.CategoricalNB`, and `device`.

    Attributes
    ----------
    category_count_, feature_log_prob_ : lists of arrays of shape (n_classes, n_categories)
    class_count_, class_log_prior_ : arrays of shape (n_classes,), float64
    classes_ : ndarray of shape (n_classes,)
    fallback_ : str or None
        Why scikit-learn's own fit served although another device or library was asked for.
    """

    _on_host = "categories are counted by scikit-learn"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> CategoricalNB:
        """Count the categories of each feature.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), whole numbers from 0 on
        y : array-like of shape (n_samples,), any labels
        sample_weight : array-like of shape (n_samples,), optional
        """
        self._validate_params()
        if find_place(self.device, X) != HOST:
            return self._fit_parent(X, y, sample_weight, self._on_host)
        self._parent.fit(self, to_host(X), to_host(y), to_host(sample_weight))
        self.fallback_ = None
        return self

    def _fit_arrays(self, data: Opened) -> None:
        raise NotImplementedError("CategoricalNB is fitted by scikit-learn.")

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Any:
        """Add rows to those counted before."""
        reason = None if find_place(self.device, X) == HOST else self._on_host
        weight, y = to_host(sample_weight), to_host(y)
        self._parent.partial_fit(self, to_host(X), y, to_host(classes), weight)
        self.fallback_ = reason
        return self

    def _joint_log_likelihood(self, X: Any) -> Any:
        return self._parent._joint_log_likelihood(self, X)

    def _values(self, X: Array, xp: Namespace) -> Array:
        return xp.astype(X, xp.int64)

    def _likelihoods(self, X: Array, xp: Namespace) -> Array:
        place = place_of(X)
        if bool(xp.any(X < 0)):
            raise ValueError("Negative values in data passed to CategoricalNB (input X).")
        total = place.put(self.class_log_prior_)[None, :]
        for j, table in enumerate(self.feature_log_prob_):
            if bool(xp.any(X[:, j] >= table.shape[1])):
                raise IndexError(
                    f"A category of feature {j} is not below {table.shape[1]}, the number of them "
                    "in training; see min_categories."
                )
            total = total + xp.take(place.put(table).T, X[:, j], axis=0)
        return total
