"""The shared fit of Gaussian naive Bayes against separate fits: the same bits."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from helpers.fitted_alone import compare_off_host, compare_with_alone
from helpers.same_results import assert_same_results
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV as Theirs
from sklearn.naive_bayes import GaussianNB

from gridfold import config_context
from gridfold.estimators import GaussianNB as Ours
from gridfold.estimators.naive_bayes.gaussian import GaussianModels
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV

SMOOTHINGS = [{"var_smoothing": value} for value in (0.0, 1e-12, 1e-9, 1e-4, 0.1, 2.0)]
SHARED = shared_fit_for(GaussianNB)


def problem(n_features, n_classes, n_samples=240):
    rng = np.random.default_rng(n_features + n_classes)
    y = rng.integers(0, n_classes, n_samples)
    scale = rng.lognormal(0, 2, n_features)
    X = (rng.normal(size=(n_samples, n_features)) + 0.3 * y[:, None]) * scale
    return X, y, rng.normal(size=(90, n_features)) * 2 * scale


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, int])
@pytest.mark.parametrize("n_classes", [2, 3, 11])
@pytest.mark.parametrize("n_features", [1, 6, 9, 140])
def test_members_are_separate_fits_to_the_last_bit(n_features, n_classes, dtype, order):
    X, y, rows = problem(n_features, n_classes)
    X, rows = (np.asarray(9 * part, dtype=dtype, order=order) for part in (X, rows))
    compare_with_alone(GaussianNB(), SMOOTHINGS[1:], X, y, rows)


def test_weights_priors_and_labels_of_text():
    X, y, rows = problem(5, 3)
    names = np.array(["one", "two", "three"])[y]
    weight = np.random.default_rng(0).random(len(y)).round(1)
    prototype = GaussianNB(priors=[0.2, 0.3, 0.5])
    compare_with_alone(prototype, SMOOTHINGS, X, names, rows, sample_weight=weight)
    compare_with_alone(GaussianNB(), SMOOTHINGS, X, names.astype(object), rows)
    compare_with_alone(GaussianNB(), SMOOTHINGS, X.astype(np.float32), y, rows)


@pytest.mark.parametrize("hard", ["constant", "in a class", "duplicated", "huge", "zero weights"])
def test_hard_columns_and_weights(hard):
    X, y, rows = problem(4, 3)
    params = {}
    if hard == "constant":
        X[:, 1] = rows[:, 1] = 7.0
    elif hard == "in a class":
        X[y == 1, 2] = 1.0
    elif hard == "duplicated":
        X = np.hstack([X, X, X])
        rows = np.hstack([rows, rows, rows])
    elif hard == "huge":
        X[:, 0] *= 1e120
        rows[:, 0] *= 1e140
    else:
        params["sample_weight"] = (np.arange(len(y)) % 3 > 0).astype(float)
    compare_with_alone(GaussianNB(), SMOOTHINGS, X, y, rows, **params)


def test_equal_classes_tie_as_alone():
    X, _, _ = problem(9, 2)
    y = np.tile([2, 0, 1], len(X))
    compare_with_alone(GaussianNB(), SMOOTHINGS, np.repeat(X, 3, axis=0), y, X)


def test_a_class_of_one_row_and_one_class_alone():
    X, y, rows = problem(4, 2)
    y[0] = 5
    compare_with_alone(GaussianNB(), SMOOTHINGS, X, y, rows)
    compare_with_alone(GaussianNB(), SMOOTHINGS, X, np.zeros(len(X)), rows)


def test_doubtful_rows_are_found_anew():
    rng = np.random.default_rng(0)
    theta = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    models = GaussianModels(theta, np.ones((2, 3, 2)), np.full(3, 1 / 3))
    X = rng.normal(size=(500, 2))
    by_rows = [joint.argmax(axis=0) for _, joint in models.joint_blocks(X)]
    assert_array_equal(models.codes(X), np.concatenate(by_rows, axis=1))
    assert not np.any(models.codes(X) == 1)


def test_a_member_can_learn_on():
    X, y, rows = problem(4, 3)
    state = SHARED.fit(Members(GaussianNB(), SMOOTHINGS), X, y)
    for i, params in enumerate(SMOOTHINGS):
        alone = clone(GaussianNB(**params)).fit(X, y).partial_fit(rows, np.arange(90) % 3)
        member = SHARED.materialise(state, i).partial_fit(rows, np.arange(90) % 3)
        assert_array_equal(member.var_, alone.var_)
        assert_array_equal(member.theta_, alone.theta_)


def test_declines_and_errors():
    meta = Meta(100, 4)
    assert SHARED.declines({"var_smoothing": 1e-9}, meta) is None
    for value in (-1.0, "much", np.array([1.0]), np.inf):
        assert "var_smoothing" in SHARED.declines({"var_smoothing": value}, meta)
    assert SHARED.declines({}, Meta(100, 4, sparse=True)) == "X is sparse"
    X, y, _ = problem(4, 2)
    with pytest.raises(Declined, match="prior 0"):
        SHARED.fit(Members(GaussianNB(priors=[0.0, 1.0]), SMOOTHINGS), X, y)
    with pytest.raises(ValueError, match="sum of the priors"):
        SHARED.fit(Members(GaussianNB(priors=[0.5, 0.9]), SMOOTHINGS), X, y)
    with pytest.raises(ValueError, match="NaN"):
        SHARED.fit(Members(GaussianNB(), SMOOTHINGS), np.full_like(X, np.nan), y)
    state = SHARED.fit(Members(GaussianNB(), SMOOTHINGS), X, y)
    with pytest.raises(ValueError, match="features"):
        SHARED.respond(state, X[:, :2], "predict", [0])


def test_scikit_learns_class_declines_other_libraries(foreign):
    X, y, _ = problem(4, 2)
    with pytest.raises(Declined, match="another library"):
        SHARED.fit(Members(GaussianNB(), SMOOTHINGS), foreign.put(X), y)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_classes", [1, 2, 11])
def test_members_off_the_host_are_those_of_the_host(foreign, n_classes, dtype):
    X, y, rows = problem(6, n_classes)
    compare_off_host(Ours(), SMOOTHINGS[1:], foreign, X.astype(dtype), y, rows.astype(dtype))


def test_weights_priors_and_labels_of_text_off_the_host(foreign):
    X, y, rows = problem(5, 3)
    names = np.array(["one", "two", "three"])[y]
    weight = np.random.default_rng(0).random(len(y)).round(1)
    prototype = Ours(priors=[0.2, 0.3, 0.5])
    with config_context(working_memory=0.01):
        compare_off_host(prototype, SMOOTHINGS, foreign, X, names, rows, sample_weight=weight)
        compare_off_host(Ours(), SMOOTHINGS, foreign, X, y, rows, sample_weight=weight)


def test_what_off_the_host_is_declined(foreign):
    X, y, _ = problem(4, 2)
    members = Members(Ours(), SMOOTHINGS)
    with pytest.raises(Declined, match="prior 0"):
        SHARED.fit(members, foreign.put(X), y, sample_weight=(y == 0).astype(float))
    with pytest.raises(Declined, match="'other'"):
        SHARED.fit(members, foreign.put(X), y, other=1)
    with pytest.raises(ValueError, match="sum of the priors"):
        SHARED.fit(Members(Ours(priors=[0.5, 0.9]), SMOOTHINGS), foreign.put(X), y)


@pytest.mark.parametrize("scoring", [None, "roc_auc_ovr", ["accuracy", "neg_log_loss"]])
def test_a_search_on_a_real_table(real_table, scoring):
    table = real_table("segment")
    X, y = table.drop(columns="class"), table["class"]
    assert isinstance(X, pd.DataFrame)
    grid = {"var_smoothing": np.logspace(-12, -1, 6)}
    options = {"scoring": scoring, "refit": False, "cv": 3}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        theirs = Theirs(GaussianNB(), grid, **options).fit(X, y)
        ours = GridSearchCV(GaussianNB(), grid, **options).fit(X, y)
    assert_same_results(theirs.cv_results_, ours.cv_results_, atol=1e-12)
    assert "6 members in one shared fit" in str(ours.plan_)
