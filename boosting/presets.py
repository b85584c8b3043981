"""`preset="tabular"`: settings by the size and the target of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .targets import Target

# More rows than these get fewer models and larger steps: a model of many rows varies little, and
# the seconds count.
_LARGE = 50_000

# A split of a category column tells one category from all others: sets of categories, xgboost's
# default from four on, fit noise where a category has few rows.
_ONE_BY_ONE = {"max_cat_to_onehot": 2**31 - 1}

# Leaves of at least 5 rows: the second derivative of each row's loss is 1.
_NUMBERS = {"min_child_weight": 5, "subsample": 0.7, "colsample_bylevel": 0.8}

# Here it is p (1 - p), near 0 for the rows that are plain. The default of 1 for these two would end
# the growth of trees there, and with it that of the right class's probability.
_TWO_CLASSES = {
    "min_child_weight": 0.1,
    "reg_lambda": 0.1,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
}
_CLASSES = {
    "min_child_weight": 0.01,
    "reg_lambda": 0.1,
    "subsample": 0.8,
    "colsample_bynode": 0.5,
}

# Any other loss: its second derivatives have a unit of their own.
_OTHER = {"subsample": 0.8, "colsample_bytree": 0.8}

_OF_ROWS = ("reg:squarederror", "reg:absoluteerror", "reg:quantileerror")
_OF_CLASSES = ("binary:logistic", "multi:softprob", "multi:softmax")


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
    trained on and none is lost to validation. `benchmarks/boosting_recipes.py` compares the
    settings with others on the tables that they were chosen on.

    Parameters
    ----------
    objective : str or callable
        xgboost's.
    """
    few_trees = shape.n_outputs == 1 and shape.n_samples <= _LARGE
    return {
        "n_estimators": 3000,
        "learning_rate": 0.05 if few_trees else 0.1,
        "early_stopping_rounds": 35 if few_trees else 25,
        "max_depth": 6,
        "n_bags": _n_bags(shape),
        **_ONE_BY_ONE,
        **_of_the_loss(objective, shape),
    }


def _of_the_loss(objective: Any, shape: Shape) -> dict[str, float]:
    if objective in _OF_ROWS:
        return _NUMBERS
    if objective in _OF_CLASSES:
        return _TWO_CLASSES if shape.n_outputs == 1 else _CLASSES
    return _OTHER


def _n_bags(shape: Shape) -> int:
    """Return the number of models, for which there must be rows or groups enough."""
    wanted = 8 if shape.n_outputs == 1 else 6
    if shape.n_samples > _LARGE:
        wanted = 4
    return max(2, min(wanted, shape.n_samples // 2, shape.n_groups or wanted))
