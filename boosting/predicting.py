"""Predictions of gridfold's boosting estimators, from raw rows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ..estimators.arrays import Array, Place, to_numpy
from .fitted import Fitted
from .large import is_files, predict_files
from .on_device import place_of_model, rows_at
from .serving import matrix_of, mean, raw_predictions, rounds_of, serves_in_place
from .xgb import xgboost


class Predicting(Fitted):
    """Encodes the rows as those of the fit, and asks each booster."""

    def _model_place(self) -> Place:
        """Where the fitted model computes."""
        return place_of_model(self.device, vars(self).get("_fit_device"))

    def _member_predictions(
        self,
        X: Any,
        *,
        boosters: Sequence[Any] | None = None,
        margin: bool = False,
        validate_features: bool = True,
        base_margin: Any = None,
        iteration_range: Any = None,
    ) -> Sequence[Array]:
        """Return what each booster, or each of those given, says of X, where the model computes."""
        boosters, place = boosters or self.boosters_, self._model_place()
        if is_files(X):
            return predict_files(
                self,
                X,
                boosters=boosters,
                margin=margin,
                base_margin=base_margin,
                iteration_range=iteration_range,
            )
        # Once for all boosters: on a GPU this is a copy of the rows.
        matrix = rows_at(self._columns.for_predict(X) if validate_features else X, place)
        is_linear = self.booster == "gblinear"
        options = {
            "margin": margin,
            "missing": self.missing,
            "base_margin": None if base_margin is None else rows_at(base_margin, place),
            "in_place": serves_in_place(matrix, place) and not is_linear,
        }
        with _said_at(self.verbosity):
            return [
                raw_predictions(
                    each,
                    matrix,
                    rounds=(0, 0) if is_linear else rounds_of(each, iteration_range),
                    **options,
                )
                for each in boosters
            ]

    def _mean_prediction(self, X: Any, **options: Any) -> Array:
        """Return the mean over the boosters, where the model computes."""
        return mean(self._member_predictions(X, **options))

    def apply(self, X: Any, iteration_range: Any = None) -> Any:
        """Return for each row the leaf that it ends in, int of shape (n_samples, n_trees)."""
        booster = self.get_booster()
        matrix = matrix_of(booster, self._columns.for_predict(X), missing=self.missing)
        rounds = rounds_of(booster, iteration_range)
        return to_numpy(booster.predict(matrix, pred_leaf=True, iteration_range=rounds))


def _said_at(verbosity: int | None) -> AbstractContextManager[Any]:
    """Let xgboost say as much as an estimator's `verbosity` wants."""
    return nullcontext() if verbosity is None else xgboost.config_context(verbosity=verbosity)
