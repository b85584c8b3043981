"""The logistic objective of several problems on the same rows: loss, gradient and curvature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..arrays import HOST, Array, Namespace, place_of

_HOST_NUMBERS = 2**20  # numbers worked on at a time: what a processor's cache holds
_DEVICE_NUMBERS = 2**25


@dataclass(frozen=True)
class LogisticProblem:
    """Rows, labels and weights of several logistic problems: they differ in weights alone.

    Problem j minimises, for each penalty it is given, over `W_j` of shape (n_columns, n_outputs)

        f_j(W_j) = sum_i weight_ij loss(y_i, a_i'W_j) + 1/2 sum_c penalty_cj |W_jc|^2

    with the log loss: for two classes from one output, for more from one output per class.

    Attributes
    ----------
    A : array of shape (n_samples, n_columns), float64
    labels : array of shape (n_samples,), float64
        Class numbers 0, 1, ..., n_classes - 1.
    weight : array of shape (n_samples, n_problems) or (n_samples, 1), float64
        Adds up to 1 in each column.
    n_classes : int
    """

    A: Array
    labels: Array
    weight: Array
    n_classes: int

    @property
    def n_outputs(self) -> int:
        """Outputs per row: 1 for two classes, else one per class."""
        return 1 if self.n_classes == 2 else self.n_classes

    @property
    def xp(self) -> Namespace:
        """The namespace of the arrays."""
        return place_of(self.A).xp

    def blocks(self) -> Iterator[slice]:
        """Split the rows so that working memory stays small."""
        n, width = self.A.shape[0], self.A.shape[1] + self.weight.shape[1] * self.n_outputs
        numbers = _HOST_NUMBERS if place_of(self.A) == HOST else _DEVICE_NUMBERS
        step = max(256, numbers // width)
        for start in range(0, n, step):
            yield slice(start, min(start + step, n))


@dataclass(frozen=True)
class Evaluation:
    """The objective of all problems at one point.

    Attributes
    ----------
    loss : array of shape (n_problems,)
    gradient : array of shape (n_columns, n_problems, n_outputs)
    probabilities : list of arrays of shape (n_rows_of_block, n_problems, n_outputs)
        Of class 1 for two classes, else of each class.
    """

    loss: Array
    gradient: Array
    probabilities: list[Array]


def evaluate(problem: LogisticProblem, W: Array, penalty: Array) -> Evaluation:
    """Evaluate at `W` (n_columns, n_problems, n_outputs); `penalty` is (n_columns, n_problems)."""
    xp = problem.xp
    pull = penalty[:, :, None] * W
    loss, gradient, kept = 0.5 * xp.sum(pull * W, axis=(0, 2)), pull, []
    losses = _binary_losses if problem.n_outputs == 1 else _multinomial_losses
    for rows in problem.blocks():
        A, weight = problem.A[rows, :], problem.weight[rows, :]
        values, residuals, probabilities = losses(_outputs(A, W), problem.labels[rows], xp)
        loss = loss + xp.sum(values * weight, axis=0)
        gradient = gradient + _back(A, residuals * weight[:, :, None], W.shape)
        kept.append(probabilities)
    return Evaluation(loss, gradient, kept)


def hessian_product(problem: LogisticProblem, at: Evaluation, D: Array, penalty: Array) -> Array:
    """Return the second derivative at a point, times `D` (n_columns, n_problems, n_outputs)."""
    xp = problem.xp
    product = penalty[:, :, None] * D
    for rows, P in zip(problem.blocks(), at.probabilities, strict=True):
        A = problem.A[rows, :]
        U = _outputs(A, D)
        if problem.n_outputs == 1:
            U = P * (1.0 - P) * U
        else:
            U = P * (U - xp.sum(P * U, axis=2, keepdims=True))
        product = product + _back(A, U * problem.weight[rows, :][:, :, None], D.shape)
    return product


def curvature(problem: LogisticProblem, at: Evaluation, *, full: bool) -> Array:
    """Return `A' diag(w_i p_ik (1 - p_ik)) A` of each output k, averaged over the problems.

    Returns
    -------
    array of shape (n_outputs, n_columns, n_columns), or without `full` its diagonals of shape
    (n_columns, n_outputs)
    """
    xp, (_, q) = problem.xp, problem.A.shape
    k = problem.n_outputs
    shape = (k, q, q) if full else (q, k)
    total = xp.zeros(shape, dtype=xp.float64, device=place_of(problem.A).device)
    for rows, P in zip(problem.blocks(), at.probabilities, strict=True):
        A = problem.A[rows, :]
        h = xp.mean(xp.abs(problem.weight[rows, :])[:, :, None] * P * (1.0 - P), axis=1)
        if full:
            scaled = [A * xp.sqrt(h[:, j])[:, None] for j in range(k)]
            total = total + xp.stack([B.T @ B for B in scaled])
        else:
            total = total + (A * A).T @ h
    return total


def _outputs(A: Array, W: Array) -> Array:
    q, m, k = W.shape
    xp = place_of(A).xp
    return xp.reshape(A @ xp.reshape(W, (q, m * k)), (A.shape[0], m, k))


def _back(A: Array, R: Array, shape: tuple[int, int, int]) -> Array:
    """Return `A' R` of shape (n_columns, n_problems, n_outputs)."""
    xp = place_of(A).xp
    _, m, k = shape
    return xp.reshape(A.T @ xp.reshape(R, (R.shape[0], m * k)), shape)


def _binary_losses(Z: Array, labels: Array, xp: Namespace) -> tuple[Array, Array, Array]:
    y = labels[:, None, None]
    small = xp.exp(-xp.abs(Z))  # never overflows
    likely = 1.0 / (1.0 + small)
    P = xp.where(Z > 0, likely, small * likely)
    values = xp.where(Z > 0, Z, xp.zeros_like(Z)) - y * Z + xp.log1p(small)
    return values[:, :, 0], P - y, P


def _multinomial_losses(Z: Array, labels: Array, xp: Namespace) -> tuple[Array, Array, Array]:
    k = Z.shape[2]
    classes = xp.arange(k, dtype=xp.float64, device=place_of(Z).device)
    Y = xp.astype(labels[:, None] == classes[None, :], xp.float64)[:, None, :]
    Z = Z - xp.max(Z, axis=2, keepdims=True)
    P = xp.exp(Z)
    total = xp.sum(P, axis=2, keepdims=True)
    P = P / total
    values = xp.log(total[:, :, 0]) - xp.sum(Z * Y, axis=2)
    return values, P - Y, P
