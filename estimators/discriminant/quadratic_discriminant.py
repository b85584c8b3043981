"""Quadratic discriminant analysis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import discriminant_analysis

from ..arrays import Array, Namespace, place_of, to_numpy
from ..base import OnDevice, result_place
from ..door import Opened
from .class_rows import in_blocks
from .labelled import check_priors, class_rows
from .probabilities import log_probabilities
from .quadratic_solvers import QuadraticProblem, check_rank


class QuadraticDiscriminantAnalysis(OnDevice, discriminant_analysis.QuadraticDiscriminantAnalysis):
    """Gaussian classes, each with a covariance of its own.

    The score of class c is `log prior_c - (log |S_c| + (x - mean_c)' S_c^-1 (x - mean_c)) / 2`. The
    axes of S_c are those of its Gram matrix, in float64; with solver="svd" those of the rows (by
    QR, block by block) where that has lost digits or where they are few. Columns of `rotations_`
    have their entry of largest size positive (Hastie, Tibshirani, Friedman 2009, section 4.3).

    Parameters are those of `sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis`, and
    `device`: None (where X is), "cpu", "cuda", "cuda:1" or "auto". A `covariance_estimator` is
    scikit-learn's; `fallback_` says so.

    Attributes
    ----------
    means_ : array of shape (n_classes, n_features), dtype of X
    priors_ : array of shape (n_classes,)
    scalings_ : list of n_classes arrays of shape (n_features,)
    rotations_, covariance_ : lists of n_classes arrays of shape (n_features, n_features)
        The covariances with `store_covariance=True` only.
    classes_ : ndarray of shape (n_classes,)
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _task = "classification"
    _numbers_only = True
    _multi_output = False

    def fit(self, X: Any, y: Any) -> QuadraticDiscriminantAnalysis:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), any labels

        Raises
        ------
        ValueError
            When there is one class, or a class of one row.
        numpy.linalg.LinAlgError
            When the covariance of a class is singular.
        """
        return self._fit_on_device(X, y)

    def decision_function(self, X: Any) -> Any:
        """Return log posteriors (n_samples, n_classes), or of two classes the ratio, where X is."""

        def values(scores: Array, xp: Namespace) -> Array:
            return scores[1, :] - scores[0, :] if scores.shape[0] == 2 else scores

        return self._from_scores("decision_function", X, values)

    def predict(self, X: Any) -> Any:
        """Return labels of shape (n_samples,); numeric ones where X is, others as NumPy."""
        codes = self._from_scores("predict", X, lambda scores, xp: xp.argmax(scores, axis=0))
        home, labels = place_of(codes), self.classes_[to_numpy(codes)]
        return result_place(home, labels).put(labels)

    def predict_proba(self, X: Any) -> Any:
        """Return probabilities of shape (n_samples, n_classes), where X is."""

        def shares(scores: Array, xp: Namespace) -> Array:
            return xp.exp(log_probabilities(scores, xp))

        return self._from_scores("predict_proba", X, shares)

    def predict_log_proba(self, X: Any) -> Any:
        """Return logarithms of probabilities, of shape (n_samples, n_classes), where X is."""
        return self._from_scores("predict_log_proba", X, log_probabilities)

    def _from_scores(self, method: str, X: Any, finish: Callable[[Array, Namespace], Array]) -> Any:
        """Answer by `finish(scores, xp)` of one block of rows after the other.

        It takes scores of shape (n_classes, n_rows): reductions over a few classes are quick so.
        """

        def kernel(X: Array, xp: Namespace) -> Array:
            classes = self._whitened(X)
            n_rows, n_features = X.shape

            def answer(rows: slice) -> Array:
                found = finish(_scores(X[rows, :], classes, xp), xp)
                single = X.dtype == xp.float32 and not isinstance(X, np.ndarray)
                is_float = xp.isdtype(found.dtype, "real floating")
                return xp.astype(found, X.dtype) if single and is_float else found

            row_bytes = 8.0 * (3 * n_features + 4 * len(classes))
            found = in_blocks(answer, n_rows, row_bytes, xp, axis=-1)
            return found.T if found.ndim == 2 else found

        return self._answer(method, X, "means_", kernel)

    def _parent_answers(self, X: Any) -> bool:
        return False  # it takes as much memory as X three times over

    def _whitened(self, X: Array) -> list[tuple[Array, Array, float]]:
        """Mean, `rotation / sqrt(scaling)` and constant of each class, where X is."""
        place = place_of(X)
        xp, found = place.xp, []
        priors = np.log(to_numpy(self.priors_))
        for k, prior in enumerate(priors):
            scaling, rotation = place.put(self.scalings_[k]), place.put(self.rotations_[k])
            mean = place.put(self.means_[k, ...])
            constant = float(prior) - 0.5 * float(xp.sum(xp.log(scaling)))
            found.append((mean, rotation / xp.sqrt(scaling), constant))
        return found

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if self.covariance_estimator is None:
            return None
        return "covariance_estimator estimates on the host"

    def _fit_arrays(self, data: Opened) -> None:
        self._solve(self._problem(data))

    def _problem(self, data: Opened) -> QuadraticProblem:
        """Check the labels, and take the means of the classes."""
        self.classes_, rows = class_rows(data)
        if len(self.classes_) < 2:
            raise ValueError(
                f"The number of classes has to be greater than one. Got {len(self.classes_)} class."
            )
        for label, count in zip(self.classes_, rows.counts, strict=True):
            if count == 1:
                raise ValueError(
                    f"y has only 1 sample in class {label}, covariance is ill defined."
                )
        if self.solver == "svd" and self.shrinkage is not None:
            raise NotImplementedError("shrinkage not supported with 'svd' solver.")
        return QuadraticProblem(rows)

    def _solve(self, problem: QuadraticProblem) -> None:
        """Solve for the parameters of this member and set the fitted attributes."""
        xp, dtype, place = problem.rows.xp, problem.rows.X.dtype, problem.rows.place
        counts = problem.rows.counts
        priors = counts / float(counts.sum())
        if self.priors is not None:
            priors = np.array(to_numpy(self.priors))
            check_priors(priors, len(counts))
        params, classes = self.get_params(deep=False), []
        for k, label in enumerate(self.classes_):
            classes.append(problem.solve(k, params))
            check_rank(classes[-1], label, int(counts[k]), params, xp)
        self.priors_ = place.put(priors)
        self.means_ = xp.astype(problem.means, dtype)
        dtype = xp.float64 if self.solver == "eigen" else dtype  # as the parent's
        self.scalings_ = [xp.astype(one.scaling, dtype) for one in classes]
        self.rotations_ = [xp.astype(one.rotation, dtype) for one in classes]
        if self.store_covariance:
            self.covariance_ = [xp.astype(one.covariance, dtype) for one in classes]


def _scores(X: Array, classes: list[tuple[Array, Array, float]], xp: Namespace) -> Array:
    """Return the log posteriors of a block of rows, (n_classes, n_rows), summed in float64."""
    found = []
    for mean, white, constant in classes:
        dtype = xp.result_type(X.dtype, white.dtype)
        along = (xp.astype(X, dtype, copy=False) - xp.astype(mean, dtype, copy=False)) @ xp.astype(
            white, dtype, copy=False
        )
        found.append(xp.astype(xp.vecdot(along, along), xp.float64) * -0.5 + constant)
    return xp.stack(found, axis=0)
