"""What gridfold adds to xgboost's estimators: one way through fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length

from ..estimators.arrays import Place
from ..estimators.base import to_host
from ..estimators.config import get_config
from .columns import Columns
from .constraints import resolve
from .continuing import booster_before, check_labels, columns_before, with_model_read
from .explanation.explained import Explained
from .fit_params import checked_names, split_off_rows, with_encoded_sets, with_validation_set
from .fitted import Fitted
from .large import fit_dask, fit_files, is_dask, is_files
from .matrices import encoded_set
from .objectives import objective_after, xgboost_objective
from .on_device import cuda_name, place_for_fit, rows_at
from .parameters import OWN, check_own
from .predicting import Predicting
from .presets import Shape, with_preset
from .targets import Target
from .training.recipe import Recipe
from .training.rows import Rows
from .training.strategy import Trained, train_all


class Boosted(Explained, Predicting, Fitted):
    """Stands before the xgboost class in the bases, and trains.

    It must not define `get_params`: xgboost's own looks in the first base that has one.
    """

    def _fit(self, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Any:
        """Fit on rows in memory, in files or on a cluster."""
        given = with_model_read(checked_names(self, fit_params))
        if y is None:
            name = type(self).__name__
            raise ValueError(f"{name} requires y to be passed, but the target y is None.")
        if is_files(X):
            return fit_files(self, X, y, **given)
        if "memory_limit" in given:
            raise ValueError("memory_limit is for X by path; this X is not read from files.")
        if is_dask(X):
            return fit_dask(self, X, y, **given)
        return self._fit_in_memory(X, y, given)

    def _fit_in_memory(self, X: Any, y: Any, given: Mapping[str, Any]) -> Any:
        """Encode once, train, and keep what came of it."""
        given = with_validation_set(given)
        check_consistent_length(X, y)  # xgboost takes 100 labels for 10 rows as 10 targets
        place = place_for_fit(self.device, X)
        columns = self._columns_for(X, given)
        target = self._read_target(y)
        check_labels(given.get("xgb_model"), target.labels)
        rows, given = self._rows(X, target, columns, place, given)
        recipe = self._recipe(columns, target, place, len(rows), rows.groups)
        trained = self._train(recipe, rows, given, target)
        self._keep(self._state(trained, rows, recipe, columns, target, place))
        return self

    def _columns_for(self, X: Any, given: Mapping[str, Any]) -> Columns:
        """Learn the columns of X, or take those of the model whose training goes on."""
        before = given.get("xgb_model")
        booster = booster_before(before)
        if isinstance(before, Boosted):
            return before._columns
        columns = Columns.learn(X, self.categorical_features)
        return columns if booster is None else columns_before(booster, columns)

    def _read_target(self, y: Any) -> Target:
        """Return y as xgboost fits it."""
        raise NotImplementedError(f"{type(self).__name__} must define _read_target.")

    def _rows(
        self, X: Any, target: Target, columns: Columns, place: Place, given: Mapping[str, Any]
    ) -> tuple[Rows, dict[str, Any]]:
        """Return the encoded rows, and the fit parameters that are not per row."""
        given = with_encoded_sets(
            given, lambda X: encoded_set(columns, X, place), self._label_of_set(target)
        )
        encoded = rows_at(columns.for_training(X), place)
        with_rows, groups = split_off_rows(given, encoded.shape[0])
        return Rows(encoded, target.y, with_rows, target.strata, groups), given

    def _label_of_set(self, target: Target) -> Any:
        """Return what reads the y of a validation set."""
        return lambda y, name: to_host(y)

    def _recipe(
        self, columns: Columns, target: Target, place: Place, n_samples: int, groups: Any = None
    ) -> Recipe:
        """Settle all parameters: the user's, a preset's, and those that follow from the data."""
        params = self.get_params(deep=False)
        params["objective"] = xgboost_objective(self.objective, self._task)
        if self.preset is not None:
            defaults = type(self)().get_params(deep=False)
            params = with_preset(params, defaults, Shape.of(target, n_samples, groups))
        check_own(params)
        own = {name: params.pop(name) for name in OWN if name in params}
        columns.check_params(params)
        params = resolve(params, columns)
        params["device"] = self._device_at(place)
        if columns.has_categories:
            params["enable_categorical"] = True
            if columns.names is None:  # a frame tells its types itself
                params["feature_types"] = columns.feature_types
        return Recipe(
            cls=self._xgboost_class,
            params=params,
            n_bags=own["n_bags"],
            validation_fraction=own["validation_fraction"],
            refit_full=own["refit_full"],
            calibration=own.get("calibration"),
            conformal=own.get("conformal"),
            keep_oof=own["keep_oof"],
            build_matrix=vars(self).get("_create_dmatrix"),
        )

    def _device_at(self, place: Place) -> str | None:
        """Return xgboost's name of the place; None where neither we nor the user chose one."""
        is_open = self.device is None and get_config()["device"] is None
        return cuda_name(place) or (None if is_open else "cpu")

    def _train(
        self, recipe: Recipe, rows: Rows, given: Mapping[str, Any], target: Target
    ) -> Trained:
        return train_all(recipe, rows, given, self._out_of_fold, target.names)

    def _out_of_fold(self, estimator: Any, rows: Rows) -> np.ndarray:
        """Return what an xgboost estimator says of rows that it was not trained on."""
        return estimator.predict(rows.X, base_margin=rows.with_rows.get("base_margin"))

    def _state(
        self,
        trained: Trained,
        rows: Rows,
        recipe: Recipe,
        columns: Columns,
        target: Target,
        place: Place,
    ) -> dict[str, Any]:
        """Return what the fit leaves behind, by name of attribute."""
        boosters = [each.get_booster() for each in trained.estimators]
        state: dict[str, Any] = {
            "_columns": columns,
            "_labels": target.labels,
            "_fit_device": self._device_at(place),
            "objective": objective_after(self.objective, trained.estimators[0].objective),
            **({"_Booster": boosters[0]} if len(boosters) == 1 else {"_bag": boosters}),
        }
        watched = trained.estimators if len(boosters) > 1 else [trained.watched]
        for name, values in (
            ("evals_result_", [vars(each).get("evals_result_") for each in watched]),
            ("best_iteration_", [_best_iteration(each) for each in watched]),
        ):
            if values[0] is not None:
                state[name] = values if len(boosters) > 1 else values[0]
        if hasattr(trained.estimators[0], "n_classes_"):
            state["n_classes_"] = trained.estimators[0].n_classes_
        if recipe.keep_oof and trained.bags is not None:
            state["oof_prediction_"] = trained.bags.oof
        return state


def _best_iteration(estimator: Any) -> int | None:
    found = estimator.get_booster().attr("best_iteration")
    return None if found is None else int(found)
