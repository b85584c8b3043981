"""The Huber objective at its best scale, and its derivatives, summed in blocks of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Array, Namespace, place_of, to_numpy
from ..blocks import rows_in_memory
from .moments import column_means, less

_HOST_ROWS, _DEVICE_ROWS = 2**14, 2**20  # worked on at a time, if the memory set allows it
_SCALES = 100  # steps to the best scale, of which some five are usual
LEAST_SCALE = 10 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class HuberProblem:
    """`sum_i w_i (s + H(r_i / s) s) + alpha |b|^2`, with `r = y - X b - b0` and s the scale.

    `H(z)` is `z^2` up to epsilon and `2 epsilon |z| - epsilon^2` beyond. Of the scale the best is
    taken, so that the objective, still convex, is one of the coefficients and the intercept.

    Attributes
    ----------
    X : array of shape (n_samples, n_features)
    y, weight : arrays of shape (n_samples,), float64
    total : float
        Sum of the weights.
    mean : array of shape (n_features,), float64
        Taken off each row, so that intercept and coefficients hardly depend on each other.
    """

    X: Array
    y: Array
    weight: Array
    total: float
    mean: Array
    epsilon: float
    alpha: float
    fit_intercept: bool
    xp: Namespace

    @classmethod
    def of(
        cls,
        X: Array,
        y: Array,
        weight: Array | None,
        epsilon: float,
        alpha: float,
        fit_intercept: bool,
        xp: Namespace,
    ) -> HuberProblem:
        """Make ready rows, target (n_samples,) and weights."""
        y = xp.astype(y, xp.float64, copy=False)
        weight = xp.ones_like(y) if weight is None else xp.astype(weight, xp.float64)
        mean = column_means(X, weight, xp)
        mean = mean if fit_intercept else xp.zeros_like(mean)
        total = float(xp.sum(weight))
        return cls(X, y, weight, total, mean, epsilon, alpha, fit_intercept, xp)

    @property
    def n_params(self) -> int:
        """Coefficients, and the intercept of the centred rows if there is one."""
        return int(self.X.shape[1]) + int(self.fit_intercept)

    def residuals(self, params: np.ndarray) -> Array:
        """Return residuals (n_samples,) at parameters (n_params,) of NumPy."""
        xp, p = self.xp, self.X.shape[1]
        coef = place_of(self.X).put(params[:p])
        offset = (params[p] if self.fit_intercept else 0.0) - float(xp.sum(self.mean * coef))
        parts = [
            xp.astype(self.X[rows, :], xp.float64, copy=False) @ coef for rows in self.blocks()
        ]
        return self.y - xp.concat(parts) - float(offset)

    def blocks(self) -> list[slice]:
        """Return slices of rows that are worked on at a time."""
        most = _HOST_ROWS if place_of(self.X).on_host else _DEVICE_ROWS
        step = min(most, rows_in_memory(8.0 * (3 * self.X.shape[1] + 12)))
        n = self.X.shape[0]
        return [slice(start, min(start + step, n)) for start in range(0, n, step)]


@dataclass(frozen=True)
class HuberPoint:
    """Parameters (n_params,), residuals (n_samples,), scale, objective, and its slope by scale."""

    params: np.ndarray
    residual: Array
    scale: float
    loss: float
    by_scale: float


def evaluate(problem: HuberProblem, params: np.ndarray, scale: float | None = None) -> HuberPoint:
    """Evaluate at parameters (n_params,) and a scale: the best for them, unless it is given."""
    xp, epsilon = problem.xp, problem.epsilon
    residual = problem.residuals(params)
    scale = best_scale(problem, residual) if scale is None else scale
    size = xp.abs(residual)
    inside = xp.where(size > epsilon * scale, xp.zeros_like(size), problem.weight)
    beyond = problem.weight - inside
    free = problem.total - epsilon**2 * float(xp.sum(beyond))
    inner, outer = float(xp.sum(inside * size * size)), float(xp.sum(beyond * size))
    coef = params[: problem.X.shape[1]]
    loss = scale * free + inner / scale + 2.0 * epsilon * outer
    loss += problem.alpha * float(coef @ coef)
    return HuberPoint(params, residual, scale, loss, free - inner / scale**2)


def best_scale(problem: HuberProblem, residual: Array) -> float:
    """Return the scale s that minimises the objective for these residuals, at least 10 eps.

    Of `t = s^2` it is the largest root of the convex `t n - sum_i w_i min(r_i^2, epsilon^2 t)`:
    Newton's method falls to it from the mean square, and ends with the set of rows inside.
    """
    xp, epsilon = problem.xp, problem.epsilon
    square = residual * residual
    weighted = problem.weight * square
    best = float(xp.sum(weighted)) / problem.total
    for _ in range(_SCALES):
        outside = square > epsilon**2 * best
        beyond = float(xp.sum(xp.where(outside, problem.weight, xp.zeros_like(square))))
        inner = float(xp.sum(xp.where(outside, xp.zeros_like(square), weighted)))
        left = problem.total - epsilon**2 * beyond
        if not 0.0 < inner < best * left:
            break
        best = inner / left
    return max(float(np.sqrt(best)), LEAST_SCALE)


def derivatives(
    problem: HuberProblem, at: HuberPoint, curved: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return gradient (n_params,) and Hessian (n_params, n_params), zero if not `curved`."""
    sums, squares = None, None
    for rows in problem.blocks():
        part, square = _sums(problem, at, rows, curved)
        sums = part if sums is None else sums + part
        squares = square if squares is None or square is None else squares + square
    p, n = problem.X.shape[1], problem.n_params
    sums = to_numpy(sums)
    gradient, cross, inner = -2.0 * sums[:n], sums[n : 2 * n], float(sums[-1])
    gradient[:p] += 2.0 * problem.alpha * at.params[:p]
    if squares is None:
        return gradient, np.zeros((n, n))
    hessian = to_numpy(squares)
    if at.scale > LEAST_SCALE and inner > 0:  # the scale goes with the coefficients
        hessian = hessian - cross[:, None] * (cross / inner)
    hessian = hessian * (2.0 / at.scale)
    hessian[np.arange(p), np.arange(p)] += 2.0 * problem.alpha
    return gradient, hessian


