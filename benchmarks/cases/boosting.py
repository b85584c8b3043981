"""XGBoost, LightGBM, CatBoost: one binned table per fold, and the first rounds of the longest."""

from typing import Any

import numpy as np
from data import coded, numbers
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid

from .case import Problem, case

# What counts rounds; all else in a grid needs a training of its own.
LENGTHS = ("n_estimators", "iterations", "early_stopping_rounds")


def longest_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """The longest training of each setting, and nothing else: no prediction, no score."""
    grid: dict[str, Any] = {
        name: [max(values)] if name in LENGTHS else values for name, values in problem.grid.items()
    }
    for params in ParameterGrid(grid):
        model = clone(problem.estimator).set_params(**params)
        model.fit(problem.X[train], problem.y[train], **problem.fit_params)


@case(
    "XGBRegressor, 4 numbers of trees x 2 depths",
    "diamonds",
    equal=1e-6,
    headline=True,
    family="XGBoost",
    floor=longest_floor,
)
def boosting() -> Problem:
    from xgboost import XGBRegressor

    X, y = coded("diamonds", "price")
    grid = {"n_estimators": [50, 100, 150, 200], "max_depth": [4, 6]}
    return Problem(X, y, XGBRegressor(learning_rate=0.1), grid)


@case(
    "XGBClassifier that stops early, 2 numbers of trees x 4 patiences x 2 depths",
    "electricity",
    equal=1e-6,
    family="XGBoost with early stopping",
    floor=longest_floor,
)
def boosting_stopped() -> Problem:
    from gridfold.boosting import XGBClassifier

    X, y = numbers("electricity", "target")
    grid = {
        "n_estimators": [200, 400],
        "early_stopping_rounds": [5, 10, 20, 40],
        "max_depth": [3, 5],
    }
    return Problem(X, y, XGBClassifier(learning_rate=0.5), grid)


@case("XGBClassifier, 3 numbers of trees x 2 learning rates", "electricity", equal=1e-6)
def boosting_classes() -> Problem:
    from xgboost import XGBClassifier

    X, y = numbers("electricity", "target")
    grid = {"n_estimators": [20, 40, 60], "learning_rate": [0.1, 0.3]}
    return Problem(X, y, XGBClassifier(), grid)


@case("XGBClassifier, 6 candidates that share the quantised matrix only", "electricity", equal=1e-6)
def boosting_depths() -> Problem:
    from xgboost import XGBClassifier

    X, y = numbers("electricity", "target")
    grid = {"max_depth": [3, 5, 7], "subsample": [0.7, 1.0]}
    return Problem(X, y, XGBClassifier(n_estimators=40), grid)


@case(
    "LGBMClassifier, 4 numbers of trees x 2 numbers of leaves",
    "electricity",
    equal=1e-9,
    family="LightGBM",
    floor=longest_floor,
)
def boosting_lightgbm() -> Problem:
    from lightgbm import LGBMClassifier

    X, y = numbers("electricity", "target")
    grid = {"n_estimators": [50, 100, 150, 200], "num_leaves": [15, 31]}
    # With several threads LightGBM's own results vary in the last digits.
    return Problem(X, y, LGBMClassifier(n_jobs=1, verbose=-1), grid)


@case(
    "CatBoostRegressor, 4 numbers of iterations x 2 depths",
    "diamonds",
    equal=1e-9,
    family="CatBoost",
    floor=longest_floor,
)
def boosting_catboost() -> Problem:
    from catboost import CatBoostRegressor

    X, y = coded("diamonds", "price")
    grid = {"iterations": [50, 100, 150, 200], "depth": [4, 6]}
    quiet = {"verbose": False, "allow_writing_files": False, "thread_count": 1}
    return Problem(X, y, CatBoostRegressor(learning_rate=0.1, **quiet), grid)
