"""Lasso and elastic net for many penalties from one Gram matrix."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..shared import Declined
from .lasso_active import ActiveSet
from .lasso_gap import Penalties, dual_gaps

TIGHT = 1e-10  # duality gap, in units of the target's sum of squares, that counts as the optimum
_EPS = 1e-15  # rounding of a sum of products, in units of the sizes added up
# Rounds of coordinate descent, the fewest that a member allows: enough where columns are not much
# alike, and elsewhere a good start for active sets, which do not mind.
_FIRST_ROUNDS = 100
_STEPS = 150  # of the active set, for each member
_LONGER = 10  # times max_iter, where neither has reached the optimum


@dataclass(frozen=True)
class Quadratic:
    """`|y - X w|^2` of one target, as sums: `w'xx w - 2 xy'w + yy`.

    Attributes
    ----------
    xx : array of shape (n_features, n_features), float64, C-contiguous
    xy : array of shape (n_features,), float64
    yy : float
    summed : array of shape (n_features,)
        The sizes added up of the terms whose sum is the diagonal of `xx`.
    """

    xx: np.ndarray
    xy: np.ndarray
    yy: float
    summed: np.ndarray

    def gaps(self, coef: np.ndarray, penalties: Penalties, positive: bool) -> np.ndarray:
        """Return the duality gap of each row of `coef` (n_members, n_features)."""
        fitted = coef @ self.xx
        along = coef @ self.xy
        residual2 = self.yy + np.einsum("mp,mp->m", coef, fitted) - 2.0 * along
        gradient = self.xy - fitted
        return dual_gaps(coef, gradient, residual2, self.yy - along, penalties, positive)

    def check_digits(self, coef: np.ndarray) -> None:
        """Decline where the rounding of the sums may have moved a member from its optimum."""
        size = np.abs(coef) @ np.sqrt(np.maximum(self.summed, 0.0))
        if np.any(2.0 * _EPS * (size + np.sqrt(self.yy)) ** 2 > TIGHT * self.yy):
            raise Declined("the Gram matrix has lost too many digits")

    def check_columns(self, gap: np.ndarray) -> None:
        """Decline where a column of rounding alone, left at zero, keeps a member from its optimum.

        A column that is constant in these rows, and not in others, does no such harm.
        """
        lost = self.xx.diagonal() <= _EPS * self.summed
        if np.any(lost & (self.summed > 0)) and np.any(gap > TIGHT * self.yy):
            raise Declined("the Gram matrix has lost too many digits")


@dataclass(frozen=True)
class Effort:
    """What the members have in common: tolerance, rounds, signs, targets chosen for jointly."""

    tol: float
    max_iter: int
    positive: bool = False
    joint: bool = False


@dataclass(frozen=True)
class Solutions:
    """What was found: a row, a gap and a number of rounds for each member.

    Attributes
    ----------
    coef : array of shape (n_members, n_features)
    gap : array of shape (n_members,)
        Duality gaps, not divided by the number of rows.
    n_iter : array of shape (n_members,), int
        Rounds of coordinate descent, each started where the next stronger penalty ended.
    """

    coef: np.ndarray
    gap: np.ndarray
    n_iter: np.ndarray


def solve_penalties(problem: Quadratic, penalties: Penalties, effort: Effort) -> Solutions:
    """Solve for every penalty: coordinate descent along each path, then active sets.

    Raises
    ------
    Declined
        When the sums have lost too many digits.
    """
    coef = np.zeros((len(penalties), len(problem.xy)))
    n_iter = np.ones(len(penalties), dtype=int)
    active = ActiveSet(problem.xx, problem.xy, problem.yy, effort.positive)
    for path in penalties.paths():
        here = penalties.take(path)
        if here.l1_ratio[0] == 0.0:
            coef[path] = [active.without_l1(float(l2)) for l2 in here.l2]
        else:
            coef[path], n_iter[path] = _descend(problem, here, _FIRST_ROUNDS, effort.positive)
    gap = problem.gaps(coef, penalties, effort.positive)
    for i in np.flatnonzero((gap > TIGHT * problem.yy) & (penalties.l1 > 0)):
        coef[i] = _finished(problem, active, coef[i], penalties.take(np.array([i])), effort)
    problem.check_digits(coef)
    gap = problem.gaps(coef, penalties, effort.positive)
    problem.check_columns(gap)
    return Solutions(coef, gap, n_iter)


def _descend(
    problem: Quadratic,
    path: Penalties,
    n_rounds: int,
    positive: bool,
    start: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients and rounds of coordinate descent for one l1_ratio, strongest first.

    scikit-learn's path reads of the rows only how many there are, and of the target only its sum
    of squares: one row stands for all.
    """
    from sklearn.linear_model import enet_path

    strengths, place = np.unique(-path.strength, return_inverse=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # told at the end, from the gap
        _, coefs, _, n_iter = enet_path(
            np.zeros((1, len(problem.xy))),
            np.array([np.sqrt(problem.yy)]),
            l1_ratio=float(path.l1_ratio[0]),
            alphas=-strengths,
            precompute=problem.xx,
            Xy=problem.xy,
            coef_init=None if start is None else start.copy(),
            check_input=False,
            return_n_iter=True,
            tol=TIGHT,
            max_iter=n_rounds,
            positive=positive,
            random_state=0,
        )
    return coefs.T[place], np.array(n_iter)[place]


def _finished(
    problem: Quadratic, active: ActiveSet, coef: np.ndarray, penalty: Penalties, effort: Effort
) -> np.ndarray:
    """Take one member to its optimum by active sets, or if need be by more coordinate descent."""
    l1, l2 = float(penalty.l1[0]), float(penalty.l2[0])
    coef, best = active.refine(coef, l1, l2, _STEPS)
    if best:
        return coef
    return _descend(problem, penalty, _LONGER * effort.max_iter, effort.positive, coef)[0][0]
