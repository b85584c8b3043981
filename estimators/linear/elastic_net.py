"""Lasso and elastic net."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn import linear_model

from ..arrays import HOST, Place, find_place, is_sparse, to_numpy
from ..base import OnDevice, to_host
from ..door import Opened
from ..shared import Declined
from .centring import rough_means
from .decision import linear_output, set_linear
from .lasso_columns import PlacedRows
from .lasso_descent import Descended, Descent, descend_by_columns, descend_from_gram
from .lasso_path import MOST_COLUMNS, sums_on_host
from .linear_regression import check_no_negative
from .moments import centres, column_means, gram, moments

_GRAM_COLUMNS, _GRAM_ROWS = 200, 10  # columns, or rows for each of more, where a Gram matrix pays

_MANY_ROWS = 4096  # from which the means of some are found sooner


class CoordinateDescent(OnDevice):
    """What Lasso and ElasticNet have in common: all but the default of `l1_ratio`."""

    _task = "regression"

    def fit(self, X: Any, y: Any, sample_weight: Any = None, check_input: bool = True) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
        sample_weight : array-like of shape (n_samples,) or float, optional
        check_input : bool, default=True
            False leaves NumPy's arrays to scikit-learn as they are.

        Raises
        ------
        ValueError
            When a weight is negative, and where numbers overflow.
        """
        plain = not check_input or is_sparse(X) or not _pays(self, X)
        if plain and find_place(self.device, X) == HOST:
            return self._fit_rows(X, y, sample_weight, check_input)
        if self.alpha == 0:
            _warn_of_no_penalty()
        if isinstance(sample_weight, int | float):
            sample_weight = None
        try:
            return self._fit_on_device(X, y, sample_weight)
        except Declined:  # on the host alone: elsewhere the rows are gone through again
            return self._fit_rows(X, y, sample_weight, True)

    def predict(self, X: Any) -> Any:
        """Return predictions of shape (n_samples,) or (n_samples, n_targets), where X is."""
        return self._answer("predict", X, "coef_", lambda X, xp: linear_output(self, X))

    @property
    def sparse_coef_(self) -> Any:
        """The coefficients as a sparse matrix of SciPy, on the host."""
        return self.to_sklearn().sparse_coef_

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if not isinstance(self.precompute, bool | np.bool_):
            return "precompute is a Gram matrix of its own"
        return None

    def _fit_rows(self, X: Any, y: Any, sample_weight: Any, check_input: bool) -> Any:
        """Fit by scikit-learn's descent on the rows of the host, which is compiled."""
        self._parent.fit(self, to_host(X), to_host(y), to_host(sample_weight), check_input)
        self.fallback_ = "sparse X" if is_sparse(X) else None
        return self

    def _descend(self, data: Opened) -> None:
        check_no_negative(data.sample_weight, data.xp)
        how = Descent(
            float(self.l1_ratio),
            float(self.tol),
            int(self.max_iter),
            self.positive,
            self.selection,
            self.random_state,
        )
        y = data.y[:, None] if data.y.ndim == 1 else data.y
        starts = _starts(self, y.shape[1])
        found, x_mean, y_mean, weight = _solve(self, data, y, how, starts)
        self._set_fitted(data, found, x_mean, y_mean, weight)

    def _set_fitted(
        self,
        data: Opened,
        found: list[Descended],
        x_mean: np.ndarray,
        y_mean: np.ndarray,
        weight: float,
    ) -> None:
        coef = np.stack([each.coef for each in found])
        intercept = y_mean - coef @ x_mean
        if not (np.isfinite(coef).all() and np.isfinite(intercept).all()):
            raise ValueError(
                "Coordinate descent iterations resulted in non-finite parameter values. The input "
                "data may contain large values and need to be preprocessed."
            )
        dtype = dtype_on_host(data.X.dtype)
        self.dual_gap_ = np.array([each.gap for each in found]).astype(dtype) / dtype.type(weight)
        n_iter = [each.n_iter for each in found]
        self.n_iter_ = n_iter[0] if len(n_iter) == 1 else n_iter
        set_linear(self, coef, intercept, data.y.ndim, dtype, np)
        if len(found) == 1:
            self.dual_gap_ = self.dual_gap_[0]
            self.coef_: Any = np.reshape(self.coef_, -1)
        bring_to(self, data.place)


