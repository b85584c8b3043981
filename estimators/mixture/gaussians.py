"""The parameters of a mixture of Gaussians, and the factors of their precisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import lapack

from ..arrays import Array, Namespace, Place, place_of
from ..linear.solve import cholesky


@dataclass(frozen=True)
class Gaussians:
    """Weights, means and covariances of k components, float64, where the rows are.

    Attributes
    ----------
    kind : {"full", "tied", "diag", "spherical"}
    weights : array of shape (k,)
    means : array of shape (k, p)
        Less the shift of the rows.
    covariances : array of shape (k, p, p), (p, p), (k, p) or (k,), by kind
    factors : array of the same shape
        P with `P P' = covariance^-1`, upper triangular; for diagonals the inverse roots.
    """

    kind: str
    weights: Array
    means: Array
    covariances: Array
    factors: Array

    @property
    def xp(self) -> Namespace:
        """The namespace of the arrays."""
        return place_of(self.means).xp

    def precisions(self) -> Array:
        """Return the inverses of the covariances."""
        if self.kind in ("full", "tied"):
            return self.factors @ transposed(self.factors, self.xp)
        return self.factors**2

    def log_constants(self) -> Array:
        """Return `log w + log det P - p/2 log(2 pi)` of each component, of shape (k,)."""
        xp, n_features = self.xp, self.means.shape[1]
        if self.kind in ("full", "tied"):
            logs = xp.sum(xp.log(xp.linalg.diagonal(self.factors)), axis=-1)
        elif self.kind == "diag":
            logs = xp.sum(xp.log(self.factors), axis=1)
        else:
            logs = n_features * xp.log(self.factors)
        return xp.log(self.weights) + logs - 0.5 * n_features * float(np.log(2 * np.pi))


def transposed(matrices: Array, xp: Namespace) -> Array:
    """Transpose each matrix of a stack, or one."""
    last = matrices.ndim - 1
    return xp.permute_dims(matrices, (*range(last - 1), last, last - 1))


def factors_of_precisions(covariances: Array, kind: str, dtype: Any) -> Array:
    """Return P with `P P' = covariance^-1` for each covariance.

    Raises
    ------
    ValueError
        When a covariance is not positive definite.
    """
    xp = place_of(covariances).xp
    if kind in ("full", "tied"):
        lower = cholesky(covariances, xp)
        if lower is not None:
            return transposed(inverse_of_lower(lower, xp), xp)
    elif bool(xp.all(covariances > 0)):
        return 1.0 / xp.sqrt(covariances)
    message = (
        "Fitting the mixture model failed because some components have ill-defined empirical "
        "covariance (for instance caused by singleton or collapsed samples). Try to decrease the "
        "number of components, increase reg_covar, or scale the input data."
    )
    if dtype == xp.float32:
        message += (
            " The numerical accuracy can also be improved by passing float64 data instead of "
            "float32."
        )
    raise ValueError(message)


def inverse_of_lower(factors: Array, xp: Namespace) -> Array:
    """Invert lower triangular matrices, one or a stack."""
    if isinstance(factors, np.ndarray):
        stack = factors.reshape(-1, *factors.shape[-2:])
        inverses = [lapack.dtrtri(each, lower=1)[0] for each in stack]
        return np.stack(inverses).reshape(factors.shape)
    identity = xp.eye(factors.shape[-1], dtype=factors.dtype, device=place_of(factors).device)
    return xp.linalg.solve(factors, xp.broadcast_to(identity, factors.shape))


def factors_of_given(precisions: np.ndarray, kind: str) -> np.ndarray:
    """Return the upper triangular P with `P P'` the precision: its Cholesky factor, both flipped.

    On the host, for precisions that are checked.
    """
    if kind in ("full", "tied"):
        return np.linalg.cholesky(precisions[..., ::-1, ::-1])[..., ::-1, ::-1]
    return np.sqrt(precisions)


def covariances_of_factors(factors: np.ndarray, kind: str) -> np.ndarray:
    """Return the covariances whose precisions have these factors, on the host."""
    if kind in ("full", "tied"):
        inverse = np.linalg.inv(factors)
        return np.swapaxes(inverse, -1, -2) @ inverse
    return 1.0 / factors**2


def moved(gaussians: Gaussians, shift: Array, place: Place, dtype: Any) -> Gaussians:
    """Return the parameters with `shift` added to the means, on `place` and in `dtype`."""
    means = gaussians.means + shift
    arrays = (gaussians.weights, means, gaussians.covariances, gaussians.factors)
    return Gaussians(gaussians.kind, *(place.put(array, dtype) for array in arrays))
