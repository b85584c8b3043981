"""Blocks of rows, dense or sparse, and their products with the coefficients of many problems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from scipy import sparse

from ..arrays import HOST, Array, Namespace, place_of
from ..blocks import rows_in_memory, slices_of

_HOST_NUMBERS = 2**20  # numbers worked on at a time: what a processor's cache holds
_DEVICE_NUMBERS = 2**25


class Rows(Protocol):
    """Rows `A` of shape (n_rows, n_columns)."""

    def outputs(self, W: Array) -> Array:
        """Return `A W'` for `W` (n_problems, n_outputs, n_columns), rows along the last axis."""

    def back(self, R: Array) -> Array:
        """Return `A' R` (n_problems, n_outputs, n_columns), `R` with rows along the last axis."""

    def squares(self, h: Array) -> Array:
        """Return the diagonals of `A' diag(h) A` for each row of `h` (n_outputs, n_rows)."""

    def gram(self, h: Array) -> Array:
        """Return `A' diag(h) A` for `h` (n_rows,) of at least 0."""

    def crossed(self, G: Array) -> Array:
        """Return the blocks `A' diag(g_j g_l) A` of all pairs of rows of `G` (n_outputs, n_rows).

        As one matrix of shape (n_outputs n_columns, n_outputs n_columns).
        """


class _Products:
    """Products with dense rows `A`."""

    A: Array
    xp: Namespace

    def outputs(self, W: Array) -> Array:
        m, k, q = W.shape
        return self.xp.reshape(self.xp.reshape(W, (m * k, q)) @ self.A.T, (m, k, self.A.shape[0]))

    def back(self, R: Array) -> Array:
        m, k, n = R.shape
        return self.xp.reshape(self.xp.reshape(R, (m * k, n)) @ self.A, (m, k, self.A.shape[1]))

    def squares(self, h: Array) -> Array:
        return h @ (self.A * self.A)

    def gram(self, h: Array) -> Array:
        B = self.A * self.xp.sqrt(h)[:, None]
        return B.T @ B

    def crossed(self, G: Array) -> Array:
        A, k = self.A, G.shape[0]
        n, q = A.shape
        parts = []
        for rows in slices_of(n, rows_in_memory(3 * 8.0 * k * q)):
            products = G.T[rows, :, None] * A[rows, None, :]
            B = self.xp.reshape(products, (products.shape[0], k * q))
            parts.append(B.T @ B)
        return sum(parts[1:], start=parts[0])


@dataclass(frozen=True)
class DenseRows(_Products):
    """Rows of an array."""

    A: Array
    xp: Namespace


@dataclass(frozen=True)
class CentredRows(_Products):
    """Rows `X - mean` in float64, with a column of ones behind if asked, made when they are used.

    Attributes
    ----------
    X : array of shape (n_rows, n_features), float32 or float64
    mean : array of shape (n_features,), float64
    """

    X: Array
    mean: Array
    has_ones: bool
    xp: Namespace

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.X.shape[0], self.X.shape[1] + int(self.has_ones)

    @property
    def A(self) -> Array:
        """The rows as an array."""
        A = self.xp.astype(self.X, self.xp.float64, copy=False) - self.mean
        return self.xp.concat([A, self.xp.ones_like(A[:, :1])], axis=1) if self.has_ones else A


@dataclass(frozen=True)
class SparseRows:
    """Rows of a SciPy CSR matrix, on the host; `T` is its transpose in the same form."""

    A: Any
    T: Any

    def outputs(self, W: Array) -> Array:
        m, k, q = W.shape
        if m * k == 1:
            return (self.A @ W[0, 0])[None, None, :]
        Z = self.A @ np.ascontiguousarray(np.reshape(W, (m * k, q)).T)
        return np.reshape(np.ascontiguousarray(Z.T), (m, k, -1))

    def back(self, R: Array) -> Array:
        m, k, n = R.shape
        if m * k == 1:
            return (self.T @ R[0, 0])[None, None, :]
        G = self.T @ np.ascontiguousarray(np.reshape(R, (m * k, n)).T)
        return np.reshape(np.ascontiguousarray(G.T), (m, k, -1))

    def squares(self, h: Array) -> Array:
        T = self.T
        squared = sparse.csr_array((T.data * T.data, T.indices, T.indptr), shape=T.shape)
        return (squared @ np.ascontiguousarray(h.T)).T

    def gram(self, h: Array) -> Array:
        T = self.T
        scaled = sparse.csr_array((T.data * h[T.indices], T.indices, T.indptr), shape=T.shape)
        return (scaled @ self.A).toarray()

    def crossed(self, G: Array) -> Array:
        k, q = G.shape[0], self.A.shape[1]
        whole = np.empty((k, q, k, q))
        for j in range(k):
            for i in range(j + 1):
                whole[j, :, i, :] = whole[i, :, j, :] = self.gram(G[j] * G[i])
        return np.reshape(whole, (k * q, k * q))


def row_blocks(A: Any, numbers_per_row: int) -> Iterator[tuple[slice, Any]]:
    """Cut rows so that working memory stays small; yield each slice and its rows."""
    n = A.shape[0]
    if sparse.issparse(A):
        yield slice(0, n), SparseRows(A, A.T.tocsr())
        return
    raw = isinstance(A, CentredRows)
    place = place_of(A.X if raw else A)
    numbers = A.shape[1] + numbers_per_row
    most = _HOST_NUMBERS if place == HOST else _DEVICE_NUMBERS
    step = min(max(256, most // numbers), rows_in_memory(8.0 * numbers))
    for start in range(0, n, step):
        rows = slice(start, min(start + step, n))
        yield rows, replace(A, X=A.X[rows, :]) if raw else DenseRows(A[rows, :], place.xp)
