"""Naive Bayes with a normal distribution for each feature and class."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi
from typing import Any

import numpy as np
from sklearn import naive_bayes

from ..arrays import Array, Namespace, Place, find_place, place_of, to_numpy
from ..base import to_host
from ..class_sums import class_moments
from ..door import Opened
from ..sklearn_private import first_partial_fit
from .base import NaiveBayesOnDevice, labels_and_codes


@dataclass(frozen=True)
class Seen:
    """What rows tell of their classes.

    Attributes
    ----------
    moments : (counts, means, squares)
        Weight, mean and sum of squared deviations of each class, float64.
    largest : float
        The largest variance of a column, without weights.
    dtype : data type
        Of fitted arrays.
    """

    moments: tuple[Array, Array, Array]
    largest: float
    dtype: Any
    place: Place


class GaussianNB(NaiveBayesOnDevice, naive_bayes.GaussianNB):
    """Classifier by the likeliest class, where features are independent and normal in each.

    `log P(x | c) = -sum_j (log(2 pi var_cj) + (x_j - theta_cj)^2 / var_cj) / 2`. Means and
    variances of all classes come from two products of class marks and blocks of rows, in float64;
    variances are raised by `var_smoothing` times the largest variance of a column.

    Parameters are those of `sklearn.naive_bayes.GaussianNB`, and `device`: None (where X is),
    "cpu", "cuda", "cuda:1" or "auto".

    Attributes
    ----------
    theta_, var_ : arrays of shape (n_classes, n_features), dtype of X
    class_count_, class_prior_ : arrays of shape (n_classes,)
    classes_ : ndarray of shape (n_classes,)
    epsilon_ : float
        What was added to the variances.
    fallback_ : str or None
        Always None, but for `partial_fit`.
    """

    _lives_by = "theta_"

    theta_: Any
    var_: Any
    class_count_: Any
    class_prior_: Any
    epsilon_: Any

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> GaussianNB:
        """Take means and variances of the classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), any labels
        sample_weight : array-like of shape (n_samples,), optional

        Raises
        ------
        ValueError
            When `priors` are not as many as classes, negative, or do not sum to 1.
        """
        self._validate_params()
        place = find_place(self.device, X)
        self._fit_arrays(self._open(X, y, sample_weight, place, reset=True))
        self.fallback_ = None
        return self

    def _fit_arrays(self, data: Opened) -> None:
        self.classes_, codes = labels_and_codes(data.y)
        self._learn(data, codes, None)

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> GaussianNB:
        """Add rows to those seen before; `classes`, in the first call, are all that there will be.

        Raises
        ------
        ValueError
            When a label is not among the classes.
        """
        self._validate_params()
        place = find_place(self.device, X)
        first = first_partial_fit(self, to_host(classes))
        data = self._open(X, y, sample_weight, place, reset=first)
        unknown = ~np.isin(data.y, self.classes_)
        if unknown.any():
            raise ValueError(
                f"The target label(s) {np.unique(data.y[unknown])} in y do not exist in the "
                f"initial classes {self.classes_}"
            )
        codes = np.asarray(np.searchsorted(self.classes_, data.y), dtype=np.int64)
        self._learn(data, codes, None if first else self._past(place))
        self.fallback_ = None
        return self

    def _past(self, place: Place) -> list[Array]:
        """Weights, means and raised variances of the classes in the rows seen before."""
        return [place.put(a) for a in (self.class_count_, self.theta_, self.var_)]

    def _learn(self, data: Opened, numbers: np.ndarray, past: list[Array] | None) -> None:
        self._smooth(self._seen(data, numbers), past)

    def _seen(self, data: Opened, numbers: np.ndarray) -> Seen:
        """Take the moments of the classes, whose numbers are given."""
        xp, n_classes, codes = data.xp, len(self.classes_), data.place.put(numbers)
        floats = data.X.dtype if _is_float(data.X.dtype, xp) else xp.float64
        moments = class_moments(data.X, codes, n_classes, data.sample_weight, xp)
        plain = moments
        if data.sample_weight is not None:  # it weighs the classes, but not the smoothing
            plain = class_moments(data.X, codes, n_classes, None, xp)
        return Seen(moments, _largest_variance(plain, xp), floats, data.place)

    def _smooth(self, seen: Seen, past: list[Array] | None = None) -> None:
        """Set the fitted attributes from what was seen, now and before."""
        xp, floats = seen.place.xp, seen.dtype
        if past is None and self.priors is not None:
            priors = _checked(self.priors, len(self.classes_))
            self.class_prior_ = seen.place.put(priors, floats)
        epsilon = self.var_smoothing * seen.largest
        counts, means, squares = seen.moments
        if past is not None:  # scikit-learn takes the new epsilon off the earlier variances
            past = [past[0], past[1], past[2] - epsilon]
            counts, means, squares = _together(past, seen.moments, xp)
        present = xp.where(counts > 0, counts, xp.ones_like(counts))
        variances = squares / present[:, None] + epsilon
        self.epsilon_ = to_numpy(xp.zeros(1, dtype=floats)).dtype.type(epsilon)
        self.theta_, self.var_ = xp.astype(means, floats), xp.astype(variances, floats)
        self.class_count_ = xp.astype(counts, floats)
        if self.priors is None:
            self.class_prior_ = xp.astype(counts / xp.sum(counts), floats)

    def _joint_log_likelihood(self, X: Any) -> Any:
        dtype = X.dtype if X.dtype in (np.float32, np.float64) else np.float64
        return super()._joint_log_likelihood(X).astype(dtype, copy=False)

    def _likelihoods(self, X: Array, xp: Namespace) -> Array:
        put = place_of(X).put
        theta, var, prior = (
            put(a, xp.float64) for a in (self.theta_, self.var_, self.class_prior_)
        )
        constants = xp.log(prior) - 0.5 * (xp.sum(xp.log(var), axis=1) + X.shape[1] * log(2 * pi))
        columns = []
        for c in range(theta.shape[0]):
            squares = X - theta[c, :]
            squares *= squares
            columns.append(constants[c] - squares @ (0.5 / var[c, :]))
        return xp.stack(columns, axis=1)


def _is_float(dtype: Any, xp: Namespace) -> bool:
    return dtype == xp.float32 or dtype == xp.float64


def _checked(priors: Any, n_classes: int) -> np.ndarray:
    priors = np.asarray(to_host(priors), dtype=np.float64)
    if len(priors) != n_classes:
        raise ValueError("Number of priors must match number of classes.")
    if not np.isclose(priors.sum(), 1.0):
        raise ValueError("The sum of the priors should be 1.")
    if (priors < 0).any():
        raise ValueError("Priors must be non-negative.")
    return priors


def _largest_variance(moments: tuple[Array, Array, Array], xp: Namespace) -> float:
    """The largest variance of a column, from the moments of the classes."""
    counts, means, squares = moments
    share = (counts / xp.sum(counts))[:, None]
    between = share * (means - xp.sum(share * means, axis=0)) ** 2
    return float(xp.max(xp.sum(squares, axis=0) / xp.sum(counts) + xp.sum(between, axis=0)))


def _together(
    past: list[Array], new: tuple[Array, Array, Array], xp: Namespace
) -> tuple[Array, Array, Array]:
    """Moments of earlier rows and new ones together [Chan, Golub, LeVeque, 1983]."""
    n_past, mean_past, var_past = (xp.astype(a, xp.float64) for a in past)
    n_new, mean_new, squares_new = new
    total = n_past + n_new
    divisor = xp.where(total > 0, total, xp.ones_like(total))[:, None]
    mean = (n_new[:, None] * mean_new + n_past[:, None] * mean_past) / divisor
    between = (n_new * n_past)[:, None] / divisor * (mean_past - mean_new) ** 2
    return total, mean, n_past[:, None] * var_past + squares_new + between
