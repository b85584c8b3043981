"""What the search classes offer beyond scikit-learn's: signatures, time limits, predictions."""

from __future__ import annotations

import inspect
import time

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, ShuffleSplit, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from gridfold.pipelines import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)


def data(n=60):
    random = np.random.default_rng(0)
    return random.normal(size=(n, 3)), random.normal(size=n)


class Slow(RegressorMixin, BaseEstimator):
    """Predicts its parameter, after a while."""

    def __init__(self, value=0.0, seconds=0.0):
        self.value = value
        self.seconds = seconds

    def fit(self, X, y):
        time.sleep(self.seconds)
        self.fitted_ = True
        return self

    def predict(self, X):
        return np.full(len(X), self.value)


@pytest.mark.parametrize(
    "cls", [GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV]
)
def test_signatures_are_scikit_learns_with_our_options_behind(cls):
    theirs = next(base for base in cls.__mro__[1:] if base.__name__ == cls.__name__)
    ours, expected = inspect.signature(cls).parameters, inspect.signature(theirs).parameters
    assert list(ours)[: len(expected)] == list(expected)
    assert {name: ours[name].default for name in expected} == {
        name: parameter.default for name, parameter in expected.items()
    }
    assert {"sharing", "memory_limit", "checkpoint", "audit"} <= set(ours) - set(expected)
    search = cls(Ridge(), {"alpha": [1.0]}, sharing="exact", memory_limit="1GB", cv=3)
    assert clone(search).get_params()["memory_limit"] == "1GB"
    assert search.get_params()["cv"] == 3


@pytest.mark.parametrize(
    "wrong", [{"sharing": "some"}, {"audit": -1}, {"time_budget": 0}, {"return_predictions": "fit"}]
)
def test_wrong_values_are_told(wrong):
    with pytest.raises(ValueError, match=f"The '{next(iter(wrong))}' parameter"):
        GridSearchCV(Ridge(), {"alpha": [1.0]}, **wrong).fit(*data())


def test_a_limit_that_is_no_amount_of_memory_is_told():
    search = GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, memory_limit="a lot")
    with pytest.raises(ValueError, match="no amount of memory"):
        search.fit(*data())


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_time_budget_leaves_the_rest_unfinished(n_jobs):
    X, y = data()
    grid = {"value": np.linspace(5.0, 0.0, 40), "seconds": [0.3]}  # 12 seconds for two workers
    search = GridSearchCV(Slow(), grid, cv=2, time_budget=1.0, n_jobs=n_jobs)
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    done = np.isfinite(scores)
    assert 0 < done.sum() < 40
    assert search.cv_results_["rank_test_score"][~done].min() > done.sum()
    assert scores[search.best_index_] == scores[done].max()
    assert "of 40 candidates are unfinished" in str(search.plan_)


def test_a_budget_too_small_for_any_candidate_is_an_error():
    X, y = data()
    search = GridSearchCV(Slow(seconds=0.2), {"value": [1.0, 2.0]}, cv=3, time_budget=0.1)
    with (
        pytest.warns(UserWarning, match="non-finite"),
        pytest.raises(TimeoutError, match="No candidate was finished"),
    ):
        search.fit(X, y)


def test_a_budget_that_suffices_changes_nothing():
    X, y = data()
    model = make_pipeline(StandardScaler(), Ridge())
    grid = {"ridge__alpha": [0.1, 1.0, 10.0], "standardscaler__with_mean": [True, False]}
    free, limited = (
        GridSearchCV(model, grid, cv=3, time_budget=budget, refit=False).fit(X, y)
        for budget in (None, 1000.0)
    )
    np.testing.assert_allclose(
        limited.cv_results_["mean_test_score"], free.cv_results_["mean_test_score"], rtol=1e-12
    )


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
@pytest.mark.parametrize(
    ("model", "grid"),
    [
        (LogisticRegression(tol=1e-10), {"C": [0.1, 1.0]}),
        (KNeighborsClassifier(), {"n_neighbors": [3, 5]}),
        (DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}),
    ],
)
def test_predictions_are_those_of_cross_val_predict(model, grid, method):
    if not hasattr(model, method):
        pytest.skip("the model has no such method")
    X, y = data()
    labels = np.where(y > 0, "up", "down")
    cv = KFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(model, grid, cv=cv, return_predictions=method).fit(X, labels)
    for predictions, params in zip(search.predictions_, search.cv_results_["params"], strict=True):
        expected = cross_val_predict(model.set_params(**params), X, labels, cv=cv, method=method)
        if method == "predict":
            np.testing.assert_array_equal(predictions, expected)
        else:
            np.testing.assert_allclose(predictions, expected, atol=1e-6)


@pytest.mark.filterwarnings("ignore:\\n3 fits failed", "ignore:One or more of the test scores")
def test_predictions_of_a_failed_fit_are_gaps_and_those_not_asked_for_are_not_there():
    X, y = data()
    grid = {"alpha": [1.0, -1.0]}
    search = GridSearchCV(Ridge(), grid, cv=3, return_predictions=True).fit(X, y)
    assert np.isfinite(search.predictions_[0]).all()
    assert np.isnan(search.predictions_[1]).all()
    assert not hasattr(GridSearchCV(Ridge(), {"alpha": [1.0]}).fit(X, y), "predictions_")


def test_predictions_need_test_parts_that_split_the_rows(tmp_path):
    X, y = data()
    grid = {"alpha": [1.0, 2.0]}
    search = GridSearchCV(Ridge(), grid, cv=ShuffleSplit(2), return_predictions=True)
    with pytest.raises(ValueError, match="split the rows"):
        search.fit(X, y)
    search.set_params(checkpoint=tmp_path / "x", cv=3)
    with pytest.raises(ValueError, match="scores, no predictions"):
        search.fit(X, y)


def test_a_class_of_a_user_without_our_options_still_shares():
    class Own(GridSearchCV):
        def __init__(self, estimator, param_grid):
            super().__init__(estimator, param_grid, cv=3)

    X, y = data()
    own = Own(Ridge(), {"alpha": [0.1, 1.0]}).fit(X, y)
    theirs = model_selection.GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=3).fit(X, y)
    assert own.best_params_ == theirs.best_params_
    assert "2 members in one shared fit" in str(own.plan_)
