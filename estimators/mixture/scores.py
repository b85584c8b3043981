"""Log-probabilities of rows under Gaussians, and the sums from which new ones are made."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import Array, Namespace, place_of
from .gaussians import Gaussians, inverse_of_lower, transposed

Sums = tuple[Array, Array, Array]


class FullScores:
    """Scores of components with a covariance matrix each, in the dtype of the rows.

    The rows are whitened, `y = P'(x - m)`: `|y|^2` is the distance in the exponent, and
    `sum_i r_i y_i y_i'` the second moment, near the identity, from which the new covariance is
    made; one product with P serves both.
    """

    def __init__(self, gaussians: Gaussians, dtype: Any) -> None:
        self.gaussians, self.xp, self.dtype = gaussians, gaussians.xp, dtype
        xp, (k, n_features) = self.xp, gaussians.means.shape
        factors = xp.astype(gaussians.factors, dtype, copy=False)  # those that whiten
        self._wide = transposed(xp.astype(factors, xp.float64, copy=False), xp)
        means = self._wide @ gaussians.means[:, :, None]
        both = xp.reshape(xp.concat([self._wide, -means], axis=2), (k * n_features, -1))
        self._whiten = xp.astype(both, dtype, copy=False)  # of a row and 1
        self._constants = xp.astype(gaussians.log_constants(), dtype, copy=False)[:, None]
        self.row_numbers = 3 * k * n_features + 4 * k

    def logs(self, block: Array) -> tuple[Array, Array]:
        """Return weighted log-probabilities (k, n_rows), and the whitened rows (k, p, n_rows)."""
        xp = self.xp
        with_one = xp.concat([block, xp.ones_like(block[:, :1])], axis=1)
        whitened = self._whiten @ with_one.T
        whitened = xp.reshape(whitened, (*self.gaussians.means.shape, block.shape[0]))
        return self._constants - 0.5 * squared_lengths(whitened, xp), whitened

    def sums(self, block: Array, whitened: Array, shares: Array) -> Sums:
        """Return sums over rows: of shares, of shares times rows, and of second moments.

        The whitened rows are overwritten.
        """
        xp = self.xp
        return xp.sum(shares, axis=1), shares @ block, second_moments(whitened, shares, xp)

    def covariances(self, masses: Array, means: Array, seconds: Array) -> Array:
        """Return new covariances, of shape (k, p, p)."""
        xp = self.xp
        shift = self._wide @ (means - self.gaussians.means)[:, :, None]
        seconds = seconds / masses[:, None, None] - shift @ transposed(shift, xp)
        lower = inverse_of_lower(self._wide, xp)
        return lower @ seconds @ transposed(lower, xp)


class LinearScores:
    """Scores of components whose log-probability is linear in some features of a row, float64.

    The features are the row and: its squares ("diag"), its squared length ("spherical"), or its
    squared length in the metric of all components ("tied"). One matrix product gives the
    log-probabilities, and one with the shares the sums.
    """

    def __init__(self, gaussians: Gaussians, total: Array | None) -> None:
        self.gaussians, self.xp, self.dtype = gaussians, gaussians.xp, gaussians.xp.float64
        self._total = total
        xp, means, factors = self.xp, gaussians.means, gaussians.factors
        if gaussians.kind == "tied":
            white = means @ factors
            linear, lengths = white @ factors.T, xp.vecdot(white, white)
            quadratic = xp.ones_like(means[:, :1])
        else:
            quadratic = factors**2 if gaussians.kind == "diag" else (factors**2)[:, None]
            linear, lengths = means * quadratic, xp.sum(means**2 * quadratic, axis=1)
        self._coefficients = xp.concat([linear, -0.5 * quadratic], axis=1)
        self._constants = (gaussians.log_constants() - 0.5 * lengths)[:, None]
        self.row_numbers = 5 * means.shape[1] + 4 * means.shape[0]

    def logs(self, block: Array) -> tuple[Array, Array]:
        """Return weighted log-probabilities (k, n_rows), and the features (n_rows, n)."""
        features = features_of(block, self.gaussians, self.xp)
        logs = self._coefficients @ features.T
        logs += self._constants
        return logs, features

    def sums(self, block: Array, features: Array, shares: Array) -> Sums:
        """Return sums over rows: of shares, of shares times rows, and times other features."""
        sums, n_features = shares @ features, block.shape[1]
        return self.xp.sum(shares, axis=1), sums[:, :n_features], sums[:, n_features:]

    def covariances(self, masses: Array, means: Array, seconds: Array) -> Array:
        """Return new covariances, of shape (p, p), (k, p) or (k,)."""
        return linear_covariances(self.gaussians.kind, masses, means, seconds, self._total)


def scores_of(gaussians: Gaussians, dtype: Any, total: Array | None = None) -> Any:
    """Return the scores for rows of `dtype`; `total` is their second moment, for "tied"."""
    full = gaussians.kind == "full"
    return FullScores(gaussians, dtype) if full else LinearScores(gaussians, total)


def features_of(block: Array, gaussians: Gaussians, xp: Namespace) -> Array:
    """Return the rows and what else their log-probabilities are linear in, side by side."""
    if gaussians.kind == "diag":
        return xp.concat([block, block * block], axis=1)
    rows = block @ gaussians.factors if gaussians.kind == "tied" else block
    return xp.concat([block, xp.vecdot(rows, rows)[:, None]], axis=1)


def squared_lengths(rows: Array, xp: Namespace) -> Array:
    """Return the squared length of each column of matrices (k, p, n_rows), of shape (k, n_rows)."""
    if isinstance(rows, np.ndarray):
        return np.einsum("kpi,kpi->ki", rows, rows)  # without an array of squares: twice as fast
    return xp.sum(rows * rows, axis=1)


def second_moments(rows: Array, shares: Array, xp: Namespace) -> Array:
    """Return `sum_i r_i y_i y_i'` for each component, (k, p, p); the rows are overwritten.

    Parameters
    ----------
    rows : array of shape (k, p, n_rows)
    shares : array of shape (k, n_rows)
    """
    rows *= xp.sqrt(shares)[:, None, :]
    return xp.matmul(rows, transposed(rows, xp))


def linear_covariances(
    kind: str, masses: Array, means: Array, seconds: Array, total: Array | None
) -> Array:
    """Return covariances from sums of squares, "tied" from the second moment of all rows."""
    if kind == "tied":
        assert total is not None
        xp = place_of(means).xp
        return (total - (masses[:, None] * means).T @ means) / xp.sum(masses)
    squares = seconds / masses[:, None]
    if kind == "diag":
        return squares - means**2
    xp = place_of(means).xp
    return (squares[:, 0] - xp.vecdot(means, means)) / means.shape[1]


def with_floor(covariances: Array, kind: str, reg_covar: float) -> Array:
    """Add `reg_covar` to the diagonals."""
    if kind not in ("full", "tied"):
        return covariances + reg_covar
    place = place_of(covariances)
    identity = np.eye(covariances.shape[-1]) * reg_covar
    return covariances + place.put(identity, covariances.dtype)
