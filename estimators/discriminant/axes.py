"""Principal axes of rows about the means of their classes, by Gram matrix or by singular values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Array, Namespace
from .class_rows import ClassRows
from .covariances import deviations

# Eigenvalues of a Gram matrix are right to about eps of the largest: above this part of it they
# have ten digits.
_LEAST = 1e-6
_ROUNDING = 1e-12
_TALL = 2  # rows per column from which a Gram matrix is quicker than singular values


@dataclass(frozen=True)
class WithinAxes:
    """The axes of the rows less the means of their classes, columns scaled to variance 1.

    Attributes
    ----------
    unit : array of shape (n_features,)
        Inverse standard deviations within classes; 0 for constant columns.
    values : array of shape (n_axes,)
        Singular values of the scaled rows over sqrt(n_samples), descending.
    axes : array of shape (n_axes, n_features)
    """

    unit: Array
    values: Array
    axes: Array

    @classmethod
    def of(cls, rows: ClassRows, means: Array, tols: list[float]) -> WithinAxes:
        """Decompose the Gram matrix where it tells the rank at all `tols`, else the rows."""
        n_rows, n_features = rows.shape
        xp = rows.xp
        if n_rows >= _TALL * n_features:
            covariance = rows.scatter(means, np.full(len(rows.counts), 1.0 / n_rows))
            unit = deviations(xp.linalg.diagonal(covariance), means, n_rows, xp)[1]
            squares, axes = descending(covariance * unit[:, None] * unit[None, :], xp)
            if all(_tells_rank(squares, tol, xp) for tol in tols):
                squares = xp.where(squares > 0, squares, xp.zeros_like(squares))
                return cls(unit, xp.sqrt(squares), axes.T)
        triangle = rows.triangle(means) / n_rows**0.5
        unit = deviations(xp.sum(triangle * triangle, axis=0), means, n_rows, xp)[1]
        _, values, axes = xp.linalg.svd(triangle * unit, full_matrices=False)
        return cls(unit, values, axes)


def _tells_rank(squares: Array, tol: float, xp: Namespace) -> bool:
    """Whether squared singular values that count have their digits, and the others do not count."""
    largest = float(xp.max(squares))
    counts = squares > _LEAST * largest
    is_left = squares + _ROUNDING * largest < tol * tol
    return bool(xp.all(counts | is_left))


def class_axes(rows: ClassRows, mean: Array) -> tuple[Array, Array]:
    """Return the variances of one class along its axes, descending, and the axes as columns.

    By the singular values of the rows where the Gram matrix has lost digits.
    """
    n_rows, n_features = rows.shape
    if n_rows >= _TALL * n_features:
        variances, axes = descending(rows.scatter(mean, np.asarray([1.0 / n_rows])), rows.xp)
        if float(variances[-1]) > _LEAST * float(variances[0]):
            return variances, axes
    _, values, axes = rows.xp.linalg.svd(rows.triangle(mean), full_matrices=False)
    return values**2 / n_rows, signed(axes.T, rows.xp)


def descending(matrix: Array, xp: Namespace) -> tuple[Array, Array]:
    """Return the eigenvalues of a symmetric matrix, largest first, and its axes as columns."""
    values, axes = xp.linalg.eigh(matrix)
    return xp.flip(values), signed(xp.flip(axes, axis=1), xp)


def signed(axes: Array, xp: Namespace) -> Array:
    """Turn each column so that its entry of largest size is positive."""
    if 0 in axes.shape:
        return axes
    largest = xp.argmax(xp.abs(axes), axis=0)
    entry = xp.take_along_axis(axes, largest[None, :], axis=0)
    return xp.where(entry < 0, -axes, axes)
