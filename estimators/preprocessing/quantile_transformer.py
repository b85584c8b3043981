"""Columns mapped by their quantiles to a uniform or a normal distribution."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy.special import ndtri
from sklearn import preprocessing
from sklearn.utils import check_random_state, resample

from ..arrays import Array, Namespace, place_of
from ..door import Opened
from .columns import OnColumns
from .normal import normal_probability, normal_quantile
from .quantiles import column_quantiles

_BOUND = 1e-7  # nearer to the least or the greatest quantile is taken as beyond it
_TAIL = _BOUND - np.spacing(1)  # output is clipped at its quantile, and that of the rest
_CLIP = tuple(float(end) for end in ndtri([_TAIL, 1 - _TAIL]))


class QuantileTransformer(OnColumns, preprocessing.QuantileTransformer):
    """Map each column through its distribution function; NaN is left out, and left in place.

    Quantiles are scikit-learn's, of the same random rows. Between them it interpolates; of equal
    quantiles the middle is taken.

    Parameters are those of `sklearn.preprocessing.QuantileTransformer`, and `device`: None (where X
    is), "cpu", "cuda", "cuda:1" or "auto". X is never written to. Sparse X is scikit-learn's;
    `fallback_` says so.

    Attributes
    ----------
    quantiles_ : array of shape (n_quantiles_, n_features), float64
    references_ : ndarray of shape (n_quantiles_,)
    n_quantiles_ : int
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    quantiles_: Any
    references_: Any
    n_quantiles_: int

    def fit(self, X: Any, y: Any = None) -> QuantileTransformer:
        """Find the quantiles of each column.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : None
            Ignored.

        Raises
        ------
        ValueError
            When there are more quantiles than random rows.
        """
        return self._fit_where_x_is(X, y)

    def _fit_arrays(self, data: Opened) -> None:
        X, xp, n_samples = data.X, data.xp, data.X.shape[0]
        if self.subsample is not None and self.n_quantiles > self.subsample:
            raise ValueError(
                "The number of quantiles cannot be greater than the number of samples used. Got "
                f"{self.n_quantiles} quantiles and {self.subsample} samples."
            )
        if self.n_quantiles > n_samples:
            warnings.warn(
                f"n_quantiles ({self.n_quantiles}) is greater than the total number of samples "
                f"({n_samples}). n_quantiles is set to n_samples.",
                stacklevel=4,
            )
        if self.ignore_implicit_zeros:
            warnings.warn(
                "'ignore_implicit_zeros' takes effect only with sparse matrix. This parameter has "
                "no effect.",
                stacklevel=4,
            )
        self.n_quantiles_ = max(1, min(self.n_quantiles, n_samples))
        self.references_ = np.linspace(0, 1, self.n_quantiles_, endpoint=True)
        random_state = check_random_state(self.random_state)
        if self.subsample is not None and self.subsample < n_samples:
            rows = resample(
                np.arange(n_samples),
                replace=False,
                n_samples=self.subsample,
                random_state=random_state,
            )
            X = xp.take(X, data.place.put(rows), axis=0)
        self.quantiles_ = column_quantiles(X, list(self.references_), xp)

    def transform(self, X: Any) -> Any:
        """Return mapped rows of shape (n_samples, n_features), where X is."""
        return self._answer_columns(
            "transform", X, lambda X, xp: self._mapped(X, self._forward, xp), on_host=True
        )

    def inverse_transform(self, X: Any) -> Any:
        """Return mapped rows as they were before, where X is."""
        return self._answer_columns(
            "inverse_transform", X, lambda X, xp: self._mapped(X, self._backward, xp), on_host=True
        )

    def _mapped(self, X: Array, one: Any, xp: Namespace) -> Array:
        """Map column by column, in float64."""
        place, found = place_of(X), xp.empty_like(X)
        quantiles = place.put(self.quantiles_, xp.float64)
        references = place.put(self.references_, xp.float64)
        for j in range(X.shape[1]):
            column = xp.asarray(X[:, j], copy=True)
            each = one(column, xp.asarray(quantiles[:, j], copy=True), references, xp)
            found[:, j] = xp.astype(xp.where(xp.isnan(column), column, each), X.dtype)
        return found

    def _forward(self, x: Array, quantiles: Array, references: Array, xp: Namespace) -> Array:
        low, high = self._beyond(x, quantiles[0], quantiles[-1], xp)
        p = _between(xp.astype(x, xp.float64), quantiles, references, xp)
        p = xp.where(high, xp.ones_like(p), p)
        p = xp.where(low, xp.zeros_like(p), p)
        normal = self.output_distribution == "normal"
        return xp.clip(normal_quantile(p, xp), *_CLIP) if normal else p

    def _backward(self, x: Array, quantiles: Array, references: Array, xp: Namespace) -> Array:
        p = normal_probability(x, xp) if self.output_distribution == "normal" else x
        low, high = self._beyond(p, references[0], references[-1], xp)
        found = _from_below(xp.astype(p, xp.float64), references, quantiles, xp)
        found = xp.where(high, quantiles[-1], found)
        return xp.where(low, quantiles[0], found)

    def _beyond(self, x: Array, least: Array, most: Array, xp: Namespace) -> tuple[Array, Array]:
        """Where `x` is taken for the least or less, and for the greatest or more."""
        if self.output_distribution == "uniform":
            x = xp.astype(x, xp.float64)
            return x == least, x == most
        down, up = (xp.astype(each, xp.float64) for each in (x - _BOUND, x + _BOUND))
        return down < least, up > most


def _between(x: Array, quantiles: Array, references: Array, xp: Namespace) -> Array:
    """Interpolate from below and from above; the middle, where quantiles repeat."""
    below = _from_below(x, quantiles, references, xp)
    if bool(xp.all(quantiles[1:] > quantiles[:-1])):
        return below
    above = -_from_below(-x, -xp.flip(quantiles), -xp.flip(references), xp)
    return 0.5 * (below + above)


def _from_below(x: Array, at: Array, values: Array, xp: Namespace) -> Array:
    """Interpolate as `numpy.interp` does: of equal places the last counts."""
    if place_of(x).on_host:
        return np.interp(x, at, values)
    last = at.shape[0] - 1
    right = xp.searchsorted(at, x, side="right")
    i = xp.clip(right - 1, 0, max(last - 1, 0))
    next_ = xp.clip(i + 1, 0, last)
    start, width = xp.take(at, i), xp.take(at, next_) - xp.take(at, i)
    width = xp.where(width == 0, xp.ones_like(width), width)
    first = xp.take(values, i)
    found = first + (xp.take(values, next_) - first) / width * (x - start)
    found = xp.where(x >= at[last], values[last], found)
    return xp.where(x < at[0], values[0], found)
