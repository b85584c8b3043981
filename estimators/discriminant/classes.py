"""What a linear discriminant needs of the training rows, class by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Classes:
    """The moments of the classes, computed as scikit-learn does.

    Attributes
    ----------
    means : ndarray of shape (n_classes, n_features)
    priors : ndarray of shape (n_classes,), in the dtype of X
    n_samples : int
    covariances : sequence of n_classes ndarrays of shape (n_features, n_features)
        Empty unless asked for.
    """

    means: np.ndarray
    priors: np.ndarray
    n_samples: int
    covariances: Sequence[np.ndarray] = ()

    @classmethod
    def of(cls, rows: Sequence[np.ndarray], priors: np.ndarray, covariances: bool) -> Classes:
        """Take the moments of the rows of each class."""
        counts = np.array([len(part) for part in rows])
        means = np.stack([_sum_in_turn(part) for part in rows])
        means /= counts[:, None]
        found: list[np.ndarray] = []
        if covariances:
            from sklearn.covariance import empirical_covariance

            found = [empirical_covariance(part) for part in rows]
        return cls(means, priors, int(counts.sum()), found)

    @cached_property
    def mean(self) -> np.ndarray:
        """The mean of the class means, weighted by the priors."""
        return self.priors @ self.means

    def within(self, shrinkage: float | None) -> np.ndarray:
        """The covariances of the classes, shrunk and weighted by the priors."""
        total = np.zeros((self.means.shape[1], self.means.shape[1]))
        for prior, covariance in zip(self.priors, self.covariances, strict=True):
            total += prior * shrunk(covariance, shrinkage)
        return total


def shrunk(covariance: np.ndarray, shrinkage: float | None) -> np.ndarray:
    """Return a covariance matrix shrunk towards a multiple of the identity."""
    if shrinkage is None:
        return covariance
    found = (1.0 - shrinkage) * covariance
    mean = np.trace(covariance) / len(covariance)
    found += shrinkage * mean * np.eye(len(covariance))
    return found


def _sum_in_turn(rows: np.ndarray) -> np.ndarray:
    """Add rows one after the other, the order of scikit-learn's sums."""
    if rows.shape[1] == 1:  # NumPy adds a single column pairwise
        return np.cumsum(rows, axis=0)[-1]
    return np.ascontiguousarray(rows).sum(axis=0)
