"""Lasso and elastic net for many members at once, on one training set or on all folds."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..arrays import HOST, Place, is_sparse, to_numpy
from ..shared import Affine, Declined, Folds
from .lasso_gap import Penalties
from .lasso_gram import TIGHT, Effort, Quadratic, Solutions, solve_penalties
from .lasso_joint import joint_from_gram, joint_from_rows
from .lasso_rows import Rows, solve_rows
from .moments import Gram, Moments, centres, column_means, fold_moments, gram, moments
from .ridge_path import LinearCoefficients
from .targets import LinearProblem

MOST_COLUMNS = 2500  # whose Gram matrix is formed


@dataclass(frozen=True)
class LassoMember:
    """The parameters that members may differ in."""

    alpha: float
    l1_ratio: float
    fit_intercept: bool


@dataclass(frozen=True)
class Centred:
    """Solutions of every target for members of one kind of intercept, and what was taken off.

    Attributes
    ----------
    targets : list of Solutions
    x_mean, y_mean : arrays of shape (n_features,) and (n_outputs,)
    weight : float
        Sum of the sample weights.
    yy : array of shape (n_outputs,)
        Sums of squares of the centred targets.
    """

    targets: list[Solutions]
    x_mean: np.ndarray
    y_mean: np.ndarray
    weight: float
    yy: np.ndarray


@dataclass(frozen=True)
class LassoCoefficients(LinearCoefficients):
    """The solutions of many lasso members.

    Attributes
    ----------
    gap : array of shape (n_members, n_outputs)
        Duality gaps as scikit-learn gives them: divided by the summed weights.
    n_iter : array of shape (n_members, n_outputs), int
    tolerance : array of shape (n_members, n_outputs)
        Of the gaps before that division.
    home : Place
        Where the rows are. All these arrays are NumPy's.
    reason : str or None
        Why scikit-learn's own fit would serve for these rows.
    """

    gap: np.ndarray = None  # type: ignore[assignment]
    n_iter: np.ndarray = None  # type: ignore[assignment]
    tolerance: np.ndarray = None  # type: ignore[assignment]
    home: Place = HOST
    reason: str | None = None


Solve = Callable[[bool, Sequence[LassoMember]], Centred]


def fit_lasso(
    problem: LinearProblem, members: Sequence[LassoMember], effort: Effort
) -> LassoCoefficients:
    """Fit all members on one training set.

    Raises
    ------
    Declined
        When rows of another library are fewer than their columns, and where sums have lost digits.
    """
    X, Y, weight, xp = problem.X, problem.Y, problem.weight, problem.place.xp
    if X.shape[1] > min(X.shape[0], MOST_COLUMNS):
        if problem.place != HOST:
            raise Declined("there are many columns, in another array library")
        solve = partial(_from_rows, problem, effort)
        return _collect(problem, members, solve, effort)
    centre_x, centre_y = centres(X, Y, weight, xp)
    sums = moments(X, Y, weight, centre_x, centre_y, xp)

    def solve_sums(fit_intercept: bool, some: Sequence[LassoMember]) -> Centred:
        return _from_gram(gram(sums, centre_x, centre_y, fit_intercept), some, effort)

    return _collect(problem, members, solve_sums, effort)


def fit_lasso_folds(
    problem: LinearProblem,
    members: Sequence[LassoMember],
    effort: Effort,
    folds: Folds,
    affine: Sequence[Affine] | None,
) -> list[LassoCoefficients]:
    """Fit all members on every fold from one pass: a training Gram is the sum of the other blocks.

    Raises
    ------
    Declined
        When a fold has fewer rows than columns, or its sums have lost too many digits.
    """
    if problem.X.shape[1] > MOST_COLUMNS:
        raise Declined(f"there are more than {MOST_COLUMNS:,} columns")
    xp = problem.place.xp
    centre_x, centre_y, fold_sums = fold_moments(problem.X, problem.Y, problem.weight, folds, xp)
    results = []
    for k, sums in enumerate(fold_sums):
        scaler = None if affine is None else affine[k]

        def solve(
            fit_intercept: bool,
            some: Sequence[LassoMember],
            sums: Moments = sums,
            scaler: Affine | None = scaler,
        ) -> Centred:
            return _from_gram(gram(sums, centre_x, centre_y, fit_intercept, scaler), some, effort)

        results.append(_collect(problem, members, solve, effort, scaler))
    return results


def _from_gram(matrix: Gram, members: Sequence[LassoMember], effort: Effort) -> Centred:
    """Solve each target from its sums, on the host."""
    matrix = sums_on_host(matrix)
    penalties = _penalties(members, matrix.weight)
    _check_varies(matrix.yy, matrix.y_mean, matrix.weight)
    if effort.joint:
        targets, yy = joint_from_gram(matrix, penalties, effort)
        return Centred(targets, matrix.x_mean, matrix.y_mean, matrix.weight, yy)
    xx = np.ascontiguousarray(matrix.xx)
    targets = [
        solve_penalties(
            Quadratic(xx, np.ascontiguousarray(matrix.xy[:, k]), float(yy), matrix.summed),
            penalties,
            effort,
        )
        for k, yy in enumerate(matrix.yy)
    ]
    return Centred(targets, matrix.x_mean, matrix.y_mean, matrix.weight, matrix.yy)


def _from_rows(
    problem: LinearProblem, effort: Effort, fit_intercept: bool, members: Sequence[LassoMember]
) -> Centred:
    """Solve each target from the columns in use."""
    rows = Rows(problem.X, problem.weight, fit_intercept)
    n_samples = float(problem.X.shape[0])
    penalties = _penalties(members, n_samples)
    y_mean = column_means(problem.Y, problem.weight, np) * fit_intercept
    Y = problem.Y.astype(np.float64) - y_mean
    yy = np.array([np.sum(rows.target(y) ** 2) for y in Y.T])
    _check_varies(yy, y_mean, n_samples)
    if effort.joint:
        targets, yy = joint_from_rows(rows, Y, penalties, effort)
        return Centred(targets, rows.mean, y_mean, n_samples, yy)
    targets = [solve_rows(rows, np.ascontiguousarray(y), penalties, effort) for y in Y.T]
    return Centred(targets, rows.mean, y_mean, n_samples, yy)


def _penalties(members: Sequence[LassoMember], weight: float) -> Penalties:
    alpha = np.array([member.alpha for member in members])
    return Penalties(alpha * weight, np.array([member.l1_ratio for member in members]))


def _check_varies(yy: np.ndarray, y_mean: np.ndarray, weight: float) -> None:
    if np.any(yy <= weight * (1e-12 * y_mean) ** 2):
        raise Declined("the target is constant in a fold")


def sums_on_host(matrix: Gram) -> Gram:
    """Bring the sums, of which none has a row for each of X, to the host."""
    arrays: dict[str, Any] = {
        name: to_numpy(v) for name, v in vars(matrix).items() if name != "weight"
    }
    return replace(matrix, **arrays)


def _collect(
    problem: LinearProblem,
    members: Sequence[LassoMember],
    solve: Solve,
    effort: Effort,
    scaler: Affine | None = None,
) -> LassoCoefficients:
    """Solve members with and without intercept, put them in order, and warn of the loose."""
    parts: dict[int, tuple[Centred, int]] = {}
    for fit_intercept in {member.fit_intercept for member in members}:
        here = [i for i, member in enumerate(members) if member.fit_intercept == fit_intercept]
        centred = solve(fit_intercept, [members[i] for i in here])
        parts.update({i: (centred, j) for j, i in enumerate(here)})
    rows = [parts[i] for i in range(len(members))]
    coef = np.stack([[s.coef[j] for s in centred.targets] for centred, j in rows])
    gap = np.stack([[s.gap[j] for s in centred.targets] for centred, j in rows])
    n_iter = np.stack([[s.n_iter[j] for s in centred.targets] for centred, j in rows])
    intercept = np.stack(
        [centred.y_mean - coef[i] @ centred.x_mean for i, (centred, _) in enumerate(rows)]
    )
    yy = np.stack([centred.yy for centred, _ in rows])
    _warn(gap, max(effort.tol, TIGHT) * yy)
    gap = np.maximum(gap, 0.0) / np.array([[centred.weight] for centred, _ in rows])
    affine = None if scaler is None else (to_numpy(scaler[0]), to_numpy(scaler[1]))
    reason = "sparse X" if is_sparse(problem.X) else None
    return LassoCoefficients(
        coef, intercept, affine, gap, n_iter, effort.tol * yy, problem.place, reason
    )


def _warn(gap: np.ndarray, tolerance: np.ndarray) -> None:
    for i in np.flatnonzero(np.any(gap > tolerance, axis=1)):
        warnings.warn(
            "Objective did not converge. You might want to increase the number of iterations, "
            "check the scale of the features or consider increasing regularisation. Duality gap: "
            f"{gap[i].max():.3e}, tolerance: {tolerance[i].max():.3e}",
            ConvergenceWarning,
            stacklevel=2,
        )
