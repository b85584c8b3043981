"""The objective of several generalised linear problems on the same rows, and its derivatives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scipy import sparse

from ..arrays import Array, Namespace, place_of
from .glm_losses import Loss, bend
from .glm_rows import Rows, row_blocks


@dataclass(frozen=True)
class Block:
    """Some of the rows, with targets and weights (n_problems or 1, n_rows)."""

    rows: Rows
    target: Array
    weight: Array


@dataclass(frozen=True)
class Problem:
    """Rows, targets and weights of several problems: they differ in weights alone.

    Problem j minimises, for each penalty it is given, over `W_j` of shape (n_outputs, n_columns)

        f_j(W_j) = sum_i weight_ji loss(y_i, W_j a_i) + 1/2 sum_c penalty_jc |W_jc|^2

    Attributes
    ----------
    blocks : list of Block
    loss : Loss
    shape : (n_problems, n_outputs, n_columns)
    n_samples : int
    density : float
        Numbers stored in a row of sparse A; minus one where A is dense.
    """

    blocks: list[Block]
    loss: Loss
    shape: tuple[int, int, int]
    n_samples: int
    density: float
    xp: Namespace

    @classmethod
    def of(cls, A: Any, y: Array, weight: Array, loss: Loss) -> Problem:
        """Cut the rows `A` (n_samples, n_columns), float64 or sparse, into blocks.

        Parameters
        ----------
        y : array of shape (n_samples,), float64
        weight : array of shape (n_problems, n_samples), float64
            Adds up to 1 in each row.
        """
        xp = place_of(y).xp
        target = loss.encode(y, xp)
        m, k = weight.shape[0], loss.n_outputs
        blocks = [
            Block(rows, target[..., part], weight[:, part])
            for part, rows in row_blocks(A, 6 * m * k)
        ]
        density = A.nnz / max(A.shape[0], 1) if sparse.issparse(A) else -1.0
        return cls(blocks, loss, (m, k, A.shape[1]), A.shape[0], density, xp)


@dataclass
class Evaluation:
    """The objective of all problems at one point.

    Attributes
    ----------
    loss : array of shape (n_problems,)
    gradient : array of shape (n_problems, n_outputs, n_columns)
    kept : list of arrays of shape (n_problems, n_outputs, n_rows of the block)
    bends : list of arrays of the same shapes
        Made when second derivatives are asked for.
    """

    loss: Array
    gradient: Array
    kept: list[Array]
    bends: list[Array] = field(default_factory=list)


def evaluate(problem: Problem, W: Array, penalty: Array) -> Evaluation:
    """Evaluate at `W` of shape (n_problems, n_outputs, n_columns).

    `penalty` is (n_problems, n_columns).
    """
    xp = problem.xp
    gradient = penalty[:, None, :] * W
    loss, kept = 0.5 * xp.sum(gradient * W, axis=(1, 2)), []
    for block in problem.blocks:
        local = problem.loss.at(block.rows.outputs(W), block.target, xp)
        loss = loss + xp.sum(local.values * block.weight, axis=1)
        gradient = gradient + block.rows.back(local.slopes * block.weight[:, None, :])
        kept.append(local.kept)
    return Evaluation(loss, gradient, kept)


def hessian_product(problem: Problem, at: Evaluation, D: Array, penalty: Array) -> Array:
    """Return the second derivative at a point, times `D` (n_problems, n_outputs, n_columns)."""
    xp, loss = problem.xp, problem.loss
    if not at.bends:
        several = loss.n_outputs > 1
        at.bends = [
            block.weight[:, None, :] * (kept if several else loss.second(kept, xp))
            for block, kept in zip(problem.blocks, at.kept, strict=True)
        ]
    product = penalty[:, None, :] * D
    for block, kept, bends in zip(problem.blocks, at.kept, at.bends, strict=True):
        U = bend(loss, bends, kept, block.rows.outputs(D), xp)
        product = product + block.rows.back(U)
    return product


def curvature(problem: Problem, at: Evaluation, kind: str) -> Array:
    """Return second derivatives by the coefficients, averaged over the problems.

    Parameters
    ----------
    kind : {"diagonal", "blocks", "full"}

    Returns
    -------
    array of shape (n_outputs, n_columns), the diagonal; (n_outputs, n_columns, n_columns), the
    blocks of each output; or (1, n_outputs n_columns, n_outputs n_columns), all of it
    """
    xp, k = problem.xp, problem.loss.n_outputs
    parts = []
    for block, kept in zip(problem.blocks, at.kept, strict=True):
        weight = xp.abs(block.weight)[:, None, :]
        h = xp.mean(weight * problem.loss.second(kept, xp), axis=0)
        if kind == "diagonal":
            parts.append(block.rows.squares(h))
        elif kind == "blocks" or k == 1:
            parts.append(xp.stack([block.rows.gram(h[j, :]) for j in range(k)]))
        else:
            parts.append(_whole(block.rows, xp.mean(weight, axis=0), xp.mean(kept, axis=0), xp))
    return sum(parts[1:], start=parts[0])


def _whole(rows: Rows, weight: Array, P: Array, xp: Namespace) -> Array:
    """Return `A' w (diag(p) - p p') A` for probabilities `P` (n_outputs, n_rows), as one matrix."""
    k = P.shape[0]
    whole = -rows.crossed(P * xp.sqrt(weight))
    q = whole.shape[0] // k
    own = xp.stack([rows.gram(weight[0, :] * P[j, :]) for j in range(k)])
    places = xp.eye(k, dtype=own.dtype, device=place_of(own).device)
    whole = xp.reshape(whole, (k, q, k, q)) + places[:, None, :, None] * own[:, :, None, :]
    return xp.reshape(whole, (1, k * q, k * q))
