"""The shared fit of bagging against separate fits: the same bits."""

from __future__ import annotations

import joblib
import numpy as np
import pandas as pd
import pytest
from helpers.bit_by_bit import compare, tables
from helpers.ids import steady
from sklearn import linear_model, naive_bayes, neighbors, svm, tree
from sklearn.ensemble import BaggingClassifier, BaggingRegressor

from gridfold.estimators.shared import Meta, shared_fit_for

TABLES = tables()
SIZES = [{"n_estimators": k} for k in (5, 1, 9, 9, 3)]
SMALL = {
    BaggingClassifier: tree.DecisionTreeClassifier(max_depth=4),
    BaggingRegressor: tree.DecisionTreeRegressor(max_depth=4),
}


@pytest.mark.parametrize("table", list(TABLES))
@pytest.mark.parametrize("cls", list(SMALL))
def test_members_are_separate_fits(cls, table):
    X, labels, numbers = TABLES[table]
    y = labels if cls is BaggingClassifier else numbers
    compare(cls(SMALL[cls], random_state=0), SIZES, X, y)


@pytest.mark.parametrize(
    "params",
    [
        {"estimator": None},
        {"random_state": np.random.RandomState(4)},
        {"max_samples": 0.4, "max_features": 0.5},
        {"bootstrap": False, "max_samples": 0.7},
        {"bootstrap_features": True},
    ],
    ids=steady,
)
@pytest.mark.parametrize("cls", list(SMALL))
def test_other_parameters(cls, params):
    X, labels, numbers = TABLES["drawn"]
    y = np.array(list("abc"))[labels] if cls is BaggingClassifier else numbers
    prototype = cls(SMALL[cls], random_state=0).set_params(**params)
    compare(prototype, SIZES, X, y)
    compare(prototype, SIZES[:3], pd.DataFrame(X, columns=list("abcdef")), y)


@pytest.mark.parametrize(
    "estimator",
    [
        naive_bayes.GaussianNB(),
        neighbors.KNeighborsClassifier(),  # takes no weights: some rows, so perhaps not all classes
        linear_model.LogisticRegression(),
        linear_model.RidgeClassifier(),  # has decisions, no probabilities
        svm.SVC(),
    ],
    ids=steady,
)
def test_other_classifiers(estimator):
    X, labels, _ = TABLES["drawn"]
    compare(BaggingClassifier(estimator, random_state=0), SIZES, X, labels)
    if isinstance(estimator, svm.SVC | naive_bayes.GaussianNB):
        return  # cannot do without a class of which all weights are 0
    rare = np.where(np.arange(len(X)) < 2, 7, labels)
    compare(BaggingClassifier(estimator, max_samples=20, random_state=1), SIZES, X, rare)


@pytest.mark.parametrize("n_jobs", [2, 3])
@pytest.mark.parametrize("cls", list(SMALL))
def test_jobs_are_added_up_as_scikit_learn_deals_them_out(cls, n_jobs):
    X, labels, numbers = TABLES["drawn"]
    y = labels if cls is BaggingClassifier else numbers
    with joblib.parallel_config("threading"):
        estimator = linear_model.LogisticRegression() if cls is BaggingClassifier else SMALL[cls]
        compare(cls(estimator, n_jobs=n_jobs, random_state=0), SIZES, X, y)


def test_several_outputs():
    X, _, numbers = TABLES["drawn"]
    y = np.stack([numbers, numbers[::-1]], axis=1)
    compare(BaggingRegressor(SMALL[BaggingRegressor], random_state=0), SIZES, X, y)
    compare(BaggingRegressor(linear_model.Ridge(), random_state=0), SIZES, X, y)


@pytest.mark.parametrize("params", [{"oob_score": True}, {"warm_start": True}])
def test_it_says_why_it_declines(params):
    found = shared_fit_for(BaggingClassifier).declines(
        {**BaggingClassifier().get_params(), **params}, Meta(100, 5)
    )
    assert next(iter(params)) in found
