"""Several models: each is trained on all folds but one, and answers for the rows of that one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .held_out import folds
from .one_model import FitParams, check_weight, needs_part, train, train_with_own_part
from .recipe import Recipe
from .rows import Rows
from .side_by_side import n_at_once, run_all

Answer = Callable[[Any, Rows], np.ndarray]

N_FOLDS = 5  # where out-of-fold predictions are needed of a single model


@dataclass(frozen=True)
class Bags:
    """The models of the folds.

    Attributes
    ----------
    estimators : list of n_folds fitted estimators of xgboost
    oof : float array of shape (n_samples,) or (n_samples, n_outputs)
        For each row what the model says that was not trained on it.
    fold : int array of shape (n_samples,)
        The number of that model; -1 where none was trained on the row.
    """

    estimators: list[Any]
    oof: np.ndarray
    fold: np.ndarray

    def among(
        self, n_samples: int, kept: np.ndarray, apart: np.ndarray, prediction: np.ndarray
    ) -> Bags:
        """Return them for all rows: those `kept` for training, and `apart` with a `prediction`."""
        oof = np.empty((n_samples, *self.oof.shape[1:]), dtype=self.oof.dtype)
        fold = np.full(n_samples, -1, dtype=self.fold.dtype)
        oof[kept], oof[apart], fold[kept] = self.oof, prediction, self.fold
        return replace(self, oof=oof, fold=fold)


def fit_bags(
    recipe: Recipe,
    rows: Rows,
    fit_params: FitParams,
    answer: Answer,
    classes: Sequence[Any] = (),
    *,
    n_folds: int,
    stop_by_fold: bool,
) -> Bags:
    """Fit one model per fold on the other folds.

    Parameters
    ----------
    answer : callable
        From a fitted estimator and rows to its predictions.
    stop_by_fold : bool
        Whether early stopping looks at the fold that is held out; else each model makes a
        validation part of its own, and the rows of the fold stay unseen until it answers.
    """
    splits = folds(rows, n_folds, recipe.seed, classes)

    def fit_one(recipe: Recipe, number: int) -> tuple[Any, np.ndarray]:
        inside, held = (rows.take(part) for part in splits[number])
        own = recipe.seeded(recipe.seed + number)
        if not needs_part(own, fit_params):
            estimator = train(own, inside, fit_params)
        elif stop_by_fold:
            check_weight(held)
            estimator = train(own, inside, fit_params, held)
        else:
            estimator = train_with_own_part(own, inside, fit_params, classes)[0]
        return estimator, answer(estimator, held)

    workers = n_at_once(recipe, rows, fit_params, n_folds)
    fitted = run_all(fit_one, recipe, range(n_folds), workers)
    first = fitted[0][1]
    oof = np.empty((len(rows), *first.shape[1:]), dtype=first.dtype)
    fold = np.empty(len(rows), dtype=np.int32)
    for number, ((_, held_rows), (estimator, answers)) in enumerate(
        zip(splits, fitted, strict=True)
    ):
        oof[held_rows], fold[held_rows] = answers, number
        estimator.get_booster().set_param({"nthread": recipe.params["n_jobs"] or 0})
    return Bags([estimator for estimator, _ in fitted], oof, fold)
