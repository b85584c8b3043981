"""`preset="tabular"`: settings by the size and the target of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .targets import Target

# The least sum of second derivatives in a leaf. That of a row is 1 with the first three; with the
# others at most 1/4 (1/2 of many classes), and near 0 once its class is plain, so that the default
# of 1 would end the growth of trees early on a table that is easy.
_MIN_CHILD_WEIGHT = {
    "reg:squarederror": 10,
    "reg:absoluteerror": 10,
    "reg:quantileerror": 10,
    "binary:logistic": 0.1,
    "multi:softprob": 0.1,
}


@dataclass(frozen=True)
class Shape:
    """What the preset looks at.

    Attributes
    ----------
    n_samples : int
    n_outputs : int
        Trees in a round: the number of classes if these are more than two, or of targets.
    n_groups : int or None
        The number of groups of rows that are not to be divided, where there are groups.
    """

    n_samples: int
    n_outputs: int = 1
    n_groups: int | None = None

    @classmethod
    def of(cls, target: Target, n_samples: int, groups: np.ndarray | None) -> Shape:
        """Return the shape of a table with this target and these groups of rows."""
        n_outputs = 1 if np.ndim(target.y) == 1 else np.shape(target.y)[1]
        if target.labels is not None and len(target.labels) > 2:
            n_outputs = len(target.labels)
        return cls(n_samples, n_outputs, None if groups is None else len(np.unique(groups)))


def with_preset(
    params: Mapping[str, Any], defaults: Mapping[str, Any], shape: Shape
) -> dict[str, Any]:
    """Return the parameters with those of the preset where they are at their defaults.

    Raises
    ------
    ValueError
        When the booster is not of trees.
    """
    if params["booster"] == "gblinear":
        raise ValueError("preset='tabular' is for trees; booster='gblinear' has none.")
    settings = tabular(params["objective"], shape)
    if params["refit_full"]:  # one model on all rows instead of several on parts
        del settings["n_bags"]
    left_open = {name: value for name, value in settings.items() if params[name] == defaults[name]}
    return {**params, **left_open}


def tabular(objective: Any, shape: Shape) -> dict[str, Any]:
    """Return settings for a table: small steps, early stopping, and models of folds averaged.

    Each of `n_bags` models is trained on all folds but one and stopped by that one, so every row is
    trained on and no row is lost to validation. A split of a category column tells one category
    from all others: sets of categories, xgboost's default, fit noise where a category has few rows.
    `benchmarks/boosting_recipes.py` compares these settings with others on the tables that they
    were chosen on.
    """
    small_steps = shape.n_outputs == 1
    settings: dict[str, Any] = {
        "n_estimators": 3000,
        "learning_rate": 0.04 if small_steps else 0.1,
        "early_stopping_rounds": 40 if small_steps else 25,
        "n_bags": _n_bags(shape),
        "max_depth": 6,
        "subsample": 0.8,
        "colsample_bytree": 0.8,
        "max_cat_to_onehot": 2**31 - 1,
    }
    if isinstance(objective, str) and objective in _MIN_CHILD_WEIGHT:
        settings["min_child_weight"] = _MIN_CHILD_WEIGHT[objective]
    return settings


def _n_bags(shape: Shape) -> int:
    """Return the number of models: fewer of a large table, which is learnt well by each."""
    wanted = 8 if shape.n_samples <= 50_000 else 4
    return max(2, min(wanted, shape.n_samples // 2, shape.n_groups or wanted))
