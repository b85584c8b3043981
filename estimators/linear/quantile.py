"""Linear regression of a quantile."""

from __future__ import annotations

from typing import Any

from sklearn import linear_model

from ..arrays import HOST, find_place, is_sparse
from ..base import OnDevice, to_host
from .decision import output_in_double


class QuantileRegressor(OnDevice, linear_model.QuantileRegressor):
    """Linear model of a conditional quantile, with l1 penalty, by linear programming.

    Minimises `1/n sum_i w_i pinball(y_i - x_i'b - b0) + alpha |b|_1`. SciPy's HiGHS solves it, on
    the host: that is scikit-learn's own fit. For rows elsewhere `fallback_` says so; answers are
    computed where X is.

    Parameters are those of `sklearn.linear_model.QuantileRegressor`, and `device`.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
    intercept_ : float
    n_iter_ : int
    fallback_ : str or None
        Why the host served although another device or library was asked for, or None.
    """

    _is_double = True
    _on_host = "linear programming runs on the host"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> QuantileRegressor:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,), optional
        """
        self._validate_params()
        if find_place(self.device, X) != HOST:
            return self._fit_parent(X, y, sample_weight, self._on_host)
        self._parent.fit(self, to_host(X), to_host(y), to_host(sample_weight))
        self.fallback_ = "sparse X" if is_sparse(X) else None
        return self

    def predict(self, X: Any) -> Any:
        """Return predictions of shape (n_samples,), float64, where X is."""
        return self._answer("predict", X, "coef_", lambda X, xp: output_in_double(self, X))

    def _fit_arrays(self, data: Any) -> None:
        raise NotImplementedError("QuantileRegressor is fitted by SciPy's linear programming.")
