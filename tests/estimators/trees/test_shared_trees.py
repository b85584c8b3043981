"""The shared fit of decision trees against separate fits: the same bits, and the same trees."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from helpers.bit_by_bit import compare, tables
from helpers.ids import steady
from numpy.testing import assert_array_equal
from sklearn import model_selection, tree

from gridfold import pipelines
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for

CLASSES = ("DecisionTreeClassifier", "ExtraTreeClassifier")
NUMBERS = ("DecisionTreeRegressor", "ExtraTreeRegressor")
TABLES = tables()
ALPHAS = [{"ccp_alpha": a} for a in (0.01, 0.0, 1e-9, 0.03, 0.01, 0.1, 1e20)]
LIMITS = [{"max_leaf_nodes": k} for k in (9, 2, 30, 5, 9, 1000)]
BOTH = [{"ccp_alpha": a, "max_leaf_nodes": k} for a in (0.0, 0.02) for k in (None, 4, 12, 500)]


def model(name, **params):
    return getattr(tree, name)(**{"random_state": 0, **params})


def target(name, labels, numbers):
    return labels if name in CLASSES else numbers


@pytest.mark.parametrize("table", list(TABLES))
@pytest.mark.parametrize("name", [*CLASSES, *NUMBERS])
def test_members_are_separate_fits(name, table):
    X, labels, numbers = TABLES[table]
    y = target(name, labels, numbers)
    compare(model(name), ALPHAS, X, y)
    compare(model(name), LIMITS, X, y)
    compare(model(name), BOTH, X, y)


OF_BOTH = [
    {"random_state": np.random.RandomState(3)},
    {"max_features": 2},
    {"max_depth": 3},
    {"min_samples_leaf": 6},
    {"splitter": "random"},
    {"min_impurity_decrease": 0.01},
    {"monotonic_cst": [1, 0, 0, 0, -1, 0]},
]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        *itertools.product(["DecisionTreeClassifier", "ExtraTreeRegressor"], OF_BOTH),
        ("DecisionTreeClassifier", {"criterion": "entropy", "class_weight": "balanced"}),
        ("DecisionTreeRegressor", {"criterion": "absolute_error"}),
        ("DecisionTreeRegressor", {"criterion": "poisson"}),
    ],
    ids=steady,
)
def test_other_parameters(name, params):
    X, labels, numbers = TABLES["drawn"]
    y = target(name, (labels > 0).astype(int), np.abs(numbers))
    weight = np.random.default_rng(0).integers(0, 3, len(y)).astype(float)
    compare(model(name, **params), BOTH, X, y)
    compare(model(name, **params), ALPHAS, X, y, sample_weight=weight)


@pytest.mark.parametrize("name", [*CLASSES, *NUMBERS])
def test_several_outputs_and_frames(name):
    X, labels, numbers = TABLES["drawn"]
    y = target(name, labels, numbers)
    compare(model(name), BOTH, X, np.stack([y, y[::-1]], axis=1))
    table = pd.DataFrame(X, columns=list("abcdef"))
    compare(model(name), BOTH, table, np.array(list("abc"))[y] if name in CLASSES else y)


@pytest.mark.parametrize("name", [*CLASSES, *NUMBERS])
def test_rows_that_are_all_equal(name):
    X, labels, numbers = TABLES["drawn"]
    compare(model(name), [*ALPHAS[:3], *LIMITS[:2]], np.ones_like(X), target(name, labels, numbers))


def test_pruning_a_large_tree_takes_the_same_steps(real_table):
    table = real_table("abalone").select_dtypes("number")
    y = table.pop("Class_Rings").to_numpy(float)
    path = model(NUMBERS[0]).cost_complexity_pruning_path(table, y)
    alphas = np.quantile(path.ccp_alphas, [0.01, 0.2, 0.5, 0.9, 0.999])
    # On a step itself and beside it.
    alphas = np.concatenate([alphas, np.nextafter(alphas, 1), path.ccp_alphas[[50, -2, -1]]])
    compare(model(NUMBERS[0]), [{"ccp_alpha": a} for a in alphas], table, y)


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"ccp_alpha": -1.0}, "ccp_alpha=-1.0 is not a number of at least 0"),
        ({"ccp_alpha": "0"}, "ccp_alpha='0' is not a number of at least 0"),
        ({"max_leaf_nodes": 1}, "max_leaf_nodes=1 is not a whole number of at least 2"),
        ({"max_leaf_nodes": 4.0}, "max_leaf_nodes=4.0 is not a whole number of at least 2"),
    ],
)
def test_it_says_why_it_declines(params, reason):
    prototype = model("DecisionTreeClassifier")
    shared_fit = shared_fit_for(type(prototype))
    assert shared_fit.declines(prototype.get_params(), Meta(100, 5)) is None
    assert shared_fit.declines({**prototype.get_params(), **params}, Meta(100, 5)) == reason


def test_targets_too_large_to_square_are_declined():
    X, _, numbers = TABLES["drawn"]
    prototype = model("DecisionTreeRegressor")
    with pytest.raises(Declined, match="not finite"):
        shared_fit_for(type(prototype)).fit(Members(prototype, ALPHAS), X, numbers * 1e200)


@pytest.mark.parametrize("name", ["DecisionTreeClassifier", "ExtraTreeRegressor"])
def test_a_search_gives_the_scores_of_scikit_learn(name, real_table):
    table = real_table("segment").sample(400, random_state=0)
    y = table.pop("class") if name in CLASSES else table.pop(table.columns[1])
    X = table.select_dtypes("number")
    grid = {
        "ccp_alpha": [0.0, 0.001, 0.01],
        "max_leaf_nodes": [None, 5, 20],
        "max_depth": [3, None],
    }
    searches = [
        module.GridSearchCV(model(name), grid, cv=3, refit=False, return_train_score=True).fit(X, y)
        for module in (pipelines, model_selection)
    ]
    for key, values in searches[1].cv_results_.items():
        if "test_" in key or "train_" in key:
            assert_array_equal(searches[0].cv_results_[key], values)
    assert "54 fits of single steps become 6" in str(searches[0].plan_)
