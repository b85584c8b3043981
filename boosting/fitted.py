"""A fitted model: its boosters, its parameters, and xgboost's own files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .model_file import columns_in, with_attributes
from .objectives import xgboost_objective
from .parameters import OWN
from .xgb import xgboost

_Parent: Any = xgboost.XGBModel if TYPE_CHECKING else object

# What a fit leaves behind; all of it is replaced at once.
_STATE = (
    "_Booster",
    "_bag",
    "_calibrator",
    "_columns",
    "_conformal",
    "_fit_device",
    "_fold_boosters",
    "_labels",
    "best_iteration_",
    "evals_result_",
    "n_classes_",
    "oof_prediction_",
)


class SeveralBoosters(ValueError, AttributeError):
    """One booster is asked for where there are several; what is read off one is no attribute."""


class Fitted(_Parent):
    """What a fit leaves behind, and what can be read off it."""

    _xgboost_class: ClassVar[Any]
    _task: ClassVar[str]  # "regression", "classification" or "ranking"

    def _keep(self, state: Mapping[str, Any]) -> None:
        """Replace what an earlier fit left behind by `state`, all at once."""
        for name in _STATE:
            self.__dict__.pop(name, None)
        self.__dict__.update(state)

    @property
    def boosters_(self) -> list[Any]:
        """The fitted boosters: one, or `n_bags`, whose predictions are averaged."""
        if not self.__sklearn_is_fitted__():  # asked first: scikit-learn's way builds tags
            check_is_fitted(self)
        return vars(self).get("_bag") or [self._Booster]

    def __sklearn_is_fitted__(self) -> bool:
        return "_Booster" in vars(self) or "_bag" in vars(self)

    def get_booster(self) -> Any:
        """Return the booster of a model that has one.

        Raises
        ------
        ValueError
            When there are several (`n_bags`): they are in `boosters_`.
        """
        if "_bag" in vars(self):
            raise SeveralBoosters(
                f"The model has {len(self._bag)} boosters: see boosters_. Where one is asked for, "
                "fit with n_bags=1; gridfold.save keeps them all."
            )
        return super().get_booster()

    @property
    def n_features_in_(self) -> int:
        """Number of features seen during `fit`."""
        return self.boosters_[0].num_features()

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the features seen during `fit`, where X had any."""
        check_is_fitted(self)
        names = self._columns.names
        if names is None:
            raise AttributeError("There is no feature_names_in_: X had no names of columns.")
        return np.array(names, dtype=object)

    @property
    def feature_importances_(self) -> np.ndarray:
        """Importances of shape (n_features,) that sum to 1, by `importance_type`.

        With `n_bags` models, their mean.
        """
        found = [self._as_xgboost(each).feature_importances_ for each in self.boosters_]
        return np.mean(found, axis=0, dtype=found[0].dtype) if len(found) > 1 else found[0]

    def _wrapper_params(self) -> set[str]:
        return super()._wrapper_params() | set(OWN)

    def get_xgb_params(self) -> dict[str, Any]:
        """Get xgboost's parameters, with `device` as xgboost names it."""
        params = super().get_xgb_params()
        if "objective" in params:  # a function is none of the booster's parameters
            params["objective"] = xgboost_objective(params["objective"], self._task)
        if params["device"] in (None, "auto"):
            params["device"] = vars(self).get("_fit_device")
        return params

    def set_params(self, **params: Any) -> Any:
        """Set parameters; what xgboost lets a fitted model change is changed in each booster."""
        bag = self.__dict__.pop("_bag", None)  # xgboost's own looks for one booster
        try:
            super().set_params(**params)
        finally:
            if bag is not None:
                self._bag = bag
        boosters = [*(bag or ()), *vars(self).get("_fold_boosters", ())]
        settings = self.get_xgb_params() if boosters else {}
        for booster in boosters:
            booster.set_param(settings)
        return self

    def to_xgboost(self) -> Any:
        """Return the plain xgboost estimator with this model's booster.

        It takes encoded rows where columns were recoded (dates, text), and a classifier answers
        with the numbers 0, 1, ... of `classes_`.

        Raises
        ------
        ValueError
            When the predictions would be others: with `n_bags` or `calibration`.
        """
        if vars(self).get("_calibrator") is not None:
            raise ValueError("xgboost's estimators know no calibration: its predictions differ.")
        return self._as_xgboost(self.get_booster())

    def _as_xgboost(self, booster: Any) -> Any:
        params = self.get_params(deep=False)
        params["objective"] = xgboost_objective(self.objective, self._task)
        plain = self._xgboost_class(**{k: v for k, v in params.items() if k not in OWN})
        plain._Booster = booster
        for name in ("n_classes_", "evals_result_"):
            if name in vars(self):
                setattr(plain, name, vars(self)[name])
        return plain

    def save_model(self, fname: Any) -> None:
        """Save the model in xgboost's own format, with the labels and columns of ours in it.

        xgboost's estimators read the file too; they answer with the numbers 0, 1, ... for labels.
        What `predict_interval` needs is not in it.

        Raises
        ------
        ValueError
            When there are several boosters, or a calibration: `gridfold.save` takes the model.
        """
        if vars(self).get("_calibrator") is not None:
            raise ValueError(
                "A file of xgboost's has no place for the calibration, and would answer with other "
                "probabilities: use gridfold.save."
            )
        with with_attributes(self.get_booster(), self._columns, vars(self).get("_labels")):
            super().save_model(fname)

    def load_model(self, fname: Any) -> None:
        """Load a model that `save_model` wrote, this class's or xgboost's.

        Where that fails an earlier model stays as it is.
        """
        self.__dict__ = vars(self._loaded(fname))

    def _loaded(self, fname: Any) -> Any:
        """Return an estimator like this one, with the model of a file."""
        loaded = object.__new__(type(self))
        loaded.__dict__ = {name: v for name, v in vars(self).items() if name not in _STATE}
        super(Fitted, loaded).load_model(fname)
        booster = loaded.get_booster()
        loaded._columns, loaded._labels = columns_in(booster)
        best = booster.attr("best_iteration")
        if best is not None:
            loaded.best_iteration_ = int(best)
        return loaded
