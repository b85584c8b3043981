"""Rows less the mean of their columns, without a copy of the table: sums and products of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial, reduce
from typing import Any, TypeVar

import numpy as np

from ..arrays import HOST, Array, Namespace, place_of
from ..blocks import in_row_blocks, rows_in_memory
from ..config import get_config
from ..linear.triangle import triangular

T = TypeVar("T")

_IN_CACHE = 2**19  # bytes of a block on the host, so that it is still there when it is multiplied
_CANCELS = 1e4  # mean squared over variance: X'X - n m m' loses four digits, and no more
_SAMPLE = 100  # rows that tell beforehand whether it loses more
_TALL = 16  # rows of a block for each column: the triangles put together then cost little


class Centred:
    """The table X - mean, worked on in blocks; kept whole only if it fits the working memory.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
    mean : array of shape (n_features,), or None
        None leaves the rows as they are.

    Attributes
    ----------
    n_products : int
        How many products with a vector their Gram matrix saves, if others need it too.
    """

    n_products = 0

    def __init__(self, X: Array, mean: Array | None, xp: Namespace) -> None:
        self.X, self.xp = X, xp
        self.shape: tuple[int, int] = X.shape
        self.mean = None if mean is None else xp.astype(mean, X.dtype, copy=False)
        self.on_host = place_of(X) == HOST

    def whole(self) -> Array:
        """Return X - mean."""
        return self.X if self.mean is None else self.X - self.mean

    @cached_property
    def _kept(self) -> Array | None:
        """X - mean, where it is X itself or fits the working memory."""
        return self.whole() if self.fits or self.mean is None else None

    def blocks(self, work: Callable[[Array], T], least: int = 1) -> Iterator[T]:
        """Yield `work` of blocks of centred rows, mostly `least` or more; it must not keep them."""
        row = n_bytes(self.X, self.xp) / self.shape[0]
        if not self.on_host:
            return in_row_blocks(
                lambda rows: work(self._minus(self.X[rows, :])), self.shape[0], 3.0 * row
            )
        # The mean in each row of an array: NumPy takes one array from another faster than a row.
        n_rows = max(1, min(self.shape[0], max(least, int(_IN_CACHE / row))))
        means = None if self.mean is None else np.tile(self.mean, (n_rows, 1))
        room = None if means is None else np.empty_like(means)

        def centre(rows: slice) -> T:
            block = self.X[rows, :]
            if means is not None and room is not None:
                n = block.shape[0]
                block = np.subtract(block, means[:n], out=room[:n])
            return work(block)

        return in_row_blocks(centre, self.shape[0], get_config()["working_memory"] * 2**20 / n_rows)

    def _minus(self, rows: Array) -> Array:
        return rows if self.mean is None else rows - self.mean

    def times(self, right: Array) -> Array:
        """Return (X - mean) @ right, of shape (n_samples, n_columns of right)."""
        if self._kept is not None:
            return self._kept @ right
        return self.xp.concat(list(self.blocks(lambda rows: rows @ right)), axis=0)

    def transposed_times(self, left: Array) -> Array:
        """Return (X - mean)' @ left, of shape (n_features, n_columns of left)."""
        if self._kept is not None:
            return self._kept.T @ left
        total, start = None, 0
        for rows in self.blocks(lambda rows: rows):
            part = rows.T @ left[start : start + rows.shape[0], :]
            total = part if total is None else total + part
            start += rows.shape[0]
        return total

    def gram(self, dtype: Any = None) -> tuple[Array, Array]:
        """Return (X - mean)' (X - mean) and the sums of its columns, float64.

        With `dtype` rows are multiplied in that, not in the one of X.
        """
        xp = self.xp
        if self.on_host and self.mean is None and self.X.dtype == np.float64:
            return self.X.T @ self.X, np.ones(self.shape[0]) @ self.X
        ones = xp.ones_like(xp.asarray(self.X[:, 0], copy=True))

        def work(rows: Array) -> tuple[Array, Array]:
            sums = ones[: rows.shape[0]] @ rows  # faster than a sum down the columns
            rows = rows if dtype is None else xp.astype(rows, dtype, copy=False)
            products = rows.T @ rows
            return tuple(xp.astype(a, xp.float64, copy=False) for a in (products, sums))

        return _sums(self.blocks(work))

    @property
    def fits(self) -> bool:
        """Whether X - mean may be kept whole."""
        return n_bytes(self.X, self.xp) <= get_config()["working_memory"] * 2**20

    def triangle(self) -> Array:
        """Return R of X - mean = QR, float64, for no more columns than rows.

        It has their singular values and right singular vectors, of which X'X loses digits; it is
        made from those of blocks of rows (Demmel et al. 2012, section 3).
        """
        xp, n_features = self.xp, self.shape[1]
        # Rows, centred rows, means, and the decomposition of them are held at a time.
        least = min(_TALL * n_features, rows_in_memory(40.0 * n_features))
        blocks = self.blocks(
            lambda rows: triangular(xp.astype(rows, xp.float64, copy=False), xp), least
        )
        return reduce(lambda above, below: triangular(xp.concat([above, below]), xp), blocks)

    def row_gram(self) -> Array:
        """Return (X - mean) (X - mean)', float64, of shape (n_samples, n_samples)."""
        xp, n_rows = self.xp, self.shape[0]

        def work(columns: slice) -> tuple[Array]:
            block = self.X[:, columns]
            block = block if self.mean is None else block - self.mean[columns]
            block = xp.astype(block, xp.float64, copy=False)
            return (block @ block.T,)

        return _sums(in_row_blocks(work, self.shape[1], 24.0 * n_rows))[0]

    def column_means(self) -> Array:
        """Return the means of the columns of X, float64."""
        return column_means(self.X, self.xp)

    def squares(self, axes: Array | None = None) -> tuple[Array, Array]:
        """Return the sum of squares of all of X - mean, and of its projection on each axis."""
        xp = self.xp
        axes = self.X[:0, :] if axes is None else axes

        def work(rows: Array) -> tuple[Array, Array]:
            size = xp.astype(xp.linalg.vector_norm(rows), xp.float64)
            projected = rows @ axes.T
            return size * size, xp.sum(projected * projected, axis=0, dtype=xp.float64)

        return _sums(self.blocks(work))


