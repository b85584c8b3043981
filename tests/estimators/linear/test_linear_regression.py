"""LinearRegression against scikit-learn: well and ill-conditioned, on every library."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn import linear_model

from gridfold.estimators import LinearRegression


def problem(n_samples: int, n_features: int, n_targets: int | None, seed: int = 0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.1, 30, n_features) + 3
    shape = (n_features,) if n_targets is None else (n_features, n_targets)
    y = X @ rng.normal(size=shape) + rng.normal(size=(n_samples, *shape[1:]))
    return X, y, rng.uniform(0.1, 2, n_samples)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize(("n_samples", "n_features"), [(80, 5), (10, 30), (20, 20)])
@pytest.mark.parametrize("n_targets", [None, 1, 3])
def test_equals_scikit_learn(library, n_samples, n_features, n_targets, fit_intercept, weighted):
    X, y, weight = problem(n_samples, n_features, n_targets)
    weight = weight if weighted else None
    ours = LinearRegression(fit_intercept=fit_intercept).fit(
        library.put(X), library.put(y), None if weight is None else library.put(weight)
    )
    theirs = linear_model.LinearRegression(fit_intercept=fit_intercept).fit(X, y, weight)
    assert ours.fallback_ is None
    assert library.owns(ours.coef_) and library.owns(ours.singular_)
    assert library.owns(ours.predict(library.put(X)))
    tolerance = 1e-7 * np.abs(theirs.coef_).max()
    assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-7, atol=tolerance)
    assert_allclose(library.host(ours.intercept_), theirs.intercept_, rtol=1e-6, atol=1e-6)
    assert_allclose(library.host(ours.predict(library.put(X))), theirs.predict(X), rtol=1e-6)
    assert ours.rank_ == theirs.rank_
    top = theirs.singular_[0]
    assert_allclose(library.host(ours.singular_), theirs.singular_, rtol=1e-6, atol=1e-7 * top)


def test_fitted_attributes_are_scikit_learns(same_fitted):
    X, y, _ = problem(60, 4, 2)
    ours = LinearRegression().fit(X, y)
    same_fitted(ours.to_sklearn(), linear_model.LinearRegression().fit(X, y))


def test_float32_is_as_exact_as_scikit_learn(library):
    X, y, _ = problem(300, 6, None)
    exact = linear_model.LinearRegression().fit(X, y).coef_
    X32, y32 = X.astype(np.float32), y.astype(np.float32)
    ours = LinearRegression().fit(library.put(X32), library.put(y32))
    theirs = linear_model.LinearRegression().fit(X32, y32)
    coef = library.host(ours.coef_)
    assert coef.dtype == library.host(ours.singular_).dtype == np.float32
    assert np.abs(coef - exact).max() <= 4 * np.abs(theirs.coef_ - exact).max() + 1e-6


@pytest.mark.parametrize("nearness", [1e-3, 1e-5, 1e-7, 0.0])
def test_nearly_collinear_columns(library, nearness):
    rng = np.random.default_rng(2)
    X = rng.normal(size=(200, 4))
    X[:, 3] = X[:, 0] + nearness * X[:, 3]
    y = X @ [1.0, 2.0, 3.0, 1.0] + 5
    ours = LinearRegression().fit(library.put(X), library.put(y))
    theirs = linear_model.LinearRegression().fit(X, y)
    tolerance = 1e-8 / max(nearness, 1e-1) if nearness > 1e-7 or nearness == 0 else 1e-6
    assert_allclose(library.host(ours.coef_), theirs.coef_, atol=tolerance)
    assert ours.rank_ == theirs.rank_


def test_constant_columns_have_no_coefficient(library):
    X, y, _ = problem(50, 3, None)
    X = np.column_stack([X, np.full(50, 0.1)])
    ours = LinearRegression().fit(library.put(X), library.put(y))
    theirs = linear_model.LinearRegression().fit(X, y)
    assert_allclose(library.host(ours.coef_), theirs.coef_, atol=1e-9)


def test_far_means_lose_no_digits(library):
    X, y, _ = problem(100, 3, None)
    ours = LinearRegression().fit(library.put(X + 1e6), library.put(y + 1e6))
    exact = linear_model.LinearRegression().fit(X, y)
    assert_allclose(library.host(ours.coef_), exact.coef_, rtol=1e-7)


def test_negative_weights_are_scikit_learns_error(library):
    X, y, weight = problem(50, 3, None)
    weight[3] = -1.0
    with pytest.raises(ValueError) as theirs:
        linear_model.LinearRegression().fit(X, y, weight)
    with pytest.raises(ValueError) as ours:
        LinearRegression().fit(library.put(X), library.put(y), library.put(weight))
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("positive", [True])
def test_positive_coefficients_are_scikit_learns(positive):
    X, y, _ = problem(60, 4, None)
    ours = LinearRegression(positive=positive).fit(X, y)
    theirs = linear_model.LinearRegression(positive=positive).fit(X, y)
    assert "positive" in ours.fallback_
    assert_allclose(ours.coef_, theirs.coef_)


def test_sparse_rows_are_fitted_by_scikit_learn():
    X, y, _ = problem(60, 4, None)
    assert LinearRegression().fit(sparse.csr_matrix(X), y).fallback_ == "sparse X"
