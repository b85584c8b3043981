"""Reading chains of steps off parameters: what is left to scikit-learn's own routine."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV as SklearnGridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.pipelines import GridSearchCV


def test_a_model_in_the_middle_is_scikit_learns_to_report():
    X, y = np.random.default_rng(0).normal(size=(2, 30, 1))
    pipeline = Pipeline([("first", StandardScaler()), ("last", Ridge())])
    grid = {"first": [Ridge()], "last__alpha": [0.1, 1.0]}
    search = GridSearchCV(pipeline, grid, error_score="raise")
    assert "2 because a step in the middle is no transformer" in str(search.plan(X, y[:, 0]))
    with pytest.raises(TypeError, match="All intermediate steps should be transformers"):
        search.fit(X, y[:, 0])


class Names(RegressorMixin, BaseEstimator):
    """Like CatBoost's estimators, names only the parameters that were set."""

    def __init__(self, depth=None, rate=None):
        self.given = {k: v for k, v in {"depth": depth, "rate": rate}.items() if v is not None}

    def get_params(self, deep=True):
        return dict(self.given)

    def set_params(self, **params):
        self.given.update(params)
        return self

    def fit(self, X, y):
        self.mean_ = np.mean(y) * self.given.get("rate", 1.0)
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


class Keywords(Names):
    """Like LightGBM's, takes any keyword."""

    def __init__(self, depth=None, **others):
        super().__init__(depth)
        self.given.update(others)


@pytest.mark.parametrize("cls", [Names, Keywords])
def test_parameters_that_are_not_named_before_they_are_set(cls):
    X, y = np.random.default_rng(0).normal(size=(2, 30, 1))
    search = GridSearchCV(cls(), {"rate": [0.5, 1.0]}, cv=3).fit(X, y[:, 0])
    assert "no shared fit is registered" in str(search.plan_)
    plain = SklearnGridSearchCV(cls(), {"rate": [0.5, 1.0]}, cv=3).fit(X, y[:, 0])
    for key in ("mean_test_score", "params"):
        np.testing.assert_array_equal(search.cv_results_[key], plain.cv_results_[key])


def test_a_name_that_nothing_takes_is_scikit_learns_to_report():
    X, y = np.random.default_rng(0).normal(size=(2, 30, 1))
    search = GridSearchCV(Ridge(), {"nothing": [1, 2]}, error_score="raise")
    assert "2 because a parameter is not one of its step" in str(search.plan(X, y[:, 0]))
    with pytest.raises(ValueError, match="Invalid parameter 'nothing'"):
        search.fit(X, y[:, 0])
