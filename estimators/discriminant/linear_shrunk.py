"""Linear discriminants from covariances: one eigendecomposition for every shrinkage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..shared import Declined
from .classes import Classes, shrunk

_CONDITION = 1e6  # beyond, two ways of solving differ by 1e-9 and more


@dataclass(frozen=True)
class ShrunkSolver:
    """The covariance within classes, shrunk as much as each member asks for.

    With priors w and class covariances C_k of p columns, shrinkage s makes of
    S = sum_k w_k C_k the matrix (1 - s) S + s mu I, mu = trace(S) / p: the axes are those of S.

    Attributes
    ----------
    classes : Classes
    total : ndarray of shape (n_features, n_features), or None
        The covariance of all rows, for solver="eigen".
    values : ndarray of shape (n_features,)
    axes : ndarray of shape (n_features, n_features)
        Of S.
    """

    classes: Classes
    total: np.ndarray | None
    values: np.ndarray
    axes: np.ndarray

    @classmethod
    def of(cls, classes: Classes, total: np.ndarray | None) -> ShrunkSolver:
        """Decompose the covariance within classes."""
        return cls(classes, total, *np.linalg.eigh(classes.within(None)))

    def condition(self, shrinkage: float | None) -> float:
        """The condition of the shrunk matrix; infinity where it is not positive."""
        values = self._shrunk_values(shrinkage)
        return float(values.max() / values.min()) if values.min() > 0 else np.inf

    def _shrunk_values(self, shrinkage: float | None) -> np.ndarray:
        if shrinkage is None:
            return self.values
        mean = np.sum(self.values) / len(self.values)
        return (1.0 - shrinkage) * self.values + shrinkage * mean

    def is_near(self, shrinkage: float | None) -> bool:
        """Whether the eigenvalues answer as exactly as scikit-learn's own way of solving."""
        return self.condition(shrinkage) < _CONDITION

    def coefficients(self, shrinkages: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
        """Solve for many shrinkages by the eigenvalues.

        Returns
        -------
        coef : ndarray of shape (n_members, n_classes, n_features)
        intercept : ndarray of shape (n_members, n_classes)
        """
        one = self.classes
        values = np.stack([self._shrunk_values(shrinkage) for shrinkage in shrinkages])
        coef = ((one.means @ self.axes)[None] / values[:, None, :]) @ self.axes.T
        intercept = -0.5 * np.einsum("kp,mkp->mk", one.means, coef) + np.log(one.priors)
        return coef, intercept

    def solution(self, shrinkage: float | None) -> dict[str, Any]:
        """Return the fitted attributes for any n_components, by scikit-learn's own steps.

        Raises
        ------
        Declined
            When scikit-learn finds no solution.
        """
        from scipy.linalg import LinAlgError, eigh, lstsq

        one = self.classes
        found: dict[str, Any] = {"covariance_": one.within(shrinkage)}
        if self.total is None:
            coef = lstsq(found["covariance_"], one.means.T)[0].T
        else:
            between = shrunk(self.total, shrinkage) - found["covariance_"]
            try:
                values, axes = eigh(between, found["covariance_"])
            except LinAlgError as error:
                raise Declined(f"the covariance within classes is not positive ({error})") from None
            found["explained_variance_ratio_"] = np.sort(values / np.sum(values))[::-1]
            found["scalings_"] = axes = axes[:, np.argsort(values)[::-1]]
            coef = np.dot(one.means, axes).dot(axes.T)
        found["coef_"] = coef
        found["intercept_"] = -0.5 * np.diag(np.dot(one.means, coef.T)) + np.log(one.priors)
        return found
