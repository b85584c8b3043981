"""Newton's method for several generalised linear problems at once, by conjugate gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..arrays import Array, Namespace
from .glm_preconditioner import Curvature, Preconditioner
from .glm_problem import Evaluation, Problem, evaluate, hessian_product

_GAP = 1e-6  # times tol: estimated distance to the minimum, relative to the objective, to stop at
_NOISE = 1e-20  # the same distance where rounding leaves nothing to gain
_MAX_INNER, _FEWEST = 300, 3  # steps of conjugate gradients for one Newton step
_USUAL = 1  # of them that no better preconditioner would save
_ARMIJO = 1e-4  # part of the promised descent that a step must keep
_SHORTEN, _WIDEN = 0.25, 4.0  # the step and the radius, where the objective rises or falls


@dataclass(frozen=True)
class Minimum:
    """Where Newton's method stopped.

    Attributes
    ----------
    W : array of shape (n_problems, n_outputs, n_columns)
    n_iter : int
        Newton steps.
    converged : array of shape (n_problems,), bool
        Whether no component of the gradient is above `tol`, or rounding leaves nothing to gain.
    """

    W: Array
    n_iter: int
    converged: Array


def minimise(
    problem: Problem,
    W: Array,
    penalty: Array,
    curved: Curvature | None,
    *,
    tol: float,
    max_iter: int,
) -> tuple[Minimum, Curvature]:
    """Minimise the objective of every problem from `W` (n_problems, n_outputs, n_columns).

    1. Solve `H D = -gradient` by conjugate gradients, the better the nearer the minimum, inside a
       radius of trust (Steihaug's way: Nocedal and Wright 2006, algorithm 7.2).
    2. Shorten the step until the objective falls, and the radius with it.
    3. End where the gradient is below `tol` and the estimated gain below 1e-6 tol of the objective.

    Parameters
    ----------
    penalty : array of shape (n_problems, n_columns)
    curved : Curvature or None
        Taken over from a neighbouring minimum, and returned for the next.
    """
    xp = problem.xp
    at = evaluate(problem, W, penalty)
    mean_penalty = xp.mean(penalty, axis=0)
    if curved is None:
        curved = Curvature.at(problem, at, mean_penalty)
    below = curved.take(problem, mean_penalty)
    radius = xp.full_like(at.loss, math.inf)
    for n_iter in range(max_iter + 1):
        if curved.budget(problem) <= 0:
            curved.renew(problem, at, mean_penalty)
            below = 1.0
        inverse = curved.inverse
        gain = 0.5 * _dots(at.gradient, inverse(at.gradient), xp) * inverse.slack * below
        unfinished = ~_reached(problem, at, gain, tol)
        if n_iter == max_iter or not bool(xp.any(unfinished)):
            break
        step = trust_region_step(
            lambda V, at=at: hessian_product(problem, at, V, penalty),  # type: ignore[misc]
            inverse,
            -at.gradient * xp.astype(unfinished, xp.float64)[:, None, None],
            _accuracy(at.loss, gain, tol, xp),
            radius,
            max_inner=int(min(_MAX_INNER, max(_FEWEST, curved.budget(problem) + _USUAL))),
        )
        curved.excess += max(0, step.n_inner - _USUAL)
        W, at, radius = _advance(problem, W, at, step, penalty, radius)
    # Where squares of X overflow no step is taken.
    known = xp.all(xp.isfinite(curved.matrix))
    return Minimum(W, n_iter, (_is_flat(at, tol, xp) | ~unfinished) & known), curved


def _reached(problem: Problem, at: Evaluation, gain: Array, tol: float) -> Array:
    near = _is_flat(at, tol, problem.xp) & (gain <= _GAP * tol * at.loss)
    return near | (gain <= _NOISE * at.loss) | (at.loss <= problem.loss.perfect)


def _is_flat(at: Evaluation, tol: float, xp: Namespace) -> Array:
    return xp.max(xp.abs(at.gradient), axis=(1, 2)) <= tol


def _accuracy(loss: Array, gain: Array, tol: float, xp: Namespace) -> Array:
    """Return how far the residual must fall: fast near the minimum, never past what is needed."""
    loss = xp.where(loss > 0, loss, xp.ones_like(loss))
    part = xp.clip(gain / loss, min=_NOISE)
    wanted, enough = xp.clip(xp.sqrt(part), max=0.1), 0.3 * xp.sqrt(_GAP * tol / part)
    return xp.clip(xp.maximum(wanted, enough), max=0.5)


@dataclass(frozen=True)
class Step:
    """A step `D` of all problems, its length, and whether it ends on the radius of trust."""

    D: Array
    length: Array
    on_radius: Array
    n_inner: int


def trust_region_step(
    product: Callable[[Array], Array],
    inverse: Preconditioner,
    R: Array,
    accuracy: Array,
    radius: Array,
    max_inner: int = _MAX_INNER,
) -> Step:
    """Solve `H D = R` until each residual has fallen by its `accuracy` or `D` meets the radius.

    Lengths are those of the preconditioner's inner product, carried along in `dd`, `dp` and `pp`
    (of D and the direction P) as it is never formed (Conn, Gould, Toint 2000, section 7.5.1).

    Parameters
    ----------
    R : array of shape (n_problems, n_outputs, n_columns)
    accuracy, radius : arrays of shape (n_problems,)
    """
    xp = inverse.xp
    D, P = xp.zeros_like(R), inverse(R)
    size = _dots(R, P, xp)
    goal, zero, one = accuracy * accuracy * size, xp.zeros_like(size), xp.ones_like(size)
    dd, dp, pp = zero, zero, size
    on_radius = zero > one
    n_inner = 0
    while n_inner < max_inner:
        going = (size > goal) & ~on_radius
        if not bool(xp.any(going)):
            break
        HP = product(P)
        bend = _dots(P, HP, xp)
        going = going & (bend > 0)
        a = xp.where(going, size / xp.where(going, bend, one), zero)
        outside = going & (dd + 2.0 * a * dp + a * a * pp > radius * radius)
        left = xp.where(outside, radius * radius - dd, one)
        to_radius = left / (dp + xp.sqrt(dp * dp + xp.where(outside, pp, one) * left))
        a = xp.where(outside, to_radius, a)
        on_radius = on_radius | outside
        dd = dd + 2.0 * a * dp + a * a * pp
        D, R = D + a[:, None, None] * P, R - a[:, None, None] * HP
        Z = inverse(R)
        new = xp.where(going, _dots(R, Z, xp), zero)
        b = xp.where(going, new / xp.where(going, size, one), zero)
        dp, pp = b * (dp + a * pp), new + b * b * pp
        P, size = Z + b[:, None, None] * P, new
        n_inner += 1
    return Step(D, xp.sqrt(dd), on_radius, n_inner)


def _advance(
    problem: Problem,
    W: Array,
    at: Evaluation,
    step: Step,
    penalty: Array,
    radius: Array,
) -> tuple[Array, Evaluation, Array]:
    """Take the step, shortened in each problem until its objective falls; set the radius."""
    xp = problem.xp
    slope = _dots(at.gradient, step.D, xp)
    part = xp.ones_like(slope)
    for _ in range(25):  # 4^-25 of a step changes nothing any more
        trial = W + part[:, None, None] * step.D
        there = evaluate(problem, trial, penalty)
        falls = there.loss <= at.loss + _ARMIJO * part * slope + 1e-13 * xp.abs(at.loss)
        if bool(xp.all(falls)):
            break
        part = xp.where(falls, part, _SHORTEN * part)
    wider = xp.where(step.on_radius, _WIDEN * step.length, radius)
    return trial, there, xp.where(part < 1.0, part * step.length, wider)


def _dots(U: Array, V: Array, xp: Namespace) -> Array:
    """Return the inner product of each problem, of shape (n_problems,)."""
    return xp.sum(U * V, axis=(1, 2))
