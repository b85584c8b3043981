"""The one-standard-error rule: the simplest candidate that is not clearly worse than the best."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from gridfold.pipelines import GridSearchCV, HalvingGridSearchCV
from gridfold.pipelines.search.one_standard_error import simplest_within_one_standard_error

RULE = "one_standard_error"


@pytest.fixture(scope="module")
def data():
    return load_diabetes(return_X_y=True)


def chosen(estimator, params, means, best, error=0.1, n_splits=5):
    """The candidate chosen, given its parameters, mean scores and the best one's error."""
    results = {
        "params": params,
        "mean_test_score": np.array(means),
        "std_test_score": np.full(len(means), error * np.sqrt(n_splits - 1)),
    }
    return simplest_within_one_standard_error(estimator, results, best, n_splits)


def of(name, values):
    return [{name: value} for value in values]


@pytest.mark.parametrize(
    ("estimator", "params", "expected"),
    [
        (Ridge(), of("alpha", [0.1, 1.0, 10.0, 100.0]), 2),
        (KNeighborsRegressor(), of("n_neighbors", [1, 5, 9, 50]), 2),
        (DecisionTreeRegressor(), of("max_depth", [None, 7, 3, 2]), 2),
        (make_pipeline(Ridge()), of("ridge__alpha", [0.1, 1.0, 10.0, 100.0]), 2),
    ],
)
def test_the_simplest_of_those_within_the_error(estimator, params, expected):
    assert chosen(estimator, params, [0.9, 1.0, 0.95, 0.85], best=1) == expected


def test_the_error_is_that_of_the_mean(data):
    grid = {"alpha": np.logspace(-4, 2, 13)}
    search = GridSearchCV(Ridge(), grid, refit=RULE).fit(*data)
    results = search.cv_results_
    scores = np.array([results[f"split{k}_test_score"] for k in range(5)])
    best = np.argmax(scores.mean(axis=0))
    error = scores[:, best].std(ddof=1) / np.sqrt(5)
    near = np.flatnonzero(scores.mean(axis=0) >= scores[:, best].mean() - error)
    assert search.best_index_ == near.max() > best
    assert search.best_score_ == results["mean_test_score"][near.max()]
    assert search.best_estimator_.alpha == search.best_params_["alpha"] == grid["alpha"][near.max()]


def test_other_parameters_stay_as_the_best_has_them():
    params = [
        {"alpha": 1.0, "fit_intercept": True},
        {"alpha": 10.0, "fit_intercept": False},
        {"alpha": 100.0, "fit_intercept": False},
        {"alpha": 5.0, "fit_intercept": True},
    ]
    assert chosen(Ridge(), params, [1.0, 0.99, 0.98, 0.97], best=0) == 3


def test_none_is_less_simple_in_one_parameter_to_be_simpler_in_another():
    params = [
        {"max_depth": 5, "min_samples_leaf": 4},
        {"max_depth": 2, "min_samples_leaf": 1},
        {"max_depth": 4, "min_samples_leaf": 9},
        {"max_depth": 3, "min_samples_leaf": 0.5},
    ]
    assert chosen(DecisionTreeRegressor(), params, [1.0, 0.99, 0.98, 0.97], best=0) == 2


def test_equally_simple_candidates_are_told_apart_by_their_scores():
    params = of("alpha", [1.0, 2.0, 2.0])
    assert chosen(Ridge(), params, [1.0, 0.95, 0.96], best=0) == 2


def test_scores_that_are_no_numbers_choose_the_first():
    assert chosen(Ridge(), of("alpha", [1.0, 2.0]), [np.nan, np.nan], best=0) == 0


def test_a_halving_search_chooses_within_its_last_iteration(data):
    grid = {"alpha": np.logspace(-4, 1, 12)}
    search = HalvingGridSearchCV(Ridge(), grid, refit=RULE, random_state=0, factor=2).fit(*data)
    results = search.cv_results_
    assert results["iter"][search.best_index_] == results["iter"].max()
    assert search.best_score_ == results["mean_test_score"][search.best_index_]


@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (make_pipeline(StandardScaler(), Ridge()), {"standardscaler__with_mean": [True, False]}),
        (GradientBoostingRegressor(), {"alpha": [0.1, 0.2]}),
    ],
)
def test_unknown_directions_are_an_error_before_anything_is_fitted(estimator, grid, data):
    with pytest.raises(ValueError, match=r"not known which values of .* Pass a function as refit"):
        GridSearchCV(estimator, grid, refit=RULE).fit(*data)


def test_a_metric_of_that_name_is_a_metric(data):
    scoring = {RULE: "r2", "other": "neg_mean_absolute_error"}
    grid = {"alpha": [0.1, 100.0]}
    search = GridSearchCV(Ridge(), grid, scoring=scoring, refit=RULE).fit(*data)
    assert search.best_index_ == np.argmax(search.cv_results_[f"mean_test_{RULE}"])
    with pytest.raises(ValueError, match="refit must be set to a scorer key"):
        GridSearchCV(Ridge(), grid, scoring=["r2", "explained_variance"], refit=RULE).fit(*data)


class Alpha(BaseEstimator):
    """An estimator whose `alpha` is a word."""

    def __init__(self, alpha="small"):
        self.alpha = alpha

    def fit(self, X, y):
        return self

    def score(self, X, y):
        return {"small": 1.0, "large": 0.5}[self.alpha]


def test_values_that_are_no_numbers_are_not_compared(data):
    search = GridSearchCV(Alpha(), {"alpha": ["small", "large"]}, refit=RULE).fit(*data)
    assert search.best_params_ == {"alpha": "small"}
