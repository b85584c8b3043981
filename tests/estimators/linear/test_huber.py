"""HuberRegressor: scikit-learn's objective, its gradient, and every library."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import linear_model
from sklearn.exceptions import ConvergenceWarning

from gridfold.estimators import HuberRegressor, config_context


def problem(n_samples=200, n_features=5, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.3, 5, n_features) + 3
    y = X @ rng.normal(size=n_features) + rng.normal(size=n_samples)
    y[: n_samples // 10] += 50.0
    return X, y, rng.uniform(0.1, 2, n_samples)


def residuals(model, X, y):
    return y - X @ np.asarray(model.coef_) - float(model.intercept_)


def objective(model, X, y, weight=None) -> float:
    weight = np.ones(len(X)) if weight is None else weight
    size, scale, epsilon = np.abs(residuals(model, X, y)), float(model.scale_), model.epsilon
    inside = size <= epsilon * scale
    values = np.where(inside, size**2 / scale, 2 * epsilon * size - epsilon**2 * scale)
    coef = np.asarray(model.coef_)
    return weight @ (scale + values) + model.alpha * (coef @ coef)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("params", [{}, {"fit_intercept": False}, {"epsilon": 1.2, "alpha": 3.0}])
def test_equals_scikit_learn(library, params, weighted):
    X, y, weight = problem()
    weight = weight if weighted else None
    put = library.put
    found = HuberRegressor(**params).fit(put(X), put(y), None if weight is None else put(weight))
    theirs = linear_model.HuberRegressor(tol=1e-9, max_iter=10_000, **params).fit(X, y, weight)
    assert found.fallback_ is None
    assert library.owns(found.coef_) and library.owns(found.outliers_)
    plain = found.to_sklearn()
    assert objective(plain, X, y, weight) <= objective(theirs, X, y, weight) * (1 + 1e-9)
    assert_allclose(plain.coef_, theirs.coef_, atol=1e-3)
    assert_allclose(plain.intercept_, theirs.intercept_, atol=1e-2)
    assert_allclose(plain.scale_, theirs.scale_, rtol=1e-3)
    assert_array_equal(library.host(found.outliers_), plain.outliers_)
    assert library.owns(found.predict(put(X)))
    assert_allclose(library.host(found.predict(put(X))), plain.predict(X), rtol=1e-12)


def test_no_part_of_the_gradient_is_left(library):
    X, y, _ = problem()
    model = HuberRegressor().fit(library.put(X), library.put(y)).to_sklearn()
    rest, scale, epsilon = residuals(model, X, y), model.scale_, model.epsilon
    pull = np.clip(rest / scale, -epsilon, epsilon)
    inside = np.abs(rest) <= epsilon * scale
    assert_allclose(model.alpha * model.coef_, X.T @ pull, atol=1e-5 * np.abs(X).sum())
    assert abs(pull.sum()) <= 1e-6 * len(X)
    by_scale = len(X) - epsilon**2 * np.sum(~inside) - np.sum(rest[inside] ** 2) / scale**2
    assert abs(by_scale) <= 1e-6 * len(X)
    assert_array_equal(model.outliers_, ~inside)


def test_libraries_agree_and_blocks_are_of_no_account(foreign):
    X, y, _ = problem()
    plain = HuberRegressor().fit(X, y)
    with config_context(working_memory=0.01):
        found = HuberRegressor().fit(foreign.put(X), foreign.put(y))
    assert found.n_iter_ == plain.n_iter_
    assert_allclose(foreign.host(found.coef_), plain.coef_, rtol=1e-10)


def test_many_columns(library, monkeypatch):
    monkeypatch.setattr("gridfold.estimators.linear.huber_newton._MOST_COLUMNS", 3)
    X, y, _ = problem()
    found = HuberRegressor(max_iter=1000).fit(library.put(X), library.put(y)).to_sklearn()
    monkeypatch.undo()
    assert_allclose(found.coef_, HuberRegressor().fit(X, y).coef_, rtol=1e-3, atol=1e-4)


def test_a_perfect_fit_ends(library):
    X, _, _ = problem(50, 3)
    model = HuberRegressor().fit(library.put(X), library.put(X @ [1.0, 2.0, -1.0] + 4.0))
    assert_allclose(library.host(model.coef_), [1.0, 2.0, -1.0], rtol=1e-3)


def test_most_rows_far_outside(library):
    X, y, _ = problem(100, 2)
    y[::3] += 1e7
    model = HuberRegressor().fit(library.put(X), library.put(y)).to_sklearn()
    assert_array_equal(np.flatnonzero(model.outliers_)[:3], [0, 3, 6])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = linear_model.HuberRegressor(max_iter=10_000).fit(X, y)
    assert objective(model, X, y) <= objective(theirs, X, y) * (1 + 1e-9)


def test_more_columns_than_rows_and_copies(library):
    X, y, _ = problem(20, 30)
    X = np.hstack([X, X])
    model = HuberRegressor(alpha=1.0, max_iter=10_000)
    model = model.fit(library.put(X), library.put(y)).to_sklearn()
    theirs = linear_model.HuberRegressor(alpha=1.0, max_iter=10_000, tol=1e-8).fit(X, y)
    assert objective(model, X, y) <= objective(theirs, X, y) * (1 + 1e-9)


def test_a_warm_start_is_at_the_minimum(library):
    X, y, _ = problem()
    model = HuberRegressor(warm_start=True).fit(library.put(X), library.put(y))
    assert model.n_iter_ > 1
    assert model.fit(library.put(X), library.put(y)).n_iter_ == 0


def test_too_few_steps_warn(library):
    X, y, _ = problem()
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        model = HuberRegressor(max_iter=1).fit(library.put(X), library.put(y))
    assert model.n_iter_ == 1


def test_sparse_rows():
    X, y, _ = problem()
    found = HuberRegressor().fit(sparse.csr_array(X), y)
    assert found.fallback_ is None
    assert_allclose(found.coef_, HuberRegressor().fit(X, y).coef_)
    wide = HuberRegressor(max_iter=1000, alpha=1.0).fit(sparse.csr_array(np.hstack([X] * 30)), y)
    assert wide.fallback_ == "sparse X"


def test_bad_input(library):
    X, y, weight = problem()
    with pytest.raises(ValueError, match="Negative"):
        HuberRegressor().fit(library.put(X), library.put(y), weight - 1)
    with pytest.raises(ValueError, match="epsilon"):
        HuberRegressor(epsilon=0.5).fit(library.put(X), library.put(y))


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("name", ["california_housing", "diamonds", "bike_sharing_hour"])
def test_objective_on_a_real_table_is_at_most_scikit_learns(real_table, name, scaled):
    table = real_table(name).select_dtypes("number").dropna()
    target = {"california_housing": "median_house_value", "diamonds": "price"}.get(name, "cnt")
    y, X = table.pop(target).to_numpy(dtype=float), table.to_numpy(dtype=float)
    X = (X - X.mean(axis=0)) / X.std(axis=0) if scaled else X
    found = HuberRegressor().fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = linear_model.HuberRegressor().fit(X, y)
    assert objective(found, X, y) <= objective(theirs, X, y) * (1 + 1e-9)
