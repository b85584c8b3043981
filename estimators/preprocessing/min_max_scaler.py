"""Columns scaled to a range."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import preprocessing

from ..arrays import HOST, Array, Namespace, find_place, is_sparse
from ..base import to_host
from ..blocks import in_row_blocks
from ..door import Opened
from .columns import OnColumns, without_zeros
from .long_rows import reduced


class MinMaxScaler(OnColumns, preprocessing.MinMaxScaler):
    """Scale columns to `feature_range`: `x * scale + min`; NaN is left out, and left in place.

    Parameters are those of `sklearn.preprocessing.MinMaxScaler`, and `device`: None (where X is),
    "cpu", "cuda", "cuda:1" or "auto". Off the host `copy=False` does not write into X.

    Attributes
    ----------
    min_, scale_, data_min_, data_max_, data_range_ : arrays of shape (n_features,), dtype of X
    n_samples_seen_ : int
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    min_: Any
    scale_: Any
    data_min_: Any
    data_max_: Any
    data_range_: Any
    n_samples_seen_: int

    def fit(self, X: Any, y: Any = None) -> MinMaxScaler:
        """Find the least and the greatest number of each column.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : None
            Ignored.
        """
        self._reset()
        return self.partial_fit(X, y)

    def partial_fit(self, X: Any, y: Any = None) -> MinMaxScaler:
        """Add rows to those seen before."""
        first = not hasattr(self, "n_samples_seen_")
        self._validate_params()
        place = find_place(self.device, X) if first or self._home() == HOST else self._home()
        if is_sparse(X) or self.feature_range[0] >= self.feature_range[1]:
            self._parent.partial_fit(self, to_host(X))  # it raises what is to be raised
        else:
            if not first and self._home() != place:
                self.data_min_, self.data_max_ = (
                    place.put(each) for each in (self.data_min_, self.data_max_)
                )
            X = self._rows(X, place, reset=first)
            self.n_samples_seen_ = X.shape[0] + (0 if first else self.n_samples_seen_)
            self._fit_arrays(Opened(X, None, None, place))
        self.fallback_ = None
        return self

    def _fit_arrays(self, data: Opened) -> None:
        X, xp = data.X, data.xp
        low, high = self.feature_range
        least, most = _extremes(X, xp)
        if X.shape[0] != self.n_samples_seen_:  # not the first rows
            dtype = X.dtype
            least = xp.minimum(xp.astype(self.data_min_, dtype, copy=False), least)
            most = xp.maximum(xp.astype(self.data_max_, dtype, copy=False), most)
        self.data_min_, self.data_max_, self.data_range_ = least, most, most - least
        self.scale_ = (high - low) / without_zeros(self.data_range_, xp)
        self.min_ = low - least * self.scale_

    def transform(self, X: Any) -> Any:
        """Return scaled rows of shape (n_samples, n_features), where X is."""
        return self._answer_columns("transform", X, self._scaled)

    def inverse_transform(self, X: Any) -> Any:
        """Return scaled rows as they were before, where X is."""
        return self._answer_columns(
            "inverse_transform",
            X,
            lambda X, xp: (X - self._here("min_", X)) / self._here("scale_", X),
        )

    def _scaled(self, X: Array, xp: Namespace) -> Array:
        X = X * self._here("scale_", X)
        X += self._here("min_", X)
        if self.clip:
            missing, (low, high) = xp.isnan(X), self.feature_range
            X = xp.where(missing, X, xp.clip(X, low, high))
        return X


def _extremes(X: Array, xp: Namespace) -> tuple[Array, Array]:
    """Return the least and the greatest number of each column; NaN of a column of NaN."""
    if isinstance(X, np.ndarray):
        return reduced(np.fmin, X), reduced(np.fmax, X)
    infinity = xp.full_like(X[:1, :], xp.inf)

    def work(rows: slice) -> tuple[Array, Array]:
        block = X[rows, :]
        missing = xp.isnan(block)
        least = xp.min(xp.where(missing, infinity, block), axis=0)
        return least, xp.max(xp.where(missing, -infinity, block), axis=0)

    row_bytes = 3.0 * X.shape[1] * xp.finfo(X.dtype).bits / 8
    least, most = zip(*in_row_blocks(work, X.shape[0], row_bytes), strict=True)
    low, high = xp.min(xp.stack(least), axis=0), xp.max(xp.stack(most), axis=0)
    empty, nan = low > high, xp.full_like(low, xp.nan)
    return xp.where(empty, nan, low), xp.where(empty, nan, high)
