"""What a regressor has for its uncertainty: prediction intervals, and quantiles in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ...estimators.arrays import Array, to_numpy
from ..base import Boosted
from ..large import lazy_on_dask
from ..objectives import xgboost_objective
from ..on_device import at_home
from ..training.recipe import Recipe
from ..training.rows import Rows
from ..training.strategy import Trained
from .conformal import check_conformal, fit_conformal
from .quantiles import OBJECTIVE, check_levels, levels_of, rearrange


class PredictsIntervals(Boosted):
    """A regressor with `predict_interval`, whose quantiles do not cross."""

    @lazy_on_dask
    def predict_interval(self, X: Any, coverage: float = 0.9, *, base_margin: Any = None) -> Array:
        """Return an interval for each row that holds its y with probability `coverage`.

        By split or cross conformal prediction, as `conformal` said at `fit`. For new rows drawn
        like the training rows, whatever the model: "split" holds y at least that often, "cross" at
        least `1 - 2 (1 - coverage) - sqrt(2 / n_samples)`, and mostly about or above `coverage`
        (Lei et al., JASA 2018; Barber et al., Annals of Statistics 2021). That is on average over
        rows: equally wide intervals hold less where y varies more. With two or more levels of
        `quantile_alpha` the intervals follow the quantiles (Romano et al., NeurIPS 2019); the
        lowest and the highest are best at `(1 - coverage) / 2` and `(1 + coverage) / 2`.

        Weights count in training, not here: each row held out counts once.

        Parameters
        ----------
        X : array, DataFrame or sparse matrix of shape (n_samples, n_features)
            Or Parquet files by path, or a Dask collection, as for `predict`.
        coverage : float in (0, 1), default=0.9
        base_margin : array of shape (n_samples,), optional
            As for `predict`, where the model was fitted with one.

        Returns
        -------
        array of shape (n_samples, 2), float64, where X is
            Lower and upper ends, in the unit of y.

        Raises
        ------
        ValueError
            When the model was fitted without `conformal`, `coverage` is no number in (0, 1), or
            too few rows were held out for it; the message tells how many it takes.
        """
        check_is_fitted(self)
        conformal = vars(self).get("_conformal")
        if conformal is None:
            raise ValueError(
                "predict_interval needs rows that were held out: set conformal='split' or 'cross', "
                "and fit again."
            )
        if conformal.kind == "cross":
            predictions = self._member_predictions(
                X, boosters=self._fold_boosters, base_margin=base_margin
            )
        else:
            predictions = [self._mean_prediction(X, base_margin=base_margin)]
        ends = conformal.interval(np.stack([to_numpy(each) for each in predictions]), coverage)
        return at_home(ends, X)

    def _loaded(self, fname: Any) -> Any:
        """Return an estimator with the model of a file; quantiles must have ascending levels."""
        loaded = super()._loaded(fname)
        check_levels(loaded.objective, levels_of(loaded.get_booster()))
        return loaded

    def _mean_prediction(self, X: Any, *, margin: bool = False, **options: Any) -> Array:
        found = super()._mean_prediction(X, margin=margin, **options)
        if margin or found.ndim == 1:
            return found
        return _in_order(found, xgboost_objective(self.objective, self._task))

    def _recipe(self, *settled: Any) -> Recipe:
        recipe = super()._recipe(*settled)
        check_levels(recipe.params["objective"], recipe.params.get("quantile_alpha"))
        return recipe

    def _train(self, recipe: Recipe, rows: Rows, given: Mapping[str, Any], target: Any) -> Trained:
        if recipe.conformal is not None:
            check_conformal(recipe.conformal, rows.y, recipe.params["objective"])
        return super()._train(recipe, rows, given, target)

    def _out_of_fold(self, estimator: Any, rows: Rows) -> np.ndarray:
        return _in_order(super()._out_of_fold(estimator, rows), estimator.objective)

    def _state(self, trained: Trained, rows: Rows, recipe: Recipe, *settled: Any) -> dict[str, Any]:
        state = super()._state(trained, rows, recipe, *settled)
        if trained.apart is not None:
            state["_conformal"] = fit_conformal("split", *trained.apart)
        elif recipe.conformal == "cross" and trained.bags is not None:
            bags = trained.bags
            state["_conformal"] = fit_conformal("cross", rows.y, bags.oof, bags.fold)
            state["_fold_boosters"] = [each.get_booster() for each in bags.estimators]
        return state


def _in_order(prediction: Array, objective: Any) -> Array:
    """Return quantiles of several levels so that none cross; anything else as it is."""
    is_quantiles = objective == OBJECTIVE and prediction.ndim == 2
    return rearrange(prediction) if is_quantiles else prediction
