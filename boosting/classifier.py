"""XGBoost's classifier, with class labels of any kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import softmax

from ..estimators.arrays import Array, is_foreign, place_of, to_numpy
from ..estimators.base import to_host
from .base import Boosted
from .columns import Columns
from .fit_params import fit_signature
from .labels import encode_known, encode_labels, is_multilabel
from .large import lazy_on_dask
from .on_device import at_home
from .targets import Target
from .training.recipe import Recipe
from .training.rows import Rows
from .training.strategy import Trained
from .uncertainty.calibration import fit_calibrator
from .xgb import xgboost


class XGBClassifier(Boosted, xgboost.XGBClassifier):
    """Gradient boosted trees for classification, by XGBoost (Chen and Guestrin 2016).

    All parameters, methods and attributes of `xgboost.XGBClassifier` are there, and without the
    parameters below the model is the same, bit for bit. Labels may be text, booleans or any
    numbers; tables may have columns of text, categories, booleans and dates. `device` also takes
    "auto" (a GPU where there is one, else the CPU), and where it is None the device of
    `gridfold.config_context` or of X is used. A GPU that cannot be used is an error.

    Parameters
    ----------
    categorical_features : list of names, positions or a mask, optional
        Columns whose values are categories. Text and category columns of tables always are.
    validation_fraction : float, default=0.1
        With `early_stopping_rounds`, and no validation set given to `fit`: the share of rows held
        out, every class in its share.
    refit_full : bool, default=False
        After such a stop, train again on all rows, for `best rounds / share of training rows`.
    preset : {None, "tabular"}
        Tuned values for what is left at its default; None keeps xgboost's defaults.
    n_bags : int, default=1
        How many models are trained, each on all folds of the rows but one, and averaged. With
        `early_stopping_rounds` each stops by the fold that it was not trained on.
    keep_oof : bool, default=False
        With `n_bags`, whether to keep `oof_prediction_`.
    calibration : {None, "isotonic", "sigmoid", "temperature"}
        Correct probabilities by what came true out of fold (of five folds without `n_bags`):
        by an increasing function, by a sigmoid of the log odds, or by one temperature for all
        classes. The first learns any shape, and wants thousands of rows; the last never changes
        which class is likeliest. With early stopping, no model then stops by the fold.
    objective : str or callable, default="binary:logistic"
    **kwargs
        All other parameters of `xgboost.XGBClassifier`.

    Attributes
    ----------
    classes_ : array of shape (n_classes,), dtype of y
    boosters_ : list of xgboost.Booster
        One, or `n_bags`.
    best_iteration_ : int, or list of one per bag
        With early stopping, the best round, from 0.
    evals_result_ : dict, or list of one per bag
        The metrics of each validation set, round by round.
    oof_prediction_ : float32 array of shape (n_samples, n_classes)
        For each training row the probabilities by the model that was not trained on it, before
        any calibration.

    Examples
    --------
    >>> from gridfold.boosting import XGBClassifier
    >>> model = XGBClassifier(n_estimators=5, min_child_weight=0)
    >>> model.fit([[0], [1], [2]], ["no", "no", "yes"]).predict([[2], [0]]).tolist()
    ['yes', 'no']
    """

    _xgboost_class = xgboost.XGBClassifier
    _task = "classification"

    def __init__(
        self,
        *,
        categorical_features: Any = None,
        validation_fraction: float = 0.1,
        refit_full: bool = False,
        preset: str | None = None,
        n_bags: int = 1,
        keep_oof: bool = False,
        calibration: str | None = None,
        objective: Any = "binary:logistic",
        **kwargs: Any,
    ) -> None:
        self.categorical_features = categorical_features
        self.validation_fraction = validation_fraction
        self.refit_full = refit_full
        self.preset = preset
        self.n_bags = n_bags
        self.keep_oof = keep_oof
        self.calibration = calibration
        super().__init__(objective=objective, **kwargs)

    def fit(self, X: Any, y: Any, **fit_params: Any) -> XGBClassifier:
        """Fit the model.

        Parameters
        ----------
        X : array, DataFrame (pandas or polars) or sparse matrix of shape (n_samples, n_features)
            May have missing cells, and columns of text, categories, booleans and dates. Or paths
            of Parquet files, read block by block, or a Dask collection, trained on its cluster.
        y : array-like of shape (n_samples,), or (n_samples, n_labels) of 0 and 1
            The name of a column where X are files; a collection or such a name with Dask.
        **fit_params
            sample_weight, eval_set and the others of `xgboost.XGBClassifier.fit`, and

            - X_val, y_val, sample_weight_val: a validation set for early stopping;
            - groups, of shape (n_samples,): rows of one group are held out together;
            - memory_limit, for files: bytes or text such as "2 GiB" that the fit may add.

        Raises
        ------
        ValueError
            When y has missing labels or one class only, a validation set has labels that y has
            not, a validation part lacks a class, or a column is of no known kind.
        DeviceError
            When a GPU is asked for and there is none, or xgboost was built without GPU support.
        ClusterLostError
            When a Dask cluster loses a worker or its scheduler in training.
        """
        return self._fit(X, y, fit_params)

    def _read_target(self, y: Any) -> Target:
        if is_multilabel(y):
            if self.calibration is not None:
                raise ValueError(
                    f"calibration={self.calibration!r} is for one label a row, and y has "
                    f"{np.shape(y)[1]}: fit one model for each."
                )
            return Target(to_host(y))
        if self.calibration is not None and self.objective == "binary:logitraw":
            raise ValueError(
                f"calibration={self.calibration!r} corrects probabilities, and "
                "objective='binary:logitraw' gives none: use 'binary:logistic', whose trees are "
                "the same."
            )
        classes, codes = encode_labels(y)
        return Target(codes, classes, codes)

    def _recipe(self, columns: Columns, target: Target, *settled: Any) -> Recipe:
        recipe = super()._recipe(columns, target, *settled)
        is_left_over = recipe.params["objective"] in ("multi:softprob", "multi:softmax")
        if is_left_over and len(target.names) == 2 and "num_class" not in recipe.params:
            # From a fit on more classes, which wrote it into the parameters; xgboost refuses it.
            params = {**recipe.params, "objective": "binary:logistic"}
            return replace(recipe, params=params)
        return recipe

    def _label_of_set(self, target: Target) -> Any:
        if target.labels is None:
            return super()._label_of_set(target)
        return lambda y, name: encode_known(y, target.labels, name)

    def _out_of_fold(self, estimator: Any, rows: Rows) -> np.ndarray:
        return estimator.predict_proba(rows.X, base_margin=rows.with_rows.get("base_margin"))

    def _state(self, trained: Trained, rows: Rows, recipe: Recipe, *settled: Any) -> dict[str, Any]:
        state = super()._state(trained, rows, recipe, *settled)
        if recipe.calibration is not None and trained.bags is not None:
            state["_calibrator"] = fit_calibrator(
                recipe.calibration, trained.bags.oof, rows.y, rows.with_rows.get("sample_weight")
            )
        return state

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
        """Return labels of shape (n_samples,): where X is if they are numbers, else in NumPy.

        The parameters are those of `xgboost.XGBClassifier.predict`.
        """
        options = {
            "validate_features": validate_features,
            "base_margin": base_margin,
            "iteration_range": iteration_range,
        }
        if output_margin:
            return at_home(self._mean_prediction(X, margin=True, **options), X)
        labels = vars(self).get("_labels")
        codes = self._codes(X, options)
        if labels is None:
            return at_home(codes, X)
        if is_foreign(codes) and labels.dtype.kind in "fiub":
            return at_home(place_of(codes).put(labels)[codes], X)
        return at_home(labels[to_numpy(codes)], X)

    @lazy_on_dask
    def predict_proba(
        self,
        X: Any,
        validate_features: bool = True,
        base_margin: Any = None,
        iteration_range: Any = None,
    ) -> Array:
        """Return probabilities of shape (n_samples, n_classes), float32, where X is.

        Columns are in the order of `classes_`; the parameters are those of
        `xgboost.XGBClassifier.predict_proba`.
        """
        options = {
            "validate_features": validate_features,
            "base_margin": base_margin,
            "iteration_range": iteration_range,
        }
        return at_home(self._probabilities(X, options), X)

    def _codes(self, X: Any, options: dict[str, Any]) -> Array:
        """Return the number of each row's class, or a column of 0 and 1 per label."""
        if vars(self).get("_calibrator") is not None:
            return self._probabilities(X, options).argmax(axis=1)
        if self.objective == "multi:softmax":
            answers = self._member_predictions(X, **options)
            if len(answers) == 1:
                return answers[0].astype("int32")
            return self._probabilities(X, options).argmax(axis=1)
        values = self._mean_prediction(X, **options)
        if values.ndim == 2 and self.n_classes_ != 2:
            return values.argmax(axis=1)
        return (values > 0.5).astype("float64" if values.ndim == 2 else "int64")

    def _probabilities(self, X: Any, options: dict[str, Any]) -> Array:
        if self.objective == "multi:softmax":
            found = softmax(to_numpy(self._mean_prediction(X, margin=True, **options)), axis=1)
        else:
            found = _both_classes(self._mean_prediction(X, **options), self.n_classes_)
        calibrator = vars(self).get("_calibrator")
        return found if calibrator is None else calibrator.apply(to_numpy(found))

    @property
    def classes_(self) -> np.ndarray:
        """The labels of y, sorted."""
        labels = vars(self).get("_labels")
        return np.arange(self.n_classes_) if labels is None else labels

    # Metadata routing reads the names of the parameters here.
    fit.__signature__ = fit_signature(xgboost.XGBClassifier)  # type: ignore[attr-defined]


def _both_classes(values: Array, n_classes: int) -> Array:
    """Return a column per class: of two classes xgboost tells the second only."""
    if values.ndim == 2 and (values.shape[1] == n_classes or n_classes == 2):
        return values
    xp = np if isinstance(values, np.ndarray) else place_of(values).xp
    return xp.stack((1.0 - values, values)).T