class SharedRows(Centred):
    """Rows that are decomposed several times: their products with themselves are made once.

    Parameters
    ----------
    n_products : int
        How many products with a vector the Gram matrix saves all decompositions.
    """

    def __init__(self, X: Array, mean: Array | None, xp: Namespace, n_products: int) -> None:
        super().__init__(X, mean, xp)
        self.n_products = n_products
        self._known: dict[str, Any] = {}

    def gram(self, dtype: Any = None) -> tuple[Array, Array]:
        """Return (X - mean)' (X - mean) and the sums of its columns, by products in float64."""
        return self._once("gram", partial(super().gram, self.xp.float64))

    def row_gram(self) -> Array:
        """Return (X - mean) (X - mean)', float64, of shape (n_samples, n_samples)."""
        return self._once("row_gram", super().row_gram)

    def triangle(self) -> Array:
        """Return R of X - mean = QR, float64."""
        return self._once("triangle", super().triangle)

    def column_means(self) -> Array:
        """Return the means of the columns of X, float64."""
        return self._once("means", super().column_means)

    def _once(self, name: str, compute: Callable[[], Any]) -> Any:
        if name not in self._known:
            self._known[name] = compute()
        return self._known[name]


def mean_and_scatter(X: Array, xp: Namespace) -> tuple[Array, Array]:
    """Return the means of the columns and (X - mean)' (X - mean), float64.

    X'X less n mean mean' is the fastest on the host. Where it would lose digits, and elsewhere,
    rows less their mean are multiplied, block by block.
    """
    mean, n_samples = column_means(X, xp), X.shape[0]
    if place_of(X) == HOST:
        some = X[:: max(1, n_samples // _SAMPLE), :]
        if not cancels(np.mean(some, axis=0), np.var(some, axis=0), xp):
            scatter = (X.T @ X).astype(np.float64, copy=False)
            scatter -= n_samples * np.outer(mean, mean)
            if not cancels(mean, np.diagonal(scatter) / n_samples, xp):
                return mean, scatter
    return mean, Centred(X, mean, xp).gram()[0]


def column_means(X: Array, xp: Namespace) -> Array:
    """Return the means of the columns, float64; float32 is not copied whole into float64."""
    if place_of(X) != HOST:
        return xp.sum(X, axis=0, dtype=xp.float64) / X.shape[0]
    # A product with ones is several times faster than a sum down the columns.
    ones = np.ones(X.shape[0], X.dtype)
    if X.dtype == np.float64:
        return ones @ X / X.shape[0]
    sums = Centred(X, None, xp).blocks(lambda rows: ((ones[: len(rows)] @ rows).astype(float),))
    return _sums(sums)[0] / X.shape[0]


def signed(axes: Array, xp: Namespace) -> tuple[Array, Array]:
    """Turn each axis so that its entry of largest size is positive; return the signs too."""
    largest = xp.argmax(xp.abs(axes), axis=1)
    signs = xp.sign(xp.take_along_axis(axes, largest[:, None], axis=1))
    return axes * signs, signs[:, 0]


def cancels(mean: Array, variance: Array, xp: Namespace) -> bool:
    """Whether means are so large that variances from sums of squares would lose digits."""
    return bool(xp.any(mean * mean > _CANCELS * variance))


def n_bytes(X: Array, xp: Namespace) -> int:
    """Return the bytes of an array."""
    return int(X.shape[0] * X.shape[1] * xp.finfo(X.dtype).bits // 8)


def _sums(parts: Iterator[tuple[Array, ...]]) -> Any:
    total = next(parts)
    for part in parts:
        total = tuple(a + b for a, b in zip(total, part, strict=True))
    return total
