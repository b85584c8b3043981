"""Truncated singular value decomposition of rows that are not centred."""

from __future__ import annotations

from typing import Any

from sklearn import decomposition

from ..arrays import HOST, Array, find_place, is_sparse, place_of
from ..base import OnDevice, log, to_host
from ..door import Opened, open_door
from .centred import Centred, cancels
from .inverse import inverse_answer
from .randomized import Parts, randomized_svd


class TruncatedSVD(OnDevice, decomposition.TruncatedSVD):
    """Projection of rows on the right singular vectors of the largest singular values.

    By random projections (Halko, Martinsson and Tropp 2011) with scikit-learn's own draws; X'X is
    multiplied out where that is less work and costs no digits. Each axis is turned so that its
    entry of largest size is positive.

    Parameters are those of `sklearn.decomposition.TruncatedSVD`, and `device`: None (where X is),
    "cpu", "cuda", "cuda:1" or "auto". The algorithm "arpack" is SciPy's, on the CPU, and sparse X
    is scikit-learn's; `fallback_` says so where another device or library is asked for.

    Attributes
    ----------
    components_ : array of shape (n_components, n_features), dtype of X
    explained_variance_, explained_variance_ratio_ : arrays of shape (n_components,)
        The variance of the projected rows, and its share of that of all columns.
    singular_values_ : array of shape (n_components,)
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _numbers_only = True

    components_: Any
    explained_variance_: Any
    explained_variance_ratio_: Any
    singular_values_: Any

    def fit(self, X: Any, y: Any = None) -> TruncatedSVD:
        """Find the components.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : None
            Ignored.

        Raises
        ------
        ValueError
            When `n_components` is more than columns.
        """
        if self._by_parent(X):
            self._parent_transform(X)
            return self
        return self._fit_on_device(X)

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Find the components and return the projected rows, (n_samples, n_components)."""
        if self._by_parent(X):
            return self._parent_transform(X)
        self._validate_params()
        data = open_door(self, X, None, None, find_place(self.device, X))
        return place_of(X).put(self._find_and_project(data))

    def _by_parent(self, X: Any) -> bool:
        """Whether X is sparse, or Lanczos' iterations are asked for."""
        self._validate_params()
        return is_sparse(X) or self.algorithm == "arpack"

    def _parent_transform(self, X: Any) -> Any:
        home, place = place_of(X), find_place(self.device, X)
        reason = None
        if is_sparse(X):
            reason = "sparse X"
        elif home != HOST or place != HOST:
            reason = "algorithm='arpack' has no kernel here"
        if reason is not None:
            log.info("TruncatedSVD is fitted by scikit-learn on the CPU: %s.", reason)
        projected = self._parent.fit_transform(self, to_host(X))
        self.fallback_ = reason
        return home.put(projected)

    def _fit_arrays(self, data: Opened) -> None:
        self._find(Centred(data.X, None, data.xp))

    def _find_and_project(self, data: Opened, rows: Centred | None = None) -> Array:
        """Set the fitted attributes; return the projected rows."""
        self._find(rows or Centred(data.X, None, data.xp))
        self.fallback_ = None
        return data.X @ self.components_.T

    def _find(self, rows: Centred) -> None:
        """Set the fitted attributes."""
        X, xp = rows.X, rows.xp
        n_features = X.shape[1]
        if n_features < 2:
            raise ValueError(
                f"Found array with {n_features} feature(s) (shape={tuple(X.shape)}) while a "
                "minimum of 2 is required by TruncatedSVD."
            )
        if self.n_components > n_features:
            raise ValueError(
                f"n_components({self.n_components}) must be <= n_features({n_features})."
            )
        found = randomized_svd(rows, self.get_params(deep=False), self.n_iter)
        along, total = _variances(rows, found)
        self.components_, self.singular_values_ = found.axes, found.singular
        self.explained_variance_ = xp.astype(along, X.dtype, copy=False)
        self.explained_variance_ratio_ = xp.astype(along / total, X.dtype, copy=False)

    def transform(self, X: Any) -> Any:
        """Return projected rows of shape (n_samples, n_components), where X is."""
        return self._answer(
            "transform", X, "components_", lambda X, xp: X @ self._here("components_", X).T
        )

    def inverse_transform(self, X: Any) -> Any:
        """Return rows of shape (n_samples, n_features) from projected ones, where X is."""
        return inverse_answer(self, X, lambda X, xp: X @ self._here("components_", X))


def _variances(rows: Centred, found: Parts) -> tuple[Array, Array]:
    """Return the variance along each axis, and that of all columns summed, float64.

    They are read off X'X or R, where these are there and the means are not so large that they
    cancel.
    """
    xp, n_samples, mean = rows.xp, rows.shape[0], rows.column_means()
    axes = xp.astype(found.axes, xp.float64, copy=False)
    squares = found.squares(axes, xp)
    if squares is not None:
        centre = axes @ mean
        columns = squares[0] / n_samples - mean * mean
        along = squares[1] / n_samples - centre * centre
        if not (cancels(mean, columns, xp) or cancels(centre, along, xp)):
            return along, xp.sum(columns)
    total, along = Centred(rows.X, mean, xp).squares(found.axes)
    return along / n_samples, total / n_samples
