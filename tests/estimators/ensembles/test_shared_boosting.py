"""The shared fits of gradient boosting against separate fits: the same bits."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from helpers.bit_by_bit import compare, tables
from helpers.ids import steady
from numpy.testing import assert_array_equal
from sklearn import ensemble, linear_model, model_selection, preprocessing
from sklearn.pipeline import make_pipeline

from gridfold import pipelines
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for

PLAIN = ("GradientBoostingClassifier", "GradientBoostingRegressor")
BINNED = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")
TABLES = tables()
STAGES = (5, 1, 8, 8, 3)


def model(name, **params):
    small = {"max_depth": 2} if name in PLAIN else {"max_leaf_nodes": 5, "min_samples_leaf": 5}
    return getattr(ensemble, name)(**{"random_state": 0, **small, **params})


def members(name, stages=STAGES):
    return [{"n_estimators" if name in PLAIN else "max_iter": k} for k in stages]


def target(name, labels, numbers):
    return labels if name.endswith("Classifier") else numbers


@pytest.mark.parametrize("table", list(TABLES))
@pytest.mark.parametrize("name", [*PLAIN, *BINNED])
def test_members_are_separate_fits(name, table):
    if table == ("missing" if name in PLAIN else "sparse"):
        pytest.skip("such rows are refused")
    X, labels, numbers = TABLES[table]
    compare(model(name), members(name), X, target(name, labels, numbers))


OF_BOTH = [
    {"random_state": np.random.RandomState(4)},
    {"max_features": 0.5},
    {"learning_rate": 1.0},
]
OF_PLAIN = [
    {"subsample": 0.5, "max_features": "sqrt"},
    {"n_iter_no_change": 1, "tol": 0.5},
    {"n_iter_no_change": 2, "subsample": 0.8, "tol": 0.3},
    {"init": "zero"},
    {"max_leaf_nodes": 4},
]
OF_BINNED = [
    {"early_stopping": True, "n_iter_no_change": 1, "tol": 0.3},
    {"early_stopping": True, "n_iter_no_change": 2, "scoring": "neg_mean_absolute_error"},
    {"early_stopping": True, "n_iter_no_change": 2, "validation_fraction": None},
    {"interaction_cst": "no_interactions"},
]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        *itertools.product(PLAIN, OF_BOTH + OF_PLAIN),
        *itertools.product(BINNED, OF_BOTH + OF_BINNED),
        ("GradientBoostingClassifier", {"loss": "exponential"}),
        ("GradientBoostingRegressor", {"loss": "huber", "alpha": 0.8}),
        ("GradientBoostingRegressor", {"init": linear_model.Ridge()}),
        ("HistGradientBoostingClassifier", {"class_weight": "balanced"}),
        ("HistGradientBoostingRegressor", {"loss": "poisson"}),
        ("HistGradientBoostingRegressor", {"monotonic_cst": [1, 0, 0, -1, 0, 0]}),
    ],
    ids=steady,
)
def test_other_parameters(name, params):
    X, labels, numbers = TABLES["drawn"]
    y = target(name, (labels > 0).astype(int), np.abs(numbers))
    weight = np.random.default_rng(0).integers(1, 3, len(y)).astype(float)
    compare(model(name, **params), members(name, (4, 1, 30)), X, y)
    compare(model(name, **params), members(name, (4, 1, 30)), X, y, sample_weight=weight)


@pytest.mark.parametrize("name", BINNED)
def test_tables_with_categories(name):
    X, labels, numbers = TABLES["drawn"]
    table = pd.DataFrame(X, columns=list("abcdef"))
    table["kind"] = pd.Categorical(np.array(["low", "mid", "high"])[labels])
    compare(model(name), members(name), table, target(name, labels, numbers))


def test_it_says_why_it_declines():
    X, labels, _ = TABLES["drawn"]
    prototype = model("GradientBoostingClassifier")
    shared_fit = shared_fit_for(type(prototype))
    params = prototype.get_params()
    assert shared_fit.declines(params, Meta(100, 5)) is None
    assert "warm_start" in shared_fit.declines({**params, "warm_start": True}, Meta(100, 5))
    assert "n_estimators" in shared_fit.declines({**params, "n_estimators": 0}, Meta(100, 5))
    with pytest.raises(Declined, match="monitor"):
        shared_fit.fit(Members(prototype), X, labels, monitor=print)
    hist = model("HistGradientBoostingClassifier")
    declined = shared_fit_for(type(hist)).declines({**hist.get_params(), "max_iter": "3"}, Meta(9))
    assert declined == "max_iter='3' is not a whole number of at least 1"


@pytest.mark.parametrize("name", [PLAIN[1], BINNED[0]])
def test_a_search_gives_the_scores_of_scikit_learn(name, real_table):
    table = real_table("segment").sample(400, random_state=0)
    y = table.pop("class") if name.endswith("Classifier") else table.pop(table.columns[1])
    estimator = make_pipeline(preprocessing.StandardScaler(), model(name))
    scoring = ["accuracy", "neg_log_loss"] if name.endswith("Classifier") else ["r2"]
    length = "n_estimators" if name in PLAIN else "max_iter"
    step = estimator.steps[1][0]
    grid = {f"{step}__{length}": [4, 8, 10], f"{step}__learning_rate": [0.1, 0.3]}
    searches = [
        module.GridSearchCV(estimator, grid, cv=3, scoring=scoring, refit=False).fit(
            table.select_dtypes("number"), y
        )
        for module in (pipelines, model_selection)
    ]
    for key, values in searches[1].cv_results_.items():
        if "test_" in key:
            assert_array_equal(searches[0].cv_results_[key], values)
    assert "3 members in one shared fit" in str(searches[0].plan_)
