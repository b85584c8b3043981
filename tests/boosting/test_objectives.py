"""Objectives by name, and the targets that they refuse."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.model_selection
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting import XGBClassifier, XGBRegressor, objectives  # noqa: E402
from gridfold.boosting.objectives import check_range, xgboost_objective  # noqa: E402
from gridfold.pipelines import GridSearchCV  # noqa: E402

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


# --- through the estimators ------------------------------------------------------------------

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3))
Y = np.exp(X[:, 0]) / 10
SMALL = {"n_estimators": 4, "max_depth": 3, "n_jobs": 1}
PARAMS = {"quantile": {"quantile_alpha": 0.3}, "tweedie": {"tweedie_variance_power": 1.3}}
OF_NUMBERS = [name for name in objectives._NAMES["regression"] if name not in ("cox", "aft")]


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_a_regression_by_name_is_that_of_xgboost(name):
    params = SMALL | PARAMS.get(name, {})
    y = np.clip(Y, 0, 1) if name == "logistic" else Y
    ours = XGBRegressor(**params, objective=name).fit(X, y)
    named = objectives._NAMES["regression"][name]
    theirs = xgboost.XGBRegressor(**params, objective=named).fit(X, y)
    assert ours.get_booster().save_raw() == theirs.get_booster().save_raw()
    assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.objective == clone(ours).objective == name
    assert ours.get_xgb_params()["objective"] == ours.to_xgboost().objective == named
    before = ours.predict(X)
    assert_array_equal(ours.set_params(max_depth=2).predict(X), before)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_classification_by_name_is_that_of_xgboost(n_classes):
    y = np.digitize(X[:, 0], np.linspace(-0.5, 0.5, n_classes - 1))
    ours = XGBClassifier(**SMALL, objective="log_loss").fit(X, y)
    theirs = xgboost.XGBClassifier(**SMALL).fit(X, y)
    assert ours.get_booster().save_raw() == theirs.get_booster().save_raw()
    assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    assert ours.objective == "log_loss"


def test_y_of_a_fit_and_of_a_validation_set_is_checked():
    model = XGBRegressor(**SMALL, objective="gamma")
    zero = np.where(np.arange(120) == 7, 0.0, Y)
    with pytest.raises(ValueError, match=r"'gamma' needs values above 0 in y; row 7 has 0"):
        model.fit(X, zero)
    with pytest.raises(ValueError, match=r"above 0 in eval_set\[1\]; row 7 has 0"):
        model.fit(X, Y, eval_set=[(X, Y), (X, zero)])
    with pytest.raises(ValueError, match=r"'xentropy' is no objective of classification"):
        XGBClassifier(objective="xentropy").fit(X, Y > 0.1)


def test_a_search_over_objectives_by_name():
    grid = {"objective": ["poisson", "squared_error", "count:poisson"], "n_estimators": [2, 5]}
    found, expected = (
        cls(XGBRegressor(**SMALL), grid, cv=3, scoring="neg_mean_poisson_deviance").fit(X, Y)
        for cls in (GridSearchCV, sklearn.model_selection.GridSearchCV)
    )
    scores = found.cv_results_["mean_test_score"]
    assert_array_equal(scores, expected.cv_results_["mean_test_score"])
    assert_array_equal(scores[[0, 3]], scores[[2, 5]])  # two names of one objective
    assert len(np.unique(scores)) == 4
