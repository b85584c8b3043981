"""Nearest rows by a product of matrices that chooses, and exact distances of what it chooses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..arrays import Array, Namespace
from ..blocks import in_row_blocks, slices_of
from ..config import get_config
from .smallest import smallest, some_smallest

_TREE_FEATURES = 15  # up to here scikit-learn's trees serve, which add up column by column
_BLOCK_ROWS = 8192  # rows that are ranked at a time
_GROUP = 16  # of them, of which first the smallest ranks alone are compared
_SPARE = 8  # rows beyond k: what rounding may put among the nearest is among them
_ERROR = 4.0  # of the usual error, which single sums may exceed


@dataclass(frozen=True)
class ProductSearch:
    """Rows ranked by `|y|^2 - 2 x'y`, a matrix product that runs in low precision.

    Of the k rows with the smallest ranks and a few more the exact distances are taken. An answer is
    certain where no other row can be nearer: the next rank is above the k-th distance by more than
    the rounding error of ranks.

    Attributes
    ----------
    Y : array of shape (n_samples, n_features)
    centre : array of shape (n_features,)
        Subtracted from all rows: distances lose fewer digits near the origin.
    scale : array of shape ()
        Divides all rows, so that nothing overflows.
    dtype : dtype
        Of the product. Where columns are few, rows lie so close that float32 cannot tell.
    """

    Y: Array
    k: int
    centre: Array
    scale: Array
    dtype: Any
    xp: Namespace

    @classmethod
    def of(cls, Y: Array, k: int, xp: Namespace) -> ProductSearch | None:
        """Return the search among the rows of `Y`; None where these are few beside `k`."""
        n_samples, n_features = Y.shape
        if n_samples < 4 * (k + _SPARE):
            return None
        centre = xp.astype(xp.mean(Y, axis=0), xp.float64, copy=False)
        spread = xp.astype(xp.max(xp.max(Y, axis=0) - xp.min(Y, axis=0)), xp.float64, copy=False)
        scale = xp.where(spread > 0, spread, xp.ones_like(spread))
        dtype = xp.float32 if n_features > _TREE_FEATURES else xp.float64
        return cls(Y, k, centre, scale, dtype, xp)

    @property
    def n_ranked(self) -> int:
        """How many rows are ranked at a time: fewer where they are long."""
        memory = get_config()["working_memory"] * 2**20 / 4
        n_rows = min(_BLOCK_ROWS, self.Y.shape[0], int(memory / (32 * self.Y.shape[1])))
        return max(1, n_rows)

    @property
    def row_bytes(self) -> float:
        """Bytes for a query: its ranks, what is compared, and what is looked into exactly."""
        chosen = (self.k + _SPARE) * (64 * _GROUP + 32 * self.Y.shape[1])
        return 1.5 * (self.n_ranked * 12 + chosen + 48 * self.Y.shape[1])

    def nearest(self, X: Array) -> tuple[Array, Array, Array]:
        """Find the nearest rows of some queries.

        Returns
        -------
        powers : array of shape (n_queries, k)
            Squared distances, ascending.
        indices : array of shape (n_queries, k), int64
        certain : array of shape (n_queries,), bool
        """
        xp = self.xp
        shifted = (X - self.centre) / self.scale
        squares = xp.sum(shifted * shifted, axis=1)
        ranks, rows = self._smallest_ranks(-2 * xp.astype(shifted, self.dtype))
        ranks = xp.astype(ranks, xp.float64, copy=False) + squares[:, None]
        powers = self._powers(X, rows[:, :-1])
        places = smallest(powers, self.k, xp)
        farthest = xp.take_along_axis(powers, places[:, -1:], axis=1)[:, 0] / self.scale**2
        error = self._rounding(squares, farthest)
        seen = xp.max(xp.abs(powers / self.scale**2 - ranks[:, :-1]), axis=1)
        certain = (ranks[:, -1] - error > farthest) & (seen < error)
        nearest = (xp.take_along_axis(each, places, axis=1) for each in (powers, rows))
        return *nearest, certain

    def _rounding(self, squares: Array, farthest: Array) -> Array:
        """Bound the error of the rank of any row that could be among the nearest.

        Such a row y has `|y| <= |x| + r`, and `|x|^2 + |y|^2 - 2 x'y` is off by as much as a sum
        of as many numbers usually is: the root of their count (Higham and Mary, 2019). That it was
        not off by more is seen at the rows that are looked into.
        """
        length = 2 * self.xp.sqrt(squares) + self.xp.sqrt(farthest)
        return _ERROR * (self.Y.shape[1] ** 0.5 + 2) * self.xp.finfo(self.dtype).eps * length**2

    def _smallest_ranks(self, left: Array) -> tuple[Array, Array]:
        """The smallest ranks of each query and their rows: the next rank last, rows ascending."""
        xp, n_kept = self.xp, self.k + _SPARE + 1
        best: list[Array] = []
        for block in slices_of(self.Y.shape[0], self.n_ranked):
            ranks = self._ranks(left, block)
            places = _smallest_of_many(ranks, n_kept, xp)
            part = [xp.take_along_axis(ranks, places, axis=1), places + block.start]
            if best:
                part = [xp.concat(pair, axis=1) for pair in zip(best, part, strict=True)]
                places = some_smallest(part[0], n_kept, xp)
                part = [xp.take_along_axis(each, places, axis=1) for each in part]
            best = part
        by_rank = xp.argsort(best[0], axis=1)
        # In the order of their numbers: of rows at equal distance the lower comes first.
        numbers = xp.take_along_axis(best[1], by_rank[:, :-1], axis=1)
        by_number = xp.take_along_axis(by_rank, xp.argsort(numbers, axis=1), axis=1)
        order = xp.concat([by_number, by_rank[:, -1:]], axis=1)
        ranks, rows = (xp.take_along_axis(each, order, axis=1) for each in best)
        return ranks, rows

    def _ranks(self, left: Array, rows: slice) -> Array:
        """The ranks of some rows for each query."""
        xp = self.xp
        block = xp.astype(self.Y[rows, :], xp.float64, copy=False)
        block = (block - self.centre) / self.scale
        squares = xp.astype(xp.sum(block * block, axis=1), self.dtype, copy=False)
        ranks = left @ xp.astype(block, self.dtype, copy=False).T
        ranks += squares[None, :]
        return ranks

    def _powers(self, X: Array, rows: Array) -> Array:
        """Exact squared distances to rows, of the shape of these, (n_queries, n_rows)."""
        xp = self.xp

        def work(some: slice) -> Array:
            at = xp.reshape(rows[some, :], (-1,))
            Y = xp.astype(xp.take(self.Y, at, axis=0), xp.float64, copy=False)
            Y = xp.reshape(Y, (-1, rows.shape[1], Y.shape[1]))
            return _sum_of_squares(X[some, None, :] - Y, xp)

        row_bytes = 32 * self.Y.shape[1] * rows.shape[1]
        return xp.concat(list(in_row_blocks(work, X.shape[0], row_bytes)))


def _smallest_of_many(ranks: Array, k: int, xp: Namespace) -> Array:
    """Where `k` smallest ranks of each row are: in the groups with the smallest, so looked up."""
    n_queries, n_ranks = ranks.shape
    n_groups = n_ranks // _GROUP
    if n_ranks % _GROUP or n_groups < 2 * k:
        return some_smallest(ranks, k, xp)
    minima = xp.min(xp.reshape(ranks, (n_queries, _GROUP, n_groups)), axis=1)
    groups = some_smallest(minima, k, xp)
    members = xp.arange(_GROUP, dtype=groups.dtype, device=ranks.device) * n_groups
    places = xp.reshape(groups[:, :, None] + members[None, None, :], (n_queries, -1))
    chosen = some_smallest(xp.take_along_axis(ranks, places, axis=1), k, xp)
    return xp.take_along_axis(places, chosen, axis=1)


def _sum_of_squares(differences: Array, xp: Namespace) -> Array:
    """Add up squares over the last axis; few of them in turn, as scikit-learn's trees do."""
    n_features = differences.shape[-1]
    if n_features > _TREE_FEATURES:
        return xp.sum(differences * differences, axis=-1)
    total = differences[..., 0] ** 2
    for j in range(1, n_features):
        total = total + differences[..., j] ** 2
    return total
