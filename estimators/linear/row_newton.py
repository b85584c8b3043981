"""Newton's method for one smooth convex objective whose passes over the rows are dear."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from scipy import linalg

from .row_objective import RowObjective, Value

_GAP = 1e-6  # times tol: estimated distance to the minimum, relative to the objective, to stop at
_NOISE, _ROUNDING = 1e-20, 1e-27  # the same where rounding leaves nothing to gain
_ARMIJO = 1e-4  # part of the promised descent that a step must keep
_FAR = 1e-2  # part of the objective that a step promises, from which the curvature is taken anew
_SURE, _CLOSE = 0.1, 1e-5  # falls and sizes of a gain at which the last step is taken unseen
_PAIRS = 10  # steps from which the curvature is mended
_PIVOT = 1e-6  # of a scaled Hessian, from which it counts as singular
_PART, _ROWS, _ROWS_PER_COLUMN = 16, 8000, 40  # of the rows that give the start
_ROUGH = 100.0  # tolerance of the start


class Objective(Protocol):
    """What is minimised."""

    def at(self, w: np.ndarray, second: str = "none") -> Value:
        """Evaluate at `w` (n_columns,), with second derivatives "none", "diagonal" or "full"."""


@dataclass(frozen=True)
class Minimum:
    """Where the method stopped: steps taken on all rows, and whether it came to the minimum."""

    w: np.ndarray
    n_iter: int
    converged: bool
    singular: bool


@dataclass
class Curvature:
    """A factored Hessian of some point near by, mended by the steps since (L-BFGS).

    Where it is singular, steps are those of smallest norm.
    """

    solve: Callable[[np.ndarray], np.ndarray]
    singular: bool
    H: np.ndarray
    pairs: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    @classmethod
    def of(cls, H: np.ndarray | None) -> Curvature:
        """Factor `H`, scaled to a diagonal of ones, by Cholesky."""
        assert H is not None
        if not np.isfinite(H).all():  # squares of X overflow
            return cls(np.zeros_like, True, H)
        diagonal = np.diag(H)
        unit = np.where(diagonal > 0, 1.0 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0)), 0.0)
        scaled = H * unit * unit[:, None]
        np.fill_diagonal(scaled, 1.0)
        factor, info = linalg.lapack.dpotrf(scaled, lower=1)
        if info == 0 and np.min(np.diag(factor)) > _PIVOT:
            return cls(
                lambda g: unit * linalg.lapack.dpotrs(factor, unit * g, lower=1)[0], False, H
            )
        values, vectors = np.linalg.eigh(H)
        kept = values > len(H) * 1e-14 * values[-1]
        vectors, values = vectors[:, kept], values[kept]
        there = diagonal > 0  # a column of zeros gets no step at all
        return cls(lambda g: there * (vectors @ ((vectors.T @ g) / values)), not kept.all(), H)

    def raised(self, diagonal: np.ndarray) -> Curvature:
        """Return it with a diagonal of at least this: some rows know little of rare columns."""
        return Curvature.of(self.H + np.diag(np.maximum(diagonal - np.diag(self.H), 0.0)))

    def step(self, gradient: np.ndarray) -> np.ndarray:
        """Return the step to the estimated minimum (Nocedal and Wright 2006, algorithm 7.4)."""
        q, parts = gradient.copy(), []
        for s, y in reversed(self.pairs):
            a = (s @ q) / (s @ y)
            parts.append(a)
            q -= a * y
        d = self.solve(q)
        for (s, y), a in zip(self.pairs, reversed(parts), strict=True):
            d += (a - (y @ d) / (s @ y)) * s
        return -d

    def learn(self, s: np.ndarray, y: np.ndarray) -> None:
        """Take in that a step `s` changed the gradient by `y`."""
        if s @ y > 1e-12 * math.sqrt((s @ s) * (y @ y)):
            self.pairs = [*self.pairs, (s, y)][-_PAIRS:]


def minimise_rows(
    objective: RowObjective,
    w: np.ndarray,
    *,
    warm: bool,
    tol: float,
    max_iter: int,
    flat: float | None = None,
) -> Minimum:
    """Minimise over the rows of X; many rows start from the minimum over some of them.

    Parameters
    ----------
    w : ndarray of shape (n_columns,)
        The start; with `warm` it is one to go on from.
    tol : float
        The objective ends within 1e-6 `tol` of its minimum, relative to what it is above a perfect
        fit.
    flat : float, optional
        What the gradient's largest component must be below; `tol` by default.
    """
    n, q = objective.X.shape[0], objective.n_columns
    goal = Goal(
        objective.lowest(),
        tol,
        tol if flat is None else flat,
        max_iter,
        1.0 + q / 25.0,
        objective.loss.quadratic,
    )
    some = max(n // _PART, _ROWS, _ROWS_PER_COLUMN * q)
    if 4 * some < n and not (warm or goal.quadratic):
        start = _start_of_some(objective, some, w, goal)
        if start is not None:
            return minimise(objective, *start, goal)[0]
    at = objective.at(w, "full")
    return minimise(objective, w, at, Curvature.of(at.hessian), goal)[0]


def _start_of_some(
    objective: RowObjective, some: int, w: np.ndarray, goal: Goal
) -> tuple[np.ndarray, Value, Curvature] | None:
    """Return the minimum over some rows, unless it is nowhere near that of all."""
    part = objective.some_rows(some)
    rough = replace(goal, lowest=part.lowest(), tol=_ROUGH, flat=math.inf)
    at = part.at(w, "full")
    found, curved = minimise(part, w, at, Curvature.of(at.hessian), rough)
    if not found.converged:
        return None
    there = objective.at(found.w, "diagonal")
    if not there.loss - goal.lowest <= 2.0 * (part.at(found.w).loss - rough.lowest):
        return None
    assert there.hessian is not None
    return found.w, there, curved.raised(there.hessian)


@dataclass(frozen=True)
class Goal:
    """When to stop, and what passes cost.

    Attributes
    ----------
    lowest : float
        The objective of a perfect fit.
    tol, flat : float
        See `minimise_rows`.
    max_iter : int
    cost : float
        Passes without a Hessian that one with it takes.
    quadratic : bool
        Whether the first curvature is that of all points.
    """

    lowest: float
    tol: float
    flat: float
    max_iter: int
    cost: float = 1.0
    quadratic: bool = False


def minimise(
    objective: Objective, w: np.ndarray, at: Value, curved: Curvature, goal: Goal
) -> tuple[Minimum, Curvature]:
    """Minimise from `w`, and return the curvature at hand there.

    1. Step to the minimum that the curvature at hand tells of, mended by the steps since.
    2. Shorten the step until the objective falls.
    3. Take the curvature anew where that is cheaper than the steps it would save.
    4. End where the estimated gain of one more step is next to nothing; that step is taken.

    Parameters
    ----------
    at : Value
        The objective at `w`.
    curved : Curvature
        Of `w`, or of a point near by.
    """
    before, rate = math.inf, 0.0 if goal.quadratic else 1.0
    for n_iter in range(goal.max_iter + 1):
        if not np.isfinite(curved.H).all():
            return Minimum(w, n_iter, False, curved.singular), curved
        d = curved.step(at.gradient)
        gain = -0.5 * float(at.gradient @ d)
        rate = min(rate, 1.0) if math.isinf(before) else min(1.0, gain / before)
        size = max(at.loss - goal.lowest, 2e-16 * abs(at.loss))
        left = max(_GAP * goal.tol, _NOISE) * size
        if _ends(at, gain, rate, left, size, goal.flat):
            w = w + d if rate <= _SURE else w
            return Minimum(w, n_iter, True, curved.singular), curved
        if n_iter == goal.max_iter:
            break
        anew = _anew(gain, rate, left, size, goal.cost, math.isinf(before))
        part, there = _descend(objective, w, at, d, "full" if anew else "none")
        if there is None:
            return Minimum(w, n_iter, gain <= 1e-12 * size, curved.singular), curved
        curved.learn(part * d, there.gradient - at.gradient)
        w, at, before = w + part * d, there, gain
        if anew and there.hessian is None:
            at = objective.at(w, "full")
        if at.hessian is not None:
            curved = Curvature.of(at.hessian)
    return Minimum(w, n_iter, False, curved.singular), curved


def _ends(at: Value, gain: float, rate: float, left: float, size: float, flat: float) -> bool:
    """Whether one more step, taken unseen, leaves nothing worth another."""
    if gain <= max(_NOISE * size, _ROUNDING * abs(at.loss)):
        return True
    sure = (rate <= _SURE and gain <= _CLOSE * size) or rate == 0.0
    ahead = rate if sure else 1.0
    steep = float(np.max(np.abs(at.gradient))) * math.sqrt(ahead)
    return gain * ahead <= left and steep <= flat


def _anew(gain: float, rate: float, left: float, size: float, cost: float, first: bool) -> bool:
    """Whether the next point's Hessian costs less than the steps it would save."""
    if gain > _FAR * size:
        return True
    if first or rate == 0.0:
        return False
    steps = math.log(left / gain) / math.log(rate) if rate < 1.0 else math.inf
    return steps > 2.0 + cost


def _descend(
    objective: Objective, w: np.ndarray, at: Value, d: np.ndarray, second: str
) -> tuple[float, Value | None]:
    """Shorten the step until the objective falls; return its length and what is there."""
    slope, part = float(at.gradient @ d), 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(25):
            there = objective.at(w + part * d, second)
            rise = there.loss - at.loss
            if rise <= _ARMIJO * part * slope + 1e-13 * abs(at.loss):
                return part, there
            second = "none"  # of a step too long is nothing but the length to be found
            bent = 2.0 * (rise - part * slope)  # of the parabola through what is known
            best = -slope * part * part / bent if math.isfinite(bent) and bent > 0 else 0.0
            part = min(max(best, 0.1 * part), 0.5 * part)
    return part, None
