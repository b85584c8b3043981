"""Ridge on sparse rows for many members, by the steps that scikit-learn takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..shared import Affine, Declined, Folds
from .conjugate_gradients import conjugate_gradients
from .moments import Gram, Moments, centres, fold_moments, gram, moments
from .ridge_path import LinearCoefficients, RidgeMember
from .targets import LinearProblem

_MOST_COLUMNS = 1000  # whose Gram matrix is less than the rows


@dataclass(frozen=True)
class Steps:
    """Where conjugate gradients stop: the members' tolerance and number of steps."""

    tol: float
    max_iter: int | None


class BySteps(LinearCoefficients):
    """Solutions by conjugate gradients."""


def fit_sparse(
    problem: LinearProblem,
    members: Sequence[RidgeMember],
    steps: Steps,
    alone: Callable[[int], tuple[np.ndarray, np.ndarray]],
) -> BySteps:
    """Fit all members on sparse rows; those for which rounding decides by their own fits.

    `alone` gives coefficients and intercepts of a member fitted by itself.

    Raises
    ------
    Declined
        When there are too many columns.
    """
    _check(problem, problem.X.shape[0])
    centre_x, centre_y = centres(problem.X, problem.Y, problem.weight, np)
    sums = moments(problem.X, problem.Y, problem.weight, centre_x, centre_y, np)
    found, doubtful = _solve(lambda b: gram(sums, centre_x, centre_y, b), members, steps)
    for i in np.flatnonzero(doubtful):
        found.coef[i], found.intercept[i] = alone(int(i))
    return found


def fit_sparse_folds(
    problem: LinearProblem,
    members: Sequence[RidgeMember],
    steps: Steps,
    folds: Folds,
    affine: Sequence[Affine] | None,
) -> list[BySteps]:
    """Fit all members on every fold of sparse rows, from sums over the test parts.

    Raises
    ------
    Declined
        When there are too many columns, or rounding decides for some member.
    """
    _check(problem, min(len(train) for train, _ in folds))
    centre_x, centre_y, fold_sums = fold_moments(problem.X, problem.Y, problem.weight, folds, np)
    results, doubtful = [], np.zeros(len(members), dtype=bool)
    for k, sums in enumerate(fold_sums):
        scaler = None if affine is None else affine[k]

        def matrix(b: bool, sums: Moments = sums, scaler: Affine | None = scaler) -> Gram:
            return gram(sums, centre_x, centre_y, b, scaler)

        found, late = _solve(matrix, members, steps)
        results.append(BySteps(found.coef, found.intercept, scaler))
        doubtful |= late
    if doubtful.any():
        raise Declined("rounding decides where conjugate gradients end")
    return results


def _check(problem: LinearProblem, n_samples: int) -> None:
    if problem.X.dtype != np.float64:
        raise Declined("X is sparse and float32")
    if problem.X.shape[1] > min(n_samples, _MOST_COLUMNS):
        raise Declined("X is sparse and has many columns")


def _solve(
    matrix: Callable[[bool], Gram], members: Sequence[RidgeMember], steps: Steps
) -> tuple[BySteps, np.ndarray]:
    """Return the solutions, and for which members rounding decides."""
    coefs: dict[int, np.ndarray] = {}
    intercepts: dict[int, np.ndarray] = {}
    late = np.zeros(len(members), dtype=bool)
    for fit_intercept in {member.fit_intercept for member in members}:
        here = [i for i, member in enumerate(members) if member.fit_intercept == fit_intercept]
        sums = matrix(fit_intercept)
        n_outputs = sums.xy.shape[1]
        alphas = np.repeat([members[i].alpha for i in here], n_outputs)
        right = np.tile(sums.xy, len(here))
        x, doubtful = conjugate_gradients(sums.xx, right, alphas, steps.tol, steps.max_iter)
        late[here] = doubtful.reshape(len(here), n_outputs).any(axis=1)
        for i, coef in zip(here, np.split(x.T, len(here)), strict=True):
            coefs[i], intercepts[i] = coef, sums.y_mean - coef @ sums.x_mean
    order = range(len(members))
    coef, intercept = (np.stack([part[i] for i in order]) for part in (coefs, intercepts))
    return BySteps(coef, intercept), late
