"""The shared fit of AdaBoost against separate fits: the same bits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from helpers.bit_by_bit import compare, tables
from helpers.ids import steady
from sklearn import dummy, linear_model, naive_bayes, tree
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor

from gridfold.estimators.shared import Members, Meta, shared_fit_for

TABLES = {name: table for name, table in tables().items() if name != "missing"}
GUESSING = {"estimator": dummy.DummyClassifier(strategy="uniform"), "random_state": 85}
LENGTHS = [{"n_estimators": k} for k in (5, 1, 12, 3, 12)]


@pytest.mark.parametrize("table", list(TABLES))
@pytest.mark.parametrize("cls", [AdaBoostClassifier, AdaBoostRegressor])
def test_members_are_separate_fits(cls, table):
    X, labels, numbers = TABLES[table]
    y = labels if cls is AdaBoostClassifier else numbers
    compare(cls(random_state=0), LENGTHS, X, y)


@pytest.mark.parametrize(
    "params",
    [
        {"learning_rate": 0.3},
        {"random_state": np.random.RandomState(4)},
        {"estimator": tree.DecisionTreeClassifier(max_depth=3, max_features=2)},
        {"estimator": tree.DecisionTreeClassifier()},  # fits the rows: it stops at once
        {"estimator": naive_bayes.GaussianNB()},
        {"estimator": linear_model.RidgeClassifier()},
        GUESSING,  # soon no better than chance: it stops there
    ],
    ids=steady,
)
@pytest.mark.parametrize("n_classes", [1, 2, 3])
def test_other_classifiers(n_classes, params):
    X, labels, _ = TABLES["drawn"]
    if n_classes == 1 and isinstance(params.get("estimator"), linear_model.RidgeClassifier):
        pytest.skip("it wants two classes")
    y = np.array(list("abc"))[labels % n_classes]
    weight = np.random.default_rng(0).integers(0, 3, len(y)).astype(float)
    compare(AdaBoostClassifier(random_state=0).set_params(**params), LENGTHS, X, y)
    prototype = AdaBoostClassifier(random_state=0).set_params(**params)
    compare(prototype, LENGTHS, X, y, sample_weight=weight)


@pytest.mark.parametrize(
    "params",
    [
        {"loss": "square"},
        {"loss": "exponential", "learning_rate": 0.5},
        {"estimator": linear_model.LinearRegression()},
        {"estimator": tree.DecisionTreeRegressor()},
    ],
    ids=steady,
)
def test_other_regressors(params):
    X, _, numbers = TABLES["drawn"]
    table = pd.DataFrame(X, columns=list("abcdef"))
    weight = np.random.default_rng(0).integers(0, 3, len(numbers)).astype(float)
    compare(AdaBoostRegressor(random_state=0, **params), LENGTHS, table, numbers)
    prototype = AdaBoostRegressor(random_state=0, **params)
    compare(prototype, LENGTHS, X, numbers, sample_weight=weight)


def test_runs_end_early_in_these_tests():
    X, labels, _ = TABLES["drawn"]
    shared_fit = shared_fit_for(AdaBoostClassifier)
    for params in (GUESSING, {"estimator": tree.DecisionTreeClassifier()}):
        prototype = AdaBoostClassifier(**{"random_state": 0, **params})
        state = shared_fit.fit(Members(prototype, LENGTHS), X, labels)
        assert len(state.longest.estimators_) < 12


def test_it_declines_what_is_no_number_of_estimators():
    params = {**AdaBoostClassifier().get_params(), "n_estimators": None}
    assert "n_estimators" in shared_fit_for(AdaBoostClassifier).declines(params, Meta(100, 5))
