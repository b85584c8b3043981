"""The quadratic model of a generalised linear loss by some of its coefficients, and its minimum."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg
from sklearn.exceptions import ConvergenceWarning

from ..arrays import HOST, Array, place_of, to_numpy
from ..blocks import slices_of
from ..sklearn_private import one_blas_thread
from .glm_problem import Evaluation, Problem
from .lasso_active import ActiveSet
from .lasso_descent import Descent, descend
from .lasso_gram import Quadratic

# Of rows' products with coefficients: what a processor's cache holds, what its threads share
# without waiting for each other, what a device is busy with.
_CACHED_NUMBERS, _SHARED_NUMBERS, _DEVICE_NUMBERS = 2**18, 2**21, 2**23
_ONE_THREAD = 2.0**33  # multiplications for a Hessian, up to which one thread does them soonest
_FEW = 100  # coefficients that active sets alone are quick with
_ROUNDS, _STEPS = 200, 50  # of coordinate descent, then of active sets, in a step
_GAP = 1e-10  # of coordinate descent


def is_small(problem: Problem) -> bool:
    """Whether more threads than one would be waiting for each other most of the time."""
    _, n_outputs, n_columns = problem.shape
    return float(problem.n_samples) * (n_outputs * n_columns) ** 2 <= _ONE_THREAD


@dataclass(frozen=True)
class SparseModel:
    """Second derivatives of the loss at some point, by chosen coefficients.

    Attributes
    ----------
    outputs, columns : arrays of shape (n_chosen,), int
        Of the coefficients.
    hessian : array of shape (n_chosen, n_chosen)
        On the host; l2 penalties included.
    fresh : bool
        Whether no step has been taken with it.
    """

    outputs: np.ndarray
    columns: np.ndarray
    hessian: np.ndarray
    fresh: bool = True

    @classmethod
    def of(
        cls, problem: Problem, at: Evaluation, chosen: np.ndarray, l2: np.ndarray
    ) -> SparseModel:
        """Take the second derivatives at a point, `chosen` of shape (n_outputs, n_columns)."""
        outputs, columns = np.nonzero(chosen)
        hessian = _hessian(problem, at, outputs, columns)
        hessian.flat[:: len(columns) + 1] += l2[columns]
        return cls(outputs, columns, hessian)

    def serves(self, wanted: np.ndarray) -> bool:
        """Whether it knows of all coefficients of `wanted` (n_outputs, n_columns), bool."""
        return int(wanted[self.outputs, self.columns].sum()) == int(wanted.sum())

    def bends(self, D: np.ndarray) -> float:
        """Return the second derivative along a step `D` (n_outputs, n_columns)."""
        d = D[self.outputs, self.columns]
        return float(d @ (self.hessian @ d))

    def learn(self, D: np.ndarray, change: np.ndarray) -> SparseModel:
        """Return it mended: a step `D` changed the gradient so (BFGS)."""
        d, y = D[self.outputs, self.columns], change[self.outputs, self.columns]
        along = float(y @ d)
        if not along > 1e-12 * np.sqrt((y @ y) * (d @ d)):
            return replace(self, fresh=False)
        old = self.hessian @ d
        mended = self.hessian + np.outer(y, y / along) - np.outer(old, old / (d @ old))
        return replace(self, hessian=mended, fresh=False)

    def step(
        self,
        W: np.ndarray,
        gradient: np.ndarray,
        l1: np.ndarray,
        added: np.ndarray,
        *,
        exact: bool,
    ) -> np.ndarray:
        """Return the step to the minimum of the model with the l1 penalty.

        What is not penalised is eliminated first; where there are several outputs their sum, which
        the loss does not see, is kept.

        Parameters
        ----------
        W, gradient, l1 : arrays of shape (n_outputs, n_columns)
        added : array of shape (n_outputs, n_columns)
            To the diagonal of the Hessian.
        exact : bool
            Whether active sets go on from where coordinate descent stops.
        """
        where = self.outputs, self.columns
        w, g, penalised = W[where], gradient[where], l1[where] > 0
        hessian = self.hessian.copy()
        hessian.flat[:: len(w) + 1] += added[where]
        free, target = ~penalised, float(l1.max(initial=0.0))
        Q, pull = hessian[np.ix_(penalised, penalised)], g[penalised]
        back, shift = _eliminated(hessian, g, free, len(W))
        across = hessian[np.ix_(penalised, free)]
        Q, pull = Q - across @ back, pull - across @ shift
        with one_blas_thread():
            v = _penalised_minimum(Q, Q @ w[penalised] - pull, target, w[penalised], exact)
        step = np.zeros(len(w))
        step[penalised] = v - w[penalised]
        step[free] = -shift - back @ step[penalised]
        D = np.zeros_like(W)
        D[where] = step
        return D


def _eliminated(
    hessian: np.ndarray, gradient: np.ndarray, free: np.ndarray, n_outputs: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return how the step of the free coefficients follows from the others', and its constant."""
    if not free.any():
        return np.zeros((0, len(free))), np.zeros(0)
    own = hessian[np.ix_(free, free)]
    size = float(np.mean(own.diagonal())) or 1.0
    own = own + (size / n_outputs if n_outputs > 1 else 0.0) + 1e-12 * size * np.eye(len(own))
    both = np.column_stack([hessian[np.ix_(free, ~free)], gradient[free]])
    solved = linalg.solve(own, both, assume_a="pos")
    return solved[:, :-1], solved[:, -1]


