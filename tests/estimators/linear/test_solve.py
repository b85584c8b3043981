"""The ways to solve a ridge problem against each other and against NumPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gridfold.estimators.linear import solve as module
from gridfold.estimators.linear.moments import Gram
from gridfold.estimators.linear.solve import centre, solve_dual, solve_gram, solve_svd

ALPHAS = [0.01, 1.0, 100.0]


def rows(n_samples, n_features, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_samples, n_features)), rng.normal(size=(n_samples, 2))


def exact(X, y, alpha):
    return np.linalg.solve(X.T @ X + alpha * np.eye(X.shape[1]), X.T @ y)


def gram_of(library, X, y):
    zeros = library.put(np.zeros(X.shape[1])), library.put(np.zeros(y.shape[1]))
    summed = library.put(np.sum(X * X, axis=0))
    yy = library.put(np.sum(y * y, axis=0))
    return Gram(library.put(X.T @ X), library.put(X.T @ y), *zeros, summed, float(len(X)), yy)


@pytest.mark.parametrize("from_penalties", [1, 100])
def test_gram_by_eigenvectors_and_by_cholesky(library, from_penalties, monkeypatch):
    monkeypatch.setattr(module, "_EIGEN_FROM", from_penalties)
    X, y = rows(50, 6)
    coef = library.host(solve_gram(gram_of(library, X, y), ALPHAS, library.xp))
    assert_allclose(coef, np.stack([exact(X, y, a) for a in ALPHAS]), rtol=1e-10)


def test_dual_and_svd_solve_wide_rows(library):
    X, y = rows(8, 30)
    expected = np.stack([exact(X, y, a) for a in ALPHAS])
    for solve in (solve_dual, solve_svd):
        coef = solve(library.put(X), library.put(y), ALPHAS, library.xp)
        assert_allclose(library.host(coef), expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("from_penalties", [1, 100])
def test_gram_gives_up_where_no_digit_can_be_promised(library, from_penalties, monkeypatch):
    monkeypatch.setattr(module, "_EIGEN_FROM", from_penalties)
    X, y = rows(50, 4)
    X[:, 3] = X[:, 0] + 1e-7 * X[:, 3]
    assert solve_gram(gram_of(library, X, y), [0.0], library.xp) is None


@pytest.mark.parametrize("from_penalties", [1, 100])
def test_gram_gives_up_on_what_cancellation_has_left(library, from_penalties, monkeypatch):
    monkeypatch.setattr(module, "_EIGEN_FROM", from_penalties)
    X, y = rows(50, 4)
    X[:, 3] *= 1e-7
    found = gram_of(library, X, y)
    assert solve_gram(found, [0.0], library.xp) is not None
    cancelled = replace(found, summed=library.put(np.full(4, 50.0)))
    assert solve_gram(cancelled, [0.0, 1.0], library.xp) is None
    assert solve_gram(cancelled, [1e-3, 1.0], library.xp) is not None


def test_gram_serves_columns_of_unlike_scale(library):
    X, y = rows(50, 3)
    scale = np.array([1e-5, 1.0, 1e6])
    coef = library.host(solve_gram(gram_of(library, X * scale, y), [0.0], library.xp))
    assert_allclose(coef[0] * scale[:, None], exact(X, y, 0.0), rtol=1e-8)


def test_dual_gives_up_without_penalty(library):
    X, y = rows(8, 30)
    X[1] = X[0]
    assert solve_dual(library.put(X), library.put(y), [0.0], library.xp) is None


def test_svd_gives_the_smallest_solution_without_penalty(library):
    X, y = rows(8, 30)
    X[1] = X[0]
    coef = solve_svd(library.put(X), library.put(y), [0.0], library.xp)
    assert_allclose(library.host(coef)[0], np.linalg.pinv(X) @ y, atol=1e-10)


@pytest.mark.parametrize("fit_intercept", [False, True])
def test_centred_rows(library, fit_intercept):
    X, y = rows(20, 3)
    weight = np.linspace(0.5, 2, 20)
    found = centre(*(library.put(a) for a in (X + 4, y, weight)), fit_intercept, library.xp)
    mean = np.average(X + 4, axis=0, weights=weight) * fit_intercept
    assert_allclose(library.host(found[0]), (X + 4 - mean) * np.sqrt(weight)[:, None], atol=1e-12)
    assert_allclose(library.host(found[2]), mean, atol=1e-12)
