"""Naive Bayes from counts of features: multinomial, complement and Bernoulli."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import naive_bayes
from sklearn.utils.validation import validate_data

from ..arrays import Array, Namespace, Place, find_place, is_foreign, is_sparse, place_of, to_numpy
from ..base import to_host
from ..class_sums import class_counts, class_sums, in_float64
from ..door import Opened
from ..sklearn_private import first_partial_fit
from .base import NaiveBayesOnDevice, labels_and_codes


class CountsOnDevice(NaiveBayesOnDevice):
    """Counts of the features in each class, as one product of class marks and rows.

    The counts, of shape (n_classes, n_features), are smoothed by scikit-learn's own formulas.
    """

    _positive = False  # whether X must not be negative

    class_count_: Any
    class_log_prior_: Any
    feature_count_: Any
    feature_log_prob_: Any

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Count, and take logarithms.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), any labels
        sample_weight : array-like of shape (n_samples,), optional
        """
        self._validate_params()
        place = find_place(self.device, X)
        if is_sparse(X):
            return self._fit_parent(X, y, sample_weight, "sparse X")
        data = self._open(X, y, sample_weight, place, reset=True)
        self._fit_arrays(data)
        self.fallback_ = None
        return self

    def _count_anew(self, data: Opened) -> None:
        self.classes_, codes = labels_and_codes(data.y)
        self._init_counters(len(self.classes_), data.X.shape[1])
        self._learn(data, codes)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Any:
        """Add rows to those counted before.

        Parameters
        ----------
        classes : array-like of shape (n_classes,), optional
            All labels that there will be; needed in the first call.
        """
        self._validate_params()
        self._bring_to_host()
        if is_sparse(X):
            weight, y = to_host(sample_weight), to_host(y)
            self._parent.partial_fit(self, X, y, to_host(classes), weight)
            self.fallback_ = "sparse X"
            return self
        first = not hasattr(self, "classes_")
        data = self._open(X, y, sample_weight, find_place(self.device, X), reset=first)
        if first_partial_fit(self, to_host(classes)):
            self._init_counters(len(self.classes_), data.X.shape[1])
        self._learn(*self._known(data))
        self.fallback_ = getattr(self, "fallback_", None)
        return self

    def _known(self, data: Opened) -> tuple[Opened, np.ndarray]:
        """Return the rows, and class numbers: unknown labels weigh nothing.

        But where there are two classes and two labels, scikit-learn takes what is not the second
        for the first.
        """
        codes = np.minimum(np.searchsorted(self.classes_, data.y), len(self.classes_) - 1)
        known = self.classes_[codes] == data.y
        if known.all():
            return data, codes.astype(np.int64)
        if len(self.classes_) < 2 or len(self.classes_) == 2 == len(np.unique(data.y)):
            return data, np.where(known, codes, 0).astype(np.int64)
        counted = data.place.put(known.astype(np.float64))
        weight = counted if data.sample_weight is None else counted * data.sample_weight
        return Opened(data.X, data.y, weight, data.place), codes.astype(np.int64)

    def _learn(self, data: Opened, codes: np.ndarray) -> None:
        """Add the counts of some rows, and set what follows from all."""
        place, n_classes = data.place, len(self.classes_)
        if self._positive and bool(data.xp.min(data.X) < 0):
            raise ValueError(f"Negative values in data passed to {type(self).__name__} (input X).")
        codes = place.put(codes)
        weight = data.sample_weight
        counts = class_counts(codes, n_classes, weight, data.xp)
        sums = class_sums(data.X, codes, n_classes, weight, data.xp, values=self._values)
        self.class_count_ += to_numpy(counts)
        self.feature_count_ += to_numpy(sums)
        self._counted()
        self._update_feature_log_prob(self._check_alpha())
        self._update_class_log_prior(class_prior=self.class_prior)
        self._put(place)

    def _update_class_log_prior(self, class_prior: Any = None) -> None:
        super()._update_class_log_prior(class_prior=to_host(class_prior))

    def _counted(self) -> None:
        """Set what else scikit-learn keeps of the counts."""

    def _joint(self, X: Array, xp: Namespace) -> Array:
        if self._positive and X.dtype == xp.float64:  # counts as they are need no block
            return self._likelihoods(X, xp)
        return super()._joint(X, xp)

    def _likelihoods(self, X: Array, xp: Namespace) -> Array:
        coef, intercept = self._linear(place_of(X), xp)
        joint = X @ coef.T
        if intercept is not None:
            joint += intercept[None, :]
        return joint

    def _linear(self, place: Place, xp: Namespace) -> tuple[Array, Array | None]:
        """Coefficients (n_classes, n_features) and intercepts of the likelihoods, None for 0."""
        return place.put(self.feature_log_prob_), place.put(self.class_log_prior_)

    def _put(self, place: Place) -> None:
        for name in ("class_count_", "feature_count_", "feature_log_prob_", "class_log_prior_"):
            setattr(self, name, place.put(getattr(self, name)))

    def _bring_to_host(self) -> None:
        """Bring the counts to the host, where scikit-learn's formulas are."""
        for name, value in list(vars(self).items()):
            if name.endswith("_") and is_foreign(value):
                setattr(self, name, to_numpy(value))


