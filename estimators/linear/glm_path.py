"""Generalised linear models for many strengths: rows made ready once, then a warm path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from ..arrays import Array, Namespace, place_of, to_numpy
from ..blocks import rows_in_memory
from .centring import rough_means
from .glm_losses import Loss
from .glm_newton import minimise
from .glm_preconditioner import Curvature
from .glm_problem import Problem
from .glm_rows import CentredRows
from .glm_scales import check_rank
from .glm_sparse_newton import minimise_sparse
from .glm_start import start_of_some

_MAX_REDUCED = 2000  # rows; fewer rows than columns are turned to as many columns as rows
_EPS = float(np.finfo(np.float64).eps)
_EXTRAPOLATE = 3  # strengths behind, through which a parabola gives the next start


@dataclass(frozen=True)
class Design:
    """Rows as the solver takes them, and the way back to the coefficients of the raw columns.

    Attributes
    ----------
    A : array of shape (n_samples, n_columns), float64, CentredRows or CSR matrix
        X, centred (if dense) with a column of ones behind it if there is an intercept. Where a copy
        would exceed the setting `working_memory`, rows are centred whenever they are used.
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
    def of(cls, X: Any, fit_intercept: bool, xp: Namespace, *, turns: bool = True) -> Design:
        """Make ready `X` of shape (n_samples, n_features), dense or CSR.

        With `turns=False` columns stay as they are: an l1 penalty is no longer one on others.
        """
        if sparse.issparse(X):
            return cls._of_sparse(X, fit_intercept)
        if X.shape[0] > rows_in_memory(8.0 * X.shape[1]):
            mean = rough_means(X)
            mean = mean if fit_intercept else xp.zeros_like(mean)
            return cls(CentredRows(X, mean, fit_intercept, xp), mean, None, fit_intercept)
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
        if turns and X.shape[0] < X.shape[1] and X.shape[0] <= _MAX_REDUCED:
            basis, R = xp.linalg.qr(X.T)
            # Centred rows are dependent: a column of rounding alone is one of zeros, or a fit
            # without penalty would make it a feature.
            size = xp.max(xp.abs(R), axis=1)
            kept = size > max(X.shape) * _EPS * xp.max(size)
            X = xp.where(kept[None, :], R.T, xp.zeros_like(R))
        if fit_intercept:
            X = xp.concat([X, xp.ones_like(X[:, :1])], axis=1)
        return cls(X, mean, basis, fit_intercept)

    @classmethod
    def _of_sparse(cls, X: Any, fit_intercept: bool) -> Design:
        """Make ready sparse rows: they are not centred, or they would be dense."""
        A = sparse.csr_array(X, dtype=np.float64)
        mean = np.zeros(A.shape[1])
        if fit_intercept:
            A = sparse.hstack([A, np.ones((A.shape[0], 1))], format="csr")
        return cls(A, mean, None, fit_intercept)

    def penalty(self, strength: Array, scale: Array | None, xp: Namespace) -> Array:
        """Return penalties of shape (n_problems, n_columns).

        Parameters
        ----------
        strength : array of shape (n_problems,)
        scale : array of shape (n_problems, n_features) or None
            Of the scaler in front of each problem, whose coefficients are the penalised ones.
        """
        n_penalised = self.A.shape[1] - int(self.fit_intercept)
        if scale is None:
            scale = xp.ones(
                (1, n_penalised), dtype=strength.dtype, device=place_of(strength).device
            )
        penalty = scale * scale * strength[:, None]
        if self.fit_intercept:
            penalty = xp.concat([penalty, xp.zeros_like(penalty[:, :1])], axis=1)
        return penalty

    def coefficients(self, W: Array, xp: Namespace) -> tuple[Array, Array]:
        """Return coef (n_problems, n_outputs, n_features) and intercept (n_problems, n_outputs)."""
        q = self.A.shape[1] - int(self.fit_intercept)
        coef = W[:, :, :q]
        if self.basis is not None:
            coef = coef @ self.basis.T
        offset = W[:, :, q] if self.fit_intercept else xp.zeros_like(W[:, :, 0])
        return coef, offset - xp.sum(coef * self.mean[None, None, :], axis=2)


@dataclass(frozen=True)
class Solution:
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


