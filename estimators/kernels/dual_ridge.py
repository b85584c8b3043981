"""Dual coefficients of ridge regression, `(K + alpha I)^-1 Y`, for many alphas at once.

1. Where K is a product of few columns, `K = F F'` with `F = U S V'`, all alphas follow from one
   decomposition of F: `U (S^2 + alpha)^-1 U' Y + (Y - U U' Y) / alpha`.
2. From four alphas on, K is reduced to a band, which is then solved for each.
3. Else, and where an alpha is so small beside K that solutions depend on how they are computed,
   each is solved as scikit-learn does it, on the same K.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from array_api_compat import numpy as np_namespace
from scipy import linalg

from ..arrays import Array, Namespace
from .band import WIDTH, Band

# Beside an alpha below K's norm over this, rounding reaches the ninth digit of predictions.
_MOST_NORM = 1e7
_FEWEST_ALPHAS = 4  # the reduction takes as long as three solutions
_FEWEST_ROWS = 4 * WIDTH


def solve_factored(
    F: Array, Y: Array, alphas: Sequence[float], xp: Namespace = np_namespace
) -> Array:
    """Return the dual coefficients for `K = F F'` and alphas that are not small beside it.

    Parameters
    ----------
    F : array of shape (n, p)
    Y : array of shape (n, k)
    alphas : sequence of float, all above 0

    Returns
    -------
    coefs : array of shape (n_alphas, n, k)
    """
    U, s, _ = xp.linalg.svd(F, full_matrices=False)
    inside = U.T @ Y
    outside = Y - U @ inside
    outside -= U @ (U.T @ outside)  # its rounding is what a small alpha makes large
    return xp.stack([U @ (inside / (s**2 + a)[:, None]) + outside / a for a in alphas])


def solve_kernel(
    K: np.ndarray, Y: np.ndarray, alphas: Sequence[float], definite: bool
) -> tuple[list[np.ndarray], list[int]]:
    """Return the dual coefficients, each (n, k), for a kernel matrix that is overwritten.

    Parameters
    ----------
    K : array of shape (n, n)
    Y : array of shape (n, k)
    alphas : sequence of float
    definite : bool
        Whether K is known to have no negative eigenvalues.

    Returns
    -------
    coefs : list of n_alphas arrays
    alone : list of int
        Which of them were solved for as scikit-learn does it.
    """
    K, norm = np.ascontiguousarray(K), float(linalg.norm(K))
    safe = [i for i, alpha in enumerate(alphas) if is_safe(alpha, norm)]
    reduced = definite and K.dtype == np.float64 and len(K) >= _FEWEST_ROWS
    together = safe if reduced and len(safe) >= _FEWEST_ALPHAS else []
    alone = sorted(set(range(len(alphas))) - set(together))
    coefs = {i: _solve_alone(K, Y, alphas[i]) for i in alone}
    if together:
        coefs.update(zip(together, Band(K).solve([alphas[i] for i in together], Y), strict=True))
    return [coefs[i] for i in range(len(alphas))], alone


def is_safe(alpha: float, norm: float) -> bool:
    """Whether the solution for an alpha is the same however it is computed, to nine digits."""
    return alpha * _MOST_NORM >= norm


def _solve_alone(K: np.ndarray, Y: np.ndarray, alpha: float) -> np.ndarray:
    """Solve for one alpha as scikit-learn does: its numbers, and its warnings."""
    diagonal = K.diagonal().copy()
    K.flat[:: len(K) + 1] += alpha
    try:
        coef = linalg.solve(K, Y, assume_a="pos", overwrite_a=False)
    except np.linalg.LinAlgError:
        warnings.warn(
            "Singular matrix in solving dual problem. Using least-squares solution instead.",
            stacklevel=2,
        )
        coef = linalg.lstsq(K, Y)[0]
    K.flat[:: len(K) + 1] = diagonal
    return coef
