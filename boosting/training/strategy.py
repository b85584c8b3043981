"""From a recipe and rows to what a fitted estimator keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .bags import N_FOLDS, Bags, fit_bags
from .one_model import FitParams, needs_part, train, train_with_own_part
from .recipe import Recipe
from .rows import Rows


@dataclass(frozen=True)
class Trained:
    """The outcome of a fit.

    Attributes
    ----------
    estimators : list of fitted estimators of xgboost
        Those whose predictions are averaged.
    watched : fitted estimator
        The one whose evaluations are told: the first of several.
    bags : Bags or None
        The models of folds, where there are any; they need not be the ones that predict.
    """

    estimators: list[Any]
    watched: Any
    bags: Bags | None = None


def train_all(
    recipe: Recipe,
    rows: Rows,
    fit_params: FitParams,
    answer: Callable[[Any, Any], np.ndarray],
    classes: Sequence[Any] = (),
) -> Trained:
    """Train what the recipe asks for: one model or several, and those for out-of-fold answers."""
    if recipe.n_bags > 1:
        bags = fit_bags(
            recipe,
            rows,
            fit_params,
            answer,
            classes,
            n_folds=recipe.n_bags,
            stop_by_fold=not recipe.needs_oof,
        )
        return Trained(bags.estimators, bags.estimators[0], bags)
    out_of_fold = None
    if recipe.needs_oof:
        out_of_fold = fit_bags(
            recipe, rows, fit_params, answer, classes, n_folds=N_FOLDS, stop_by_fold=False
        )
    if needs_part(recipe, fit_params):
        final, watched = train_with_own_part(recipe, rows, fit_params, classes)
    else:
        final = watched = train(recipe, rows, fit_params)
    return Trained([final], watched, out_of_fold)
