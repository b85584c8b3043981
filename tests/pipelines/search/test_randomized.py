"""RandomizedSearchCV against scikit-learn's: the same draws, the same results."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.same_results import assert_same_results
from numpy.testing import assert_array_equal
from scipy.stats import loguniform, randint
from sklearn import model_selection
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.pipelines import GridSearchCV, RandomizedSearchCV

SCALED_RIDGE = make_pipeline(StandardScaler(), Ridge())
ALPHAS = {"ridge__alpha": loguniform(1e-3, 1e3), "ridge__fit_intercept": [True, False]}


@pytest.fixture
def data():
    return make_regression(90, 6, noise=20.0, random_state=0)


def both(data, estimator, distributions, **options):
    classes = model_selection.RandomizedSearchCV, RandomizedSearchCV
    return [c(clone(estimator), distributions, **options).fit(*data) for c in classes]


@pytest.mark.parametrize("seed", [0, "a generator"])
@pytest.mark.parametrize("distributions", [ALPHAS, [ALPHAS, {"ridge__alpha": [1.0, 2.0]}]])
def test_results_are_scikit_learns(data, distributions, seed):
    theirs, ours = (
        cls(
            SCALED_RIDGE,
            distributions,
            n_iter=12,
            random_state=np.random.RandomState(0) if seed == "a generator" else seed,
            return_train_score=True,
        ).fit(*data)
        for cls in (model_selection.RandomizedSearchCV, RandomizedSearchCV)
    )
    assert_same_results(theirs.cv_results_, ours.cv_results_)
    assert ours.best_params_ == theirs.best_params_
    assert_array_equal(ours.predict(data[0]), theirs.predict(data[0]))
    assert "in one shared fit for all 5 folds" in str(ours.plan_)


def test_a_value_drawn_twice_is_computed_once_and_listed_twice():
    X, y = make_classification(100, 5, random_state=0)
    theirs, ours = both(
        (X, y), KNeighborsClassifier(), {"n_neighbors": randint(1, 4)}, n_iter=9, random_state=0
    )
    assert_same_results(theirs.cv_results_, ours.cv_results_)
    assert len(ours.cv_results_["params"]) == 9


def test_the_global_generator_is_drawn_from_as_scikit_learn_does(data):
    results = []
    for cls in (model_selection.RandomizedSearchCV, RandomizedSearchCV):
        np.random.seed(3)
        search = cls(SCALED_RIDGE, ALPHAS, n_iter=4, cv=model_selection.KFold(3, shuffle=True))
        results.append(search.fit(*data).cv_results_)
        results.append(np.random.random())
    assert_same_results(results[0], results[2])
    assert results[1] == results[3]


@pytest.mark.parametrize("random_state", [None, 0, "a generator"])
def test_a_plan_is_of_the_candidates_that_fit_draws(data, random_state):
    if random_state == "a generator":
        random_state = np.random.RandomState(5)
    search = RandomizedSearchCV(SCALED_RIDGE, ALPHAS, n_iter=5, random_state=random_state)
    np.random.seed(1)
    planned = [search.plan(*data) for _ in range(2)]
    search.fit(*data)
    alphas = [_alphas(plan) for plan in (*planned, search.plan_)]
    assert alphas[0] == alphas[1] == alphas[2]
    assert len(set(alphas[0])) == 5


def _alphas(plan):
    return [
        member.overrides["alpha"]
        for _, group in plan.walk()
        if isinstance(group.prototype, Ridge)
        for member in group.members
    ]


def test_a_plan_changes_nothing_in_the_search(data):
    search = RandomizedSearchCV(SCALED_RIDGE, ALPHAS, random_state=np.random.RandomState(0))
    before = dict(vars(search))
    search.plan(*data)
    assert vars(search) == before
    assert not hasattr(search, "plan_")


def test_it_is_scikit_learns_class_with_one_parameter_more():
    search = RandomizedSearchCV(SCALED_RIDGE, ALPHAS)
    theirs = model_selection.RandomizedSearchCV(SCALED_RIDGE, ALPHAS)
    assert isinstance(search, model_selection.RandomizedSearchCV)
    assert search.get_params(deep=False).keys() - theirs.get_params(deep=False).keys() >= {
        "sharing"
    }
    assert clone(search.set_params(sharing="exact", n_iter=3)).sharing == "exact"


def test_searches_nest_in_one_another(data):
    X, y = data
    grid = {"ridge__alpha": [0.1, 1.0, 10.0]}
    outer = {"estimator__ridge__fit_intercept": [True, False]}
    results = [
        a(b(SCALED_RIDGE, grid, cv=3), outer, cv=2, n_iter=2, random_state=0).fit(X, y).cv_results_
        for a in (model_selection.RandomizedSearchCV, RandomizedSearchCV)
        for b in (model_selection.GridSearchCV, GridSearchCV)
    ]
    for found in results[1:]:
        found["params"] = results[0]["params"]
        assert_same_results(results[0], found)
