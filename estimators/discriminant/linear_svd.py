"""Linear discriminants by singular values: one decomposition, cut off at every tolerance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..shared import Declined
from .classes import Classes

Key = tuple[int, int]


@dataclass(frozen=True)
class SvdSolver:
    """The within-class scatter by its singular values, as scikit-learn's solver="svd" finds it.

    `tol` decides how many of them count (first rank), and then how many of those of the scaled
    class means (second rank); members with the same two ranks are the same model.

    Attributes
    ----------
    classes : Classes
    std : ndarray of shape (n_features,)
        Within classes.
    values : ndarray of shape (n_axes,)
    axes : ndarray of shape (n_axes, n_features)
    covariance : ndarray of shape (n_features, n_features), or None
        Where it is to be stored.
    """

    classes: Classes
    std: np.ndarray
    values: np.ndarray
    axes: np.ndarray
    covariance: np.ndarray | None
    _between: dict[int, tuple[np.ndarray, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, rows: Sequence[np.ndarray], classes: Classes, store_covariance: bool) -> SvdSolver:
        """Decompose the rows, less their class means and scaled within classes."""
        from scipy.linalg import svd

        parts = zip(rows, classes.means, strict=True)
        centred = np.concatenate([part - mean for part, mean in parts], axis=0)
        std = np.std(centred, axis=0)
        std[std == 0] = 1.0
        factor = np.asarray(1.0 / len(centred), dtype=centred.dtype)
        _, values, axes = svd(np.sqrt(factor) * (centred / std), full_matrices=False)
        covariance = classes.within(None) if store_covariance else None
        return cls(classes, std, values, axes, covariance)

    def key(self, tol: float) -> Key:
        """The two ranks at a tolerance.

        Raises
        ------
        Declined
            When nothing is left.
        """
        rank = int(np.sum(self.values > tol))
        if not rank:
            raise Declined("all singular values are below tol")
        values = self._between_classes(rank)[1]
        if not values[0] > 0:
            raise Declined("the classes have the same mean")
        return rank, int(np.sum(values > tol * values[0]))

    def _between_classes(self, rank: int) -> tuple[np.ndarray, ...]:
        """Scalings, and the singular values and axes of the class means scaled so."""
        if rank not in self._between:
            from scipy.linalg import svd

            one = self.classes
            scalings = (self.axes[:rank, :] / self.std).T / self.values[:rank]
            factor = 1.0 / (len(one.means) - 1)
            weight = np.sqrt((one.n_samples * one.priors) * factor)
            _, values, axes = svd(
                (weight * (one.means - one.mean).T).T @ scalings, full_matrices=False
            )
            self._between[rank] = scalings, values, axes
        return self._between[rank]

    def solution(self, key: Key) -> dict[str, Any]:
        """Return the fitted attributes of the models with these ranks, for any n_components."""
        one = self.classes
        scalings, values, axes = self._between_classes(key[0])
        scalings = scalings @ axes.T[:, : key[1]]
        coef = (one.means - one.mean) @ scalings
        intercept = -0.5 * np.sum(coef**2, axis=1) + np.log(one.priors)
        coef = coef @ scalings.T
        intercept -= one.mean @ coef.T
        stored = {} if self.covariance is None else {"covariance_": self.covariance.copy()}
        return {
            **stored,
            "xbar_": one.mean.copy(),
            "explained_variance_ratio_": values**2 / np.sum(values**2),
            "scalings_": scalings,
            "intercept_": intercept,
            "coef_": coef,
        }
