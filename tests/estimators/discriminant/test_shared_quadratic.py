"""The shared fit of quadratic discriminants against separate fits."""

from __future__ import annotations

import platform
import warnings

import numpy as np
import pytest
from helpers.fitted_alone import assert_same_model, compare_with_alone
from helpers.same_results import assert_same_results
from numpy.testing import assert_array_equal
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.model_selection import GridSearchCV as Theirs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV

METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")
REG_PARAMS = [{"reg_param": value} for value in (0.0, 1e-3, 0.2, 0.9, 1.0)]
SHRINKAGES = [{"shrinkage": value} for value in (None, 0.0, 1e-3, 0.5, 1.0)]
SHARED = shared_fit_for(QuadraticDiscriminantAnalysis)


def problem(n_features=6, n_classes=3, n_samples=400):
    rng = np.random.default_rng(n_features * n_classes)
    y = rng.integers(0, n_classes, n_samples)
    mixing = np.eye(n_features) + 0.3 * rng.normal(size=(n_classes, n_features, n_features))
    X = np.einsum("np,npq->nq", rng.normal(size=(n_samples, n_features)), mixing[y])
    X += 0.5 * y[:, None]
    return X, y, rng.normal(size=(120, n_features)) * 3


@pytest.mark.parametrize("n_classes", [2, 3, 10])
@pytest.mark.parametrize("n_features", [1, 2, 12])
def test_members_are_separate_fits(n_features, n_classes):
    X, y, rows = problem(n_features, n_classes)
    svd = QuadraticDiscriminantAnalysis()
    eigen = QuadraticDiscriminantAnalysis(solver="eigen")
    compare_with_alone(svd, REG_PARAMS, X, y, rows, METHODS, rtol=1e-10)
    compare_with_alone(eigen, SHRINKAGES, X, y, rows, METHODS, rtol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, int])
def test_other_dtypes(dtype):
    X, y, rows = problem()
    X, rows = (np.asarray(part * 5, dtype=dtype, order="F") for part in (X, rows))
    rtol = 1e-10 if dtype is int else 1e-6
    compare_with_alone(QuadraticDiscriminantAnalysis(), REG_PARAMS, X, y, rows, METHODS, rtol)
    numbers = [{"reg_param": value} for value in np.array([0.01, 0.4])]
    compare_with_alone(QuadraticDiscriminantAnalysis(), numbers, X, y, rows, METHODS, rtol)
    eigen = QuadraticDiscriminantAnalysis(solver="eigen", store_covariance=True)
    compare_with_alone(eigen, SHRINKAGES, X, y, rows, METHODS, rtol)


def test_priors_labels_of_text_and_stored_covariances():
    X, y, rows = problem()
    names = np.array(["one", "two", "three"], dtype=object)[y]
    svd = QuadraticDiscriminantAnalysis(priors=[0.2, 0.2, 0.6], store_covariance=True)
    compare_with_alone(svd, REG_PARAMS, X, names, rows, METHODS, rtol=1e-10)
    eigen = svd.set_params(solver="eigen")
    compare_with_alone(eigen, SHRINKAGES, X, names, rows, METHODS, rtol=1e-10)


@pytest.mark.parametrize("scale", [1e2, 1e4, 1e6])
def test_far_apart_variances_are_answered_as_alone(scale):
    X, y, rows = problem()
    X[:, 0] *= scale
    rows[:, 0] *= scale
    compare_with_alone(QuadraticDiscriminantAnalysis(), REG_PARAMS, X, y, rows, METHODS, rtol=1e-9)


def test_equal_classes_tie_as_alone():
    X, _, rows = problem()
    y = np.tile([2, 0, 1], len(X))
    twice = np.repeat(X, 3, axis=0)
    compare_with_alone(QuadraticDiscriminantAnalysis(), REG_PARAMS, twice, y, rows, METHODS, 1e-10)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="measured on x86-64")
@pytest.mark.parametrize("n_samples", [133, 267, 300])
def test_equal_rows_have_equal_scores(n_samples):
    X, y, _ = problem(9, 3, n_samples)
    X = np.concatenate([X, X])
    y = np.concatenate([y, np.random.default_rng(0).permutation(y)])
    members = Members(QuadraticDiscriminantAnalysis(), REG_PARAMS)
    state = SHARED.fit(members, X, y)
    for method in METHODS[1:]:
        for answer in SHARED.respond(state, X, method, range(len(members))):
            assert_array_equal(answer[:n_samples], answer[n_samples:])


def declined(prototype, overrides, X, y, members=frozenset()):
    with pytest.raises(Declined) as reason:
        SHARED.fit(Members(prototype, overrides), X, y)
    assert reason.value.members == members
    return str(reason.value)


