"""Conjugate gradients for many ridge problems at once, step by step as SciPy takes them."""

from __future__ import annotations

import numpy as np

_PERTURBATION = 1e-15


def conjugate_gradients(
    matrix: np.ndarray, right: np.ndarray, shifts: np.ndarray, tol: float, max_iter: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Solve `(matrix + shift I) x = right` to `|residual| < tol |right|`, for every column.

    scikit-learn fits ridge on sparse rows so, one penalty after the other, and stops at a tolerance
    that shows in the scores. The steps are the same from a Gram matrix, and are taken for all
    columns together; each stops where it would by itself. They are taken twice, the second time
    from numbers that differ by rounding: so it is seen how much of the answer that decides. More
    than the tolerance leaves open is no answer.

    Parameters
    ----------
    matrix : array of shape (n_features, n_features), float64
    right : array of shape (n_features, n_columns), float64
    shifts : array of shape (n_columns,)
        The penalty of each column.

    Returns
    -------
    x : array of shape (n_features, n_columns)
    doubtful : array of shape (n_columns,), bool
        Where rounding moves the predictions by more than the part `tol`.
    """
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=right.shape)
    both = np.hstack([right, right * (1.0 + _PERTURBATION * signs)])
    limit = 10 * len(matrix) if max_iter is None else max_iter
    with np.errstate(all="ignore"):  # a search along nothing is not finite, and doubtful
        found = _solved(matrix, both, np.tile(shifts, 2), tol, limit)
        x, other = np.split(found, 2, axis=1)
        moved, size = (np.sqrt(np.einsum("pm,pm->m", v, matrix @ v)) for v in (x - other, x))
        return x, ~(moved <= tol * size)


def _solved(
    matrix: np.ndarray, right: np.ndarray, shifts: np.ndarray, tol: float, limit: int
) -> np.ndarray:
    x = np.zeros_like(right)
    goal = tol * np.linalg.norm(right, axis=0)
    going = np.flatnonzero(goal > 0)
    residual, direction = right[:, going].copy(), right[:, going].copy()
    square = np.einsum("pm,pm->m", residual, residual)
    for _ in range(limit):
        left = ~(np.sqrt(square) < goal[going])
        if not left.all():
            going, square = going[left], square[left]
            residual, direction = residual[:, left], direction[:, left]
        if not going.size:
            break
        moved = matrix @ direction + shifts[going] * direction
        length = square / np.einsum("pm,pm->m", direction, moved)
        x[:, going] += length * direction
        residual -= length * moved
        before, square = square, np.einsum("pm,pm->m", residual, residual)
        direction *= square / before
        direction += residual
    return x
