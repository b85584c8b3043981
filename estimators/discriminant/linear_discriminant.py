"""Linear discriminant analysis."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from array_api_compat import numpy as np_namespace
from sklearn import discriminant_analysis
from sklearn.utils.validation import check_is_fitted

from ..arrays import HOST, Array, Namespace, find_place, place_of, to_numpy
from ..base import OnDevice, result_place
from ..class_sums import plain_labels
from ..door import Opened, check_rows
from ..linear.decision import decision_scores, labels_of
from .class_rows import in_blocks
from .labelled import check_priors, class_rows
from .linear_solvers import LinearProblem, solve_eigen, solve_lsqr, solve_svd
from .probabilities import probabilities

_DOUBLE = ("covariance_", "coef_", "intercept_", "scalings_", "explained_variance_ratio_")


class LinearDiscriminantAnalysis(OnDevice, discriminant_analysis.LinearDiscriminantAnalysis):
    """Gaussian classes with one covariance: a linear classifier, and a projection.

    The score of class c is `mean_c' S^-1 x - mean_c' S^-1 mean_c / 2 + log prior_c` with S the
    covariance within classes. It is summed over all classes in one pass, in float64, and decomposed
    in place of the rows; with solver="svd" these are decomposed (by QR, block by block) where S has
    lost digits or where there are few. Columns of `scalings_` have their entry of largest size
    positive (Hastie, Tibshirani, Friedman 2009, section 4.3).

    Parameters are those of `sklearn.discriminant_analysis.LinearDiscriminantAnalysis`, and
    `device`: None (where X is), "cpu", "cuda", "cuda:1" or "auto". A `covariance_estimator` is
    scikit-learn's; `fallback_` says so.

    Attributes
    ----------
    coef_ : array of shape (1, n_features) for two classes or (n_classes, n_features)
    intercept_ : array of shape (1,) or (n_classes,)
    means_ : array of shape (n_classes, n_features), dtype of X
    priors_ : array of shape (n_classes,)
    xbar_, scalings_, covariance_, explained_variance_ratio_ : arrays
        As far as the solver has them.
    classes_ : ndarray of shape (n_classes,)
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _task = "classification"
    _multi_output = False

    def fit(self, X: Any, y: Any) -> LinearDiscriminantAnalysis:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), any labels

        Raises
        ------
        ValueError
            When there are as many classes as rows, or a parameter does not fit the data.
        NotImplementedError
            When `solver="svd"` is asked to shrink.
        """
        return self._fit_on_device(X, y)

    def decision_function(self, X: Any) -> Any:
        """Return scores of shape (n_samples,) or (n_samples, n_classes), where X is."""
        return self._answer("decision_function", X, "coef_", lambda X, xp: decision_scores(self, X))

    def predict(self, X: Any) -> Any:
        """Return labels of shape (n_samples,); numeric ones where X is, others as NumPy."""
        scores = self.decision_function(X)
        home = place_of(scores)
        labels = labels_of(to_numpy(self.classes_), scores, home.xp)
        return result_place(home, labels).put(labels)

    def predict_proba(self, X: Any) -> Any:
        """Return probabilities of shape (n_samples, n_classes), where X is."""
        return self._answer("predict_proba", X, "coef_", self._probabilities)

    def predict_log_proba(self, X: Any) -> Any:
        """Return logarithms of probabilities, of shape (n_samples, n_classes), where X is."""

        def logarithms(X: Array, xp: Namespace) -> Array:
            found = self._probabilities(X, xp)
            least = float(xp.finfo(found.dtype).smallest_normal)
            return xp.log(xp.where(found == 0.0, found + least, found))

        return self._answer("predict_log_proba", X, "coef_", logarithms)

    def transform(self, X: Any) -> Any:
        """Return projected rows of shape (n_samples, n_components), where X is.

        Raises
        ------
        NotImplementedError
            When `solver="lsqr"`, which has no projection.
        """
        if self.solver == "lsqr":
            raise NotImplementedError(
                "transform not implemented for 'lsqr' solver (use 'svd' or 'eigen')."
            )
        check_is_fitted(self)
        if self.solver == "svd" and {place_of(X, self.coef_), find_place(self.device, X)} == {HOST}:
            # The parent centres all rows at once, in as much memory as they take.
            return self._projected(check_rows(self, X), np_namespace)
        return self._answer("transform", X, "coef_", self._projected)

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if self.covariance_estimator is None:
            return None
        return "covariance_estimator estimates on the host"

    def _fit_arrays(self, data: Opened) -> None:
        self._solve(self._problem(data, [float(self.tol)]))

    def _problem(self, data: Opened, tols: list[float]) -> LinearProblem:
        """Check labels and priors, and take the means of the classes."""
        if data.X.shape[0] < 2:
            raise ValueError(
                "Found array with 1 sample(s) while a minimum of 2 is required by "
                f"{type(self).__name__}."
            )
        labels, rows = class_rows(data)
        self.classes_ = plain_labels(labels)
        if len(self.classes_) == data.X.shape[0]:
            raise ValueError("The number of samples must be more than the number of classes.")
        return LinearProblem(rows, self._checked_priors(rows.counts), tols)

    def _checked_priors(self, counts: np.ndarray) -> np.ndarray:
        if self.priors is None:
            return counts / float(counts.sum())
        priors = np.asarray(to_numpy(self.priors), dtype=np.float64)
        check_priors(priors, len(counts))
        if np.any(priors < 0):
            raise ValueError("priors must be non-negative")
        if abs(np.sum(priors) - 1.0) > 1e-5:
            warnings.warn("The priors do not sum to 1. Renormalizing", UserWarning, stacklevel=6)
            priors = priors / priors.sum()
        return priors

    def _solve(self, problem: LinearProblem) -> None:
        """Solve for the parameters of this member and set the fitted attributes."""
        place, dtype = problem.rows.place, problem.rows.X.dtype
        most = min(len(problem.priors) - 1, problem.rows.shape[1])
        if self.n_components is not None and self.n_components > most:
            raise ValueError("n_components cannot be larger than min(n_features, n_classes - 1).")
        found = self._solution(problem)
        self._max_components = most if self.n_components is None else self.n_components
        self._n_features_out = self._max_components
        if "explained_variance_ratio_" in found:
            share = found["explained_variance_ratio_"]
            kept = min(self._max_components, share.shape[0])
            found["explained_variance_ratio_"] = share[:kept]
        if len(problem.priors) == 2:
            for name in ("coef_", "intercept_"):
                found[name] = place.put(found[name][1:, ...] - found[name][:1, ...], dtype)
        found["priors_"] = place.put(problem.priors)
        found["means_"] = problem.means
        double = () if self.solver == "svd" else _DOUBLE
        for name, value in found.items():
            is_double = name in double or name == "covariance_"
            kept = value if is_double else problem.rows.xp.astype(value, dtype)
            setattr(self, name, kept)

    def _solution(self, problem: LinearProblem) -> dict[str, Array]:
        if self.solver == "lsqr":
            return solve_lsqr(problem, self.shrinkage)
        if self.solver == "eigen":
            return solve_eigen(problem, self.shrinkage)
        if self.shrinkage is not None:
            raise NotImplementedError("shrinkage not supported with 'svd' solver.")
        stored = {"covariance_": problem.covariance(None)} if self.store_covariance else {}
        return {**stored, **solve_svd(problem, float(self.tol))}

    def _probabilities(self, X: Array, xp: Namespace) -> Array:
        return probabilities(decision_scores(self, X), xp)

    def _as_precise(self, name: str, X: Array) -> Array:
        """The fitted array where X is; on the host NumPy brings both to the wider dtype."""
        return getattr(self, name) if isinstance(X, np.ndarray) else self._here(name, X)

    def _projected(self, X: Array, xp: Namespace) -> Array:
        axes = self._as_precise("scalings_", X)[:, : self._max_components]
        if self.solver == "eigen":
            return X @ axes
        xbar = self._as_precise("xbar_", X)
        n_rows, n_features = X.shape
        return in_blocks(lambda rows: (X[rows, :] - xbar) @ axes, n_rows, 16.0 * n_features, xp)
