"""Principal component analysis."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import decomposition
from sklearn.utils.validation import check_array, check_is_fitted

from ..arrays import HOST, Array, Namespace, find_place, is_foreign, place_of
from ..base import OnDevice, log, to_host
from ..door import Opened, float_matrix
from .components import (
    check_count,
    count_for,
    decompose,
    project,
    set_components,
    shares_of,
    solver_for,
)


class PCA(OnDevice, decomposition.PCA):
    """Projection of centred rows on the axes of largest variance.

    From the eigenvectors of the covariance matrix, where there are ten times as many rows as
    columns, else from the singular values of the centred rows; each axis is turned so that its
    entry of largest size is positive.

    Parameters are those of `sklearn.decomposition.PCA`, and `device`: None (where X is), "cpu",
    "cuda", "cuda:1" or "auto". X is never written to. `n_components="mle"`, the solvers "arpack"
    and "randomized" (also where "auto" takes it) and sparse X are scikit-learn's; `fallback_` says
    so.

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
        return self._fit_on_device(X)

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Find the components and return the projected rows, (n_samples, n_components)."""
        self._validate_params()
        find_place(self.device, X)  # a device that is not there is an error here too
        reason = "sparse X" if sparse.issparse(X) else self._fallback_reason(X, y)
        if reason is None:
            return self.fit(X).transform(X)
        log.info("PCA is fitted by scikit-learn on the CPU: %s.", reason)
        projected = self._parent.fit_transform(self, to_host(X))
        self.fallback_ = reason
        return place_of(X).put(projected)

    def transform(self, X: Any) -> Any:
        """Return projected rows of shape (n_samples, n_components), where X is."""
        return self._answer("transform", X, "components_", self._project)

    def inverse_transform(self, X: Any) -> Any:
        """Return rows of shape (n_samples, n_features) from projected ones, where X is."""
        check_is_fitted(self)
        home, place = place_of(X), place_of(self.components_)
        place = find_place(self.device, X) if place == HOST else place
        if place == HOST and home == HOST:
            return self._parent.inverse_transform(self, X)
        if is_foreign(X):
            X = float_matrix(self, X)
        else:
            X = check_array(X, input_name="X", dtype=[np.float64, np.float32])
        X, xp = place.put(X), place.xp
        if self.whiten:
            X = X * xp.sqrt(self._here("explained_variance_", X))
        return home.put(X @ self._here("components_", X) + self._here("mean_", X))

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

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if isinstance(self.n_components, str):
            return f"n_components={self.n_components!r} has no kernel here"
        shape = X.shape if hasattr(X, "shape") else np.asarray(X).shape
        params = {"svd_solver": self.svd_solver, "n_components": self.n_components}
        solver = solver_for(params, shape) if len(shape) == 2 else "full"
        if solver in ("full", "covariance_eigh"):
            return None
        by_itself = "svd_solver='auto' takes " if self.svd_solver == "auto" else "svd_solver="
        return f"{by_itself}{solver!r}, which has no kernel here"

    def _fit_arrays(self, data: Opened) -> None:
        params = {"svd_solver": self.svd_solver, "n_components": self.n_components}
        solver = solver_for(params, data.X.shape)
        check_count(self.n_components, solver, data.X.shape)
        found = decompose(data.X, solver, data.xp)
        count = count_for(self.n_components, shares_of(found, data.xp), min(data.X.shape))
        set_components(self, found, count, solver, data.xp)

    def _project(self, X: Array, xp: Namespace) -> Array:
        variance = self._here("explained_variance_", X) if self.whiten else None
        return project(X, self._here("components_", X), self._here("mean_", X), variance, xp)

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