class ElasticNet(CoordinateDescent, linear_model.ElasticNet):
    """Linear least squares with l1 and l2 penalties.

    Minimises `1 / (2 n) sum_i w_i (y_i - x_i'b - b0)^2 + alpha l1_ratio |b|_1
    + alpha (1 - l1_ratio) |b|^2 / 2` with weights of mean 1, until the duality gap is at most `tol`
    times the mean square of the centred y.

    Rows are summed once to a Gram matrix, where they live; on it go the steps of scikit-learn's
    coordinate descent, on the host, to which nothing but sums is brought. Where columns are many,
    scikit-learn goes through the rows on the host, and elsewhere working sets of columns do
    (Friedman, Hastie, Tibshirani 2010; Massias, Gramfort, Salmon 2018).

    Parameters are those of `sklearn.linear_model.ElasticNet`, and `device`. X is never written to,
    whatever `copy_X`, where a Gram matrix is formed. Sparse X, and off the host a `precompute` that
    is a Gram matrix, are scikit-learn's to fit; `fallback_` says so.

    Attributes
    ----------
    coef_ : array of shape (n_features,) or (n_targets, n_features), dtype of X
    intercept_ : float or array of shape (n_targets,)
    dual_gap_ : float or array of shape (n_targets,)
    n_iter_ : int or list of int
        Rounds of coordinate descent.
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    def _fit_arrays(self, data: Opened) -> None:
        self._descend(data)


class Lasso(CoordinateDescent, linear_model.Lasso):
    """Linear least squares with l1 penalty: `ElasticNet` with `l1_ratio=1`.

    Parameters are those of `sklearn.linear_model.Lasso`, and `device`; attributes are those of
    `ElasticNet`.
    """

    def _fit_arrays(self, data: Opened) -> None:
        self._descend(data)


def _pays(estimator: Any, X: Any) -> bool:
    """Whether forming a Gram matrix is quicker on the host than going through the rows (measured).

    A Gram matrix of the user's own serves scikit-learn.
    """
    if not isinstance(estimator.precompute, bool | np.bool_):
        return False
    shape: Any = np.shape(X) if isinstance(X, list | tuple) else getattr(X, "shape", ())
    n, p = shape if len(shape) == 2 else (1, 1)
    few = p <= _GRAM_COLUMNS or p * _GRAM_ROWS <= n or bool(estimator.precompute)
    return p <= min(n, MOST_COLUMNS) and few


def _solve(
    estimator: Any, data: Opened, y: Any, how: Descent, starts: list[np.ndarray | None]
) -> tuple[list[Descended], np.ndarray, np.ndarray, float]:
    """Return what was found for each target, the means of X and y, and the summed weights.

    Raises
    ------
    Declined
        On the host, where sums have lost too many digits.
    """
    alpha, fit_intercept = float(estimator.alpha), estimator.fit_intercept
    X, weight, xp = data.X, data.sample_weight, data.xp
    if X.shape[1] <= min(X.shape[0], MOST_COLUMNS):
        centre_x, centre_y = _centres(X, y, weight, xp)
        sums = moments(X, y, weight, centre_x, centre_y, xp)
        matrix = sums_on_host(gram(sums, centre_x, centre_y, fit_intercept))
        try:
            found = descend_from_gram(matrix, alpha, how, starts)
            return found, matrix.x_mean, matrix.y_mean, matrix.weight
        except Declined:
            if data.place == HOST:
                raise
    rows = PlacedRows(X, weight, fit_intercept)
    centre_y = column_means(y, weight, xp)
    centre_y = centre_y if fit_intercept else xp.zeros_like(centre_y)
    Y = xp.astype(y, xp.float64) - centre_y
    found = [
        descend_by_columns(rows, rows.weighted(Y[:, k]), alpha, how, start)
        for k, start in enumerate(starts)
    ]
    return found, to_numpy(rows.mean), to_numpy(centre_y), rows.weight


def _centres(X: Any, y: Any, weight: Any, xp: Any) -> tuple[Any, Any]:
    """Return about what to sum, (n_features,) and (n_targets,): of X some rows' means will do."""
    if weight is not None or X.shape[0] < _MANY_ROWS:
        return centres(X, y, weight, xp)
    return rough_means(X), column_means(y, weight, xp)


def bring_to(estimator: Any, place: Place) -> None:
    """Bring the fitted arrays from the host to `place`."""
    if place == HOST:
        return
    estimator.coef_ = place.put(estimator.coef_)
    if estimator.fit_intercept:
        estimator.intercept_ = place.put(np.asarray(estimator.intercept_))
    if np.ndim(estimator.dual_gap_):
        estimator.dual_gap_ = place.put(estimator.dual_gap_)


def dtype_on_host(dtype: Any) -> np.dtype:
    """Return NumPy's dtype for float32 or float64 of any library."""
    return np.dtype(str(dtype).rpartition(".")[2])


def _starts(estimator: Any, n_targets: int) -> list[np.ndarray | None]:
    """Return coefficients to start from for each target: those of the last fit if asked for."""
    if not (estimator.warm_start and hasattr(estimator, "coef_")):
        return [None] * n_targets
    return list(np.atleast_2d(to_numpy(estimator.coef_)).astype(np.float64))


def _warn_of_no_penalty() -> None:
    warnings.warn(
        "With alpha=0, this algorithm does not converge well. You are advised to use the "
        "LinearRegression estimator",
        stacklevel=3,
    )
