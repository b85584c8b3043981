"""Penalties of lasso and elastic net, and how far from its optimum a member may be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Penalties:
    """The penalties of many members: `l1 |w|_1 + l2 |w|^2 / 2` beside `|y - X w|^2 / 2`.

    Attributes
    ----------
    strength : array of shape (n_members,)
        scikit-learn's alpha times the summed weights of the rows: there the squares are a mean.
    l1_ratio : array of shape (n_members,)
    """

    strength: np.ndarray
    l1_ratio: np.ndarray

    @property
    def l1(self) -> np.ndarray:
        """Of shape (n_members,)."""
        return self.strength * self.l1_ratio

    @property
    def l2(self) -> np.ndarray:
        """Of shape (n_members,)."""
        return self.strength * (1.0 - self.l1_ratio)

    def take(self, members: np.ndarray) -> Penalties:
        """Return the penalties of some members, in their order."""
        return Penalties(self.strength[members], self.l1_ratio[members])

    def paths(self) -> list[np.ndarray]:
        """Return the members of each l1_ratio, those of the strongest penalty first."""
        order = np.lexsort((-self.strength, self.l1_ratio))
        return np.split(order, np.flatnonzero(np.diff(self.l1_ratio[order])) + 1)

    def __len__(self) -> int:
        return len(self.strength)


def dual_gaps(
    coef: np.ndarray,
    gradient: np.ndarray,
    residual2: np.ndarray,
    residual_y: np.ndarray,
    penalties: Penalties,
    positive: bool,
) -> np.ndarray:
    """Return the duality gap of each member, which bounds `|X (w - w_best)|^2 / 2`.

    The residual `r = y - X w`, scaled until no column exceeds the l1 penalty, is a point of the
    dual problem; without an l1 penalty r itself is (the formulations A and B of scikit-learn's
    coordinate descent).

    Parameters
    ----------
    coef, gradient : arrays of shape (n_members, n_features)
        The coefficients w, and `X'r`.
    residual2, residual_y : arrays of shape (n_members,)
        `r'r` and `r'y`.

    Returns
    -------
    gaps : array of shape (n_members,)
    """
    l1, l2 = penalties.l1, penalties.l2
    square = np.einsum("mp,mp->m", coef, coef)
    beyond = gradient - l2[:, None] * coef
    norm = np.max(beyond if positive else np.abs(beyond), axis=1, initial=0.0)
    scale = np.divide(l1, norm, out=np.ones_like(l1), where=norm > l1)
    lasso = 0.5 * (1.0 + scale * scale) * (residual2 + l2 * square)
    lasso += l1 * np.sum(np.abs(coef), axis=1) - scale * residual_y
    pull = np.einsum("mp,mp->m", gradient, gradient)
    ridge = residual2 + 0.5 * l2 * square - residual_y
    ridge += 0.5 * np.divide(pull, l2, out=np.zeros_like(l2), where=l2 > 0)
    return np.where(l1 > 0, lasso, ridge)
