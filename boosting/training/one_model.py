"""One model: with the validation set given, with a part of its own, or without any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np

from ..continuing import rounds_before
from ..matrices import forget_matrices, make_matrices
from .held_out import validation_part
from .recipe import Recipe
from .rows import Rows

FitParams = Mapping[str, Any]


def train(
    recipe: Recipe,
    rows: Rows,
    fit_params: FitParams,
    held: Rows | None = None,
    **overrides: Any,
) -> Any:
    """Train on `rows`, watched on the rows `held`, and return xgboost's fitted estimator.

    Parameters
    ----------
    fit_params : dict
        Those of xgboost's `fit` that are not per row, `eval_set` among them.
    overrides : parameters of xgboost's estimator
    """
    estimator = recipe.estimator(**overrides)
    if held is not None:
        fit_params = {**_watched(held), **fit_params}
    make_matrices(estimator, recipe.build_matrix)
    estimator.fit(rows.X, rows.y, **rows.with_rows, **fit_params)
    forget_matrices(estimator)
    estimator.get_booster().reset()  # lets go of the matrices, on a GPU and on the host
    return estimator


def train_with_own_part(
    recipe: Recipe,
    rows: Rows,
    fit_params: FitParams,
    classes: Sequence[Any] = (),
) -> tuple[Any, Any]:
    """Train on a part of the rows, stop by the rest, and train again on all if that is asked.

    Returns
    -------
    final, watched : fitted estimators
        The one to predict with, and the one that was stopped; the same without a refit.
    """
    train_rows, held = validation_part(rows, recipe.validation_fraction, recipe.seed, classes)
    return train_parts(recipe, rows, rows.take(train_rows), rows.take(held), fit_params)


def train_parts(
    recipe: Recipe, rows: Rows, part: Rows, held: Rows, fit_params: FitParams
) -> tuple[Any, Any]:
    """Train on `part` of the rows, stop by the rows `held`, and refit as `train_with_own_part`.

    The second training takes `ceil(best rounds * n_samples / rows of the first)` rounds: with more
    rows a model bears more. Rounds of a model that training goes on from do not count.
    """
    check_weight(held)
    watched = train(recipe, part, fit_params, held)
    if not recipe.refit_full:
        return watched, watched
    best_rounds = watched.best_iteration + 1 - rounds_before(fit_params.get("xgb_model"))
    n_rounds = ceil(best_rounds * len(rows) / len(part))
    final = train(recipe, rows, fit_params, n_estimators=n_rounds, **recipe.without_stop())
    return final, watched


def needs_part(recipe: Recipe, fit_params: FitParams) -> bool:
    """Whether training stops by a validation set that nobody has given."""
    return recipe.stops_early and not fit_params.get("eval_set")


def check_weight(held: Rows) -> None:
    """Refuse a validation part that weighs nothing: its metric is 0 from the first round on."""
    weight = held.with_rows.get("sample_weight")
    if weight is not None and not np.any(weight):
        raise ValueError(
            f"All {len(held)} rows of the validation part have a sample_weight of 0, so it cannot "
            "tell when to stop. Leave out rows of no weight, or pass X_val and y_val to fit."
        )


def _watched(held: Rows) -> dict[str, Any]:
    """Return the validation set as xgboost's `fit` takes it."""
    sets: dict[str, Any] = {"eval_set": [(held.X, held.y)], "verbose": False}
    for name, values in held.with_rows.items():
        sets[EVAL_NAMES[name]] = [values]
    return sets


# What xgboost's `fit` calls for a validation set what it calls for the training rows.
EVAL_NAMES = {
    "sample_weight": "sample_weight_eval_set",
    "base_margin": "base_margin_eval_set",
    "qid": "eval_qid",
}
