"""Logistic regression for many strengths: rows made ready once, then a path of warm starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import Array, Namespace, place_of
from .logistic_newton import minimise
from .logistic_preconditioner import Curvature
from .logistic_problem import LogisticProblem

_MAX_REDUCED = 2000  # rows; fewer rows than columns are turned to as many columns as rows
_EPS = float(np.finfo(np.float64).eps)
_EXTRAPOLATE = 3  # strengths behind, through which a parabola gives the next start


@dataclass(frozen=True)
class Design:
    """Rows as the solver takes them, and the way back to the coefficients of the raw columns.

    Attributes
    ----------
    A : array of shape (n_samples, n_columns), float64
        X, centred with a column of ones behind it if there is an intercept.
    mean : array of shape (n_features,)
        What was subtracted; zero without intercept.
    basis : array of shape (n_features, n_reduced) or None
        Orthonormal columns that span the rows of X, where those are fewer than its columns: the
        penalised minimum lies in that span.
    fit_intercept : bool
    """

    A: Array
    mean: Array
    basis: Array | None
    fit_intercept: bool

    @classmethod
    def of(cls, X: Array, fit_intercept: bool, xp: Namespace) -> Design:
        """Make ready `X` of shape (n_samples, n_features)."""
        X = xp.astype(X, xp.float64)
        mean = xp.mean(X, axis=0)
        if fit_intercept:
            # A constant column is one of zeros, not of what rounding its mean has left.
            constant = xp.all(X[:1, :] == X, axis=0)
            mean = xp.where(constant, X[0, :], mean)
            X = X - mean[None, :]
        else:
            mean = xp.zeros_like(mean)
        basis = None
        if X.shape[0] < X.shape[1] and X.shape[0] <= _MAX_REDUCED:
            basis, R = xp.linalg.qr(X.T)
            # Centred rows are dependent: a column of rounding alone is one of zeros, or a fit
            # without penalty would make it a feature.
            size = xp.max(xp.abs(R), axis=1)
            kept = size > max(X.shape) * _EPS * xp.max(size)
            X = xp.where(kept[None, :], R.T, xp.zeros_like(R))
        if fit_intercept:
            X = xp.concat([X, xp.ones_like(X[:, :1])], axis=1)
        return cls(X, mean, basis, fit_intercept)

    def penalty(self, strength: Array, scale: Array | None, xp: Namespace) -> Array:
        """Return penalties of shape (n_columns, n_problems).

        Parameters
        ----------
        strength : array of shape (n_problems,)
        scale : array of shape (n_features, n_problems) or None
            Of the scaler in front of each problem, whose coefficients are the penalised ones.
        """
        n_penalised = self.A.shape[1] - int(self.fit_intercept)
        ones = xp.ones_like(self.A[:1, :n_penalised].T)
        penalty = ones * strength[None, :] if scale is None else scale * scale * strength[None, :]
        if self.fit_intercept:
            penalty = xp.concat([penalty, xp.zeros_like(penalty[:1, :])], axis=0)
        return penalty

    def coefficients(self, W: Array, xp: Namespace) -> tuple[Array, Array]:
        """Return coef (n_problems, n_outputs, n_features) and intercept (n_problems, n_outputs)."""
        q = self.A.shape[1] - int(self.fit_intercept)
        coef = xp.permute_dims(W[:q, ...], (1, 2, 0))
        if self.basis is not None:
            coef = coef @ self.basis.T
        offset = W[q, ...] if self.fit_intercept else xp.zeros_like(W[0, ...])
        return coef, offset - xp.sum(coef * self.mean[None, None, :], axis=2)


@dataclass(frozen=True)
class LogisticSolution:
    """The solution of every problem for one strength.

    Attributes
    ----------
    coef : array of shape (n_problems, n_outputs, n_features), float64
    intercept : array of shape (n_problems, n_outputs), float64
    n_iter : int
    converged : array of shape (n_problems,), bool
    """

    coef: Array
    intercept: Array
    n_iter: int
    converged: Array


def logistic_path(
    design: Design,
    labels: Array,
    weight: Array,
    n_classes: int,
    strengths: Sequence[float],
    *,
    scale: Array | None = None,
    tol: float = 1e-6,
    max_iter: int = 200,
) -> list[LogisticSolution]:
    """Minimise `C sum_i w_i loss_i + 1/2 |coef|^2` for several C, the strongest penalty first.

    Each solution starts from the parabola (in log C) through the last three, with the curvature
    found on the way there.

    Parameters
    ----------
    labels : array of shape (n_samples,), float64
        Class numbers from 0.
    weight : array of shape (n_samples, n_problems), float64
    strengths : sequence of C, infinity included
    scale : array of shape (n_features, n_problems), optional
        See `Design.penalty`.
    """
    xp = place_of(design.A).xp
    total = xp.sum(weight, axis=0)
    total = xp.where(total > 0, total, xp.ones_like(total))
    problem = LogisticProblem(design.A, labels, weight / total[None, :], n_classes)
    solved: dict[float, LogisticSolution] = {}
    behind: list[tuple[float, Array]] = []
    curved = Curvature()
    for C in sorted(set(strengths)):
        W = _extrapolate(behind, C) if behind else _start(problem, design.fit_intercept)
        penalty = design.penalty(1.0 / (C * total), scale, xp)
        found = minimise(problem, W, penalty, curved, tol=tol, max_iter=max_iter)
        coef, intercept = design.coefficients(found.W, xp)
        solved[C] = LogisticSolution(coef, intercept, found.n_iter, found.converged)
        behind = [*behind, (C, found.W)][-_EXTRAPOLATE:]
    return [solved[C] for C in strengths]


def _start(problem: LogisticProblem, fit_intercept: bool) -> Array:
    """Return coefficients of zero, with the log-odds of the classes as intercept."""
    xp, place = problem.xp, place_of(problem.A)
    shape = (problem.A.shape[1], problem.weight.shape[1], problem.n_outputs)
    W = xp.zeros(shape, dtype=xp.float64, device=place.device)
    if not fit_intercept:
        return W
    classes = xp.arange(problem.n_classes, dtype=xp.float64, device=place.device)
    members = xp.astype(problem.labels[:, None] == classes[None, :], xp.float64)
    odds = xp.log(xp.clip(problem.weight.T @ members, min=1e-6))
    if problem.n_outputs == 1:
        odds = odds[:, 1:] - odds[:, :1]
    else:
        odds = odds - xp.mean(odds, axis=1, keepdims=True)
    return xp.concat([W[:-1, ...], odds[None, :, :]], axis=0)


def _extrapolate(behind: list[tuple[float, Array]], C: float) -> Array:
    """Return the polynomial in log C through the solutions behind, at C."""
    at = np.log([c for c, _ in behind])
    # Far from the strengths behind, the nearest solution is a better start than a parabola.
    if len(at) == 1 or not np.log(C) - at[-1] <= 2 * (at[-1] - at[-2]):
        return behind[-1][1]
    start = 0.0
    for i, (_, W) in enumerate(behind):
        others = np.delete(at, i)
        start = start + float(np.prod((np.log(C) - others) / (at[i] - others))) * W
    return start
