"""From a recipe and rows to what a fitted estimator keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..serving import mean
from .bags import N_FOLDS, Answer, Bags, fit_bags
from .held_out import validation_part
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
    apart : (y, prediction) or None
        Of rows that no model has seen, where some are set apart for "split" intervals.
    """

    estimators: list[Any]
    watched: Any
    bags: Bags | None = None
    apart: tuple[np.ndarray, np.ndarray] | None = None


def train_all(
    recipe: Recipe,
    rows: Rows,
    fit_params: FitParams,
    answer: Answer,
    classes: Sequence[Any] = (),
) -> Trained:
    """Train what the recipe asks for: one model or several, and those for out-of-fold answers.

    Raises
    ------
    ValueError
        When unseen rows are needed and training goes on from a model that may have seen them.
    """
    needs_unseen = recipe.needs_oof or recipe.conformal or recipe.keep_oof
    if needs_unseen and fit_params.get("xgb_model") is not None:
        raise ValueError(
            "calibration, conformal and keep_oof need rows that no model was trained on, and the "
            "one given as xgb_model may have been trained on any: leave out one or the other."
        )
    if recipe.conformal == "split":
        return _train_with_rows_apart(recipe, rows, fit_params, answer)
    return _train_on(recipe, rows, fit_params, answer, classes)


def _train_with_rows_apart(
    recipe: Recipe, rows: Rows, fit_params: FitParams, answer: Answer
) -> Trained:
    """Set rows apart before anything is trained, stopped or refitted, and predict them."""
    kept, apart = validation_part(rows, recipe.validation_fraction, recipe.seed, ())
    trained = _train_on(recipe, rows.take(kept), fit_params, answer, ())
    unseen = rows.take(apart)
    prediction = mean([answer(each, unseen) for each in trained.estimators])
    if trained.bags is not None:
        trained = replace(trained, bags=trained.bags.among(len(rows), kept, apart, prediction))
    return replace(trained, apart=(unseen.y, prediction))


def _train_on(
    recipe: Recipe,
    rows: Rows,
    fit_params: FitParams,
    answer: Answer,
    classes: Sequence[Any],
) -> Trained:
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
