"""Walking the plan: each group fitted once, faults in shared fits found, nothing kept."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.datasets import make_regression
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from gridfold.estimators.shared import (
    Declined,
    SharedFit,
    register_affine,
    register_shared_fit,
    shared_fit_for,
)
from gridfold.pipelines import GridSearchCV
from gridfold.pipelines.search import SharedFitWarning

X, y = make_regression(60, 4, noise=5.0, random_state=0)


class Counting(StandardScaler):
    """A scaler that counts its fits."""

    fits = 0

    def fit(self, X, y=None, sample_weight=None):
        type(self).fits += 1
        return super().fit(X, y, sample_weight)


class Model(DummyRegressor):
    """A model whose shared fit the tests put in place."""

    def __init__(self, shift=0.0):
        super().__init__()
        self.shift = shift

    def predict(self, X):
        return super().predict(X) + self.shift


class ModelFit(SharedFit):
    """A right shared fit of Model; the tests break it."""

    varying = frozenset({"shift"})

    def fit(self, members, X, y, **fit_params):
        return members, float(np.mean(y))

    def respond(self, state, X, method, members):
        return [np.full(len(X), state[1] + state[0].values("shift")[i]) for i in members]

    def materialise(self, state, i):
        estimator = state[0].instance(i)
        return estimator.fit(np.zeros((1, 1)), [state[1]])


class Broken(ModelFit):
    """Raises where `where` says."""

    def __init__(self, where, error):
        self.where, self.error = where, error

    def fit(self, members, X, y, **fit_params):
        if self.where == "fit":
            raise self.error
        return super().fit(members, X, y, **fit_params)

    def respond(self, state, X, method, members):
        if self.where == "respond":
            raise self.error
        return super().respond(state, X, method, members)

    def materialise(self, state, i):
        if self.where == "materialise":
            raise self.error
        return super().materialise(state, i)


GRID = {"shift": [0.0, 1.0, 5.0]}


@pytest.fixture
def register():
    """Register a shared fit for Model for the length of one test."""
    name = f"{Model.__module__}:Model"

    def put(shared_fit):
        register_shared_fit(name, shared_fit)
        assert shared_fit_for(Model) is shared_fit

    yield put
    from gridfold.estimators import shared

    shared._shared_fits.pop("Model")


def same_as_scikit_learn(search):
    expected = model_selection.GridSearchCV(Model(), GRID, scoring="r2").fit(X, y)
    for key in ("split0_test_score", "mean_test_score"):
        np.testing.assert_allclose(search.cv_results_[key], expected.cv_results_[key])


def test_a_users_shared_fit_serves(register):
    register(ModelFit())
    search = GridSearchCV(Model(), GRID, scoring="r2").fit(X, y)
    assert "3 members in one shared fit per fold" in str(search.plan_)
    same_as_scikit_learn(search)


def test_one_that_declines_while_running_is_fitted_alone_and_says_so(register):
    register(Broken("fit", Declined("the numbers are odd")))
    search = GridSearchCV(Model(), GRID, scoring="r2").fit(X, y)
    assert search.plan_.notes == ["Model fitted alone: the numbers are odd"]
    same_as_scikit_learn(search)


class NoFives(ModelFit):
    """Declines members of a large shift only."""

    def fit(self, members, X, y, **fit_params):
        large = [i for i in range(len(members)) if members.params(i)["shift"] > 2]
        if large:
            raise Declined("its shift is large", large)
        return super().fit(members, X, y, **fit_params)


def test_members_declined_are_fitted_alone_and_the_others_together(register):
    register(NoFives())
    search = GridSearchCV(Model(), GRID, scoring="r2").fit(X, y)
    assert search.plan_.notes == ["1 of 3 members of Model fitted alone: its shift is large"]
    same_as_scikit_learn(search)


def test_declined_travels_between_processes():
    reason = pickle.loads(pickle.dumps(Declined("odd", [2, 1])))
    assert str(reason) == "odd"
    assert reason.members == {1, 2}


@pytest.mark.parametrize("where", ["fit", "respond"])
def test_one_that_raises_is_abandoned_with_a_warning(register, monkeypatch, where):
    monkeypatch.setenv("GRIDFOLD_STRICT", "0")
    register(Broken(where, ZeroDivisionError("ours")))
    with pytest.warns(SharedFitWarning, match="ZeroDivisionError"):
        search = GridSearchCV(Model(), GRID, refit=False, scoring="r2").fit(X, y)
    same_as_scikit_learn(search)


@pytest.mark.parametrize("where", ["fit", "respond", "materialise"])
def test_in_strict_mode_it_is_an_error(register, monkeypatch, where):
    monkeypatch.setenv("GRIDFOLD_STRICT", "1")
    register(Broken(where, ZeroDivisionError("ours")))
    scoring = "r2" if where == "respond" else None  # its own score asks the member itself
    with pytest.raises(RuntimeError, match=r"Strict mode.*ZeroDivisionError"):
        GridSearchCV(Model(), GRID, scoring=scoring).fit(X, y)


def test_each_step_is_fitted_once_per_fold():
    Counting.fits = 0
    pipeline = make_pipeline(Counting(), Ridge())
    GridSearchCV(pipeline, {"ridge__alpha": np.logspace(0, 2, 9)}, cv=4, refit=False).fit(X, y)
    assert Counting.fits == 4


def test_a_scaler_in_front_of_many_kinds_of_models_is_fitted_once_per_fold():
    Counting.fits = 0
    register_affine(f"{Counting.__module__}:Counting", lambda s: (s.mean_, s.scale_))
    pipeline = Pipeline([("scale", Counting()), ("model", Ridge())])
    grid = [
        {"model": [Ridge()], "model__alpha": [0.1, 1.0]},
        {"model": [LinearRegression()]},
        {"model": [DecisionTreeRegressor(random_state=0)], "model__max_depth": [2, 3]},
    ]
    ours = GridSearchCV(pipeline, grid, cv=4, refit=False).fit(X, y)
    assert Counting.fits == 4
    theirs = model_selection.GridSearchCV(pipeline, grid, cv=4, refit=False).fit(X, y)
    key = "mean_test_score"
    np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], rtol=1e-11)


def test_a_user_registers_an_affine_step():
    Counting.fits = 0
    register_affine(f"{Counting.__module__}:Counting", lambda s: (s.mean_, s.scale_))
    pipeline = make_pipeline(Counting(), Ridge())
    grid = {"ridge__alpha": np.logspace(0, 2, 9)}
    ours = GridSearchCV(pipeline, grid, cv=4, refit=False).fit(X, y)
    assert "one shared fit for all 4 folds" in str(ours.plan_)
    assert Counting.fits == 4
    theirs = model_selection.GridSearchCV(pipeline, grid, cv=4, refit=False).fit(X, y)
    key = "mean_test_score"
    np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], rtol=1e-11)


def test_interrupting_a_search_leaves_it_unfitted(register):
    register(Broken("fit", KeyboardInterrupt()))
    search = GridSearchCV(Model(), GRID)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert not hasattr(search, "cv_results_")
