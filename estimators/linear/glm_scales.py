"""Whether scikit-learn's solvers get to the minimum on the columns of X as they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import Array, is_sparse, place_of, to_numpy
from ..shared import Declined
from .solve import cholesky

# Largest number over smallest range of a column: what lbfgs and the like can take, and what
# Newton's method can, which only rounding stops.
_STEPS, _NEWTON = 1e4, 1e8
# From so many columns on lbfgs is as quick as a warm path (measured) where the largest eigenvalue
# of their covariance is not above so many times the mean of all: they are all but uncorrelated.
_MANY, _ALIKE = 200, 5.0
_SQUARE = 700  # rows from which that holds where they are hardly more than the columns
# Pivot of the correlation matrix, 1 - R^2 of a column on others, below which it is one of them.
_MIN_PIVOT = 1e-9


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
    if _SQUARE < X.shape[0] < 1.2 * X.shape[1]:
        raise Declined("X has about as many columns as rows: single fits are as quick")
    centred = X - X.mean(axis=0)
    vector = np.random.default_rng(0).normal(size=X.shape[1]).astype(X.dtype)
    for _ in range(6):  # of the power iteration
        vector = centred.T @ (centred @ (vector / np.linalg.norm(vector)))
    if float(np.linalg.norm(vector)) < _ALIKE * float(np.sum(centred * centred)) / X.shape[1]:
        raise Declined("X has many columns, nearly uncorrelated: single fits take few steps")


def check_rank(X: Any, fit_intercept: bool) -> None:
    """Decline collinear columns of `X` (n_samples, n_features): only a penalty tells them apart.

    Raises
    ------
    Declined
    """
    n, p = X.shape
    dependent = n <= p
    if not dependent:
        if is_sparse(X):
            gram = (X.T @ X).toarray().astype(np.float64)
            mean = np.asarray(X.mean(axis=0), dtype=np.float64).ravel()
            gram = gram / n - fit_intercept * np.outer(mean, mean)
        else:
            X = to_numpy(X).astype(np.float64)
            X = X - fit_intercept * X.mean(axis=0)
            gram = X.T @ X / n
        size = np.sqrt(np.maximum(np.diag(gram), 0))
        there = size > 1e-12 * np.max(size, initial=0.0)  # a constant column has no coefficient
        gram = gram[np.ix_(there, there)] / np.outer(size[there], size[there])
        factor = cholesky(gram, np)
        dependent = factor is None or bool(np.min(np.diag(factor)) ** 2 < _MIN_PIVOT)
    if dependent:
        raise Declined("without a penalty, collinear columns have no single minimum")


def _extremes(X: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest number of each column, float64."""
    if is_sparse(X):
        lowest, highest = (part.toarray().ravel() for part in (X.min(axis=0), X.max(axis=0)))
    else:
        xp = place_of(X).xp
        lowest, highest = (to_numpy(part(X, axis=0)) for part in (xp.min, xp.max))
    return lowest.astype(np.float64), highest.astype(np.float64)
