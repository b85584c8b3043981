"""The rows that are clustered, less their mean, made block by block where no copy is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import TypeVar

from ..arrays import Array, Namespace, Place, place_of
from ..blocks import in_row_blocks

T = TypeVar("T")


@dataclass(frozen=True)
class Rows:
    """The rows of `X` less `shift`: `|x|^2 - 2 x'c + |c|^2` loses no digits to a common offset.

    Attributes
    ----------
    X : array of shape (n_samples, n_features), float32 or float64
    shift : array of shape (n_features,), dtype of X, or None
        None where nothing is to be subtracted.
    most_bytes : float
        The bytes of a block, where they are to be fewer than the setting.
    """

    X: Array
    shift: Array | None
    xp: Namespace
    most_bytes: float = inf

    @property
    def place(self) -> Place:
        """Where the rows are."""
        return place_of(self.X)

    def block(self, rows: slice) -> Array:
        """Return some rows, shifted."""
        block = self.X[rows, :]
        return block if self.shift is None else block - self.shift

    def take(self, indices: Array) -> Array:
        """Return the rows of these numbers, shifted; `indices` may be NumPy's."""
        chosen = self.xp.take(self.X, self.place.put(indices), axis=0)
        return chosen if self.shift is None else chosen - self.shift

    def in_blocks(
        self, work: Callable[[Array, slice], T], row_numbers: float
    ) -> Iterator[tuple[slice, T]]:
        """Yield the rows of a block and `work(block, rows)`, one block after the other.

        Parameters
        ----------
        row_numbers : float
            How many numbers of 8 bytes a row takes beside its own.
        """
        row_bytes = 8.0 * (2 * self.X.shape[1] + row_numbers)
        n_rows, most = self.X.shape[0], self.most_bytes
        return in_row_blocks(lambda r: (r, work(self.block(r), r)), n_rows, row_bytes, most)

    def squared_norms(self) -> Array:
        """Return `|x|^2` of each row, float64, of shape (n_samples,)."""
        xp = self.xp

        def norms(block: Array, _: slice) -> Array:
            block = xp.astype(block, xp.float64, copy=False)
            return xp.vecdot(block, block)

        return xp.concat([found for _, found in self.in_blocks(norms, 2)])

    def mean_square(self) -> float:
        """Return the mean of `|x|^2`."""
        return float(self.xp.mean(self.squared_norms()))


def nearest(block: Array, centers: Array, xp: Namespace) -> Array:
    """Return the number of the nearest centre of each row, the lower of two, int32.

    Ranked by `|c|^2 - 2 x'c`.

    Parameters
    ----------
    block : array of shape (n_rows, n_features)
    centers : array of shape (n_clusters, n_features), dtype of the rows
    """
    ranks = xp.vecdot(centers, centers)[None, :] - 2 * (block @ centers.T)
    return xp.astype(xp.argmin(ranks, axis=1), xp.int32)


def squared_distances(block: Array, labels: Array, centers: Array, xp: Namespace) -> Array:
    """Return the squared distance of each row to the centre of its label, from differences."""
    apart = block - xp.take(centers, labels, axis=0)
    return xp.vecdot(apart, apart)


def labels_and_inertia(rows: Rows, weight: Array | None, centers: Array) -> tuple[Array, float]:
    """Return the labels of all rows, int32, and the weighted sum of their squared distances."""
    xp = rows.xp

    def of_block(block: Array, where: slice) -> tuple[Array, Array]:
        labels = nearest(block, centers, xp)
        return labels, _weighted(squared_distances(block, labels, centers, xp), weight, where, xp)

    found = [done for _, done in rows.in_blocks(of_block, 2 * centers.shape[0])]
    return xp.concat([labels for labels, _ in found]), float(sum(total for _, total in found))


def inertia_of(rows: Rows, weight: Array | None, centers: Array, labels: Array) -> float:
    """Return the weighted sum of the squared distances of rows to the centres of their labels."""
    xp = rows.xp

    def of_block(block: Array, where: slice) -> Array:
        squares = squared_distances(block, labels[where], centers, xp)
        return _weighted(squares, weight, where, xp)

    return float(sum(total for _, total in rows.in_blocks(of_block, 2)))


def _weighted(squares: Array, weight: Array | None, where: slice, xp: Namespace) -> Array:
    """Sum the squares of some rows by their weights, in float64."""
    squares = xp.astype(squares, xp.float64, copy=False)
    return xp.sum(squares if weight is None else squares * weight[where])
