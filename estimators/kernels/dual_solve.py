"""Dual coefficients of kernel ridge regression, `(K + alpha I)^-1 Y`, for one alpha."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from scipy import linalg

from ..arrays import Array, Namespace, place_of
from ..linear.solve import cholesky
from .dual_ridge import solve_kernel

Fill = Callable[[bool], Array]


def solve_dual(fill: Fill, Y: Array, alpha: float, xp: Namespace) -> Array:
    """Solve by Cholesky, on the host in the memory of K, or where K is singular by eigenvalues.

    Parameters
    ----------
    fill : callable
        `fill(whole)` returns a new K of shape (n, n): all of it, or, where not `whole`, at least
        its lower triangle. It is overwritten.
    Y : array of shape (n, n_targets)

    Returns
    -------
    coef : array of shape (n, n_targets)

    Warns
    -----
    UserWarning
        When K plus the penalty is not positive definite, in scikit-learn's words.
    LinAlgWarning
        When it is nearly so.
    """
    on_host = isinstance(Y, np.ndarray)
    K = _penalised(fill(not on_host), alpha, xp)
    coef = _solve_in_place(K, Y) if on_host else _solve_elsewhere(K, Y, xp)
    if coef is not None:
        return coef
    warnings.warn(
        "Singular matrix in solving dual problem. Using least-squares solution instead.",
        stacklevel=2,
    )
    del K
    return _least_squares(_penalised(fill(True), alpha, xp), Y, xp)


def solve_duals(
    fill: Fill, Y: Array, alphas: list[float], definite: bool, xp: Namespace
) -> list[Array]:
    """Solve for several alphas on one K; on the host from four on by its band (`dual_ridge`)."""
    if len(alphas) == 1:
        return [solve_dual(fill, Y, alphas[0], xp)]
    K = fill(True)
    if isinstance(Y, np.ndarray):
        return solve_kernel(K, Y, alphas, definite)[0]
    return [solve_dual(lambda whole: K, Y, alpha, xp) for alpha in alphas]


def _penalised(K: Array, alpha: float, xp: Namespace) -> Array:
    if isinstance(K, np.ndarray):
        K.reshape(-1)[:: K.shape[0] + 1] += alpha
        return K
    return K + alpha * xp.eye(K.shape[0], dtype=K.dtype, device=place_of(K).device)


def _solve_in_place(K: np.ndarray, Y: np.ndarray) -> np.ndarray | None:
    potrf, potrs = linalg.get_lapack_funcs(("potrf", "potrs"), (K, Y))
    # The lower triangle of rows one after the other is the upper one to LAPACK.
    factor, info = potrf(K.T, lower=False, overwrite_a=True, clean=False)
    if info > 0:
        return None
    _warn_if_nearly_singular(np.diagonal(factor), np.finfo(K.dtype).eps)
    return potrs(factor, Y, lower=False)[0]


def _solve_elsewhere(K: Array, Y: Array, xp: Namespace) -> Array | None:
    factor = cholesky(K, xp)
    if factor is None:
        return None
    _warn_if_nearly_singular(xp.linalg.diagonal(factor), float(xp.finfo(K.dtype).eps), xp)
    return xp.linalg.solve(factor.T, xp.linalg.solve(factor, Y))


def _warn_if_nearly_singular(pivots: Array, eps: float, xp: Namespace = np) -> None:
    """Warn where the pivots alone show that no digit is left.

    The largest eigenvalue is up to n times the largest pivot squared, which is on its diagonal.
    """
    rcond = float(xp.min(pivots) / xp.max(pivots)) ** 2 / pivots.shape[0]
    if rcond < eps:
        text = f"Ill-conditioned matrix (rcond={rcond:.6g}): result may not be accurate."
        warnings.warn(text, linalg.LinAlgWarning, stacklevel=4)


def _least_squares(K: Array, Y: Array, xp: Namespace) -> Array:
    values, axes = xp.linalg.eigh(K)
    sizes = xp.abs(values)
    kept = sizes > K.shape[0] * float(xp.finfo(K.dtype).eps) * xp.max(sizes)
    inverse = xp.where(kept, 1.0 / xp.where(kept, values, xp.ones_like(values)), 0.0 * values)
    return axes @ (inverse[:, None] * (axes.T @ Y))
