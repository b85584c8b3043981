"""Few rows in place of many: the same solutions, the same singular values."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import linear_model

import gridfold
from gridfold.estimators import LinearRegression, Ridge
from gridfold.estimators.linear.triangle import few_rows


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("n_rows", [7, 40, 5000])
def test_products_and_means_are_those_of_the_rows(library, fit_intercept, weighted, n_rows):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(n_rows, 6)) + 3, rng.normal(size=(n_rows, 2))
    w = rng.uniform(0.5, 2, n_rows) if weighted else np.ones(n_rows)
    weight = library.put(w) if weighted else None
    with gridfold.config_context(working_memory=0.05):
        found = few_rows(library.put(X), library.put(y), weight, fit_intercept, library.xp)
    R, projected, x_mean, y_mean = (library.host(array) for array in found)
    assert R.shape == (6, 6)
    expected = np.average(X, axis=0, weights=w) * fit_intercept
    assert_allclose(x_mean, expected, rtol=1e-12)
    assert_allclose(y_mean, np.average(y, axis=0, weights=w) * fit_intercept, rtol=1e-9)
    root = np.sqrt(w)[:, None]
    A, B = (X - x_mean) * root, (y - y_mean) * root
    assert_allclose(R.T @ R, A.T @ A, rtol=1e-10, atol=1e-10)
    assert_allclose(R.T @ projected, A.T @ B, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n_rows", [200, 20_000])
def test_dependent_columns_give_the_solution_of_smallest_norm(library, n_rows):
    """Columns that add up to one beside an intercept, as of a text without one of its words."""
    rng = np.random.default_rng(1)
    dummies = np.eye(4)[rng.integers(0, 4, n_rows)]
    X = np.hstack([dummies, rng.normal(size=(n_rows, 3)) * [1.0, 1e2, 1e-2]])
    y = X @ rng.normal(size=7) + rng.normal(size=n_rows)
    ours = LinearRegression().fit(library.put(X), library.put(y))
    theirs = linear_model.LinearRegression().fit(X, y)
    assert ours.rank_ == theirs.rank_ == 6
    assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-7, atol=1e-10)
    assert_allclose(library.host(ours.singular_), theirs.singular_, rtol=1e-9, atol=1e-9)
    ours = Ridge(solver="svd").fit(library.put(X), library.put(y))
    theirs = linear_model.Ridge(solver="svd").fit(X, y)
    assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-9)
