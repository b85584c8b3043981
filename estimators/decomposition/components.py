"""Principal components: which solver serves, the decomposition, and its first so many parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Array, Namespace, to_numpy
from ..threads import threads_for
from .centred import Centred, column_means, mean_and_scatter, signed
from .randomized import randomized_svd
from .truncated import thin_svd

_TALL = 10  # "auto" decomposes the covariance from so many rows per column on,
_NARROW = 1000  # up to so many columns,
_SMALL = 500  # the rows themselves up to this size,
_MOST = 0.8  # and is randomised where fewer than this share of the components is asked for
_LEAST = 400  # "full" decomposes a triangle from so many rows on,
_ROWS = 2  # and so many per column:
_SINGLE_ROWS = 20  # of float32 on the host more, for the triangle is float64


@dataclass(frozen=True)
class Components:
    """All principal components of a table, largest variance first.

    Attributes
    ----------
    mean : array of shape (n_features,)
    axes : array of shape (n_axes, n_features)
        Of unit length, the entry of largest size positive.
    variance : array of shape (n_axes,)
    singular : array of shape (n_axes,)
        Of the centred table.
    n_samples, n_features : int
    total : float, optional
        The variance of all columns, where these are not all components.
    left : callable, optional
        Makes the left singular vectors, where the rows are their products and not projections.
    """

    mean: Array
    axes: Array
    variance: Array
    singular: Array
    n_samples: int
    n_features: int
    total: Any = None
    left: Callable[[], Array] | None = None


def solver_for(params: Any, shape: tuple[int, int], *, is_sparse: bool = False) -> str:
    """Return the solver that scikit-learn takes for parameters and a table of this shape."""
    solver, n_components = params["svd_solver"], params["n_components"]
    if solver != "auto":
        return solver
    if is_sparse:
        return "arpack"
    n_samples, n_features = shape
    if n_features <= _NARROW and n_samples >= _TALL * n_features:
        return "covariance_eigh"
    if max(shape) <= _SMALL or n_components is None or n_components == "mle":
        return "full"
    return "randomized" if 1 <= n_components < _MOST * min(shape) else "full"


def decompose(
    X: Array, solver: str, xp: Namespace, params: Mapping[str, Any], rows: Centred | None = None
) -> Components:
    """Decompose `X` of shape (n_samples, n_features).

    "full" takes the singular values of the centred rows, by their triangle R where they are more
    than the columns. "covariance_eigh" takes the eigenvectors of their covariance, summed in
    float64 over blocks of rows. "randomized" finds the first
    `params["n_components"]` parts only, of X less its mean, which may be at hand as `rows`.
    """
    n_samples, n_features = X.shape
    left = total = None
    if solver == "covariance_eigh":
        mean, scatter = mean_and_scatter(X, xp)
    else:
        mean = column_means(X, xp) if rows is None else rows.mean
    if solver == "randomized":
        rows = rows or Centred(X, mean, xp)
        parts = randomized_svd(rows, params, params["iterated_power"])
        singular, axes, left = parts.singular, parts.axes, parts.left
        known = parts.squares(axes, xp)
        squares = rows.squares()[0] if known is None else xp.sum(known[0])
        total = xp.astype(squares / (n_samples - 1), X.dtype)
        variance = singular * singular / (n_samples - 1)
    elif solver == "full":
        with threads_for(n_features, xp):
            _, singular, axes = thin_svd(_few_rows(Centred(X, mean, xp)), xp)
        variance = singular * singular / (n_samples - 1)
    else:
        values, vectors = xp.linalg.eigh(scatter / (n_samples - 1))
        variance = xp.flip(values)
        variance = xp.where(variance > 0, variance, xp.zeros_like(variance))
        singular = xp.sqrt(variance * (n_samples - 1))
        axes = xp.flip(vectors, axis=1).T
    mean, axes, variance, singular = (
        xp.astype(a, X.dtype, copy=False) for a in (mean, axes, variance, singular)
    )
    axes, _ = signed(axes, xp)
    return Components(mean, axes, variance, singular, n_samples, n_features, total, left)


def _few_rows(rows: Centred) -> Array:
    """Return centred rows, or as many as there are columns with their singular values and axes."""
    n_samples, n_features = rows.shape
    single = rows.X.dtype == rows.xp.float32 and rows.on_host and rows.fits
    tall = n_samples >= max(_LEAST, (_SINGLE_ROWS if single else _ROWS) * n_features)
    return rows.triangle() if tall else rows.whole()


def count_for(n_components: Any, ratio: Array, n_most: int) -> int:
    """Return how many components a parameter asks for.

    Parameters
    ----------
    n_components : int, float in (0, 1) or None
        A float is the share of variance to be exceeded.
    ratio : array of shape (n_axes,)
        The share of variance of each component.
    n_most : int
        The smaller of rows and columns.
    """
    if n_components is None:
        return n_most
    if 0 < n_components < 1:
        running = np.cumsum(to_numpy(ratio))
        # NumPy's number, as scikit-learn has it.
        return np.searchsorted(running, n_components, side="right") + 1
    return int(n_components)


def shares_of(found: Components, xp: Namespace) -> Array:
    """Return each component's share of the variance, of shape (n_axes,)."""
    return found.variance / (xp.sum(found.variance) if found.total is None else found.total)


