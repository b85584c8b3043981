"""Approximate inverse Hessians of logistic problems, kept from one point to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from ..arrays import Array, Namespace, place_of
from .logistic_problem import Evaluation, LogisticProblem, curvature
from .solve import cholesky

FULL_COLUMNS = 1200  # up to here the preconditioner is a full matrix, above it a diagonal


@dataclass
class Curvature:
    """The curvature at hand, and how many inner steps the last Newton step took with it."""

    matrix: Array | None = None
    n_inner: int = 0

    def is_stale(self, problem: LogisticProblem) -> bool:
        """Whether forming a new one costs less than going on with it."""
        # Forming it takes about as long as n_columns / 25 products for one problem (measured).
        n_columns, n_problems = problem.A.shape[1], problem.weight.shape[1]
        return self.matrix is None or self.n_inner > max(3, n_columns // (25 * n_problems))

    def renew(self, problem: LogisticProblem, at: Evaluation) -> None:
        """Take the curvature of the point `at`."""
        self.matrix = curvature(problem, at, full=problem.A.shape[1] <= FULL_COLUMNS)
        self.n_inner = 0


@dataclass(frozen=True)
class Preconditioner:
    """An approximate inverse Hessian: the curvature of some point near by, plus the penalty.

    Conjugate gradients make good what it lacks. Where there is an output per class, what it gives
    adds up to zero over the classes: the loss does not change along that sum, and the penalised
    minimum has none of it.

    Attributes
    ----------
    inverse : array of shape (n_outputs, n_columns, n_columns) or (n_columns, n_outputs)
        Inverse Cholesky factors, or the inverses of diagonals.
    """

    xp: Namespace
    inverse: Array

    @classmethod
    def of(cls, curved: Array, penalty: Array, xp: Namespace) -> Preconditioner:
        """Factor a curvature (see `logistic_problem.curvature`) for `penalty` (n_columns,)."""
        if curved.ndim == 2:
            return cls(xp, _inverse_or_zero(curved + penalty[:, None], xp))
        eye = xp.eye(penalty.shape[0], dtype=xp.float64, device=place_of(curved).device)
        matrix = curved + (penalty[:, None] * eye)[None, :, :]
        unit = xp.sqrt(_inverse_or_zero(xp.sum(matrix * eye, axis=2), xp))
        matrix = matrix * unit[:, :, None] * unit[:, None, :]
        return cls(xp, _inverse_factors(matrix, eye, xp) * unit[:, None, :])

    def __call__(self, R: Array) -> Array:
        """Return the approximate solution for `R` of shape (n_columns, n_problems, n_outputs)."""
        xp = self.xp
        if self.inverse.ndim == 2:
            Z = self.inverse[:, None, :] * R
        else:
            L = self.inverse
            Z = xp.matrix_transpose(L) @ (L @ xp.permute_dims(R, (2, 0, 1)))
            Z = xp.permute_dims(Z, (1, 2, 0))
        return Z if Z.shape[2] == 1 else Z - xp.mean(Z, axis=2, keepdims=True)


def _inverse_or_zero(diagonal: Array, xp: Namespace) -> Array:
    """Invert what is above zero; a column of zeros gets no step."""
    there = diagonal > 0
    safe = xp.where(there, diagonal, xp.ones_like(diagonal))
    return xp.where(there, 1.0 / safe, xp.zeros_like(diagonal))


def _inverse_factors(matrix: Array, eye: Array, xp: Namespace) -> Array:
    """Return the inverse Cholesky factors of matrices with unit diagonal."""
    eyes = xp.zeros_like(matrix) + eye[None, :, :]
    for jitter in (1e-12, 1e-9, 1e-6):  # collinear columns without penalty need some
        factors = cholesky(matrix + jitter * eyes, xp)
        if factors is not None:
            return _inverted(factors, eyes, xp)
    return eyes


def _inverted(factors: Array, eyes: Array, xp: Namespace) -> Array:
    if isinstance(factors, np.ndarray):  # a quarter of the work of a general solver
        return np.stack([lapack.dtrtri(factor, lower=1)[0] for factor in factors])
    return xp.linalg.solve(factors, eyes)
