"""XGBoost's regressor, on any device and with arrays of any library."""

from __future__ import annotations

from typing import Any

from ..estimators.arrays import Array, to_numpy
from ..estimators.base import to_host
from .fit_params import fit_signature
from .large import lazy_on_dask
from .objectives import check_range, xgboost_objective
from .on_device import at_home
from .survival import AFT, COX, concordance, read_times, refuse_times
from .targets import Target, numbers
from .uncertainty.intervals import PredictsIntervals
from .xgb import xgboost


class XGBRegressor(PredictsIntervals, xgboost.XGBRegressor):
    """Gradient boosted trees for regression, by XGBoost (Chen and Guestrin 2016).

    All parameters, methods and attributes of `xgboost.XGBRegressor` are there, and without the
    parameters below the model is the same, bit for bit. Tables may have columns of text,
    categories, booleans and dates. `device` also takes "auto" (a GPU where there is one, else the
    CPU), and where it is None the device of `gridfold.config_context` or of X is used. A GPU that
    cannot be used is an error.

    Parameters
    ----------
    categorical_features : list of names, positions or a mask, optional
        Columns whose values are categories. Text and category columns of tables always are.
    validation_fraction : float, default=0.1
        With `early_stopping_rounds`, and no validation set given to `fit`: the share of rows held
        out.
    refit_full : bool, default=False
        After such a stop, train again on all rows, for `best rounds / share of training rows`.
    preset : {None, "tabular"}
        Tuned values for what is left at its default; None keeps xgboost's defaults.
    n_bags : int, default=1
        How many models are trained, each on all folds of the rows but one, and averaged. With
        `early_stopping_rounds` each stops by the fold that it was not trained on.
    keep_oof : bool, default=False
        With `n_bags`, whether to keep `oof_prediction_`.
    conformal : {None, "split", "cross"}
        What `predict_interval` is made from: "split" holds `validation_fraction` of the rows out
        of the training, "cross" trains a model for each fold beside (five without `n_bags`).
    objective : str or callable, default="reg:squarederror"
        By xgboost's name or one of "squared_error", "absolute_error", "huber" (xgboost's
        pseudo-Huber loss), "squared_log_error", "logistic", "poisson", "gamma", "tweedie",
        "quantile" (with `quantile_alpha`, one level or several), and of survival times "cox" and
        "aft". `predict` returns hazard ratios of "cox", and times of "aft".
    **kwargs
        All other parameters of `xgboost.XGBRegressor`.

    Attributes
    ----------
    boosters_ : list of xgboost.Booster
        One, or `n_bags`.
    best_iteration_ : int, or list of one per bag
        With early stopping, the best round, from 0.
    evals_result_ : dict, or list of one per bag
        The metrics of each validation set, round by round.
    oof_prediction_ : float32 array of shape (n_samples,) or (n_samples, n_targets)
        For each training row the prediction of the model that was not trained on it.

    Examples
    --------
    >>> from gridfold.boosting import XGBRegressor
    >>> model = XGBRegressor(n_estimators=1, learning_rate=1, reg_lambda=0, min_child_weight=0)
    >>> model.fit([[0], [1]], [3, 5]).predict([[1]])
    array([5.], dtype=float32)
    """

    _xgboost_class = xgboost.XGBRegressor
    _task = "regression"

    def __init__(
        self,
        *,
        categorical_features: Any = None,
        validation_fraction: float = 0.1,
        refit_full: bool = False,
        preset: str | None = None,
        n_bags: int = 1,
        keep_oof: bool = False,
        conformal: str | None = None,
        objective: Any = "reg:squarederror",
        **kwargs: Any,
    ) -> None:
        self.categorical_features = categorical_features
        self.validation_fraction = validation_fraction
        self.refit_full = refit_full
        self.preset = preset
        self.n_bags = n_bags
        self.keep_oof = keep_oof
        self.conformal = conformal
        super().__init__(objective=objective, **kwargs)

    def fit(self, X: Any, y: Any, **fit_params: Any) -> XGBRegressor:
        """Fit the model.

        Parameters
        ----------
        X : array, DataFrame (pandas or polars) or sparse matrix of shape (n_samples, n_features)
            May have missing cells, and columns of text, categories, booleans and dates. Or paths
            of Parquet files, read block by block, or a Dask collection, trained on its cluster.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Survival times are a structured array or DataFrame with a boolean (whether the row
            died) and a number (when, or till when it was watched), as scikit-survival makes them;
            or two columns of bounds, the upper one infinite where the row was censored; or one
            column, negative there.
            The name of a column where X are files; a collection or such a name with Dask.
        **fit_params
            sample_weight, eval_set and the others of `xgboost.XGBRegressor.fit`, and

            - X_val, y_val, sample_weight_val: a validation set for early stopping;
            - groups, of shape (n_samples,): rows of one group are held out together;
            - memory_limit, for files: bytes or text such as "2 GiB" that the fit may add.

        Raises
        ------
        ValueError
            When y has missing values or one that the objective does not take, or a column is of
            no known kind.
        DeviceError
            When a GPU is asked for and there is none, or xgboost was built without GPU support.
        ClusterLostError
            When a Dask cluster loses a worker or its scheduler in training.
        """
        return self._fit(X, y, fit_params)

    def _read_target(self, y: Any) -> Target:
        return Target(self._numbers_or_times(y))

    def _label_of_set(self, target: Target) -> Any:
        return self._numbers_or_times

    def _numbers_or_times(self, y: Any, name: str = "y") -> Any:
        objective = xgboost_objective(self.objective, self._task)
        if objective in (COX, AFT):
            return read_times(to_host(y), objective, name)
        refuse_times(y, self.objective, name)
        y = numbers(to_host(y))
        check_range(y, self.objective, self._task, name)
        return y

    @lazy_on_dask
    def predict(
        self,
        X: Any,
        *,
        output_margin: bool = False,
        validate_features: bool = True,
        base_margin: Any = None,
        iteration_range: Any = None,
    ) -> Array:
        """Return predictions of shape (n_samples,) or (n_samples, n_targets), float32, where X is.

        The parameters are those of `xgboost.XGBRegressor.predict`.
        """
        found = self._mean_prediction(
            X,
            margin=output_margin,
            validate_features=validate_features,
            base_margin=base_margin,
            iteration_range=iteration_range,
        )
        return at_home(found, X)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R squared; for survival times Harrell's concordance index."""
        objective = xgboost_objective(self.objective, self._task)
        if objective not in (COX, AFT):
            return super().score(X, y, sample_weight)
        times = self._numbers_or_times(y)
        return concordance(times, to_numpy(self.predict(X)), objective, to_host(sample_weight))

    # Metadata routing reads the names of the parameters here.
    fit.__signature__ = fit_signature(xgboost.XGBRegressor)  # type: ignore[attr-defined]
