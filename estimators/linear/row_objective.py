"""A penalised sum of losses over the rows of X, and its derivatives, block by block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..arrays import HOST, Array, Namespace, Place, place_of, to_numpy
from ..blocks import in_row_blocks, one_of_each_stretch
from ..config import get_config
from .row_losses import RowLoss

_CACHED = 2**19  # numbers of a block on the host: of 2**15 to 2**20 the quickest (measured)


@dataclass(frozen=True)
class Value:
    """The objective at a point; the second derivatives are None where not asked for.

    Attributes
    ----------
    loss : float
    gradient : ndarray of shape (n_columns,)
    hessian : ndarray of shape (n_columns, n_columns), or (n_columns,) for its diagonal, or None
    """

    loss: float
    gradient: np.ndarray
    hessian: np.ndarray | None


@dataclass(frozen=True)
class RowObjective:
    """`sum_i weight_i loss(y_i, (x_i - mean)'b + c) + 1/2 w'penalty w` of `w = (b, c)`.

    Rows are centred block by block, so that columns far from 0 cost no digits and X is not
    copied. What has a row per feature is on the host: the passes over X are the work.

    Attributes
    ----------
    X : array of shape (n_samples, n_features), float32 or float64
    y : array of shape (n_samples,), float64
    weight : array of shape (n_samples,), float64, that adds up to 1; None for the same of all rows
    mean : array of shape (n_features,), float64, where X is, or None for zero
    penalty : ndarray of shape (n_features + 1, n_features + 1)
        Without intercept there is no last entry, neither here nor in w.
    """

    X: Array
    y: Array
    weight: Array | None
    mean: Array | None
    loss: RowLoss
    penalty: np.ndarray

    @property
    def place(self) -> Place:
        """Where the rows are."""
        return place_of(self.X)

    @property
    def n_columns(self) -> int:
        """Coefficients, and the intercept if there is one."""
        return self.penalty.shape[0]

    @property
    def has_intercept(self) -> bool:
        """Whether w ends with an intercept."""
        return self.n_columns > self.X.shape[1]

    def at(self, w: np.ndarray, second: str = "none") -> Value:
        """Evaluate at `w` (n_columns,); `second` is "none", "diagonal" or "full"."""
        q = self.X.shape[1]
        coef = self.place.put(np.ascontiguousarray(w[:q]))
        offset = float(w[q]) if self.has_intercept else 0.0
        parts = self._summed(partial(self._block, coef, offset, second))
        total = 1.0 / (self.X.shape[0] if self.weight is None else 1.0)
        first, *rest = (total * to_numpy(part) for part in parts)
        pulled = self.penalty @ w
        # The sums come as (loss, by intercept, by coefficients).
        gradient = np.append(first[2:], first[1])[: self.n_columns] + pulled
        H = self._hessian(rest) if rest else None
        return Value(float(first[0] + 0.5 * (w @ pulled)), gradient, H)

    def _hessian(self, parts: list[np.ndarray]) -> np.ndarray:
        """Put second derivatives together: by the coefficients, and by the intercept and these."""
        own, crossed = parts
        if own.ndim == 1:
            return np.append(own, crossed[0])[: self.n_columns] + np.diag(self.penalty)
        H = np.block([[own, crossed[1:, None]], [crossed[None, 1:], crossed[:1, None]]])
        return H[: self.n_columns, : self.n_columns] + self.penalty

    def lowest(self) -> float:
        """Return the loss of a perfect fit without penalty."""
        xp = self.place.xp
        parts = self._summed(
            lambda rows: (self._weighed(self.loss.lowest(self.y[rows], xp), rows),)
        )
        return float(parts[0]) / (self.X.shape[0] if self.weight is None else 1.0)

    def some_rows(self, n_rows: int) -> RowObjective:
        """Return the objective on so many rows: one drawn from each stretch of X."""
        xp, rows = self.place.xp, self.place.put(one_of_each_stretch(self.X.shape[0], n_rows))
        X, y = xp.take(self.X, rows, axis=0), xp.take(self.y, rows, axis=0)
        weight = self.weight
        if weight is not None:
            weight = xp.take(weight, rows, axis=0)
            weight = weight / xp.sum(weight)
        return replace(self, X=X, y=y, weight=weight)

    def _block(self, coef: Array, offset: float, second: str, rows: slice) -> tuple[Array, ...]:
        xp = self.place.xp
        A = xp.astype(self.X[rows, :], xp.float64, copy=False)
        A = A if self.mean is None else A - self.mean
        value, slope, bend = self.loss.at(A @ coef + offset, self.y[rows], xp)
        if self.weight is not None:
            slope = slope * self.weight[rows]
        sums = xp.stack([self._weighed(value, rows), xp.sum(slope)])
        first = xp.concat([sums, slope @ A])
        if second == "none":
            return (first,)
        if self.weight is not None:
            bend = bend * self.weight[rows]
        total = xp.reshape(xp.sum(bend), (1,))
        if second == "diagonal":
            return first, bend @ (A * A), total
        crossed = xp.concat([total, bend @ A])
        if self.place == HOST and self.loss.has_flat_rows:
            there = np.flatnonzero(bend)
            A, bend = A[there], bend[there]
        B = A * xp.sqrt(bend)[:, None]
        return first, B.T @ B, crossed

    def _weighed(self, value: Array, rows: slice) -> Array:
        xp: Namespace = self.place.xp
        return xp.sum(value if self.weight is None else value * self.weight[rows])

    def _summed(self, work: Callable[[slice], tuple[Array, ...]]) -> list[Array]:
        """Add up what `work` returns for the blocks of rows."""
        n, p = self.X.shape
        row_bytes = 8.0 * (3 * p + 12)
        if self.place == HOST:
            most = max(256, _CACHED // (p + 6))
            row_bytes = max(row_bytes, get_config()["working_memory"] * 2**20 / most)
        total: list[Array] = []
        for parts in in_row_blocks(work, n, row_bytes):
            total = [a + b for a, b in zip(total, parts, strict=True)] if total else list(parts)
        return total
