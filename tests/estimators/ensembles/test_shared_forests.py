"""The shared fit of forests against separate fits: the same bits."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from helpers.bit_by_bit import compare, same, tables
from helpers.ids import steady
from numpy.testing import assert_array_equal
from sklearn import ensemble, model_selection
from sklearn.base import clone

from gridfold import pipelines
from gridfold.estimators.shared import Members, Meta, shared_fit_for

CLASSES = ("RandomForestClassifier", "ExtraTreesClassifier")
NUMBERS = ("RandomForestRegressor", "ExtraTreesRegressor")
SIZES = [{"n_estimators": k} for k in (5, 1, 8, 8, 3)]
TABLES = tables()


def forest(name, **params):
    return getattr(ensemble, name)(**{"random_state": 0, "max_depth": 6, **params})


@pytest.mark.parametrize("table", list(TABLES))
@pytest.mark.parametrize("name", [*CLASSES, *NUMBERS])
def test_members_are_separate_fits(name, table):
    X, labels, numbers = TABLES[table]
    compare(forest(name), SIZES, X, labels if name in CLASSES else numbers)


@pytest.mark.parametrize("name", [*CLASSES, *NUMBERS])
def test_several_outputs(name):
    X, labels, numbers = TABLES["drawn"]
    y = labels if name in CLASSES else numbers
    compare(forest(name), SIZES, X, np.stack([y, y[::-1]], axis=1))
    compare(forest(name), SIZES, pd.DataFrame(X, columns=list("abcdef")), y)


ALL = [
    {"random_state": np.random.RandomState(4)},
    {"bootstrap": True, "max_samples": 0.4},
    {"bootstrap": False, "max_features": None},
    {"max_leaf_nodes": 7},
    {"ccp_alpha": 0.01},
    {"monotonic_cst": [1, 0, 0, 0, -1, 0]},
]
OF_CLASSIFIERS = [
    {"criterion": "entropy", "class_weight": "balanced_subsample", "bootstrap": True},
    {"class_weight": "balanced"},
    {"class_weight": {0: 1, 1: 5}},
]
OF_REGRESSORS = [{"criterion": "poisson"}, {"criterion": "absolute_error", "max_depth": 3}]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        *itertools.product(CLASSES, ALL + OF_CLASSIFIERS),
        *itertools.product(NUMBERS, ALL + OF_REGRESSORS),
    ],
    ids=steady,
)
def test_other_parameters(name, params):
    X, labels, numbers = TABLES["drawn"]
    y = (labels > 0).astype(int) if name in CLASSES else np.abs(numbers)
    weight = np.random.default_rng(0).integers(0, 3, len(y)).astype(float)
    compare(forest(name, **params), SIZES[:3], X, y)
    compare(forest(name, **params), SIZES[:3], X, y, sample_weight=weight)


@pytest.mark.parametrize("name", ["RandomForestClassifier", "ExtraTreesRegressor"])
def test_threads_add_the_trees_in_their_order(name):
    # scikit-learn's own threads add them as they come, which changes the last digits.
    X, labels, numbers = TABLES["drawn"]
    y = labels if name in CLASSES else numbers
    shared_fit = shared_fit_for(type(forest(name)))
    state = shared_fit.fit(Members(forest(name, n_jobs=2), SIZES), X, y)
    method = "predict_proba" if name in CLASSES else "predict"
    for size, answer in zip(SIZES, shared_fit.respond(state, X, method, range(5)), strict=True):
        same(answer, getattr(forest(name, **size).fit(X, y), method)(X))


def test_trees_are_asked_once_for_ascending_blocks_and_further_methods(monkeypatch):
    X, y, _ = TABLES["drawn"]
    shared_fit = shared_fit_for(ensemble.RandomForestClassifier)
    sizes = [{"n_estimators": k} for k in (2, 4, 6, 9)]
    prototype = forest("RandomForestClassifier")
    state = shared_fit.fit(Members(prototype, sizes), X, y)
    asked = []
    for number, tree in enumerate(state.longest.estimators_):
        answer = tree.predict_proba
        monkeypatch.setattr(
            tree,
            "predict_proba",
            lambda X, number=number, answer=answer, **o: (asked.append(number), answer(X, **o))[1],
        )
    for block in ([0, 1], [2, 3]):
        for method in ("predict", "predict_proba"):
            shared_fit.respond(state, X, method, block)
    assert asked == list(range(9))
    plain = clone(prototype).set_params(n_estimators=2).fit(X, y)
    same(shared_fit.respond(state, X, "predict_proba", [0])[0], plain.predict_proba(X))


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"n_estimators": 0}, "n_estimators"),
        ({"n_estimators": 2.0}, "n_estimators"),
        ({"warm_start": True}, "warm_start"),
        ({"oob_score": True}, "oob_score"),
    ],
)
def test_it_says_why_it_declines(params, reason):
    prototype = forest("RandomForestClassifier")
    shared_fit = shared_fit_for(type(prototype))
    assert shared_fit.declines(prototype.get_params(), Meta(100, 5)) is None
    assert reason in shared_fit.declines({**prototype.get_params(), **params}, Meta(100, 5))


@pytest.mark.parametrize("name", ["RandomForestClassifier", "ExtraTreesRegressor"])
def test_a_search_gives_the_scores_of_scikit_learn(name, real_table):
    table = real_table("segment").sample(400, random_state=0)
    y = table.pop("class") if name in CLASSES else table.pop(table.columns[1])
    X = table.select_dtypes("number")
    scoring = ["accuracy", "neg_log_loss"] if name in CLASSES else ["r2", "neg_max_error"]
    grid = {"n_estimators": [4, 8, 10], "max_features": ["sqrt", 0.5]}
    searches = [
        module.GridSearchCV(
            forest(name), grid, cv=3, scoring=scoring, refit=scoring[0], return_train_score=True
        ).fit(X, y)
        for module in (pipelines, model_selection)
    ]
    ours, theirs = (search.cv_results_ for search in searches)
    for key, values in theirs.items():
        if "test_" in key or "train_" in key:
            assert_array_equal(ours[key], values)
    assert "18 fits of single steps become 6" in str(searches[0].plan_)
