"""Missing cells filled with a number of their column."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn import impute
from sklearn.utils.validation import check_is_fitted

from ..arrays import (
    HOST,
    Array,
    Namespace,
    Place,
    find_place,
    is_foreign,
    is_sparse,
    place_of,
    to_numpy,
)
from ..base import to_host
from ..blocks import in_row_blocks
from ..door import Opened, float_matrix
from .column_moments import column_means
from .columns import OnColumns
from .quantiles import column_quantiles


class SimpleImputer(OnColumns, impute.SimpleImputer):
    """Fill missing cells with the mean, median or most frequent number of a column, or a constant.

    Parameters are those of `sklearn.impute.SimpleImputer`, and `device`: None (where X is), "cpu",
    "cuda", "cuda:1" or "auto". Off the host `copy=False` does not write into X, and integers
    become float64. On the host, mean and median of floats with NaN are the same kernel's, and the
    rest, as text, is scikit-learn's. So are sparse X and a function as the strategy everywhere;
    `fallback_` says so where another device or library is asked for.

    Attributes
    ----------
    statistics_ : array of shape (n_features,)
        NaN for columns without any number; a NumPy array with strategy="constant".
    indicator_ : MissingIndicator or None
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    statistics_: Any

    def fit(self, X: Any, y: Any = None) -> SimpleImputer:
        """Find the number that fills each column.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : None
            Ignored.
        """
        plain = self.strategy in ("mean", "median") and self._is_plain(X)  # others are not faster
        return self._fit_where_x_is(X, y, on_host=plain)

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if find_place(self.device, X) == HOST:
            return None
        if callable(self.strategy):
            return "strategy is a function"
        if not is_foreign(X) and not self._is_plain(X):
            return "X is no array of floats with NaN"
        if isinstance(self.missing_values, str) or self.missing_values is None:
            return f"missing_values={self.missing_values!r} is no number"
        return None

    def _is_plain(self, X: Any) -> bool:
        """Whether X is NumPy's, of floats in which NaN is missing."""
        return type(X) is np.ndarray and X.dtype in (np.float64, np.float32) and self._is_of_nan()

    def _is_of_nan(self) -> bool:
        return isinstance(self.missing_values, float) and bool(np.isnan(self.missing_values))

    def _fit_arrays(self, data: Opened) -> None:
        X, xp, place = data.X, data.xp, data.place
        n_missing = self._count_missing(X, xp)
        self._fit_dtype = self._fill_dtype = to_numpy(X[:1, :1]).dtype
        empty = n_missing == X.shape[0]
        # One row says which columns have cells missing.
        self._fit_indicator(to_numpy(n_missing > 0)[None, :])
        if self.strategy == "constant":
            self.statistics_ = self._constants(to_numpy(empty))
            return
        if not self._is_of_nan():
            X = xp.where(self._missing(X, xp), xp.full_like(X[:1, :], xp.nan), X)
        found = self._found(X, xp)
        nothing = xp.full_like(found, 0.0 if self.keep_empty_features else xp.nan)
        self.statistics_ = place.put(xp.where(empty, nothing, found))

    def _found(self, X: Array, xp: Namespace) -> Array:
        """Return the number of each column of X, in which NaN is missing."""
        if self.strategy == "mean":
            return column_means(X, None, xp)[1]  # float64, as scikit-learn's
        if self.strategy == "median":
            return xp.astype(column_quantiles(X, [0.5], xp)[0, :], X.dtype, copy=False)
        columns = [_most_frequent(X[:, j], xp) for j in range(X.shape[1])]
        return xp.astype(xp.stack(columns), xp.float64)

    def _constants(self, empty: np.ndarray) -> np.ndarray:
        fill = 0 if self.fill_value is None else self.fill_value
        if not np.can_cast(type(fill), self._fill_dtype, casting="same_kind"):
            raise ValueError(
                f"fill_value={fill!r} (of type {type(fill)!r}) cannot be cast to the input data "
                f"that is {self._fill_dtype!r}."
            )
        constants = np.full(len(empty), fill, dtype=object)
        if not self.keep_empty_features:
            constants[empty] = np.nan
        return constants

    def _missing(self, X: Array, xp: Namespace) -> Array:
        return xp.isnan(X) if self._is_of_nan() else self.missing_values == X

    def _count_missing(self, X: Array, xp: Namespace) -> Array:
        def work(rows: slice) -> Array:
            return xp.sum(xp.astype(self._missing(X[rows, :], xp), xp.int64), axis=0)

        row_bytes = 9.0 * X.shape[1]
        return xp.sum(xp.stack(list(in_row_blocks(work, X.shape[0], row_bytes))), axis=0)

    def _rows(self, X: Any, place: Place, *, reset: bool = False) -> Array:
        if is_foreign(X) and not self._is_of_nan():
            float_matrix(self, X)  # NaN is no number there
        return super()._rows(X, place, reset=reset)

    def transform(self, X: Any) -> Any:
        """Return filled rows, and the indicators of missing cells beside them, where X is."""
        check_is_fitted(self)
        plain = self._is_plain(X) and self.copy and X.dtype == self._fit_dtype
        return self._answer_columns("transform", X, self._filled, on_host=plain)

    def _filled(self, X: Array, xp: Namespace) -> Array:
        missing = self._missing(X, xp)
        numbers = to_numpy(self.statistics_).astype(np.float64)
        fill = place_of(X).put(numbers, X.dtype)
        found = xp.where(missing, fill, X)
        void = np.isnan(numbers)
        if void.any() and not self.keep_empty_features:
            columns = np.flatnonzero(void)
            names = getattr(self, "feature_names_in_", np.arange(X.shape[1]))[columns]
            warnings.warn(
                f"Skipping features without any observed values: {names}. At least one non-missing "
                f"value is needed for imputation with strategy='{self.strategy}'.",
                stacklevel=4,
            )
            found = xp.take(found, place_of(X).put(np.flatnonzero(~void)), axis=1)
        if not self.add_indicator:
            return found
        flags = xp.take(missing, place_of(X).put(self.indicator_.features_), axis=1)
        return xp.concat([found, xp.astype(flags, X.dtype)], axis=1)

    def inverse_transform(self, X: Any) -> Any:
        """Return rows with the cells missing that the indicators say, where X is."""
        check_is_fitted(self)
        home = place_of(X)
        if home == HOST or is_sparse(X) or not self.add_indicator:
            return self.to_sklearn().inverse_transform(to_host(X))
        return self._emptied(float_matrix(self, X, finite=False), home.xp)

    def _emptied(self, X: Array, xp: Namespace) -> Array:
        flagged = list(self.indicator_.features_)
        n_filled = X.shape[1] - len(flagged)
        gap = xp.full_like(X[:, 0], float(self.missing_values))
        columns, used = [], 0
        for j in range(self.n_features_in_):
            missing = X[:, n_filled + flagged.index(j)] != 0 if j in flagged else None
            if missing is not None and bool(xp.all(missing)):
                columns.append(gap)
                continue
            filled = X[:, used]
            columns.append(filled if missing is None else xp.where(missing, gap, filled))
            used += 1
        return xp.stack(columns, axis=1)

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Return the names of the columns of what `transform` returns."""
        if place_of(getattr(self, "statistics_", None)) == HOST:
            return self._parent.get_feature_names_out(self, input_features)
        return self.to_sklearn().get_feature_names_out(input_features)


def _most_frequent(column: Array, xp: Namespace) -> Array:
    """Return the number that a column without its NaN has most often, of several the least."""
    missing = xp.isnan(column)
    column = xp.sort(xp.where(missing, xp.full_like(column, xp.inf), column))
    count = xp.searchsorted(column, column, side="right") - xp.searchsorted(column, column)
    count = xp.where(xp.isinf(column), xp.zeros_like(count), count)
    return column[xp.argmax(count)]
