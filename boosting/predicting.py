"""Predictions of gridfold's boosting estimators, from raw rows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ..estimators.arrays import Array, Place, to_numpy
from ..estimators.base import to_host
from .fitted import Fitted
from .large import is_files, predict_files
from .on_device import place_of_model, rows_at
from .serving import matrix_of, mean, raw_predictions, rounds_of
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
        matrix = self._columns.for_predict(X) if validate_features else to_host(X)
        options = {
            "margin": margin,
            "missing": self.missing,
            "base_margin": None if base_margin is None else rows_at(base_margin, place),
            "in_place": self.booster != "gblinear",
        }
        asked = iteration_range if iteration_range is not None and iteration_range[1] else None
        if self.booster == "gblinear":
            asked = (0, 0)
        with _said_at(self.verbosity):
            return [
                raw_predictions(each, matrix, place, rounds=asked or rounds_of(each), **options)
                for each in boosters
            ]

    def _mean_prediction(self, X: Any, **options: Any) -> Array:
        """Return the mean over the boosters, where the model computes."""
        return mean(self._member_predictions(X, **options))

    def apply(self, X: Any, iteration_range: Any = None) -> Any:
        """Return for each row the leaf that it ends in, int of shape (n_samples, n_trees)."""
        booster = self.get_booster()
        matrix = matrix_of(booster, self._columns.for_predict(X), missing=self.missing)
        is_asked = iteration_range is not None and iteration_range[1]  # (0, 0): no choice
        rounds = iteration_range if is_asked else rounds_of(booster)
        return to_numpy(booster.predict(matrix, pred_leaf=True, iteration_range=rounds))


def _said_at(verbosity: int | None) -> AbstractContextManager[Any]:
    """Let xgboost say as much as an estimator's `verbosity` wants."""
    return nullcontext() if verbosity is None else xgboost.config_context(verbosity=verbosity)
