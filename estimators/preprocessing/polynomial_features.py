"""Products of columns up to a degree."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import preprocessing
from sklearn.utils.validation import check_is_fitted

from ..arrays import HOST, Array, Namespace, find_place, is_foreign, is_sparse, place_of
from ..base import OnDevice
from ..door import Opened, check_rows, float_matrix
from .columns import in_half_precision


class PolynomialFeatures(OnDevice, preprocessing.PolynomialFeatures):
    """All products of columns up to a degree, and a column of ones.

    Parameters are those of `sklearn.preprocessing.PolynomialFeatures`, and `device`: None (where X
    is), "cpu", "cuda", "cuda:1" or "auto". Only NumPy has the order "F" of memory.

    Attributes
    ----------
    n_output_features_ : int
    powers_ : array of shape (n_output_features_, n_features)
    fallback_ : str or None
        None: there is nothing to fit but the number of columns.
    """

    def fit(self, X: Any, y: Any = None) -> PolynomialFeatures:
        """Count the columns.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : None
            Ignored.
        """
        if not self._is_here(X):
            self._validate_params()
            find_place(self.device, X)  # a device that is not there is an error here too
        if is_foreign(X):
            if hasattr(self, "feature_names_in_"):
                del self.feature_names_in_
            X = np.zeros((1, float_matrix(self, X).shape[1]))
        self._parent.fit(self, X)
        self.fallback_ = None
        return self

    def _fit_arrays(self, data: Opened) -> None:
        self._parent.fit(self, np.zeros((1, data.X.shape[1])))

    def transform(self, X: Any) -> Any:
        """Return the products, of shape (n_samples, n_output_features_), where X is."""
        if self._is_here(X):
            return self._parent_method("transform")(self, X)
        check_is_fitted(self)
        home, place = place_of(X), find_place(self.device, X)
        if is_sparse(X) or (place == HOST and home == HOST):
            return self._parent.transform(self, X)
        if self.order == "F" and home != HOST:
            raise ValueError(
                "PolynomialFeatures does not support order='F' for arrays that are not NumPy's."
            )
        given, X = X, place.put(check_rows(self, X))
        if place == HOST:
            return in_half_precision(home.put(self._parent.transform(self, X)), given)
        found = in_half_precision(home.put(self._products(X, place.xp)), given)
        return np.asfortranarray(found) if self.order == "F" else found

    def _products(self, X: Array, xp: Namespace) -> Array:
        """Multiply the columns of each degree by those of X, to those of the next.

        What column j is multiplied by begins with j or a later one, so each product comes once.
        """
        interaction, n_features = int(self.interaction_only), X.shape[1]
        full = xp.empty((X.shape[0], self._n_out_full), dtype=X.dtype, device=place_of(X).device)
        stop = int(self.include_bias)
        if self.include_bias:
            full[:, 0] = 1
        if self._max_degree > 0:
            full[:, stop : stop + n_features] = X
        starts = list(range(stop, stop + n_features + 1))
        for _ in range(2, self._max_degree + 1):
            stop, new = starts[-1], []
            for j in range(n_features):
                new.append(stop)
                first, count = starts[j + interaction], starts[-1] - starts[j + interaction]
                full[:, stop : stop + count] = full[:, first : first + count] * X[:, j : j + 1]
                stop += count
            starts = [*new, stop]
        if self._min_degree <= 1:
            return full
        cut = self._n_out_full - self.n_output_features_
        if self.include_bias:
            full[:, cut] = 1
        return xp.asarray(full[:, cut:], copy=True)
