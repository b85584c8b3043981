"""One lasso or elastic net by coordinate descent on a Gram matrix, with scikit-learn's steps."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from ..sklearn_private import compiled_descent
from .lasso_active import ActiveSet
from .lasso_columns import PlacedRows
from .lasso_gap import Penalties
from .lasso_gram import Quadratic
from .lasso_path import MOST_COLUMNS
from .moments import Gram

_FEWEST_COLUMNS = 100  # that a working set begins with
_WITHIN = 0.1  # of the tolerance, to which a working set is solved
_ROUNDS, _STEPS = 100, 150  # of descent and of active sets, for each


@dataclass(frozen=True)
class Descent:
    """How to descend: `tol` times the target's sum of squares bounds the duality gap."""

    l1_ratio: float
    tol: float
    max_iter: int
    positive: bool = False
    selection: str = "cyclic"
    random_state: Any = None


@dataclass(frozen=True)
class Descended:
    """Coefficients (n_features,), their duality gap for summed squares, and rounds."""

    coef: np.ndarray
    gap: float
    n_iter: int


def descend(
    problem: Quadratic, strength: float, how: Descent, start: np.ndarray | None = None
) -> Descended:
    """Minimise `|y - X w|^2 / 2 + strength (l1_ratio |w|_1 + (1 - l1_ratio) |w|^2 / 2)`.

    The steps are those of scikit-learn's descent on the rows, but for rounding: it reads of the
    rows only how many there are, and of the target only its sum of squares, so one row of zeros
    stands for all.

    Parameters
    ----------
    start : array of shape (n_features,), optional
    """
    n_features = len(problem.xy)
    coef, gap, _, n_iter = compiled_descent(
        np.zeros(n_features) if start is None else start.astype(np.float64),
        strength * how.l1_ratio,
        strength * (1.0 - how.l1_ratio),
        problem.xx,
        problem.xy,
        np.array([np.sqrt(problem.yy)]),
        how.max_iter,
        how.tol,
        check_random_state(how.random_state),
        how.selection == "random",
        how.positive,
        True,  # leaves out columns that are sure to be zero
    )
    return Descended(coef, float(gap), int(n_iter))


def descend_from_gram(
    gram: Gram, alpha: float, how: Descent, starts: list[np.ndarray | None]
) -> list[Descended]:
    """Solve each target from its sums, brought to the host.

    Raises
    ------
    Declined
        When the sums have lost too many digits.
    """
    xx = np.ascontiguousarray(gram.xx)
    found = []
    for k, start in enumerate(starts):
        xy = np.ascontiguousarray(gram.xy[:, k])
        problem = Quadratic(xx, xy, max(float(gram.yy[k]), 0.0), gram.summed)
        found.append(descend(problem, alpha * gram.weight, how, start))
        if problem.yy > 0:
            problem.check_digits(found[-1].coef[None, :])
    return found


def descend_by_columns(
    rows: PlacedRows, y: Any, alpha: float, how: Descent, start: np.ndarray | None
) -> Descended:
    """Solve one target by working sets: columns that violate the optimality conditions most.

    The Gram matrix of the set is solved with the other coefficients fixed; gradient and gap then
    come from the rows themselves. The objective falls with each set, and no more than
    `MOST_COLUMNS` columns are multiplied at once (Massias, Gramfort, Salmon 2018, "Celer").

    Parameters
    ----------
    y : array of shape (n_samples,), float64
        Centred, times the roots of the weights, where the rows are.
    """
    penalty = Penalties(np.array([alpha * rows.weight]), np.array([how.l1_ratio]))
    coef = np.zeros(rows.n_features) if start is None else start.astype(np.float64)
    yy, n_iter = float(rows.xp.sum(y * y)), 0
    goal = how.tol * yy
    while True:
        residual = rows.residual(y, coef)
        gradient, gap = rows.gradient_and_gap(residual, y, coef, penalty, how.positive)
        if gap <= goal or n_iter >= how.max_iter:
            break
        chosen = _worst(coef, gradient, penalty, how.positive)
        xx, now = rows.gram(chosen), coef[chosen]
        inside = _square(residual, rows) + now @ (2.0 * gradient[chosen] + xx @ now)
        problem = Quadratic(xx, gradient[chosen] + xx @ now, inside, np.diagonal(xx))
        left = replace(how, tol=_WITHIN * goal, max_iter=how.max_iter - n_iter)
        coef[chosen], rounds = _within(problem, penalty, left, now)
        n_iter += rounds
    if gap > goal:
        _warn(gap, goal)
    return Descended(coef, gap, max(n_iter, 1))


def _within(
    problem: Quadratic, penalty: Penalties, how: Descent, start: np.ndarray
) -> tuple[np.ndarray, int]:
    """Solve a working set: some rounds of descent, and active sets where these do not suffice.

    Returns coefficients and rounds. `how.tol` bounds the gap itself.
    """
    tol = how.tol / max(problem.yy, np.finfo(float).tiny)
    some = replace(how, tol=tol, max_iter=min(how.max_iter, _ROUNDS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # told at the end, from all columns
        found = descend(problem, float(penalty.strength[0]), some, start)
    l1, l2 = float(penalty.l1[0]), float(penalty.l2[0])
    if found.gap <= how.tol or found.n_iter >= how.max_iter or l1 == 0.0:
        return found.coef, found.n_iter
    active = ActiveSet(problem.xx, problem.xy, problem.yy, how.positive)
    return active.refine(found.coef, l1, l2, _STEPS)[0], found.n_iter


def _square(residual: Any, rows: PlacedRows) -> float:
    """Return the sum of squares."""
    return float(rows.xp.sum(residual * residual))


def _worst(
    coef: np.ndarray, gradient: np.ndarray, penalty: Penalties, positive: bool
) -> np.ndarray:
    """Return the columns to solve for next: those in use first, then the worst of the others."""
    l1, l2 = float(penalty.l1[0]), float(penalty.l2[0])
    used = coef != 0
    pull = gradient - l2 * coef
    late = np.where(used, np.abs(pull - l1 * np.sign(coef)), (pull if positive else abs(pull)) - l1)
    n_used = int(np.count_nonzero(used))
    n_chosen = min(len(coef), MOST_COLUMNS, max(_FEWEST_COLUMNS, 2 * n_used))
    if n_used <= n_chosen // 2:
        late = np.where(used, np.inf, late)
    worst = np.argsort(-late, kind="stable")[:n_chosen]
    return np.sort(worst[late[worst] > 0])


def _warn(gap: float, goal: float) -> None:
    warnings.warn(
        "Objective did not converge. You might want to increase the number of iterations, "
        "check the scale of the features or consider increasing regularisation. Duality gap: "
        f"{gap:.3e}, tolerance: {goal:.3e}",
        ConvergenceWarning,
        stacklevel=2,
    )
