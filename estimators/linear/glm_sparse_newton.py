"""Generalised linear models with an l1 penalty: proximal Newton steps on sets of columns."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg
from sklearn.exceptions import ConvergenceWarning

from ..arrays import Array, place_of, to_numpy
from .glm_problem import Evaluation, Problem, curvature, evaluate
from .glm_rows import SomeColumns
from .lasso_active import ActiveSet
from .lasso_descent import Descent, descend
from .lasso_gram import Quadratic

_MOST = 1000  # coefficients in a step, of all outputs: the size of its Hessian
_FEWEST = 50  # columns in a step, if there are so many
_GAP = 1e-6  # times tol: promised descent, relative to the objective, to stop at
_NOISE = 1e-15  # the same where rounding leaves nothing to gain
_DAMPING, _MOST_DAMPING = 1e-3, 1e6  # of the Hessian's diagonal: added first, and given up at
_SLOW = 0.1  # of the last promise: a step that promises more wants another Hessian
_ARMIJO, _SHORTEN, _SHORTENINGS = 1e-4, 0.5, 30  # as of any line search
_FEW = 100  # coefficients that active sets alone are quick with
_ROUNDS, _STEPS = 50, 150  # of coordinate descent, then of active sets, in a step


@dataclass(frozen=True)
class SparseMinimum:
    """Coefficients (n_outputs, n_columns), steps, and whether these sufficed."""

    W: np.ndarray
    n_iter: int
    converged: bool


@dataclass
class _Model:
    """The second derivatives at some point, by the coefficients of some columns."""

    columns: np.ndarray
    hessian: np.ndarray
    promise: float = np.inf

    def serves(self, columns: np.ndarray) -> bool:
        return bool(np.isin(columns, self.columns, assume_unique=True).all())


def minimise_sparse(
    problem: Problem, W: Array, l1: np.ndarray, l2: Array, *, tol: float, max_iter: int
) -> SparseMinimum:
    """Minimise `f(W) + sum_kc l1_c |W_kc|` from `W` of shape (1, n_outputs, n_columns).

    Each step minimises the quadratic model of f, with the penalty, over the columns in use and
    those whose gradient exceeds it most, on the host; rows are summed where they are (proximal
    Newton: Lee, Sun, Saunders 2014). The Hessian is kept while steps with it gain ten times less
    each, and its diagonal is raised where a step had to be shortened.

    Parameters
    ----------
    l1 : array of shape (n_columns,)
        Zero for the intercept, which is last.
    l2 : array of shape (1, n_columns)
    """
    model: _Model | None = None
    at, W, damping = evaluate(problem, W, l2), to_numpy(W)[0], 0.0
    host_l2 = to_numpy(l2)[0]
    for n_iter in range(max_iter + 1):
        gradient, loss = to_numpy(at.gradient)[0], float(at.loss[0])
        total = loss + float(np.sum(l1 * np.abs(W)))
        pull = _pull(W, gradient, l1)
        columns = _chosen(W, pull, l1)
        if model is None or not model.serves(columns):
            model = _Model(columns, _hessian(problem, at, columns))
        D = _step(model, W, gradient, l1, host_l2, damping)
        promise = -float(np.sum(gradient * D) + np.sum(l1 * (np.abs(W + D) - np.abs(W))))
        flat = np.max(np.abs(pull), initial=0.0) <= tol
        within = np.isin(np.flatnonzero(np.any(np.abs(pull) > tol, axis=0)), model.columns).all()
        if (flat and promise <= _GAP * tol * total) or (within and promise <= _NOISE * total):
            return SparseMinimum(W + D, n_iter, True)  # the step at hand costs nothing more
        if loss <= problem.loss.perfect:
            return SparseMinimum(W, n_iter, True)
        if n_iter == max_iter or damping > _MOST_DAMPING:
            break
        found = _advance(problem, W, D, total, promise, l1, l2)
        if found is None:  # the Hessian is from elsewhere, or says too little of so far away
            damping = damping if model.promise < np.inf else max(100.0 * damping, _DAMPING)
            model = None if model.promise < np.inf else model
            continue
        W, at, part = found
        damping = damping / 10.0 if part == 1.0 else max(10.0 * damping, _DAMPING)
        damping = damping if damping >= _DAMPING**2 else 0.0
        slow = part < 1.0 or promise > _SLOW * model.promise
        model = None if slow else replace(model, promise=promise)
    return SparseMinimum(W, n_iter, False)


def _pull(W: np.ndarray, gradient: np.ndarray, l1: np.ndarray) -> np.ndarray:
    """Return the subgradient of least size, of the shape of W: zero at the minimum."""
    late = np.maximum(np.abs(gradient) - l1, 0.0) * np.sign(gradient)
    return np.where(W != 0, gradient + l1 * np.sign(W), late)


def _chosen(W: np.ndarray, pull: np.ndarray, l1: np.ndarray) -> np.ndarray:
    """Return the columns of the next step: the intercept, those in use, and the worst others."""
    k, q = W.shape
    most = max(_MOST // k, 2)
    if q <= most:
        return np.arange(q)
    used, late = np.any(W != 0, axis=0), np.max(np.abs(pull), axis=0)
    n_chosen = min(most, max(_FEWEST, 2 * int(np.count_nonzero(used))))
    if np.count_nonzero(used) <= n_chosen // 2:  # else those that are done make room
        late = np.where(used, np.inf, late)
    late = np.where(l1 == 0, np.inf, late)
    return np.sort(np.argsort(-late, kind="stable")[:n_chosen])


def _hessian(problem: Problem, at: Evaluation, columns: np.ndarray) -> np.ndarray:
    """Return second derivatives by the coefficients of some columns, output by output."""
    m, k, q = problem.shape
    if len(columns) < q:
        place = place_of(at.gradient)
        xp, which = problem.xp, place.put(columns)
        blocks = [
            replace(b, rows=SomeColumns(b.rows, which, xp))  # type: ignore[arg-type]
            for b in problem.blocks
        ]
        problem = replace(problem, blocks=blocks, shape=(m, k, len(columns)))
    return to_numpy(curvature(problem, at, "full"))[0]


def _step(
    model: _Model,
    W: np.ndarray,
    gradient: np.ndarray,
    l1: np.ndarray,
    l2: np.ndarray,
    damping: float,
) -> np.ndarray:
    """Return the step to the minimum of the model; columns beyond it stay.

    What is not penalised is eliminated first; where there are several outputs their sum, which the
    loss does not see, is kept.
    """
    k, columns = W.shape[0], model.columns
    penalised = np.tile(l1[columns] > 0, k)
    w, g = W[:, columns].ravel(), gradient[:, columns].ravel()
    hessian = model.hessian.copy()
    hessian.flat[:: len(w) + 1] *= 1.0 + damping
    hessian.flat[:: len(w) + 1] += np.tile(l2[columns], k)
    free = ~penalised
    Q, pull = hessian[np.ix_(penalised, penalised)], g[penalised]
    back = np.zeros((0, int(penalised.sum())))
    shift = np.zeros(0)
    if free.any():
        own = hessian[np.ix_(free, free)]
        size = float(np.mean(own.diagonal())) or 1.0
        own = own + (size / k if k > 1 else 0.0) + 1e-12 * size * np.eye(len(own))
        both = np.column_stack([hessian[np.ix_(free, penalised)], g[free]])
        solved = linalg.solve(own, both, assume_a="pos")
        back, shift = solved[:, :-1], solved[:, -1]
        across = hessian[np.ix_(penalised, free)]
        Q, pull = Q - across @ back, pull - across @ shift
    target = float(l1[columns].max(initial=0.0))
    v = _penalised_minimum(Q, Q @ w[penalised] - pull, target, w[penalised])
    step = np.zeros(len(w))
    step[penalised] = v - w[penalised]
    step[free] = -shift - back @ step[penalised]
    D = np.zeros_like(W)
    D[:, columns] = step.reshape(k, -1)
    return D


def _penalised_minimum(Q: np.ndarray, q: np.ndarray, l1: float, start: np.ndarray) -> np.ndarray:
    """Minimise `v'Q v / 2 - q'v + l1 |v|_1` by rounds of descent, then by active sets."""
    if not start.size:
        return start
    Q = np.ascontiguousarray((Q + Q.T) / 2.0)
    active = ActiveSet(Q, q, 0.0, False)
    if start.size <= _FEW:
        found, best = active.refine(start, l1, 0.0, _STEPS)
        if best:
            return found
    yy = float(q @ start) + float(np.abs(q) @ np.abs(start)) + 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # active sets go on from there
        how = Descent(1.0, 1e-10, _ROUNDS)
        start = descend(Quadratic(Q, q, yy, Q.diagonal()), l1, how, start).coef
    return active.refine(start, l1, 0.0, _STEPS)[0]


def _advance(
    problem: Problem,
    W: np.ndarray,
    D: np.ndarray,
    total: float,
    promise: float,
    l1: np.ndarray,
    l2: Array,
) -> tuple[np.ndarray, Evaluation, float] | None:
    """Take the step, shortened until the objective falls; None where it does not."""
    place, part = place_of(l2), 1.0
    for _ in range(_SHORTENINGS):
        trial = W + part * D
        at = evaluate(problem, place.put(trial[None, :, :]), l2)
        now = float(at.loss[0]) + float(np.sum(l1 * np.abs(trial)))
        if now <= total - _ARMIJO * part * promise + 1e-15 * abs(total):
            return trial, at, part
        part *= _SHORTEN
    return None