def check_count(n_components: Any, solver: str, shape: tuple[int, int]) -> None:
    """Refuse more components than there are, and what a solver has no meaning for.

    Raises
    ------
    ValueError
        As scikit-learn does.
    """
    least = int(solver == "randomized")
    if isinstance(n_components, str):
        if solver == "randomized":
            raise ValueError(
                f"n_components={n_components!r} cannot be a string with svd_solver={solver!r}"
            )
        if shape[0] < shape[1]:
            raise ValueError("n_components='mle' is only supported if n_samples >= n_features")
    elif n_components is not None and not least <= n_components <= min(shape):
        raise ValueError(
            f"n_components={n_components} must be between {least} and min(n_samples, n_features)="
            f"{min(shape)} with svd_solver={solver!r}"
        )


def set_components(estimator: Any, found: Components, k: int, solver: str, xp: Namespace) -> None:
    """Set scikit-learn's fitted attributes for the first `k` components.

    `noise_variance_` is the mean of the variances left out (Tipping and Bishop 1999).
    """
    most = min(found.n_samples, found.n_features)
    noise: Any = 0.0
    if k < most and found.total is None:
        noise = xp.mean(found.variance[k:])
    elif k < most:
        noise = (found.total - xp.sum(found.variance[:k])) / (most - k)
    ratio = shares_of(found, xp)
    estimator._fit_svd_solver = solver
    estimator.mean_ = found.mean
    estimator.noise_variance_ = noise
    estimator.n_samples_, estimator.n_components_ = found.n_samples, k
    estimator.components_ = xp.asarray(found.axes[:k, :], copy=True)
    estimator.explained_variance_ = xp.asarray(found.variance[:k], copy=True)
    estimator.explained_variance_ratio_ = xp.asarray(ratio[:k], copy=True)
    estimator.singular_values_ = xp.asarray(found.singular[:k], copy=True)


def project(X: Array, axes: Array, mean: Array, variance: Array | None, xp: Namespace) -> Array:
    """Return `(X - mean) axes'`, divided by the standard deviations where `variance` is given."""
    projected = X @ axes.T
    projected -= mean[None, :] @ axes.T
    if variance is not None:
        projected /= whitening_scale(variance, xp)
    return projected


def whitening_scale(variance: Array, xp: Namespace) -> Array:
    """Return the standard deviations, those of next to nothing raised to eps."""
    scale = xp.sqrt(variance)
    least = xp.full_like(scale, xp.finfo(scale.dtype).eps)
    return xp.where(scale < least, least, scale)
