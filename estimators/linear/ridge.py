"""Ridge regression."""

from __future__ import annotations

from numbers import Real
from typing import Any

from sklearn import linear_model

from ..base import OnDevice
from ..door import Opened
from .decision import linear_output, set_linear
from .ridge_path import RidgeMember, fit_ridge


class Ridge(OnDevice, linear_model.Ridge):
    """Linear least squares with l2 penalty.

    Minimises `sum_i w_i (y_i - x_i'b - b0)^2 + alpha |b|^2` by Cholesky on the float64 Gram matrix,
    on its dual where n_samples < n_features, and by SVD where either is ill-conditioned or
    `solver="svd"`
    (Hastie, Tibshirani, Friedman 2009, section 3.4.1).

    Parameters are those of `sklearn.linear_model.Ridge`, and `device`: None (where X is), "cpu",
    "cuda", "cuda:1" or "auto". Solvers other than "auto", "cholesky" and "svd", `positive=True`,
    one alpha per target and sparse X are fitted by scikit-learn; `fallback_` says so.

    Attributes
    ----------
    coef_ : array of shape (n_features,) or (n_targets, n_features), dtype of X
    intercept_ : float or array of shape (n_targets,)
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _task = "regression"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Ridge:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
        sample_weight : array-like of shape (n_samples,) or float, optional
        """
        return self._fit_on_device(X, y, sample_weight)

    def predict(self, X: Any) -> Any:
        """Return predictions of shape (n_samples,) or (n_samples, n_targets), where X is."""
        return self._answer("predict", X, "coef_", lambda X, xp: linear_output(self, X))

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        return ridge_fallback(self)

    def _fit_arrays(self, data: Opened) -> None:
        y = data.y[:, None] if data.y.ndim == 1 else data.y
        member = RidgeMember(float(self.alpha), self.fit_intercept)
        found = fit_ridge(data.X, y, data.sample_weight, [member], data.xp, solver=self.solver)
        set_linear(
            self, found.coef[0, ...], found.intercept[0, ...], data.y.ndim, data.X.dtype, data.xp
        )
        self.n_iter_, self.solver_ = None, solver_of(self)


def ridge_fallback(estimator: Any) -> str | None:
    """Say why a ridge estimator with these parameters is scikit-learn's to fit, or None."""
    if estimator.positive:
        return "positive=True has no kernel here"
    if estimator.solver not in ("auto", "cholesky", "svd"):
        return f"solver={estimator.solver!r} is another algorithm"
    if not isinstance(estimator.alpha, Real):
        return "alpha is an array, one penalty per target"
    return None


def solver_of(estimator: Any) -> str:
    """Return what `solver_` holds after a fit by our kernel."""
    return "svd" if estimator.solver == "svd" else "cholesky"
