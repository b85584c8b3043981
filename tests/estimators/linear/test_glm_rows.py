"""Rows that are centred whenever they are used, where a copy of X would take too much memory."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gridfold import config_context
from gridfold.estimators import LogisticRegression, PoissonRegressor
from gridfold.estimators.linear.glm_path import Design
from gridfold.estimators.linear.glm_rows import CentredRows, DenseRows, row_blocks


def rows(n=3000, p=7, classes=4):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p))
    scores = X @ rng.normal(size=(p, classes)) + rng.gumbel(size=(n, classes))
    return X + np.arange(p), scores.argmax(axis=1)


@pytest.mark.parametrize("has_ones", [False, True])
def test_products_are_those_of_centred_rows(library, has_ones):
    X, _ = rows()
    A = X - X.mean(axis=0)
    A = np.hstack([A, np.ones((len(A), 1))]) if has_ones else A
    lazy = CentredRows(library.put(X), library.put(X.mean(axis=0)), has_ones, library.xp)
    ready = DenseRows(library.put(A), library.xp)
    rng = np.random.default_rng(1)
    W, R, h = (
        library.put(rng.uniform(size=shape))
        for shape in ((2, 3, A.shape[1]), (2, 3, len(A)), (3, len(A)))
    )
    for method, given in (("outputs", W), ("back", R), ("squares", h), ("crossed", h)):
        found, wanted = (library.host(getattr(r, method)(given)) for r in (lazy, ready))
        assert_allclose(found, wanted, rtol=1e-11, atol=1e-11)
        with config_context(working_memory=0.05):  # in many blocks
            assert_allclose(library.host(getattr(lazy, method)(given)), wanted, atol=1e-11)
    assert lazy.shape == A.shape
    assert sum(block.shape[0] for _, block in row_blocks(lazy, 6)) == len(A)


@pytest.mark.parametrize("params", [{}, {"solver": "saga", "l1_ratio": 1.0, "C": 0.05}])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_the_fit_is_the_same_with_little_memory(params, fit_intercept):
    X, y = rows()
    model = LogisticRegression(fit_intercept=fit_intercept, tol=1e-10, **params)
    plain = model.fit(X, y).predict_proba(X)
    with config_context(working_memory=0.05):
        assert isinstance(Design.of(X, True, np).A, CentredRows)
        assert_allclose(model.fit(X, y).predict_proba(X), plain, rtol=1e-5, atol=1e-8)
        assert_allclose(model.fit(X.astype(np.float32), y).predict_proba(X), plain, atol=1e-4)


def test_few_rows_of_many_columns_with_little_memory():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 300))
    y = rng.poisson(np.exp(0.3 * X[:, 0]))
    model = PoissonRegressor(alpha=0.1, tol=1e-8)
    plain = model.fit(X, y).predict(X)
    with config_context(working_memory=0.05):
        assert_allclose(model.fit(X, y).predict(X), plain, rtol=1e-6)


@pytest.mark.parametrize("params", [{}, {"solver": "saga", "l1_ratio": 1.0, "C": 1e-3}])
def test_x_is_not_copied_whole(params):
    X, y = rows(150_000, 60, 3)
    with config_context(working_memory=8):
        tracemalloc.start()
        LogisticRegression(max_iter=20, tol=1.0, **params).fit(X, y)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 0.75 * X.nbytes  # blocks of 8 MiB, and what has a row for each output
