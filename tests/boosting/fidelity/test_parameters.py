"""Every parameter of xgboost's classes works through ours: the same model, byte by byte.

The lists are held against xgboost's own signatures: a parameter that a newer version adds fails
here until it has a value that shows something.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from .pairs import (
    CLASSES,
    N_TRAIN,
    X,
    assert_same_model,
    each_class,
    fitted_pair,
    keywords,
    model_bytes,
    pair,
    settings,
    train_data,
    valid_data,
    xgboost,
)

CODES = {"feature_types": ["q", "q", "q", "q", "c"], "enable_categorical": True}

# Of each parameter a value that gives another model than its default, and what it needs beside it.
TELLING: dict[str, dict[str, Any]] = {
    "base_score": {"base_score": 0.8},
    "colsample_bylevel": {"colsample_bylevel": 0.5},
    "colsample_bynode": {"colsample_bynode": 0.5},
    "colsample_bytree": {"colsample_bytree": 0.5},
    "enable_categorical": CODES,
    "feature_types": CODES,
    "feature_weights": {"feature_weights": [9.0, 0.1, 0.1, 0.1, 0.1], "colsample_bytree": 0.5},
    "gamma": {"gamma": 5.0},
    "grow_policy": {"grow_policy": "lossguide", "max_leaves": 5, "max_depth": 0},
    "interaction_constraints": {"interaction_constraints": "[[0, 3], [1, 2]]"},
    "learning_rate": {"learning_rate": 0.05},
    "max_bin": {"max_bin": 8},
    "max_cat_threshold": {**CODES, "max_cat_to_onehot": 1, "max_cat_threshold": 1},
    "max_cat_to_onehot": {**CODES, "max_cat_to_onehot": 8},
    "max_delta_step": {"max_delta_step": 0.1},
    "max_depth": {"max_depth": 1},
    "max_leaves": {"max_leaves": 3},
    "min_child_weight": {"min_child_weight": 12.0},
    "missing": {"missing": -9.0},
    "monotone_constraints": {"monotone_constraints": (-1, 0, 1, 0, 0)},
    "n_estimators": {"n_estimators": 7},
    "num_parallel_tree": {"num_parallel_tree": 3, "subsample": 0.5},
    "random_state": {"random_state": 3, "subsample": 0.5},
    "reg_alpha": {"reg_alpha": 4.0},
    "reg_lambda": {"reg_lambda": 30.0},
    "subsample": {"subsample": 0.5},
    "tree_method": {"tree_method": "exact"},
}

# What changes how the model is made, shown or watched, and not the model.
ELSEWHERE: dict[str, dict[str, Any]] = {
    "callbacks": {"callbacks": [xgboost.callback.EvaluationMonitor()]},
    "device": {"device": "cpu"},
    "importance_type": {"importance_type": "weight"},
    "n_jobs": {"n_jobs": 2},
    "sampling_method": {"sampling_method": "uniform"},
    "validate_parameters": {"validate_parameters": True},
    "verbosity": {"verbosity": 0},
}

# What shows only with a validation set, with other labels, or in one class: each has a test below.
APART = {
    "booster",
    "early_stopping_rounds",
    "eval_metric",
    "multi_strategy",
    "objective",
    "scale_pos_weight",
}

OBJECTIVES = {
    "XGBRegressor": ["reg:pseudohubererror", "reg:absoluteerror", "reg:squarederror"],
    "XGBClassifier": ["multi:softmax", "multi:softprob"],
    "XGBRanker": ["rank:pairwise", "rank:map", "rank:ndcg"],
}

# Parameters of the library that are none of its classes: they come through as keywords.
OF_THE_LIBRARY: dict[str, dict[str, Any]] = {
    "alpha": {"alpha": 4.0},
    "eta": {"eta": 0.05},
    "lambda": {"lambda": 30.0},
    "max_cached_hist_node": {"max_cached_hist_node": 2},
    "min_split_loss": {"min_split_loss": 5.0},
    "nthread": {"n_jobs": None, "nthread": 1},
    "refresh_leaf": {"refresh_leaf": True},
    "seed": {"seed": 5, "subsample": 0.5},
    "seed_per_iteration": {"seed_per_iteration": True, "subsample": 0.5},
}


def test_every_parameter_is_listed_here():
    assert keywords(xgboost.XGBModel.__init__) == set(TELLING) | set(ELSEWHERE) | APART


@each_class
@pytest.mark.parametrize("parameter", TELLING)
def test_a_parameter_of_the_model(name, parameter):
    ours, theirs = fitted_pair(name, **TELLING[parameter])
    assert_same_model(ours, theirs)
    others = TELLING[parameter] if TELLING[parameter] is not CODES else {}
    others = {key: value for key, value in others.items() if key != parameter}
    without = pair(name, **others)[1].fit(**train_data(name))
    assert model_bytes(theirs) != model_bytes(without), "the value shows nothing"


@pytest.mark.parametrize("parameter", sorted(set(TELLING) - set(CODES)))
def test_a_parameter_of_the_model_on_a_table(parameter):
    table = pd.DataFrame(X[:N_TRAIN], columns=list("abcde"))
    table["e"] = pd.Categorical.from_codes(X[:N_TRAIN, 4].astype(int), list("uvwxyz"))
    given = {key: value for key, value in TELLING[parameter].items() if key not in CODES}
    given |= {"tree_method": "approx"} if parameter == "tree_method" else {}
    if parameter == "interaction_constraints":
        given[parameter] = [["a", "d"], ["b", "c"]]
    ours, theirs = fitted_pair("XGBRegressor", {"X": table}, enable_categorical=True, **given)
    assert_same_model(ours, theirs)
    assert_array_equal(ours.predict(table), theirs.predict(table))


@each_class
@pytest.mark.parametrize("parameter", ELSEWHERE)
def test_a_parameter_beside_the_model(name, parameter):
    ours, theirs = fitted_pair(name, **ELSEWHERE[parameter])
    assert_same_model(ours, theirs)
    assert getattr(ours, parameter) == ELSEWHERE[parameter][parameter]


@each_class
@pytest.mark.parametrize("parameter", OF_THE_LIBRARY)
def test_a_parameter_of_the_library(name, parameter):
    ours, theirs = fitted_pair(name, **OF_THE_LIBRARY[parameter])
    assert_same_model(ours, theirs)
    assert ours.get_params()[parameter] == OF_THE_LIBRARY[parameter][parameter]


def grades(name: str, purpose: str) -> np.ndarray:
    """Return y of the training rows; 0 and 1 for "map", which takes nothing else."""
    y = train_data(name)["y"]
    return y > 2 if purpose.endswith("map") else y


@pytest.mark.parametrize(
    ("name", "objective"), [(name, each) for name in CLASSES for each in OBJECTIVES[name]]
)
def test_objective(name, objective):
    ours, theirs = fitted_pair(name, {"y": grades(name, objective)}, objective=objective)
    assert_same_model(ours, theirs)
    assert settings(ours)["learner"]["objective"]["name"] == objective
    assert ours.objective == theirs.objective == objective


@pytest.mark.parametrize("objective", ["binary:logistic", "binary:hinge", "binary:logitraw"])
def test_objective_of_two_classes(objective):
    y = X[:, 0] > 0.5
    ours, theirs = pair("XGBClassifier", objective=objective)
    assert_same_model(ours.fit(X, y), theirs.fit(X, y))
    assert ours.objective == theirs.objective


def test_scale_pos_weight():
    y = X[:, 0] > 0.5
    ours, theirs = pair("XGBClassifier", scale_pos_weight=3.0)
    assert_same_model(ours.fit(X, y), theirs.fit(X, y))
    assert model_bytes(ours) != model_bytes(pair("XGBClassifier")[1].fit(X, y))


@pytest.mark.parametrize("strategy", ["one_output_per_tree", "multi_output_tree"])
def test_multi_strategy(strategy):
    ours, theirs = pair("XGBRegressor", multi_strategy=strategy)
    Y = np.column_stack([X[:, 0], X[:, 3] ** 2])
    assert_same_model(ours.fit(X, Y), theirs.fit(X, Y))
    assert ours.predict(X).shape == (len(X), 2)


METRICS = {
    "XGBRegressor": ["mae", ["rmse", "mape"]],
    "XGBClassifier": ["merror", ["mlogloss", "auc"]],
    "XGBRanker": ["map", ["ndcg", "ndcg@3"]],
}


@pytest.mark.parametrize(
    ("name", "metric"), [(name, metric) for name in CLASSES for metric in METRICS[name]]
)
def test_eval_metric(name, metric):
    data = train_data(name) | {"y": grades(name, "map" if "map" in metric else "")}
    data |= {"eval_set": [(data["X"], data["y"])], "verbose": False}
    data |= {"eval_qid": [data["qid"]]} if "qid" in data else {}
    ours, theirs = fitted_pair(name, data, eval_metric=metric)
    assert_same_model(ours, theirs)
    assert ours.evals_result() == theirs.evals_result()
    asked = [metric] if isinstance(metric, str) else metric
    assert list(ours.evals_result()["validation_0"]) == asked


@each_class
def test_early_stopping_rounds(name):
    params = {"early_stopping_rounds": 2, "n_estimators": 200, "learning_rate": 1.0}
    ours, theirs = fitted_pair(name, valid_data(name), **params)
    assert_same_model(ours, theirs)
    assert ours.best_iteration == theirs.best_iteration < 100
    assert ours.best_score == theirs.best_score
    assert ours.get_booster().num_boosted_rounds() == ours.best_iteration + 3


@each_class
@pytest.mark.filterwarnings("ignore:.*`booster=dart` is deprecated:UserWarning")
@pytest.mark.parametrize(
    "dropout",
    [
        {"rate_drop": 0.5},
        {"rate_drop": 0.5, "normalize_type": "forest"},
        {"rate_drop": 0.5, "skip_drop": 0.5, "sample_type": "weighted"},
        {"one_drop": True},
    ],
)
def test_the_booster_with_dropout(name, dropout):
    ours, theirs = fitted_pair(name, booster="dart", random_state=1, **dropout)
    assert_same_model(ours, theirs)
    assert model_bytes(ours) != model_bytes(fitted_pair(name, random_state=1)[1])
    assert_array_equal(ours.predict(X), theirs.predict(X))


@each_class
@pytest.mark.filterwarnings("ignore:.*`booster=gblinear` is deprecated:UserWarning")
def test_the_linear_booster(name):
    params = {"booster": "gblinear", "max_depth": None, "updater": "coord_descent"}
    params |= {"feature_selector": "greedy", "top_k": 2, "reg_lambda": 0.5}
    ours, theirs = fitted_pair(name, **params)
    assert_same_model(ours, theirs)
    assert np.any(ours.coef_ != 0)
    assert_array_equal(ours.coef_, theirs.coef_)
    assert_array_equal(ours.intercept_, theirs.intercept_)
    assert_array_equal(ours.feature_importances_, theirs.feature_importances_)
