"""Approximate inverse Hessians of generalised linear problems, kept from point to point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from ..arrays import Array, Namespace, place_of
from .glm_problem import Evaluation, Problem, curvature
from .solve import cholesky

FULL_COLUMNS = 1200  # up to here a preconditioner is a full matrix, above it a diagonal
FULL_OUTPUTS = 500  # the same of columns times outputs, where these are several
_CHEAP_FACTOR = 3.0  # products; a factor that takes no more is renewed for each penalty,
_NEAR = 5.0  # and others when the penalty has changed by more than this
_CHEAP = 10.0  # products; curvature that takes no more is formed at once
_LOOSE = 100.0  # how far a diagonal may underestimate the distance to the minimum


@dataclass
class Curvature:
    """The curvature at hand, and its inverse for the penalty at hand.

    Work is counted in products of the Hessian with one direction. What is at hand is formed anew
    when the inner steps that a better one would have saved have cost as much as forming it: then
    all work is at most twice that of whoever knew beforehand.
    """

    kind: str
    inverse: Preconditioner
    matrix: Array
    penalty: Array
    excess: float = 0.0

    @classmethod
    def at(cls, problem: Problem, at: Evaluation, penalty: Array) -> Curvature:
        """Take a first curvature at a point, for `penalty` (n_columns,)."""
        kind = best_kind(problem)
        if forming(problem, kind) > _CHEAP:
            kind = "diagonal"
        matrix = curvature(problem, at, kind)
        inverse = Preconditioner.of(matrix, penalty, problem.xp)
        return cls(kind, inverse, matrix, penalty)

    def budget(self, problem: Problem) -> float:
        """Inner steps to go before another curvature is formed."""
        best = best_kind(problem)
        if best == "diagonal":
            return float("inf")
        return max(3.0, forming(problem, best)) - self.excess

    def renew(self, problem: Problem, at: Evaluation, penalty: Array) -> None:
        """Take the curvature of the point `at`."""
        self.kind = best_kind(problem)
        self.matrix = curvature(problem, at, self.kind)
        self.excess = 0.0
        self.factor(problem, penalty)

    def take(self, problem: Problem, penalty: Array) -> float:
        """Take another penalty (n_columns,), unless factoring takes long and the last is near.

        Returns how many times the penalty is below that which was factored.
        """
        below = _below(self.penalty, penalty, problem.xp)
        if factoring(problem, self.kind) <= _CHEAP_FACTOR or below > _NEAR:
            self.factor(problem, penalty)
            return 1.0
        return max(1.0, below)

    def factor(self, problem: Problem, penalty: Array) -> None:
        """Factor the curvature with a penalty (n_columns,)."""
        self.penalty = penalty
        self.inverse = Preconditioner.of(self.matrix, penalty, problem.xp)


def _below(before: Array, now: Array, xp: Namespace) -> float:
    """Return how many times at most a penalty (n_columns,) is below the one before."""
    both = (before > 0) & (now > 0)
    one = xp.ones_like(now)
    ratio = float(xp.max(xp.where(both, before, one) / xp.where(both, now, one)))
    return float("inf") if bool(xp.any((before > 0) & (now <= 0))) else ratio


def best_kind(problem: Problem) -> str:
    """Return the closest approximation of the Hessian that is worth its while."""
    _, k, q = problem.shape
    if k * q <= (FULL_COLUMNS if k == 1 else FULL_OUTPUTS):
        return "full"
    return "blocks" if q <= FULL_COLUMNS else "diagonal"


def forming(problem: Problem, kind: str) -> float:
    """Return how many products for one problem forming a curvature takes (measured)."""
    m, k, q = problem.shape
    if kind == "diagonal":
        return 1.0
    whole = kind == "full" and k > 1
    if problem.density < 0:
        products = k * q / 10.0 if whole else q / 25.0
    else:
        products = problem.density * ((k + 1) / 2.0 if whole else 1.0)
    return (3.0 + products) / m + factoring(problem, kind)


def factoring(problem: Problem, kind: str) -> float:
    """Return how many products for one problem another penalty takes (measured)."""
    m, k, q = problem.shape
    return (
        0.0
        if kind == "diagonal"
        else (k * q if kind == "full" else q) ** 2 / (20.0 * m * problem.n_samples)
    )


@dataclass(frozen=True)
class Preconditioner:
    """An approximate inverse Hessian: the curvature of some point near by, plus the penalty.

    Conjugate gradients make good what it lacks. Where there are several outputs, what it gives
    adds up to zero over them: the loss does not change along that sum, and the penalised minimum
    has none of it.

    Attributes
    ----------
    inverse : array of shape (n_outputs, n_columns), or list of factors
        The inverses of diagonals; or Cholesky factors, for NumPy, or their inverses.
    unit : array of shape (n_factors, n_columns or n_outputs n_columns) or None
        Multiplies both sides of what was factored.
    slack : float
        How far the distance to the minimum may be underestimated.
    """

    xp: Namespace
    inverse: Array
    unit: Array | None = None
    slack: float = 1.0

    @classmethod
    def of(cls, curved: Array, penalty: Array, xp: Namespace) -> Preconditioner:
        """Make one of a curvature (see `glm_problem.curvature`) for `penalty` (n_columns,)."""
        if curved.ndim == 2:
            return cls(xp, _inverse_or_zero(curved + penalty[None, :], xp), slack=_LOOSE)
        size = curved.shape[1]
        k, q = size // penalty.shape[0], penalty.shape[0]
        eye = xp.eye(size, dtype=xp.float64, device=place_of(curved).device)
        diagonal = xp.linalg.diagonal(curved) + xp.tile(penalty, (k,))[None, :]
        matrix = curved + (xp.tile(penalty, (k,))[:, None] * eye)[None, :, :]
        if k > 1:  # the direction in which the loss does not change
            along = xp.reshape(
                xp.mean(xp.reshape(diagonal, (k, q)), axis=0)[:, None] * eye[:q, :q], (1, q, 1, q)
            )
            along = xp.broadcast_to(along / k, (k, q, k, q))
            matrix = matrix + xp.reshape(along, (1, size, size))
        unit = xp.sqrt(_inverse_or_zero(diagonal, xp))
        matrix = matrix * unit[:, :, None] * unit[:, None, :]
        return cls(xp, _factors(matrix, eye, xp), unit)

    def __call__(self, R: Array) -> Array:
        """Return the approximate solution for `R` of shape (n_problems, n_outputs, n_columns)."""
        xp, (m, k, q) = self.xp, R.shape
        if self.unit is None:
            Z = self.inverse[None, :, :] * R
        else:
            groups, size = self.unit.shape
            right = xp.reshape(R, (m, groups, size)) * self.unit[None, :, :]
            solved = [_solve(f, right[:, j, :], xp) for j, f in enumerate(self.inverse)]
            Z = xp.reshape(xp.stack(solved, axis=1) * self.unit[None, :, :], (m, k, q))
        return Z if k == 1 else Z - xp.mean(Z, axis=1, keepdims=True)


def _inverse_or_zero(diagonal: Array, xp: Namespace) -> Array:
    """Invert what is above zero; a column of zeros gets no step."""
    there = diagonal > 0
    safe = xp.where(there, diagonal, xp.ones_like(diagonal))
    return xp.where(there, 1.0 / safe, xp.zeros_like(diagonal))


def _factors(matrix: Array, eye: Array, xp: Namespace) -> list[Array]:
    """Return Cholesky factors of matrices with unit diagonal; inverted, but for NumPy."""
    eyes = xp.zeros_like(matrix) + eye[None, :, :]
    for jitter in (1e-12, 1e-9, 1e-6):  # collinear columns without penalty need some
        factors = cholesky(matrix + jitter * eyes, xp)
        if factors is None:
            continue
        if not isinstance(factors, np.ndarray):
            factors = xp.linalg.solve(factors, eyes)
        return [factors[j, ...] for j in range(factors.shape[0])]
    return [eye for _ in range(matrix.shape[0])]


def _solve(factor: Array, right: Array, xp: Namespace) -> Array:
    """Solve for each row of `right` (n_problems, size)."""
    if isinstance(factor, np.ndarray):
        # Transposed it is in Fortran's order, and LAPACK takes it without a copy.
        return lapack.dpotrs(factor.T, right.T, lower=0)[0].T
    return (right @ factor.T) @ factor
