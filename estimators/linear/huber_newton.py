"""Newton's method on the Huber objective, and L-BFGS where columns are many."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg, optimize

from .huber_objective import LEAST_SCALE, HuberPoint, HuberProblem, derivatives, evaluate

_ARMIJO = 1e-4  # part of the promised descent that a step must keep
_HALVINGS = 12  # of a step, before the Hessian is thought singular
_RIDGES = (1e-12, 1e-6, 1e-2, 1e2)  # then added to it, in units of the diagonal of all rows
_GAP, _NOISE = 1e-7, 1e-16  # promised descent in units of the objective: times tol, and rounding
_STALLED, _STALLS = 1e-13, 3  # part of the objective that is no gain; steps without one, to stop at
_PERFECT = 1e-12  # part of the first objective below which rows are fitted but for rounding
_MOST_COLUMNS = 1500  # whose Hessian is formed


@dataclass(frozen=True)
class HuberMinimum:
    """Where it was stopped, after how many steps, and whether these sufficed."""

    point: HuberPoint
    n_iter: int
    converged: bool


def minimise_huber(
    problem: HuberProblem, start: np.ndarray, tol: float, max_iter: int
) -> HuberMinimum:
    """Minimise from `start` (n_params,): by Newton's method up to some columns, else by L-BFGS.

    L-BFGS goes over coefficients and scale together. It is also tried where Newton's steps gain
    nothing short of the minimum, as where nearly all rows can be fitted and the scale goes to zero.
    """
    if problem.X.shape[1] > _MOST_COLUMNS:
        return _by_gradients(problem, start, tol, max_iter)
    found = _by_newton(problem, start, tol, max_iter)
    if found.converged or found.n_iter >= max_iter:
        return found
    other = _by_gradients(problem, np.zeros(problem.n_params), tol, max_iter)
    if other.point.loss < found.point.loss:
        return other
    return replace(found, converged=other.converged)  # neither gains anything more


def _by_newton(problem: HuberProblem, start: np.ndarray, tol: float, max_iter: int) -> HuberMinimum:
    """Take steps, each shortened until the objective falls.

    Where the rows inside do not bend the objective in all directions, a part of what all rows would
    is added (Levenberg and Marquardt's way).
    """
    at, usual, n_stalled = evaluate(problem, start), _bends_of_all(problem), 0
    first = at.loss
    for n_iter in range(max_iter + 1):
        gradient, hessian = derivatives(problem, at)
        enough = max(_GAP * tol, _NOISE) * abs(at.loss)
        if at.loss - _penalty(problem, at) <= _PERFECT * first:
            return HuberMinimum(at, n_iter, True)
        if _promised(gradient, _step(gradient, hessian, usual / at.scale, _RIDGES[0])) <= enough:
            return HuberMinimum(at, n_iter, True)
        there = None if n_iter == max_iter else _advance(problem, at, gradient, hessian, usual)
        if there is None:
            break
        n_stalled = n_stalled + 1 if at.loss - there.loss <= _STALLED * abs(at.loss) else 0
        at = there
        if n_stalled == _STALLS:
            break
    return HuberMinimum(at, n_iter, False)


def _penalty(problem: HuberProblem, at: HuberPoint) -> float:
    coef = at.params[: problem.X.shape[1]]
    return problem.alpha * float(coef @ coef)


def _bends_of_all(problem: HuberProblem) -> np.ndarray:
    """Return the diagonal of the Hessian of unit scale with all rows inside, at least tiny."""
    everything = HuberPoint(np.zeros(problem.n_params), problem.y * 0.0, 1.0, 0.0, 0.0)
    diagonal = derivatives(problem, everything)[1].diagonal()
    return np.maximum(diagonal, np.finfo(float).tiny)


def _step(gradient: np.ndarray, hessian: np.ndarray, usual: np.ndarray, ridge: float) -> np.ndarray:
    """Return the step; of more ridge where the Hessian is not positive definite."""
    unit = 1.0 / np.sqrt(usual)
    matrix = hessian * unit[:, None] * unit
    for added in (ridge, *(r for r in _RIDGES if r > ridge)):
        matrix.flat[:: len(matrix) + 1] += added
        _, found, failed = linalg.lapack.dposv(matrix, -gradient * unit)
        if not failed:
            return found * unit
    return -gradient / usual


def _promised(gradient: np.ndarray, step: np.ndarray) -> float:
    return -0.5 * float(gradient @ step)


def _advance(
    problem: HuberProblem,
    at: HuberPoint,
    gradient: np.ndarray,
    hessian: np.ndarray,
    usual: np.ndarray,
) -> HuberPoint | None:
    """Take a step after which the objective is less; None where there is none."""
    for ridge in _RIDGES:
        step = _step(gradient, hessian, usual / at.scale, ridge)
        slope = float(gradient @ step)
        for part in 0.5 ** np.arange(_HALVINGS):
            there = evaluate(problem, at.params + part * step)
            if there.loss <= at.loss + _ARMIJO * part * slope:
                return there
    return None


def _by_gradients(
    problem: HuberProblem, start: np.ndarray, tol: float, max_iter: int
) -> HuberMinimum:
    """Minimise over coefficients and scale by SciPy's L-BFGS; rows stay where they are."""

    def objective(both: np.ndarray) -> tuple[float, np.ndarray]:
        at = evaluate(problem, both[:-1], float(both[-1]))
        return at.loss, np.append(derivatives(problem, at, curved=False)[0], at.by_scale)

    found = optimize.minimize(
        objective,
        np.append(start, evaluate(problem, start).scale),
        method="L-BFGS-B",
        jac=True,
        bounds=[(None, None)] * len(start) + [(LEAST_SCALE, None)],
        options={"maxiter": max_iter, "gtol": tol, "ftol": 1e-13},
    )
    point = evaluate(problem, found.x[:-1])
    return HuberMinimum(point, int(found.nit), bool(found.success))
