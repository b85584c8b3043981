"""Products with the centred rows of an array library, in blocks, for a lasso of many columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..arrays import Array, place_of, to_numpy
from ..blocks import in_row_blocks
from .lasso_gap import Penalties, dual_gaps
from .moments import column_means


class PlacedRows:
    """Rows less their means, times the roots of their weights, which are never formed whole.

    Parameters
    ----------
    X : array of shape (n_samples, n_features), float32 or float64
    weight : array of shape (n_samples,) or None

    Attributes
    ----------
    mean : array of shape (n_features,), float64
        What is subtracted; zero without intercept.
    weight : float
        Sum of the weights.
    """

    def __init__(self, X: Array, weight: Array | None, fit_intercept: bool) -> None:
        self._X, self._place = X, place_of(X)
        self.xp = xp = self._place.xp
        self.n_features = X.shape[1]
        mean = column_means(X, weight, xp)
        self.mean = mean if fit_intercept else xp.zeros_like(mean)
        self.weight = float(X.shape[0])
        self._root = None
        if weight is not None:
            weight = xp.astype(weight, xp.float64)
            self.weight, self._root = float(xp.sum(weight)), xp.sqrt(weight)

    def weighted(self, y: Array) -> Array:
        """Return `y` (n_samples,) times the roots of the weights."""
        return y if self._root is None else y * self._root

    def residual(self, y: Array, coef: np.ndarray) -> Array:
        """Return `y - X coef` for `y` (n_samples,) and `coef` (n_features,) of NumPy."""
        chosen = np.flatnonzero(coef)
        if not chosen.size:
            return y
        part = self._place.put(coef[chosen])

        def product(rows: slice) -> Array:
            return self._columns(rows, chosen) @ part

        return y - self.xp.concat(list(self._blocks(product, chosen.size)))

    def gram(self, chosen: np.ndarray) -> np.ndarray:
        """Return the Gram matrix of some columns, as NumPy."""

        def square(rows: slice) -> Array:
            X = self._columns(rows, chosen)
            return X.T @ X

        return np.ascontiguousarray(to_numpy(sum(self._blocks(square, chosen.size))))

    def gradient_and_gap(
        self, residual: Array, y: Array, coef: np.ndarray, penalty: Penalties, positive: bool
    ) -> tuple[np.ndarray, float]:
        """Return `X'r` (n_features,) as NumPy, and the duality gap, for `r = y - X coef`."""
        xp = self.xp
        scaled = residual if self._root is None else residual * self._root

        def product(rows: slice) -> Array:
            return scaled[rows] @ xp.astype(self._X[rows, :], xp.float64, copy=False)

        summed = sum(self._blocks(product, self.n_features))
        gradient = to_numpy(summed - self.mean * xp.sum(scaled))
        squares, along = (np.array([float(xp.sum(residual * v))]) for v in (residual, y))
        gap = dual_gaps(coef[None, :], gradient[None, :], squares, along, penalty, positive)
        return gradient, float(gap[0])

    def _columns(self, rows: slice, chosen: np.ndarray) -> Array:
        """Return some columns of some rows, centred and weighted, in float64."""
        xp = self.xp
        which = self._place.put(chosen)
        part = xp.astype(xp.take(self._X[rows, :], which, axis=1), xp.float64)
        part = part - xp.take(self.mean, which, axis=0)
        return part if self._root is None else part * self._root[rows, None]

    def _blocks(self, work: Callable[[slice], Array], n_columns: int) -> Iterator[Array]:
        """Do `work` on blocks of rows of which so many columns are copied three times."""
        return in_row_blocks(work, self._X.shape[0], 24.0 * n_columns)