def solve_path(
    design: Design,
    y: Array,
    weight: Array,
    loss: Loss,
    strengths: Sequence[float],
    *,
    scale: Array | None = None,
    tol: float = 1e-6,
    max_iter: int = 200,
) -> list[Solution]:
    """Minimise `C sum_i w_i loss_i + 1/2 |coef|^2` for several C, the strongest penalty first.

    Each solution starts from the parabola (in log C) through the last three, with the curvature
    found on the way there.

    Parameters
    ----------
    y : array of shape (n_samples,), float64
        Targets as `loss` wants them; class numbers from 0.
    weight : array of shape (n_problems, n_samples), float64
    strengths : sequence of C, infinity included
    scale : array of shape (n_problems, n_features), optional
        See `Design.penalty`.
    """
    xp = place_of(y).xp
    total = xp.sum(weight, axis=1)
    total = xp.where(total > 0, total, xp.ones_like(total))
    weight = weight / total[:, None]
    problem = Problem.of(design.A, y, weight, loss)
    solved: dict[float, Solution] = {}
    behind: list[tuple[float, Array]] = []
    curved: Curvature | None = None
    for C in sorted(set(strengths)):
        penalty = design.penalty(1.0 / (C * total), scale, xp)
        with np.errstate(over="ignore", invalid="ignore"):  # a step too long is shortened
            if behind:
                W = _extrapolate(behind, C)
            else:
                W = _start(problem, design, y, weight)
                W, curved = start_of_some(problem, (design.A, y, weight), W, penalty)
            found, curved = minimise(problem, W, penalty, curved, tol=tol, max_iter=max_iter)
        coef, intercept = design.coefficients(found.W, xp)
        solved[C] = Solution(coef, intercept, found.n_iter, found.converged)
        behind = [*behind, (C, found.W)][-_EXTRAPOLATE:]
    return [solved[C] for C in strengths]


def solve_sparse(
    X: Array,
    y: Array,
    weight: Array,
    loss: Loss,
    penalty: tuple[float, float],
    fit_intercept: bool,
    *,
    tol: float,
    max_iter: int,
) -> Solution:
    """Minimise `C sum_i w_i loss_i + l1_ratio |coef|_1 + (1 - l1_ratio) / 2 |coef|^2`.

    Parameters
    ----------
    y : array of shape (n_samples,), float64
    weight : array of shape (n_samples,), float64
    penalty : (C, l1_ratio)
    """
    xp, (C, l1_ratio) = place_of(y).xp, penalty
    total = float(xp.sum(weight))
    weight = weight[None, :] / (total if total > 0 else 1.0)
    design = Design.of(X, fit_intercept, xp, turns=False)
    problem = Problem.of(design.A, y, weight, loss)
    one = xp.ones_like(weight[:, 0]) / (C * total)
    both = design.penalty(one, None, xp)
    start = _start(problem, design, y, weight)
    with np.errstate(over="ignore", invalid="ignore"):  # a step too long is shortened
        found = minimise_sparse(
            problem,
            start,
            l1_ratio * to_numpy(both)[0],
            (1.0 - l1_ratio) * both,
            tol=tol,
            max_iter=max_iter,
        )
    coef, intercept = design.coefficients(place_of(y).put(found.W[None, :, :]), xp)
    return Solution(coef, intercept, found.n_iter, np.array([found.converged]))


def _start(problem: Problem, design: Design, y: Array, weight: Array) -> Array:
    """Return coefficients of zero, with the intercept that fits all rows alike."""
    xp = problem.xp
    W = xp.zeros(problem.shape, dtype=xp.float64, device=place_of(y).device)
    if not design.fit_intercept:
        return W
    start = problem.loss.start(y, weight, xp)
    return xp.concat([W[:, :, :-1], start[:, :, None]], axis=2)


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


def solve_members(
    X: Any,
    y: Array,
    weight: Array,
    loss: Loss,
    members: Sequence[tuple[float, bool]],
    *,
    scale: Array | None = None,
) -> list[Solution]:
    """Solve for several pairs of C and fit_intercept, each distinct one once.

    Parameters are those of `solve_path`, with rows `X` (n_samples, n_features) as they came.

    Raises
    ------
    Declined
        When there is no penalty, and no single minimum.
    """
    xp = place_of(y).xp
    solved: dict[tuple[float, bool], Solution] = {}
    for fit_intercept in {pair[1] for pair in members}:
        strengths = sorted({C for C, b in members if b == fit_intercept})
        if np.isinf(strengths[-1]):
            check_rank(X, fit_intercept)
        design = Design.of(X, fit_intercept, xp)
        path = solve_path(design, y, weight, loss, strengths, scale=scale)
        solved.update({(C, fit_intercept): f for C, f in zip(strengths, path, strict=True)})
    return [solved[pair] for pair in members]


def path_work(n_samples: int, n_features: int, n_members: int) -> float:
    """Return the work of a path for one output (measured)."""
    each = 1400.0 + 40.0 * n_features + 0.3 * min(n_features, 1200) ** 2
    return n_members * n_samples * each
