"""The halving searches against scikit-learn's: the same iterations, the same results."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from helpers.same_results import assert_same_results
from numpy.testing import assert_array_equal
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, KFold

# scikit-learn's own, without enabling them in this process.
from sklearn.model_selection import _search_successive_halving as sklearn_halving
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.pipelines import HalvingGridSearchCV, HalvingRandomSearchCV
from gridfold.pipelines.search import Plan, Plans

SCALED_RIDGE = make_pipeline(StandardScaler(), Ridge())
GRID = {"ridge__alpha": [0.001, 0.1, 1.0, 10.0, 1000.0], "ridge__fit_intercept": [True, False]}
DRAWN = {"ridge__alpha": loguniform(1e-3, 1e3)}
CLASSES = {
    "grid": (sklearn_halving.HalvingGridSearchCV, HalvingGridSearchCV, GRID),
    "random": (sklearn_halving.HalvingRandomSearchCV, HalvingRandomSearchCV, DRAWN),
}
ITERATIONS = (
    "n_resources_",
    "n_candidates_",
    "n_remaining_candidates_",
    "n_iterations_",
    "n_possible_iterations_",
    "n_required_iterations_",
    "min_resources_",
    "max_resources_",
    "n_splits_",
    "best_index_",
    "best_params_",
)


@pytest.fixture
def data():
    return make_regression(150, 6, noise=20.0, random_state=0)


def assert_same_search(theirs, ours):
    assert_same_results(theirs.cv_results_, ours.cv_results_)
    for name in ITERATIONS:
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.best_score_ == pytest.approx(theirs.best_score_, abs=1e-9)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"factor": 2, "min_resources": "smallest"},
        {"aggressive_elimination": True, "max_resources": 40, "factor": 2},
        {"cv": KFold(3, shuffle=True, random_state=0), "scoring": "neg_mean_absolute_error"},
        {"return_train_score": False, "refit": False},
        {"n_jobs": 2},
    ],
    ids=lambda options: ",".join(options) or "default",
)
@pytest.mark.parametrize("kind", CLASSES)
def test_iterations_are_scikit_learns(kind, options, data):
    theirs_cls, ours_cls, candidates = CLASSES[kind]
    theirs, ours = (
        cls(clone(SCALED_RIDGE), candidates, random_state=0, **options).fit(*data)
        for cls in (theirs_cls, ours_cls)
    )
    assert_same_search(theirs, ours)
    if ours.refit:
        assert_array_equal(ours.predict(data[0]), theirs.predict(data[0]))


@pytest.mark.parametrize("kind", CLASSES)
def test_a_parameter_as_the_resource(kind):
    X, y = make_classification(120, 6, n_informative=4, random_state=0)
    theirs_cls, ours_cls, _ = CLASSES[kind]
    candidates = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 5]}
    options = {"resource": "n_estimators", "max_resources": 8, "factor": 2, "cv": 3}
    if kind == "random":
        options["n_candidates"] = 4
    theirs, ours = (
        cls(RandomForestClassifier(random_state=0), candidates, random_state=0, **options).fit(X, y)
        for cls in (theirs_cls, ours_cls)
    )
    assert_same_search(theirs, ours)
    assert ours.best_estimator_.n_estimators == ours.n_resources_[-1]


def test_groups_and_weights(data):
    X, y = data
    weight = np.random.default_rng(0).uniform(0.1, 3, len(y))
    groups = np.arange(len(y)) % 12
    theirs, ours = (
        cls(Ridge(), {"alpha": [0.1, 1.0, 10.0, 100.0]}, cv=GroupKFold(3), random_state=0).fit(
            X, y, sample_weight=weight, groups=groups
        )
        for cls in CLASSES["grid"][:2]
    )
    assert_same_search(theirs, ours)


def test_candidates_that_fail_are_eliminated_as_scikit_learn_does(data):
    grid = {"ridge__alpha": [-1.0, 0.1, 1.0, 10.0]}
    searches = []
    for cls in CLASSES["grid"][:2]:
        with pytest.warns() as warned:
            searches.append(cls(SCALED_RIDGE, grid, random_state=0, factor=2).fit(*data))
        searches.append(sorted({w.category.__name__ for w in warned}))
    assert_same_search(searches[0], searches[2])
    assert searches[1] == searches[3]


@pytest.mark.parametrize("kind", CLASSES)
def test_the_plan_before_is_the_first_of_the_plans_after(kind, data):
    _, cls, candidates = CLASSES[kind]
    search = cls(SCALED_RIDGE, candidates, random_state=0)
    before = dict(vars(search))
    plan = search.plan(*data)
    assert isinstance(plan, Plan)
    assert vars(search) == before
    search.fit(*data)
    assert isinstance(search.plan_, Plans)
    assert str(search.plan_[0]) == str(plan)
    assert len(search.plan_) == search.n_iterations_


def test_plans_print_each_iteration_and_the_sum(data):
    search = HalvingGridSearchCV(SCALED_RIDGE, GRID, random_state=0, cv=2).fit(*data)
    assert search.n_candidates_ == [10, 4, 2]
    lines = str(search.plan_).splitlines()
    # Two steps, two folds: of 16 candidates, and then a scaler and a ridge per fold.
    assert lines[0].startswith("3 evaluations: 64 fits of single steps become 12, 52 saved")
    titles = [line for line in lines if line.startswith("iter ")]
    assert titles == [f"iter {i}, n_resources {n}:" for i, n in enumerate(search.n_resources_)]
    assert repr(search.plan_) == str(search.plan_)


def test_pickles_and_clones(data):
    search = HalvingGridSearchCV(SCALED_RIDGE, GRID, random_state=0, sharing="exact").fit(*data)
    again = pickle.loads(pickle.dumps(search))
    assert_array_equal(again.predict(data[0]), search.predict(data[0]))
    assert str(again.plan_) == str(search.plan_)
    assert clone(search).sharing == "exact"
    assert isinstance(search, sklearn_halving.HalvingGridSearchCV)


@pytest.mark.parametrize("kind", CLASSES)
def test_sharing_off_shares_nothing(kind, data):
    theirs_cls, ours_cls, candidates = CLASSES[kind]
    theirs = theirs_cls(SCALED_RIDGE, candidates, random_state=0).fit(*data)
    ours = ours_cls(SCALED_RIDGE, candidates, random_state=0, sharing="off").fit(*data)
    assert_same_search(theirs, ours)
    assert not any(plan.groups for plan in ours.plan_)
    with pytest.raises(ValueError, match="'sharing' parameter of Halving"):
        ours_cls(SCALED_RIDGE, candidates, sharing="some").fit(*data)


def test_errors_are_scikit_learns(data):
    X, y = data
    for options in (
        {"resource": "ridge__alpha", "max_resources": 8},
        {"resource": "n_bogus"},
        {"cv": KFold(3, shuffle=True)},
        {"max_resources": 3},
        {"factor": 0},
    ):
        messages = []
        for cls in CLASSES["grid"][:2]:
            with pytest.raises(ValueError) as error:
                cls(SCALED_RIDGE, GRID, **options).fit(X, y)
            messages.append(str(error.value))
        assert messages[0] == messages[1]


def test_scikit_learns_experimental_classes_need_not_be_enabled_and_are_not():
    code = (
        "from gridfold.pipelines import HalvingGridSearchCV\n"
        "from sklearn import model_selection\n"
        "assert 'HalvingGridSearchCV' not in vars(model_selection)\n"
        "try:\n    from sklearn.model_selection import HalvingGridSearchCV\n"
        "except ImportError:\n    print('not enabled')"
    )
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=path)
    assert done.stdout.strip() == "not enabled", done.stderr
