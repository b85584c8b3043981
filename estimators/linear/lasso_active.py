"""Lasso and elastic net by active sets: exact, from a start that is nearly there."""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dposv

from ..shared import Declined

# Added to the unit diagonal, so that copies of a column do not stop the factorisation. It moves
# the objective by at most this part of the coefficients' own squares.
_JITTER = 1e-12
_SLACK = 1e-9  # part of the l1 penalty by which a gradient may exceed it


class ActiveSet:
    """Minimises `w'Q w / 2 - q'w + l1 |w|_1 + l2 |w|^2 / 2` (over w >= 0 if positive).

    With the signs of the nonzero coefficients known the minimum solves a linear system. A step
    goes towards it until a coefficient would change sign, which is then left out; once none does,
    the columns whose gradient exceeds the penalty come in. Every step lowers the objective
    (feature-sign search: Lee, Battle, Raina and Ng 2006).

    Parameters
    ----------
    xx, xy : arrays of shape (n_features, n_features) and (n_features,), float64
        Q and q.
    yy : float
        Sum of squares of the target, for the rounding of gradients.
    """

    def __init__(self, xx: np.ndarray, xy: np.ndarray, yy: float, positive: bool) -> None:
        self._xx, self._xy, self._positive = xx, xy, positive
        diagonal = np.maximum(xx.diagonal(), 0.0)
        self._usable = diagonal > 0
        self._unit = np.divide(
            1.0, np.sqrt(diagonal), out=np.zeros_like(diagonal), where=self._usable
        )
        self._rounding = 1e-14 * np.sqrt(diagonal * yy)

    def without_l1(self, l2: float) -> np.ndarray:
        """Return the minimum for l1 = 0, of shape (n_features,): ridge.

        Raises
        ------
        Declined
            When the penalty leaves the matrix singular.
        """
        coef = np.zeros_like(self._xy)
        every = np.flatnonzero(self._usable)
        if every.size:
            goal = self._goal(every, coef[every], 0.0, l2)
            if goal is None:
                raise Declined("the Gram matrix is singular")
            coef[every] = goal
        return coef

    def refine(
        self, coef: np.ndarray, l1: float, l2: float, n_steps: int
    ) -> tuple[np.ndarray, bool]:
        """Return better coefficients, of shape (n_features,), and whether they are the best."""
        coef = coef.copy()
        sign = np.sign(coef)
        for _ in range(n_steps):
            active = np.flatnonzero(sign)
            if active.size:
                goal = self._goal(active, sign[active], l1, l2)
                if goal is None:
                    return coef, False
                if self._stopped_on_the_way(coef, sign, active, goal):
                    continue
                coef[active] = goal
            gradient = self._xy - coef[active] @ self._xx[active] - l2 * coef
            size = gradient if self._positive else np.abs(gradient)
            late = (sign == 0) & self._usable & (size > l1 * (1.0 + _SLACK) + self._rounding)
            if not late.any():
                return coef, True
            sign[late] = np.sign(gradient[late])
        return coef, False

    def _goal(
        self, active: np.ndarray, sign: np.ndarray, l1: float, l2: float
    ) -> np.ndarray | None:
        """Solve for the active coefficients, as if their signs could not change."""
        unit = self._unit[active]
        matrix = self._xx[active[:, None], active] * (unit[:, None] * unit)
        matrix.flat[:: active.size + 1] += _JITTER + l2 * unit * unit
        _, solution, failed = dposv(matrix, (self._xy[active] - l1 * sign) * unit)
        return None if failed else solution * unit

    @staticmethod
    def _stopped_on_the_way(
        coef: np.ndarray, sign: np.ndarray, active: np.ndarray, goal: np.ndarray
    ) -> bool:
        """Go towards the goal until a sign would change, if one would: that one is left out."""
        turns = goal * sign[active] < 0
        if not turns.any():
            return False
        now = coef[active]
        parts = now[turns] / (now[turns] - goal[turns])
        part = float(parts.min())
        coef[active] = now + part * (goal - now)
        gone = active[turns][parts <= part]
        coef[gone] = sign[gone] = 0.0
        return True
