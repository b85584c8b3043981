"""Columns less their median, over a range of quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats
from sklearn import preprocessing

from ..arrays import Array, Namespace
from ..door import Opened
from .columns import OnColumns, without_zeros
from .quantiles import column_quantiles


class RobustScaler(OnColumns, preprocessing.RobustScaler):
    """Scale columns to `(x - median) / (upper - lower quantile)`; NaN is left out and in place.

    Parameters are those of `sklearn.preprocessing.RobustScaler`, and `device`: None (where X is),
    "cpu", "cuda", "cuda:1" or "auto". Off the host `copy=False` does not write into X. Sparse X is
    scikit-learn's; `fallback_` says so.

    Attributes
    ----------
    center_, scale_ : arrays of shape (n_features,), or None where not needed
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    center_: Any
    scale_: Any

    def fit(self, X: Any, y: Any = None) -> RobustScaler:
        """Find the quantiles of each column.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : None
            Ignored.

        Raises
        ------
        ValueError
            When `quantile_range` is not two numbers between 0 and 100, the first not the larger.
        """
        return self._fit_where_x_is(X, y, on_host=True)

    def _fit_arrays(self, data: Opened) -> None:
        X, xp = data.X, data.xp
        low, high = self.quantile_range
        if not 0 <= low <= high <= 100:
            raise ValueError(f"Invalid quantile range: {self.quantile_range}")
        self.center_ = self.scale_ = None
        shares = [0.5] * self.with_centering + [low / 100, high / 100] * self.with_scaling
        if not shares:
            return
        found = column_quantiles(X, shares, xp)
        if self.with_centering:
            self.center_ = xp.astype(found[0, :], X.dtype, copy=False)
        if self.with_scaling:
            scale = xp.astype(found[-1, :] - found[-2, :], xp.float64, copy=False)
            self.scale_ = without_zeros(scale, xp)
        if self.with_scaling and self.unit_variance:
            with np.errstate(invalid="ignore"):
                normal = stats.norm.ppf(high / 100) - stats.norm.ppf(low / 100)
            self.scale_ = self.scale_ / float(normal)

    def transform(self, X: Any) -> Any:
        """Return scaled rows of shape (n_samples, n_features), where X is."""
        return self._answer_columns("transform", X, self._scaled)

    def inverse_transform(self, X: Any) -> Any:
        """Return scaled rows as they were before, where X is."""
        return self._answer_columns("inverse_transform", X, self._unscaled)

    def _scaled(self, X: Array, xp: Namespace) -> Array:
        if self.with_centering:
            X = X - self._here("center_", X)
        if self.with_scaling:
            X = X / self._here("scale_", X)
        return X

    def _unscaled(self, X: Array, xp: Namespace) -> Array:
        if self.with_scaling:
            X = X * self._here("scale_", X)
        if self.with_centering:
            X = X + self._here("center_", X)
        return X
