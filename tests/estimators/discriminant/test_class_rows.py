"""Moments of the classes, summed in blocks."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gridfold.estimators import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
    config_context,
)
from gridfold.estimators.arrays import place_of
from gridfold.estimators.discriminant import class_rows
from gridfold.estimators.discriminant.class_rows import ClassRows


def rows_of(library, n: int = 50, n_classes: int = 4, dtype=np.float64) -> ClassRows:
    rng = np.random.default_rng(0)
    X, codes = rng.normal(size=(n, 3)).astype(dtype), np.arange(n) % n_classes
    put = library.put(X)
    return ClassRows(put, codes, np.bincount(codes), place_of(put))


@pytest.fixture(params=[1, 7, 8192])
def rows_in_cache(request, monkeypatch):
    monkeypatch.setattr(class_rows, "_CACHE_ROWS", request.param)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_classes", [1, 4, 20])
def test_means_and_scatter_are_those_of_numpy(library, rows_in_cache, n_classes, dtype):
    rows = rows_of(library, n_classes=n_classes, dtype=dtype)
    X = library.host(rows.X).astype(np.float64)
    means = np.stack([X[rows.codes == k].mean(axis=0) for k in range(n_classes)])
    assert_allclose(library.host(rows.means()), means, rtol=1e-13, atol=1e-14)
    weights = np.linspace(0.5, 2, n_classes)
    centred = (X - means[rows.codes]) * np.sqrt(weights)[rows.codes, None]
    assert_allclose(
        library.host(rows.scatter(library.put(means), weights)), centred.T @ centred, atol=1e-12
    )


@pytest.mark.parametrize("n", [2, 50])
def test_the_triangle_is_a_root_of_the_scatter(library, rows_in_cache, n):
    rows = rows_of(library, n=n, n_classes=2)
    means = rows.means()
    triangle = library.host(rows.triangle(means))
    assert len(triangle) <= max(3, n if n < 3 else 3)
    assert_allclose(
        triangle.T @ triangle, library.host(rows.scatter(means, np.ones(2))), atol=1e-12
    )


def test_classes_apart_have_the_same_moments(library):
    rows = rows_of(library)
    means = library.host(rows.means())
    for k, one in enumerate(rows.apart()):
        assert_allclose(library.host(one.means())[0], means[k], atol=1e-14)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(
    "model",
    [
        LinearDiscriminantAnalysis(),
        LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto"),
        QuadraticDiscriminantAnalysis(),
    ],
    ids=str,
)
def test_memory_beyond_the_rows_is_bounded(model, order):
    rng = np.random.default_rng(0)
    X = np.asarray(rng.normal(size=(40000, 50)), order=order)
    y = rng.integers(0, 2, len(X))
    model.fit(X[:500], y[:500])
    with config_context(working_memory=2):
        tracemalloc.start()
        model.fit(X, y)
        model.decision_function(X)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 0.5 * X.nbytes
