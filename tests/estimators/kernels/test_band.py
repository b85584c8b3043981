"""Reduction to a band against LAPACK's own solutions and eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import linalg

from gridfold.estimators.kernels.band import Band


def positive(n, seed=0):
    A = np.random.default_rng(seed).normal(size=(n, n + 5))
    return A @ A.T / n


@pytest.mark.parametrize("width", [1, 3, 64])
@pytest.mark.parametrize("n", [1, 2, 5, 64, 65, 130, 255, 257, 300, 520])
def test_systems_of_all_shifts_are_solved(n, width):
    K, Y = positive(n), np.random.default_rng(1).normal(size=(n, 2))
    shifts = [1e-2, 1.0, 50.0]
    solutions = Band(K.copy(), width).solve(shifts, Y)
    assert solutions.shape == (3, n, 2)
    for shift, solution in zip(shifts, solutions, strict=True):
        assert_allclose(solution, linalg.solve(K + shift * np.eye(n), Y), rtol=1e-8, atol=1e-10)


def test_rotation_is_orthogonal_and_keeps_eigenvalues():
    K = positive(200)
    band = Band(K.copy(), 16)
    Q = band.rotated_back(np.eye(200))
    assert_allclose(Q.T @ Q, np.eye(200), atol=1e-13)
    assert_allclose(band.rotated(Q), np.eye(200), atol=1e-13)
    B = Q.T @ K @ Q
    assert_allclose(np.tril(B, -17), 0.0, atol=1e-12)
    assert_allclose(linalg.eigvalsh(B), linalg.eigvalsh(K), atol=1e-12)


def test_only_the_lower_triangle_and_squares_on_the_diagonal_are_read():
    K, Y = positive(600), np.ones((600, 1))
    expected = Band(K.copy()).solve([1.0], Y)
    half = K.copy()
    half[:256, 256:] = np.nan
    half[256:512, 512:] = np.nan
    assert_allclose(Band(half).solve([1.0], Y), expected, rtol=1e-13)


def test_a_shift_that_leaves_it_indefinite_is_an_error():
    with pytest.raises(np.linalg.LinAlgError):
        Band(positive(80) - np.eye(80), 8).solve([0.1], np.ones((80, 1)))
