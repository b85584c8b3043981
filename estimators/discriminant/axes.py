"""Principal axes of rows about the means of their classes, by Gram matrix or by singular values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Array, Namespace, to_numpy
from ..blocks import rows_in_memory, slices_of
from .class_rows import ClassRows
from .covariances import deviations

# Eigenvalues of a Gram matrix are right to about eps of the largest: above this part of it they
# have ten digits.
_LEAST = 1e-6
_ROUNDING = 1e-12
_STACKED = 64  # columns up to which matrices are decomposed together: with more it saves no time
_STACKS = 6  # arrays of the size of the matrices, at that time
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


def class_axes(classes: list[ClassRows], means: Array) -> list[tuple[Array, Array]]:
    """Return the variances of each class along its axes, descending, and the axes as columns.

    Gram matrices of few columns are decomposed together, as many as fit the working memory. Where
    one has lost digits, and where rows are few, the singular values of the rows serve.
    """
    xp, n_features = classes[0].xp, classes[0].shape[1]
    tall = [k for k, rows in enumerate(classes) if rows.shape[0] >= _TALL * n_features]
    size = rows_in_memory(_STACKS * 8.0 * n_features**2) if n_features <= _STACKED else 1
    found: dict[int, tuple[Array, Array]] = {}
    for some in slices_of(len(tall), size):
        found.update(_by_gram_matrices(tall[some], classes, means))
    for k, rows in enumerate(classes):
        if k not in found:
            triangle = rows.triangle(means[k : k + 1, :])
            _, values, axes = xp.linalg.svd(triangle, full_matrices=False)
            found[k] = values**2 / rows.shape[0], signed(axes.T, xp)
    return [found[k] for k in range(len(classes))]


def _by_gram_matrices(
    numbers: list[int], classes: list[ClassRows], means: Array
) -> dict[int, tuple[Array, Array]]:
    """Decompose the covariances of some classes; leave out those that have lost digits."""
    xp = classes[0].xp
    covariances = [
        classes[k].scatter(means[k : k + 1, :], np.asarray([1.0 / classes[k].shape[0]]))
        for k in numbers
    ]
    variances, axes = descending(xp.stack(covariances), xp)
    exact = to_numpy(variances[:, -1] > _LEAST * variances[:, 0])
    return {k: (variances[i, :], axes[i, :, :]) for i, k in enumerate(numbers) if exact[i]}


def descending(matrices: Array, xp: Namespace) -> tuple[Array, Array]:
    """Return the eigenvalues of symmetric matrices, largest first, and their axes as columns."""
    values, axes = xp.linalg.eigh(matrices)
    return xp.flip(values, axis=-1), signed(xp.flip(axes, axis=-1), xp)


def signed(axes: Array, xp: Namespace) -> Array:
    """Turn each column so that its entry of largest size is positive."""
    if 0 in axes.shape:
        return axes
    largest = xp.argmax(xp.abs(axes), axis=-2, keepdims=True)
    entry = xp.take_along_axis(axes, largest, axis=-2)
    return xp.where(entry < 0, -axes, axes)
