"""Objectives by name, and the targets that they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting import objectives  # noqa: E402
from gridfold.boosting.objectives import check_range, xgboost_objective  # noqa: E402

NAMED = [(task, name) for task, names in objectives._NAMES.items() for name in names]


@pytest.mark.parametrize(("task", "name"), NAMED)
def test_every_name_is_one_of_xgboost(task, name):
    found = xgboost_objective(name, task)
    params = {"objective": found} | ({"quantile_alpha": 0.5} if name == "quantile" else {})
    booster = xgboost.train(params, xgboost.DMatrix(np.ones((2, 1)), [0, 1]), 0)
    assert f'"name":"{found}"' in booster.save_config()


@pytest.mark.parametrize("objective", ["reg:squarederror", "rank:ndcg", "multi:any", None, len])
def test_names_of_xgboost_and_functions_are_left(objective):
    assert xgboost_objective(objective, "regression") is objective
    check_range(np.array([-1.0]), objective, "regression")


@pytest.mark.parametrize(
    "loss", ["squared_error", "absolute_error", "poisson", "gamma", "quantile", "log_loss"]
)
def test_losses_of_scikit_learn_are_known_by_their_names(loss):
    cls, task = HistGradientBoostingRegressor, "regression"
    if loss == "log_loss":
        cls, task = HistGradientBoostingClassifier, "classification"
    params = {"quantile": 0.5} if loss == "quantile" else {}
    cls(loss=loss, max_iter=1, **params).fit(np.eye(4), [1, 2, 1, 2])  # it is a name there
    assert xgboost_objective(loss, task) in objectives._NAMES[task].values()


def test_an_unknown_name_is_an_error_that_lists_those_there_are():
    with pytest.raises(ValueError, match=r"'poison' is no objective of regression.*'poisson'"):
        xgboost_objective("poison", "regression")
    with pytest.raises(ValueError, match=r"'poisson' is no objective of ranking.*'ndcg', 'map'"):
        xgboost_objective("poisson", "ranking")


REFUSED = [
    ("poisson", -2.0, "at least 0"),
    ("count:poisson", -2.0, "at least 0"),
    ("tweedie", -0.5, "at least 0"),
    ("gamma", 0.0, "above 0"),
    ("squared_log_error", -1.0, "above -1"),
    ("logistic", 1.5, "from 0 to 1"),
]


@pytest.mark.parametrize(("objective", "value", "words"), REFUSED)
def test_a_value_that_an_objective_is_not_defined_for(objective, value, words):
    y = np.array([0.5, 0.25, value, value])
    with pytest.raises(
        ValueError, match=rf"'{objective}' needs.*{words} in y; row 2 has {value:g}"
    ):
        check_range(y, objective, "regression")
    check_range(y[:2], objective, "regression")
    with pytest.raises(ValueError, match=r"eval_set\[0\]; row 1 has"):
        check_range(y.reshape(2, 2), objective, "regression", "eval_set[0]")


@pytest.mark.parametrize(("objective", "value", "words"), REFUSED)
def test_xgboost_refuses_it_too(objective, value, words):
    y = np.array([0.5, 0.25, value, value])
    params = {"objective": xgboost_objective(objective, "regression"), "base_score": 0.5}
    with pytest.raises(xgboost.core.XGBoostError, match="label must be"):
        xgboost.train(params, xgboost.DMatrix(np.ones((4, 1)), y), 1)