def _sums(
    problem: HuberProblem, at: HuberPoint, rows: slice, curved: bool
) -> tuple[Array, Array | None]:
    """Sum over some rows.

    Returns
    -------
    sums : array of shape (2 n_params + 1,)
        Products of the columns with the slopes, and with the residuals inside; the squares of these
        residuals.
    squares : array of shape (n_params, n_params) or None
        The Gram matrix of the rows inside.
    """
    xp, epsilon = problem.xp, problem.epsilon
    X, residual = less(problem.X[rows, :], problem.mean, xp), at.residual[rows]
    weight = problem.weight[rows]
    inside = xp.where(xp.abs(residual) > epsilon * at.scale, xp.zeros_like(weight), weight)
    pulled = inside * residual
    slope = pulled / at.scale + epsilon * (weight - inside) * xp.sign(residual)
    both = xp.stack([slope, pulled])
    products = both @ X
    if problem.fit_intercept:
        products = xp.concat([products, xp.sum(both, axis=1, keepdims=True)], axis=1)
    inner = xp.reshape(xp.sum(pulled * residual), (1,))
    sums = xp.concat([xp.reshape(products, (-1,)), inner])
    return sums, _inner_gram(problem, X, inside) if curved else None


def _inner_gram(problem: HuberProblem, X: Array, inside: Array) -> Array:
    """Return the Gram matrix of centred rows `X` with weights `inside`, ones behind them."""
    xp = problem.xp
    kept = X * xp.sqrt(inside)[:, None]
    square = kept.T @ kept
    if not problem.fit_intercept:
        return square
    along = (inside @ X)[:, None]
    below = xp.concat([along.T, xp.reshape(xp.sum(inside), (1, 1))], axis=1)
    return xp.concat([xp.concat([square, along], axis=1), below], axis=0)
