"""Rows with the number of each one's class: moments in float64, summed block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy.sparse import csr_array

from ..arrays import Array, Namespace, Place
from ..blocks import in_row_blocks
from ..config import get_config

T = TypeVar("T")
_CACHE_ROWS = 8192  # more rows in a block take longer: they leave the cache
_FEW = 8  # classes whose sums are quicker by a dense product


def blocks(work: Callable[[slice], T], n_rows: int, row_bytes: float) -> Iterator[T]:
    """Yield `work(rows)` for slices of rows that stay in the cache and in the working memory."""
    most = get_config()["working_memory"] * 2**20
    return in_row_blocks(work, n_rows, max(row_bytes, most / _CACHE_ROWS))


def in_blocks(
    work: Callable[[slice], Array], n_rows: int, row_bytes: float, xp: Namespace, axis: int = 0
) -> Array:
    """Return the answers of `work` for blocks of rows, joined along an axis."""
    parts = list(blocks(work, n_rows, row_bytes))
    return parts[0] if len(parts) == 1 else xp.concat(parts, axis=axis)


@dataclass(frozen=True)
class ClassRows:
    """Rows of a table, all or some, and their classes.

    Attributes
    ----------
    X : array of shape (n_samples, n_features), float32 or float64
    codes : ndarray of shape (n_rows,), int64
        The number of each row's class.
    counts : ndarray of shape (n_classes,)
    place : Place
        Where X is.
    index : ndarray of shape (n_rows,), or None
        Which rows of X; all by default.
    """

    X: Array
    codes: np.ndarray
    counts: np.ndarray
    place: Place
    index: np.ndarray | None = None

    @property
    def xp(self) -> Namespace:
        """The namespace of X."""
        return self.place.xp

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and features."""
        return len(self.codes), int(self.X.shape[1])

    def together(self) -> ClassRows:
        """The same rows as one class."""
        counts = np.asarray([len(self.codes)])
        return ClassRows(self.X, np.zeros_like(self.codes), counts, self.place, self.index)

    def apart(self) -> Iterator[ClassRows]:
        """Yield the rows of each class."""
        order = np.argsort(self.codes, kind="stable")
        for index in np.split(order, np.cumsum(self.counts)[:-1]):
            codes, counts = np.zeros(len(index), dtype=np.int64), np.asarray([len(index)])
            yield ClassRows(self.X, codes, counts, self.place, index)

    def means(self) -> Array:
        """The mean of each class, of shape (n_classes, n_features), float64."""
        xp, n_classes = self.xp, len(self.counts)
        numbers = xp.arange(n_classes, dtype=xp.int64, device=self.place.device)[:, None]

        def summed(rows: slice) -> Array:
            block = self._block(rows)
            if n_classes == 1:
                return xp.sum(block, axis=0)[None, :]
            codes = self.codes[rows]
            if isinstance(block, np.ndarray) and n_classes > _FEW:
                entries = np.ones(len(codes)), (codes, np.arange(len(codes)))
                return csr_array(entries, shape=(n_classes, len(codes))) @ block
            members = self.place.put(codes)[None, :] == numbers
            return xp.astype(members, xp.float64) @ block

        n_rows, n_features = self.shape
        total = sum(blocks(summed, n_rows, 8.0 * (2 * n_features + n_classes)))
        return total / self.place.put(self.counts, xp.float64)[:, None]

    def scatter(self, means: Array, weights: np.ndarray) -> Array:
        """Sum `weights[c] (x - means[c]) (x - means[c])'` over rows x of class c, float64."""
        roots = self.place.put(np.sqrt(weights))
        alike = bool(np.all(weights == weights[0]))

        def product(rows: slice) -> Array:
            block = self._centred(rows, means)
            if not alike:
                codes = self.place.put(self.codes[rows])
                block = block * self.xp.take(roots, codes, axis=0)[:, None]
            return block.T @ block

        n_rows, n_features = self.shape
        total = sum(blocks(product, n_rows, 24.0 * n_features))
        return total * float(weights[0]) if alike else total

    def triangle(self, means: Array) -> Array:
        """Return R of the rows less the means of their classes, `R'R = scatter`, without squaring.

        It has at most n_features rows: each block is reduced together with what those before it
        left (Demmel et al. 2012, "Communication-optimal parallel and sequential QR").
        """
        xp, found = self.xp, None
        n_rows, n_features = self.shape
        for block in blocks(lambda rows: self._centred(rows, means), n_rows, 32.0 * n_features):
            found = block if found is None else xp.concat([found, block], axis=0)
            if found.shape[0] > n_features:
                found = _upper(found, xp)
        return found

    def sum_of_fourth_powers(self, mean: Array, unit: Array) -> float:
        """Sum `|(x - mean) unit|^4` over all rows x, of one class."""

        def summed(rows: slice) -> float:
            squares = (self._centred(rows, mean) * unit) ** 2
            return float(self.xp.sum(self.xp.sum(squares, axis=1) ** 2))

        n_rows, n_features = self.shape
        return sum(blocks(summed, n_rows, 24.0 * n_features))

    def _block(self, rows: slice) -> Array:
        if self.index is None:
            part = self.X[rows, :]
        elif isinstance(self.X, np.ndarray):
            part = self.X[self.index[rows]]  # `take` would first copy an X in Fortran order
        else:
            part = self.xp.take(self.X, self.place.put(self.index[rows]), axis=0)
        return self.xp.astype(part, self.xp.float64, copy=False)

    def _centred(self, rows: slice, means: Array) -> Array:
        if means.shape[0] == 1:
            return self._block(rows) - means
        return self._block(rows) - self.xp.take(means, self.place.put(self.codes[rows]), axis=0)


def _upper(rows: Array, xp: Namespace) -> Array:
    if isinstance(rows, np.ndarray):
        return np.linalg.qr(rows, mode="r")  # other libraries have no name for R alone
    return xp.linalg.qr(rows, mode="reduced")[1]