def test_what_some_member_would_refuse_is_left_to_scikit_learn():
    X, y, _ = problem()
    svd = QuadraticDiscriminantAnalysis()
    collinear = np.hstack([X, X[:, :1]])
    assert "full rank" in declined(svd, REG_PARAMS, collinear, y, {0})
    eigen = QuadraticDiscriminantAnalysis(solver="eigen")
    assert "full rank" in declined(eigen, SHRINKAGES, collinear, y, {0, 1})
    alone = np.where(np.arange(len(y)) == 0, 7, y)
    assert "one row" in declined(svd, REG_PARAMS, X, alone)
    assert "one class" in declined(svd, REG_PARAMS, X, np.zeros(len(X)))
    few = np.where(np.arange(len(y)) < 4, 7, y)
    assert "fewer rows" in declined(svd, REG_PARAMS, X, few)
    assert "priors" in declined(svd.set_params(priors=[0.5, 0.5]), REG_PARAMS, X, y)


def test_a_collinear_table_is_shared_where_every_member_shrinks():
    X, y, rows = problem()
    X, rows = (np.hstack([part, part[:, :2], np.ones((len(part), 1))]) for part in (X, rows))
    compare_with_alone(
        QuadraticDiscriminantAnalysis(), REG_PARAMS[1:], X, y, rows, METHODS, rtol=1e-10
    )
    eigen = QuadraticDiscriminantAnalysis(solver="eigen")
    compare_with_alone(eigen, SHRINKAGES[2:], X, y, rows, METHODS, rtol=1e-10)


def test_reasons_to_decline():
    meta = Meta(100, 4)
    good = QuadraticDiscriminantAnalysis().get_params()
    assert SHARED.declines(good, meta) is None
    assert SHARED.declines({**good, "solver": "eigen", "shrinkage": 0.1}, meta) is None
    for wrong in (
        {"shrinkage": 0.1},
        {"solver": "eigen", "shrinkage": "auto"},
        {"solver": "eigen", "shrinkage": 1.5},
        {"solver": "lsqr"},
        {"tol": -1.0},
        {"reg_param": 2.0},
        {"reg_param": None},
        {"store_covariance": "no"},
        {"covariance_estimator": object()},
    ):
        assert SHARED.declines({**good, **wrong}, meta) is not None
    assert SHARED.declines(good, Meta(100, 4, sparse=True)) == "X is sparse"


def test_members_are_their_own():
    X, y, _ = problem()
    members = Members(QuadraticDiscriminantAnalysis(), REG_PARAMS)
    state = SHARED.fit(members, X, y)
    first = SHARED.materialise(state, 1)
    for array in (first.means_, *first.rotations_, *first.scalings_):
        array[...] = 0
    alone = QuadraticDiscriminantAnalysis(reg_param=1e-3).fit(X, y)
    assert_same_model(SHARED.materialise(state, 1), alone, 0.0)


def test_other_libraries_are_left_to_scikit_learn(foreign):
    X, y, _ = problem()
    members = Members(QuadraticDiscriminantAnalysis(), REG_PARAMS)
    with pytest.raises(Declined, match="another library"):
        SHARED.fit(members, foreign.put(X), y)


@pytest.mark.parametrize("scoring", [None, ["roc_auc_ovr", "neg_log_loss"]])
def test_a_search_on_a_real_table(real_table, scoring):
    table = real_table("satimage").iloc[:2000]
    X, y = table.drop(columns="Class"), table["Class"]
    model = make_pipeline(StandardScaler(), QuadraticDiscriminantAnalysis())
    grid = {"quadraticdiscriminantanalysis__reg_param": np.linspace(0, 1, 6)}
    options = {"scoring": scoring, "refit": False, "cv": 3}
    theirs = Theirs(model, grid, **options).fit(X, y)
    ours = GridSearchCV(model, grid, **options).fit(X, y)
    assert_same_results(theirs.cv_results_, ours.cv_results_, atol=1e-9)
    assert "6 members in one shared fit" in str(ours.plan_)


def test_a_search_with_a_member_that_fails(real_table):
    table = real_table("segment").iloc[::3]
    X, y = table.drop(columns="class"), table["class"]
    grid = {"reg_param": [0.0, 0.01, 0.1, 0.5]}
    options = {"scoring": "neg_log_loss", "refit": False, "cv": 3}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = Theirs(QuadraticDiscriminantAnalysis(), grid, **options).fit(X, y)
        ours = GridSearchCV(QuadraticDiscriminantAnalysis(), grid, **options).fit(X, y)
    assert np.isnan(ours.cv_results_["mean_test_score"]).tolist() == [True, False, False, False]
    assert_same_results(theirs.cv_results_, ours.cv_results_, atol=1e-9)
    assert "1 of 4 members" in str(ours.plan_)