class MultinomialNB(CountsOnDevice, naive_bayes.MultinomialNB):
    """Naive Bayes of counts: `log P(x | c) = sum_j x_j log p_cj`, p smoothed by `alpha`.

    Parameters are those of `sklearn.naive_bayes.MultinomialNB`, and `device`: None (where X is),
    "cpu", "cuda", "cuda:1" or "auto". Sparse X is scikit-learn's; `fallback_` says so.

    Attributes
    ----------
    feature_count_, feature_log_prob_ : arrays of shape (n_classes, n_features), float64
    class_count_, class_log_prior_ : arrays of shape (n_classes,), float64
    classes_ : ndarray of shape (n_classes,)
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _positive = True

    def _fit_arrays(self, data: Opened) -> None:
        self._count_anew(data)


class ComplementNB(CountsOnDevice, naive_bayes.ComplementNB):
    """Naive Bayes of counts that asks how unlike all other classes a row is [Rennie et al., 2003].

    The score of a class is `-sum_j x_j log q_cj`, where q is smoothed from the counts of all other
    classes.

    Parameters are those of `sklearn.naive_bayes.ComplementNB`, and `device`: None (where X is),
    "cpu", "cuda", "cuda:1" or "auto". Sparse X is scikit-learn's; `fallback_` says so.

    Attributes
    ----------
    feature_count_, feature_log_prob_ : arrays of shape (n_classes, n_features), float64
    feature_all_ : array of shape (n_features,)
    class_count_, class_log_prior_ : arrays of shape (n_classes,), float64
    classes_ : ndarray of shape (n_classes,)
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _positive = True

    feature_all_: Any

    def _fit_arrays(self, data: Opened) -> None:
        self._count_anew(data)

    def _counted(self) -> None:
        self.feature_all_ = self.feature_count_.sum(axis=0)

    def _put(self, place: Place) -> None:
        super()._put(place)
        self.feature_all_ = place.put(self.feature_all_)

    def _linear(self, place: Place, xp: Namespace) -> tuple[Array, Array | None]:
        coef, prior = super()._linear(place, xp)
        return coef, prior if len(self.classes_) == 1 else None


class BernoulliNB(CountsOnDevice, naive_bayes.BernoulliNB):
    """Naive Bayes of features that are there or not: `x_j > binarize`.

    `log P(x | c) = sum_j (b_j log p_cj + (1 - b_j) log(1 - p_cj))`, p smoothed by `alpha`. Rows are
    compared with the threshold block by block.

    Parameters are those of `sklearn.naive_bayes.BernoulliNB`, and `device`: None (where X is),
    "cpu", "cuda", "cuda:1" or "auto". Sparse X is scikit-learn's; `fallback_` says so.

    Attributes
    ----------
    feature_count_, feature_log_prob_ : arrays of shape (n_classes, n_features), float64
    class_count_, class_log_prior_ : arrays of shape (n_classes,), float64
    classes_ : ndarray of shape (n_classes,)
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    def _fit_arrays(self, data: Opened) -> None:
        self._count_anew(data)

    def _values(self, X: Array, xp: Namespace) -> Array:
        return in_float64(X if (cut := self.binarize) is None else cut < X, xp)

    def _check_X(self, X: Any) -> Any:
        """Check rows given to scikit-learn's own methods; dense ones are compared later."""
        if is_sparse(X):
            return self._parent._check_X(self, X)
        return validate_data(self, X, reset=False)

    def _linear(self, place: Place, xp: Namespace) -> tuple[Array, Array | None]:
        present, prior = super()._linear(place, xp)
        absent = xp.log(1 - xp.exp(present))
        return present - absent, prior + xp.sum(absent, axis=1)
