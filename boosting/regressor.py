"""XGBoost's regressor, on any device and with arrays of any library."""

from __future__ import annotations

from inspect import signature
from typing import Any

from ..estimators.arrays import Array
from ..estimators.base import to_host
from .on_device import XGBOnDevice, at_home, fit_params_at, rows
from .xgb import xgboost


class XGBRegressor(XGBOnDevice, xgboost.XGBRegressor):
    """Gradient boosted trees for regression, by XGBoost (Chen and Guestrin 2016).

    All parameters, methods and attributes are those of `xgboost.XGBRegressor`. `device` also takes
    "auto" (a GPU where there is one, else the CPU), and where it is None the device of
    `gridfold.config_context` or of X is used. A GPU that cannot be used is an error.

    Examples
    --------
    >>> from gridfold.boosting import XGBRegressor
    >>> model = XGBRegressor(n_estimators=1, learning_rate=1, reg_lambda=0, min_child_weight=0)
    >>> model.fit([[0], [1]], [3, 5]).predict([[1]])
    array([5.], dtype=float32)
    """

    def fit(self, X: Any, y: Any, **fit_params: Any) -> XGBRegressor:
        """Fit the model.

        Parameters
        ----------
        X : array, table or sparse matrix of shape (n_samples, n_features)
            May have missing cells, and columns of pandas' category type (`enable_categorical`).
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
        **fit_params
            sample_weight, eval_set and the others of `xgboost.XGBRegressor.fit`.

        Raises
        ------
        DeviceError
            When a GPU is asked for and there is none, or xgboost was built without GPU support.
        """
        place = self._place_for_fit(X, y)
        fit_params = fit_params_at(place, fit_params, lambda y, name: to_host(y))
        super().fit(rows(X, place), to_host(y), **fit_params)
        return self

    def predict(self, X: Any, **params: Any) -> Array:
        """Return predictions of shape (n_samples,) or (n_samples, n_targets), float32, where X is.

        `params` are those of `xgboost.XGBRegressor.predict`.
        """
        return at_home(self._answer("predict", X, **params), X)

    # Metadata routing reads the names of the parameters here.
    fit.__signature__ = signature(xgboost.XGBRegressor.fit)  # type: ignore[attr-defined]
    predict.__signature__ = signature(xgboost.XGBRegressor.predict)  # type: ignore[attr-defined]
