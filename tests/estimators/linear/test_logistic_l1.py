"""LogisticRegression with l1 and elastic-net penalties: the optimum's conditions and objective."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import linear_model
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning

from estimators.linear.test_logistic import problem
from gridfold.estimators import LogisticRegression
from gridfold.estimators.linear import glm_sparse_model, glm_sparse_newton
from gridfold.estimators.linear.glm_losses import log_loss
from gridfold.estimators.linear.glm_problem import Problem, curvature, evaluate
from gridfold.estimators.linear.glm_sparse_model import SparseModel
from gridfold.estimators.shared import Meta, shared_fit_for


def losses_and_pull(model, X, y, weight=None):
    """Return the objective, and its subgradient of least size by coefficients and intercepts."""
    weight = np.ones(len(X)) if weight is None else weight
    scores = X @ model.coef_.T + model.intercept_
    codes = np.searchsorted(model.classes_, y)
    if scores.shape[1] == 1:
        scores = np.hstack([np.zeros_like(scores), scores])
    scores = scores - scores.max(axis=1, keepdims=True)
    proba = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    ratio, coef = model.l1_ratio, model.coef_
    value = -model.C * weight @ np.log(proba[np.arange(len(X)), codes])
    value += ratio * np.abs(coef).sum() + (1 - ratio) / 2 * np.sum(coef**2)
    slopes = (proba - np.eye(proba.shape[1])[codes]) * weight[:, None] * model.C
    slopes = slopes[:, -len(coef) :]
    gradient = slopes.T @ X + (1 - ratio) * coef
    late = np.maximum(np.abs(gradient) - ratio, 0.0)
    return value, np.where(coef != 0, gradient + ratio * np.sign(coef), late), slopes.sum(axis=0)


def saga(**params):
    return LogisticRegression(solver="saga", **params)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("l1_ratio", [0.3, 1.0])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_optimality_conditions_hold(library, n_classes, l1_ratio, fit_intercept, weighted):
    X, y, weight = problem(150, 6, n_classes)
    weight = weight if weighted else None
    model = saga(C=0.2, l1_ratio=l1_ratio, tol=1e-8, fit_intercept=fit_intercept).fit(
        library.put(X), library.put(y), None if weight is None else library.put(weight)
    )
    assert model.fallback_ is None
    assert library.owns(model.coef_) and library.owns(model.intercept_)
    _, pull, pull_0 = losses_and_pull(model.to_sklearn(), X, y, weight)
    assert np.abs(pull).max() <= 1e-4
    assert np.abs(pull_0).max() <= 1e-4 or not fit_intercept


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("l1_ratio", [0.5, 1.0])
def test_more_columns_than_rows_by_sets_of_columns(library, n_classes, l1_ratio, monkeypatch):
    monkeypatch.setattr(glm_sparse_newton, "_MOST", 60)
    monkeypatch.setattr(glm_sparse_newton, "_FEWEST", 10)
    X, y, _ = problem(60, 150, n_classes)
    model = saga(C=0.05, l1_ratio=l1_ratio, tol=1e-8).fit(library.put(X), library.put(y))
    _, pull, _ = losses_and_pull(model.to_sklearn(), X, y)
    assert np.abs(pull).max() <= 1e-4
    coef = library.host(model.coef_)
    assert 0 < np.count_nonzero(coef) < coef.size


def test_libraries_agree(foreign):
    X, y, _ = problem(120, 5, 3)
    plain = saga(l1_ratio=0.7, C=0.3, tol=1e-8).fit(X, y)
    found = saga(l1_ratio=0.7, C=0.3, tol=1e-8).fit(foreign.put(X), foreign.put(y))
    assert_allclose(foreign.host(found.coef_), plain.coef_, rtol=1e-9, atol=1e-10)
    assert_array_equal(foreign.host(found.predict(foreign.put(X))), plain.predict(X))


def test_without_l1_it_is_the_ridge_penalty(library):
    X, y, _ = problem(120, 5, 3)
    found = saga(tol=1e-8).fit(library.put(X), library.put(y))
    assert found.fallback_ is None
    assert_allclose(library.host(found.coef_), LogisticRegression(tol=1e-8).fit(X, y).coef_)


def test_a_strong_penalty_leaves_the_intercept_alone(library):
    X, y, _ = problem(120, 5, 2)
    found = saga(l1_ratio=1.0, C=1e-5).fit(library.put(X), library.put(y))
    assert_array_equal(library.host(found.coef_), np.zeros((1, 5)))
    assert_allclose(float(found.intercept_[0]), np.log(y.mean() / (1 - y.mean())), rtol=1e-6)


def test_the_old_parameter_still_says_which_penalty():
    X, y, _ = problem(120, 5, 2)
    with pytest.warns(FutureWarning, match="penalty"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Inconsistent values")
        found = saga(penalty="l1", C=0.1).fit(X, y)
    assert_allclose(found.coef_, saga(l1_ratio=1.0, C=0.1).fit(X, y).coef_)


def test_solvers_that_know_no_l1_raise():
    X, y, _ = problem(60, 3, 2)
    with pytest.raises(ValueError, match="supports only 'l2'"):
        LogisticRegression(l1_ratio=0.5).fit(X, y)


def test_few_steps_are_scikit_learns():
    X, y, _ = problem(60, 3, 2)
    with pytest.warns(ConvergenceWarning):
        found = LogisticRegression(max_iter=1).fit(X, y)
    assert "max_iter=1" in found.fallback_


def test_the_shared_fit_leaves_it_alone():
    family = shared_fit_for(LogisticRegression)
    assert "l1_ratio" in family.declines(saga(l1_ratio=1.0).get_params(), Meta(100, 4))
    assert "saga" in family.declines(saga().get_params(), Meta(100, 4))


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("phoneme", "class"),
        ("satimage", "Class"),
        ("credit_default_taiwan", "default"),
        ("covertype_7class", "Cover_Type"),  # dependent columns: undamped steps are far too long
        ("kddcup99_10pct", "label"),  # classes of a single row
    ],
)
@pytest.mark.parametrize("l1_ratio", [0.5, 1.0])
def test_objective_on_a_real_table_is_at_most_sagas(real_table, name, target, l1_ratio):
    table = real_table(name)
    y = table.pop(target).to_numpy()
    step = max(3, len(table) // 5000)
    X, y = table.select_dtypes("number").to_numpy(dtype=float)[::step], y[::step]
    X = X[:, X.std(axis=0) > 0]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    params = {"solver": "saga", "l1_ratio": l1_ratio, "C": 0.1, "random_state": 0}
    found = LogisticRegression(**params).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = linear_model.LogisticRegression(**params).fit(X, y)
    mine, best = (losses_and_pull(m, X, y)[0] for m in (found, theirs))
    assert mine <= best * (1 + 1e-9)


@pytest.mark.parametrize("C", [0.01, 100.0])
def test_rare_classes_and_dependent_columns_at_any_strength(library, C):
    X, y, _ = problem(300, 8, 6)
    y[: len(y) - 40] %= 3  # classes 3 to 5 are rare
    kinds = np.eye(5)[np.arange(300) % 5]
    X = np.column_stack([X, kinds, X[:, :1]])
    params = {"l1_ratio": 1.0, "C": C, "tol": 1e-8}
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        model = saga(**params).fit(library.put(X), library.put(y)).to_sklearn()
    value, pull, _ = losses_and_pull(model, X, y)
    assert np.abs(pull).max() <= 1e-3 * C
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = linear_model.LogisticRegression(
            solver="saga", max_iter=3000, random_state=0, **params
        ).fit(X, y)
    assert value <= losses_and_pull(theirs, X, y)[0] * (1 + 1e-9)


def test_steps_that_do_not_suffice_are_told_of_and_end_at_the_wanted_penalty():
    X, y = load_digits(return_X_y=True)
    X = X[::3] / 16.0
    y = y[::3]
    params = {"l1_ratio": 1.0, "C": 1e3}
    best = losses_and_pull(saga(**params).fit(X, y), X, y)[0]
    with pytest.warns(ConvergenceWarning, match="max_iter=20"):
        found = saga(max_iter=20, **params).fit(X, y)
    assert losses_and_pull(found, X, y)[0] <= 1.01 * best


@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_hessian_of_chosen_coefficients_is_part_of_the_whole(library, n_classes, monkeypatch):
    monkeypatch.setattr(glm_sparse_model, "_CACHED_NUMBERS", 1)  # pieces of 256 rows
    X, y, weight = problem(600, 5, n_classes)
    y, weight = (library.put(each.astype(float)) for each in (y, weight[None, :] / weight.sum()))
    loss = log_loss(n_classes)
    part = Problem.of(library.put(X), y, weight, loss)
    W = np.random.default_rng(0).normal(size=part.shape) / 5
    at = evaluate(part, library.put(W), library.put(np.zeros((1, 5))))
    whole = library.host(curvature(part, at, "full"))[0]
    chosen = np.random.default_rng(1).random(part.shape[1:]) < 0.6
    model = SparseModel.of(part, at, chosen, np.arange(5.0))
    assert_array_equal(np.nonzero(chosen), (model.outputs, model.columns))
    flat = np.ravel(chosen)
    expected = whole[np.ix_(flat, flat)] + np.diag(np.arange(5.0)[model.columns])
    assert_allclose(model.hessian, expected, rtol=1e-12, atol=1e-15)


def test_a_mended_hessian_tells_of_the_last_step():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(6, 6))
    model = SparseModel(np.repeat([0, 1], 3), np.tile([0, 1, 2], 2), root @ root.T)
    D, change = rng.normal(size=(2, 2, 3))
    change = change if np.sum(D * change) > 0 else -change
    mended = model.learn(D, change)
    assert_allclose(mended.hessian @ np.ravel(D), np.ravel(change))
    assert np.linalg.eigvalsh(mended.hessian)[0] > 0
    assert not mended.fresh
    assert_array_equal(model.learn(D, -change).hessian, model.hessian)
