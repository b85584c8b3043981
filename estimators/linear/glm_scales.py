"""Whether scikit-learn's solvers get to the minimum on the columns of X as they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import Array, place_of, to_numpy
from ..shared import Declined
from .moments import is_sparse

# Largest number over smallest range of a column: what lbfgs and the like can take, and what
# Newton's method can, which only rounding stops.
_STEPS, _NEWTON = 1e4, 1e8
# From so many columns on lbfgs is as quick as a warm path (measured) where the largest eigenvalue
# of their covariance is not above so many times the mean of all: they are all but uncorrelated.
_MANY, _ALIKE = 200, 5.0


def check_scales(X: Any, solver: str) -> None:
    """Decline columns of sizes so unlike that a plain fit ends elsewhere than at the minimum.

    Parameters
    ----------
    X : array of shape (n_samples, n_features), or CSR matrix
    solver : str
        Of the plain fit.

    Raises
    ------
    Declined
    """
    lowest, highest = _extremes(X)
    width = highest - lowest
    if not np.any(width > 0):
        raise Declined("all rows of X are the same")
    largest = max(1.0, float(np.max(np.maximum(-lowest, highest))))
    smallest = min(1.0, float(np.min(width[width > 0])))
    if not largest <= (_NEWTON if solver == "newton-cholesky" else _STEPS) * smallest:
        raise Declined(
            f"the columns of X are of sizes from {smallest:.0e} to {largest:.0e}, where "
            f"solver={solver!r} stops short of the minimum: scale them"
        )


def check_correlation(X: Array) -> None:
    """Decline many dense columns (n_samples, n_features) that are nearly uncorrelated.

    Raises
    ------
    Declined
    """
    if min(X.shape) <= _MANY:
        return
    centred = X - X.mean(axis=0)
    vector = np.random.default_rng(0).normal(size=X.shape[1]).astype(X.dtype)
    for _ in range(6):  # of the power iteration
        vector = centred.T @ (centred @ (vector / np.linalg.norm(vector)))
    if float(np.linalg.norm(vector)) < _ALIKE * float(np.sum(centred * centred)) / X.shape[1]:
        raise Declined("X has many columns, nearly uncorrelated: single fits take few steps")


def _extremes(X: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest number of each column, float64."""
    if is_sparse(X):
        lowest, highest = (part.toarray().ravel() for part in (X.min(axis=0), X.max(axis=0)))
    else:
        xp = place_of(X).xp
        lowest, highest = (to_numpy(part(X, axis=0)) for part in (xp.min, xp.max))
    return lowest.astype(np.float64), highest.astype(np.float64)
