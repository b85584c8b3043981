"""Principal component analysis."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np
from sklearn import decomposition
from sklearn.utils.validation import check_is_fitted

from ..arrays import HOST, Array, Namespace, find_place, is_foreign, is_sparse, place_of, to_numpy
from ..base import OnDevice, log, to_host
from ..door import Opened, open_door
from ..sklearn_private import infer_dimension
from .centred import Centred
from .components import (
    Components,
    check_count,
    count_for,
    decompose,
    project,
    set_components,
    shares_of,
    solver_for,
)
from .inverse import inverse_answer


class PCA(OnDevice, decomposition.PCA):
    """Projection of centred rows on the axes of largest variance.

    From the eigenvectors of the covariance matrix, where there are ten times as many rows as
    columns; else from the singular values of the centred rows, or, for few components of a large
    table, from random projections of them (Halko, Martinsson and Tropp 2011). Each axis is turned
    so that its entry of largest size is positive. Beyond the result the working memory is bounded,
    but of the solver "full" with less than two rows per column, which centres a copy of X.

    Parameters are those of `sklearn.decomposition.PCA`, and `device`: None (where X is), "cpu",
    "cuda", "cuda:1" or "auto". X is never written to. The solver "arpack" is SciPy's, on the CPU,
    and sparse X is scikit-learn's; `fallback_` says so where another device or library is asked
    for.

    Attributes
    ----------
    components_ : array of shape (n_components, n_features), dtype of X
    explained_variance_, explained_variance_ratio_, singular_values_ : arrays (n_components,)
    mean_ : array of shape (n_features,)
    noise_variance_ : float
    n_components_, n_samples_ : int
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    def fit(self, X: Any, y: Any = None) -> PCA:
        """Find the components.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : None
            Ignored.

        Raises
        ------
        ValueError
            When `n_components` is more than rows or columns.
        """
        if self._is_scipys(X):
            self._parent.fit(self, X)
            self.fallback_ = None
            return self
        return self._fit_on_device(X)

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Find the components and return the projected rows, (n_samples, n_components)."""
        self._validate_params()
        home, place = place_of(X), find_place(self.device, X)
        reason = "sparse X" if is_sparse(X) else self._fallback_reason(X, y)
        if reason is not None or self._is_scipys(X):
            if reason is not None:
                log.info("PCA is fitted by scikit-learn on the CPU: %s.", reason)
            projected = self._parent.fit_transform(self, to_host(X))
            self.fallback_ = reason
            return home.put(projected)
        data = open_door(self, X, None, None, place)
        return home.put(self._find_and_project(data))

    def transform(self, X: Any) -> Any:
        """Return projected rows of shape (n_samples, n_components), where X is."""
        return self._answer("transform", X, "components_", self._project)

    def inverse_transform(self, X: Any) -> Any:
        """Return rows of shape (n_samples, n_features) from projected ones, where X is."""
        return inverse_answer(self, X, self._unproject)

    def score_samples(self, X: Any) -> Any:
        """Return the log-likelihood of each row under the Gaussian model, shape (n_samples,)."""
        return self._answer("score_samples", X, "components_", self._log_likelihood)

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean log-likelihood of the rows."""
        likelihoods = self.score_samples(X)
        return float(place_of(likelihoods).xp.mean(likelihoods))

    def get_covariance(self) -> Any:
        """Return the covariance of the model, `C' diag(variance - noise) C + noise I`."""
        check_is_fitted(self)
        place = place_of(self.components_)
        if place == HOST:
            return self._parent.get_covariance(self)
        return self._covariance(self.components_, place.xp)

    def get_precision(self) -> Any:
        """Return the inverse of the covariance of the model."""
        check_is_fitted(self)
        place = place_of(self.components_)
        if place == HOST:
            return self._parent.get_precision(self)
        return place.xp.linalg.inv(self._covariance(self.components_, place.xp))

    def _is_scipys(self, X: Any) -> bool:
        """Whether SciPy's iterations are asked for, where they are: on the host."""
        asked = self.svd_solver == "arpack" and not is_sparse(X)
        return asked and find_place(self.device, X) == HOST and not is_foreign(X)

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if self.svd_solver == "arpack" and not self._is_scipys(X):
            return "svd_solver='arpack' has no kernel here"
        return None

    def _fit_arrays(self, data: Opened) -> None:
        self._find(data)

    def _find_and_project(self, data: Opened, rows: Centred | None = None) -> Array:
        """Set the fitted attributes; return what the decomposition makes of the rows."""
        found = self._find(data, rows)
        self.fallback_ = None
        if found.left is None:
            return self._project(data.X, data.xp)
        scale = sqrt(data.X.shape[0] - 1) if self.whiten else found.singular
        return found.left() * scale

    def _find(self, data: Opened, rows: Centred | None = None) -> Components:
        """Set the fitted attributes; return all that was found.

        Rows less their mean may be at hand.
        """
        X, params = data.X, self.get_params(deep=False)
        if self.n_components is None:
            params["n_components"] = min(X.shape)
        solver = solver_for(params, X.shape)
        check_count(self.n_components, solver, X.shape)
        found = decompose(X, solver, data.xp, params, rows)
        if self.n_components == "mle":
            count = infer_dimension(to_numpy(found.variance), X.shape[0])
        else:
            count = count_for(self.n_components, shares_of(found, data.xp), min(X.shape))
        set_components(self, found, count, solver, data.xp)
        return found

    def _project(self, X: Array, xp: Namespace) -> Array:
        variance = self._here("explained_variance_", X) if self.whiten else None
        return project(X, self._here("components_", X), self._here("mean_", X), variance, xp)

    def _unproject(self, X: Array, xp: Namespace) -> Array:
        if self.whiten:
            X = X * xp.sqrt(self._here("explained_variance_", X))
        return X @ self._here("components_", X) + self._here("mean_", X)

    def _log_likelihood(self, X: Array, xp: Namespace) -> Array:
        precision = xp.linalg.inv(self._covariance(self._here("components_", X), xp))
        X = X - self._here("mean_", X)
        normaliser = X.shape[1] * float(np.log(2 * pi)) - xp.linalg.slogdet(precision)[1]
        return -0.5 * (xp.sum(X * (X @ precision), axis=1) + normaliser)

    def _covariance(self, axes: Array, xp: Namespace) -> Array:
        place = place_of(axes)
        noise = float(to_host(self.noise_variance_))
        excess = self._here("explained_variance_", axes) - noise
        if self.whiten:
            axes = axes * xp.sqrt(self._here("explained_variance_", axes))[:, None]
        excess = xp.where(excess > 0, excess, xp.zeros_like(excess))
        identity = xp.eye(axes.shape[1], dtype=axes.dtype, device=place.device)
        return (axes.T * excess) @ axes + noise * identity
