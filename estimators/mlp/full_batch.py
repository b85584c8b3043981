"""The loss over all rows and its gradient, and its minimum by L-BFGS."""

from __future__ import annotations

import numpy as np

from ..arrays import Array, to_numpy
from .engine.lbfgs import minimise
from .engine.network import Context
from .engine.problem import Problem


def full_batch_minimum(
    problem: Problem, *, max_iter: int, max_fun: int, tol: float
) -> tuple[Array, float, int]:
    """Minimise the mean loss of one model over its rows, plus alpha / 2 |W|^2 / sum of weights.

    Returns
    -------
    flat : array of shape (n_weights,), where the rows are and in their dtype
    loss : float
    n_iter : int

    Raises
    ------
    ValueError
        When the weights turn NaN or infinite.
    """
    start = to_numpy(problem.start)[0].astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        flat, loss, n_iter = minimise(
            _Objective(problem), start, max_iter=max_iter, max_fun=max_fun, tol=tol
        )
    if not (np.isfinite(flat).all() and np.isfinite(loss)):
        raise ValueError(
            "Solver produced non-finite parameter weights. The input data may contain large values "
            f"and need to be preprocessed. Here the loss is {loss:g} after {n_iter} iterations of "
            "L-BFGS: scale the columns of X (and y) to about unit variance."
        )
    return problem.rows.place.put(flat, problem.rows.y.dtype), loss, n_iter


class _Objective:
    """From flat weights, a NumPy array, to the loss and its gradient."""

    def __init__(self, problem: Problem) -> None:
        rows, xp = problem.rows, problem.rows.place.xp
        self.problem, self.context = problem, Context(xp, training=True)
        weight = xp.ones_like(rows.y[:, 0]) if rows.weight is None else rows.weight
        self.total = float(xp.sum(weight))
        self.weight = (weight / self.total)[None, :]
        self.inputs, self.y = rows.inputs[0][None, ...], rows.y[None, ...]
        self.options = problem.loss_options()

    def __call__(self, flat: np.ndarray) -> tuple[float, np.ndarray]:
        problem, xp = self.problem, self.context.xp
        weights = problem.rows.place.put(flat[None, :], self.y.dtype)
        layers = problem.network.split(weights, xp)
        outputs, backward = problem.network.forward(self.inputs, layers, self.context)
        values, loss_backward = problem.recipe.loss(
            outputs, self.y, self.weight, xp=xp, **self.options
        )
        grad = np.array(to_numpy(backward(loss_backward()))[0], dtype=np.float64)
        strength = float(problem.recipe.penalty[0]) / self.total
        columns = problem.network.columns["weight"]
        grad[columns] += strength * flat[columns]
        penalty = 0.5 * strength * float(flat[columns] @ flat[columns])
        return float(values[0]) + penalty, grad
