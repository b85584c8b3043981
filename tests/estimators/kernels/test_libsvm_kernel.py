"""Kernel matrices against libsvm's own entries: the same float32 numbers, and the same fits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.linalg import blas
from sklearn.metrics.pairwise import pairwise_kernels

from gridfold.estimators.kernels.libsvm_kernel import LibsvmKernel, fill_kernel, row_squares
from gridfold.estimators.shared import Declined

KERNELS = [
    LibsvmKernel("rbf", 0.3),
    LibsvmKernel("rbf", 0.0),
    LibsvmKernel("rbf", 40.0),
    LibsvmKernel("linear"),
    LibsvmKernel("poly", 0.2, 1.0, 3),
    LibsvmKernel("poly", 0.2, 0.0, 4),
    LibsvmKernel("poly", 0.5, -1.0, 1),
    LibsvmKernel("poly", 0.5, 1.0, 0),
    LibsvmKernel("sigmoid", 0.1, 0.2),
]


def rows(kind, n=170, p=11):
    X = np.random.default_rng(3).normal(size=(n, p))
    if kind == "whole numbers":
        X = np.round(2 * X)
    elif kind == "repeated":
        X[1::2] = X[::2]
    elif kind == "outlier":
        X[5] *= 1e4
    elif kind == "mostly zeros":
        X[np.random.default_rng(4).uniform(size=X.shape) < 0.9] = 0.0
    elif kind == "one column":
        X = X[:, :1].copy()
    elif kind == "wide":
        X = np.random.default_rng(3).normal(size=(70, 900)) / 30
    return np.ascontiguousarray(X)


def made(X, kernel):
    K = np.full((len(X), len(X)), np.nan)
    fill_kernel(K, X, row_squares(X), kernel)
    return K


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
@pytest.mark.parametrize(
    "kind", ["drawn", "whole numbers", "repeated", "outlier", "mostly zeros", "one column", "wide"]
)
def test_entries_are_libsvms(kind, kernel):
    X = rows(kind)
    K = made(X, kernel)
    squares = row_squares(X)
    for i in range(0, len(X), 7):
        for j in range(len(X)):
            entry = kernel.of_product(blas.ddot(X[i], X[j]), float(squares[i] + squares[j]))
            assert np.float32(K[i, j]) == np.float32(entry)
            assert i != j or K[i, j] == entry
    assert_array_equal(K.astype(np.float32), K.T.astype(np.float32))


@pytest.mark.parametrize("n", [1, 2, 127, 128, 129, 600])
def test_tiles_make_up_the_whole_matrix(n):
    X = np.random.default_rng(0).normal(size=(n, 4))
    assert_allclose(made(X, KERNELS[0]), pairwise_kernels(X, metric="rbf", gamma=0.3), rtol=1e-13)
    assert_allclose(made(X, KERNELS[3]), X @ X.T, atol=1e-13)


def test_entries_between_two_float32_numbers_are_those_of_libsvm():
    # Rounded to float32 these products are decided by their last digit in float64.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 37))
    found, product = made(X, LibsvmKernel("linear")).astype(np.float32), (X @ X.T)
    own = np.array([[blas.ddot(a, b) for b in X] for a in X])
    assert (own != product).any()
    assert_array_equal(found, own.astype(np.float32))


def test_rows_so_large_that_rounding_decides_are_declined():
    X = 1e-3 * np.random.default_rng(0).normal(size=(300, 5)) + 1e6
    with pytest.raises(Declined, match="rounding"):
        made(X, LibsvmKernel("rbf", 1.0))


def test_rows_without_a_common_column_are_not_in_doubt():
    X = np.random.default_rng(0).normal(size=(300, 60))
    X[np.random.default_rng(1).uniform(size=X.shape) < 0.95] = 0.0
    assert ((X @ X.T) == 0).mean() > 0.5
    for kernel in (LibsvmKernel("linear"), LibsvmKernel("poly", 0.1, 0.0, 3)):
        K = made(X, kernel)
        assert_allclose(K, kernel.of_products(X @ X.T, np.zeros(1)), rtol=1e-12)
