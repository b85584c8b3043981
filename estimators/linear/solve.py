"""Ridge solutions for many penalties, from a Gram matrix, its dual, or an SVD."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import linalg as scipy_linalg

from ..arrays import Array, Namespace, place_of
from .moments import Gram, column_means

# A Cholesky pivot of the matrix with unit diagonal is 1 - R^2 of a column on those before it:
# below this the column is nearly collinear and the Gram matrix has lost half the digits.
_MIN_PIVOT = 1e-6
# With a penalty the pivots of collinear columns are the penalty, and rounding moves predictions
# by about eps / sqrt(pivot) only: what it moves more cancels in them.
_MIN_PENALISED_PIVOT = 1e-11
# A diagonal of the Gram matrix is right to about eps / 1e-8 of itself while above this part of the
# terms that cancelled in it.
_MIN_LEFT = 1e-8
_MAX_CONDITION = 1e6  # of the Gram matrix plus penalty, where eigenvectors serve all penalties
_EIGEN_FROM = 24  # penalties; LAPACK's eigendecomposition costs about as much as 24 Choleskys


def solve_gram(gram: Gram, alphas: Sequence[float], xp: Namespace) -> Array | None:
    """Solve `(G + alpha I) w = X'y` for every alpha.

    Returns
    -------
    coef : array of shape (n_alphas, n_features, n_outputs), float64, or None
        None where the matrix is too ill-conditioned, or has lost too much by cancellation, for any
        digits to be promised.
    """
    diagonal = xp.linalg.diagonal(gram.xx) + float(min(alphas))
    if not bool(xp.all(diagonal > _MIN_LEFT * gram.summed)):
        return None
    solutions: dict[float, Array] = {}
    if len(alphas) >= _EIGEN_FROM:
        solutions = _solve_eigen(gram, alphas, xp)
    for alpha in alphas:
        if alpha not in solutions:
            solution = _solve_cholesky(gram, alpha, xp)
            if solution is None:
                return None
            solutions[alpha] = solution
    return xp.stack([solutions[alpha] for alpha in alphas])


def _solve_eigen(gram: Gram, alphas: Sequence[float], xp: Namespace) -> dict[float, Array]:
    """Solve for those penalties that leave the matrix well-conditioned."""
    values, vectors = xp.linalg.eigh(gram.xx)
    smallest, largest = max(float(values[0]), 0.0), float(values[-1])
    served = [a for a in alphas if largest + a <= _MAX_CONDITION * (smallest + a)]
    projected = vectors.T @ gram.xy
    penalties = place_of(gram.xx).put(np.asarray(served, dtype=np.float64))
    shrunk = projected[None, :, :] / (values[None, :, None] + penalties[:, None, None])
    found = vectors[None, :, :] @ shrunk
    return {alpha: found[k, ...] for k, alpha in enumerate(served)}


def _solve_cholesky(gram: Gram, alpha: float, xp: Namespace) -> Array | None:
    n_features = gram.xx.shape[0]
    place = place_of(gram.xx)
    diagonal = xp.linalg.diagonal(gram.xx) + alpha
    if not bool(xp.all(diagonal > 0)):
        return None
    unit = 1.0 / xp.sqrt(diagonal)
    matrix = gram.xx * unit[:, None] * unit[None, :]
    matrix += xp.eye(n_features, dtype=xp.float64, device=place.device) * (alpha * unit * unit)
    factor = cholesky(matrix, xp)
    if factor is None:
        return None
    pivots = xp.linalg.diagonal(factor)
    least = _MIN_PENALISED_PIVOT if alpha > 0 else _MIN_PIVOT
    if not bool(xp.all(pivots * pivots > least)):
        return None
    return unit[:, None] * _solve_factored(factor, unit[:, None] * gram.xy, xp)


def cholesky(matrix: Array, xp: Namespace) -> Array | None:
    """Return the Cholesky factors of one matrix or a stack, or None where there is none."""
    try:
        factor = xp.linalg.cholesky(matrix)
    except (np.linalg.LinAlgError, RuntimeError):  # torch raises a subclass of RuntimeError
        return None
    # CuPy raises nothing: it fills with NaN, for which the comparison is false.
    return factor if bool(xp.all(xp.linalg.diagonal(factor) > 0)) else None


def _solve_factored(factor: Array, target: Array, xp: Namespace) -> Array:
    if isinstance(factor, np.ndarray):
        return scipy_linalg.cho_solve((factor, True), target)
    return xp.linalg.solve(factor.T, xp.linalg.solve(factor, target))


def centre(
    X: Array, y: Array, weight: Array | None, fit_intercept: bool, xp: Namespace
) -> tuple[Array, Array, Array, Array]:
    """Return X and y, float64, centred if asked, times the root of the weights; and the means."""
    X, y = xp.astype(X, xp.float64), xp.astype(y, xp.float64)
    x_mean, y_mean = column_means(X, weight, xp), column_means(y, weight, xp)
    if not fit_intercept:
        x_mean, y_mean = x_mean * 0, y_mean * 0
    X, y = X - x_mean, y - y_mean
    if weight is not None:
        root = xp.sqrt(xp.astype(weight, xp.float64))[:, None]
        X, y = X * root, y * root
    return X, y, x_mean, y_mean


def solve_dual(X: Array, y: Array, alphas: Sequence[float], xp: Namespace) -> Array | None:
    """Solve ridge for fewer rows than columns: `w = X' (X X' + alpha I)^-1 y`.

    Returns
    -------
    coef : array of shape (n_alphas, n_features, n_outputs), float64, or None
        None where the smallest penalty leaves the matrix too ill-conditioned.
    """
    values, vectors = xp.linalg.eigh(X @ X.T)
    if not float(values[-1]) + min(alphas) <= _MAX_CONDITION * min(alphas):
        return None
    projected = vectors.T @ y
    penalties = place_of(X).put(np.asarray(alphas, dtype=np.float64))
    shrunk = projected[None, :, :] / (values[None, :, None] + penalties[:, None, None])
    return (X.T @ vectors)[None, :, :] @ shrunk


def solve_svd(
    X: Array, y: Array, alphas: Sequence[float], xp: Namespace, n_samples: int = 0
) -> Array:
    """Solve ridge (least squares of smallest norm for alpha 0) from the singular values of X.

    `n_samples` is the number of rows that those of X stand for, where they are more.
    """
    U, s, Vt = xp.linalg.svd(X, full_matrices=False)
    kept = s > float(s[0]) * max(n_samples, *X.shape) * float(np.finfo(np.float64).eps)
    projected = U.T @ y
    solutions = []
    for alpha in alphas:
        safe = xp.where(
            kept, s * s + alpha, xp.asarray(1.0, dtype=s.dtype, device=place_of(s).device)
        )
        shrink = xp.where(kept, s / safe, xp.zeros_like(s))
        solutions.append(Vt.T @ (shrink[:, None] * projected))
    return xp.stack(solutions)