def _penalised_minimum(
    Q: np.ndarray, q: np.ndarray, l1: float, start: np.ndarray, exact: bool
) -> np.ndarray:
    """Minimise `v'Q v / 2 - q'v + l1 |v|_1` by rounds of descent, then by active sets."""
    if not start.size:
        return start
    Q = np.ascontiguousarray((Q + Q.T) / 2.0)
    active = ActiveSet(Q, q, 0.0, False)
    if exact and start.size <= _FEW:
        found, best = active.refine(start, l1, 0.0, _STEPS)
        if best:
            return found
    yy = float(q @ start) + float(np.abs(q) @ np.abs(start)) + 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the steps go on from there
        how = Descent(1.0, _GAP, _ROUNDS)
        found = descend(Quadratic(Q, q, yy, Q.diagonal()), l1, how, start).coef
    return active.refine(found, l1, 0.0, _STEPS)[0] if exact else found


def _hessian(
    problem: Problem, at: Evaluation, outputs: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    """Return second derivatives by the coefficients of some outputs and columns, on the host.

    Those of the log loss by outputs j and l are `p_j (1_jl - p_l)`: the first part comes output by
    output, the second from one product for all.
    """
    xp, place, several = problem.xp, place_of(at.gradient), problem.loss.n_outputs > 1
    sets = [np.flatnonzero(outputs == j) for j in range(problem.loss.n_outputs)]
    of_set = [place.put(columns[each]) for each in sets]
    crossed, own = 0.0, [0.0] * len(sets)
    for A, kept, weight in _pieces(problem, at, len(columns)):
        roots = xp.sqrt(kept if several else problem.loss.second(kept, xp))
        scales = roots * xp.sqrt(weight)
        parts = [xp.take(A, each, axis=0) * scales[j, :] for j, each in enumerate(of_set)]
        own = [whole + part @ part.T for whole, part in zip(own, parts, strict=True)]
        if several:
            B = xp.concat([part * roots[j, :] for j, part in enumerate(parts)], axis=0)
            crossed = crossed + B @ B.T
    hessian = -to_numpy(crossed) if several else np.zeros((len(columns), len(columns)))
    for chosen, part in zip(sets, own, strict=True):
        hessian[np.ix_(chosen, chosen)] += to_numpy(part)
    return hessian


def _pieces(
    problem: Problem, at: Evaluation, n_chosen: int
) -> Iterator[tuple[Array, Array, Array]]:
    """Yield A' (n_columns, n_rows), what the loss kept (n_outputs, n_rows), and weights (n_rows,).

    So few rows at a time that their products with the chosen coefficients stay small.
    """
    numbers = _DEVICE_NUMBERS
    if place_of(at.gradient) == HOST:
        numbers = _CACHED_NUMBERS if is_small(problem) else _SHARED_NUMBERS
    n_rows = max(256, numbers // max(n_chosen, 1))
    for block, kept in zip(problem.blocks, at.kept, strict=True):
        A = block.rows.A  # type: ignore[attr-defined]
        for rows in slices_of(A.shape[0], n_rows):
            turned = problem.xp.asarray(A[rows, :].T, copy=True)  # its rows lie together
            yield turned, kept[0, :, rows], problem.xp.abs(block.weight[0, rows])
