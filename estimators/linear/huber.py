"""Linear regression that is robust to outliers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import linear_model
from sklearn.exceptions import ConvergenceWarning

from ..arrays import to_numpy
from ..base import OnDevice
from ..blocks import rows_in_memory
from ..door import Opened
from .decision import output_in_double
from .huber_newton import minimise_huber
from .huber_objective import HuberProblem
from .linear_regression import check_no_negative

_FEW_COLUMNS = 100  # of sparse rows


class HuberRegressor(OnDevice, linear_model.HuberRegressor):
    """Linear regression with squared loss for small residuals and absolute loss for large ones.

    Minimises `sum_i w_i (s + H((y_i - x_i'b - b0) / s) s) + alpha |b|^2` over b, b0 and the scale
    s, where `H(z)` is `z^2` up to `epsilon` and `2 epsilon |z| - epsilon^2` beyond, by Newton's
    method: the objective is convex in all of them, and its Hessian is made of the Gram matrix of
    the rows inside. Above 1,500 columns L-BFGS serves (Owen 2007, "A robust hybrid of lasso and
    ridge regression").

    Parameters are those of `sklearn.linear_model.HuberRegressor`, and `device`. `max_iter` counts
    Newton steps, of which a dozen is usual. The fit ends where the objective is estimated to be
    within a part of 1e-7 `tol` of its minimum. Sparse X of more than 100 columns is scikit-learn's
    to fit; `fallback_` says so.

    Attributes
    ----------
    coef_ : array of shape (n_features,), float64
    intercept_ : float
    scale_ : float
    outliers_ : array of shape (n_samples,), bool
    n_iter_ : int
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _task = "regression"
    _multi_output = False
    _is_double = True

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> HuberRegressor:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,) or float, optional

        Raises
        ------
        ValueError
            When a weight is negative.
        """
        return self._fit_on_device(_dense_if_few(X), y, sample_weight)

    def predict(self, X: Any) -> Any:
        """Return predictions of shape (n_samples,), float64, where X is."""
        return self._answer("predict", X, "coef_", lambda X, xp: output_in_double(self, X))

    def _fit_arrays(self, data: Opened) -> None:
        check_no_negative(data.sample_weight, data.xp)
        problem = HuberProblem.of(
            data.X,
            data.y,
            data.sample_weight,
            float(self.epsilon),
            float(self.alpha),
            self.fit_intercept,
            data.xp,
        )
        found = minimise_huber(problem, _start(self, problem), float(self.tol), self.max_iter)
        if not found.converged:
            warnings.warn(
                f"newton failed to converge after {found.n_iter} iteration(s). Increase the number "
                "of iterations (max_iter), or scale the columns of X.",
                ConvergenceWarning,
                stacklevel=4,
            )
        p, params = data.X.shape[1], found.point.params
        self.coef_ = data.place.put(params[:p])
        self.intercept_ = 0.0
        if self.fit_intercept:
            self.intercept_ = params[p] - params[:p] @ to_numpy(problem.mean)
        self.scale_, self.n_iter_ = np.float64(found.point.scale), found.n_iter
        beyond = found.point.scale * self.epsilon
        self.outliers_ = data.xp.abs(found.point.residual) > beyond


def _start(estimator: Any, problem: HuberProblem) -> np.ndarray:
    """Return parameters to start from: those of the last fit if asked for, else a mean."""
    xp, params = problem.xp, np.zeros(problem.n_params)
    p = problem.X.shape[1]
    if estimator.warm_start and hasattr(estimator, "coef_"):
        params[:p] = to_numpy(estimator.coef_)
        if problem.fit_intercept:
            params[p] = float(estimator.intercept_) + params[:p] @ to_numpy(problem.mean)
    elif problem.fit_intercept:
        params[p] = float(xp.sum(problem.weight * problem.y)) / problem.total
    return params


def _dense_if_few(X: Any) -> Any:
    """Return sparse rows of few columns as an array: Newton's method is quicker on these."""
    if not sparse.issparse(X) or X.ndim != 2 or X.shape[1] > _FEW_COLUMNS:
        return X
    return X.toarray() if X.shape[0] <= rows_in_memory(8.0 * X.shape[1]) else X
