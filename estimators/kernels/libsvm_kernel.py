"""Kernel matrices with libsvm's own entries, made by products of matrices.

libsvm computes each entry from a dot product of two rows, in float64, and keeps it in float32. A
product of matrices sums in another order: its entries are off by some 1e-15, which rounding to
float32 nearly always hides. Where an entry is so near the middle between two float32 numbers that
it might not, it is computed anew as libsvm does it. So every fit on this matrix takes the very
steps that libsvm takes on the rows: same support vectors, same coefficients, to the last bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import blas

from ..shared import Declined

KERNELS = ("linear", "poly", "rbf", "sigmoid")
_ROWS, _COLUMNS = 128, 512  # of a tile: what stays in the cache
_EPS = float(np.finfo(np.float64).eps)
_FUNCTION = 8 * _EPS  # how far one library's exp or tanh may be from another's
_MOST_DOUBTFUL = 1e-3  # of the entries: above that rounding decides what libsvm finds


@dataclass(frozen=True)
class LibsvmKernel:
    """A kernel of libsvm's.

    Parameters
    ----------
    name : {"linear", "poly", "rbf", "sigmoid"}
    gamma, coef0 : float
    degree : int
    """

    name: str
    gamma: float = 0.0
    coef0: float = 0.0
    degree: int = 0

    def of_products(self, P: np.ndarray, squares: np.ndarray) -> np.ndarray:
        """Turn products of rows into the kernel, in place unless it is "poly".

        Parameters
        ----------
        P : array of shape (n, m)
        squares : array of shape (n, m)
            Sums of the squared norms of the two rows; heeded by "rbf" alone.
        """
        if self.name == "rbf":
            P *= -2.0
            P += squares
            P *= -self.gamma
            return np.exp(P, out=P)
        if self.name == "linear":
            return P
        P *= self.gamma
        P += self.coef0
        return np.tanh(P, out=P) if self.name == "sigmoid" else _powers(P, self.degree)

    def of_product(self, product: float, square: float) -> float:
        """Return one entry, computed in libsvm's order."""
        if self.name == "rbf":
            return math.exp(-self.gamma * (square - 2 * product))
        if self.name == "linear":
            return product
        inside = self.gamma * product + self.coef0
        if self.name == "sigmoid":
            return math.tanh(inside)
        return float(_powers(np.array([inside]), self.degree)[0])

    def of_squares(self, squares: np.ndarray) -> np.ndarray:
        """Return the entries of rows with themselves, computed in libsvm's order."""
        if self.name == "sigmoid":
            return np.array([self.of_product(square, 0.0) for square in squares.tolist()])
        return self.of_products(squares.copy(), 2 * squares)

    def errors(
        self, entries: np.ndarray, rounding: float, squares: np.ndarray | float
    ) -> np.ndarray | float:
        """Return how far entries may be off if their products are summed in another order.

        Parameters
        ----------
        rounding : float
            The error of a product, as a part of `squares`.
        squares : array or float
            For each entry at least the sum of the squared norms of its two rows; but for "rbf",
            twice the sum of the absolute terms of their product serves too.
        """
        if self.name == "linear":
            return rounding * squares
        if self.name == "rbf":
            return entries * (rounding * (1.0 + self.gamma * squares) + _FUNCTION)
        inside = self.gamma * squares + abs(self.coef0)
        if self.name == "sigmoid":
            return rounding * inside + _FUNCTION * np.abs(entries)
        if not isinstance(squares, np.ndarray):  # for many entries at a time, what is quick
            return rounding * (self.degree + 1) * inside**self.degree
        base = np.abs(entries) ** (1 / max(self.degree, 1)) + rounding * inside
        steep = self.degree * base ** max(self.degree - 1, 0)
        return rounding * (steep * inside + (self.degree + 1) * np.abs(entries))

    def largest(self, squares: np.ndarray) -> np.ndarray:
        """Return how large entries may be at most."""
        if self.name in ("rbf", "sigmoid"):
            return np.ones_like(squares)
        if self.name == "linear":
            return squares
        return (self.gamma * squares + abs(self.coef0)) ** self.degree


def fill_kernel(K: np.ndarray, X: np.ndarray, squares: np.ndarray, kernel: LibsvmKernel) -> None:
    """Compute the kernel of the rows of X (n, p) into K, of shape (n, n) and float64.

    Rounded to float32, and on its diagonal without rounding, it is what libsvm computes.

    Parameters
    ----------
    squares : array of shape (n,)
        From `row_squares`.

    Raises
    ------
    Declined
        Where too many entries hang on the rounding of products.
    """
    n, doubtful = len(X), 0
    rounding = 0.0 if has_exact_products(X, squares) else product_rounding(X.shape[1])
    with np.errstate(all="ignore"):
        for a in range(0, n, _ROWS):
            for c in range(a, n, _COLUMNS):
                tile = K[a : a + _ROWS, c : c + _COLUMNS]
                doubtful += _fill(tile, X, squares, (a, c), kernel, rounding)
                if doubtful > _MOST_DOUBTFUL * n * n + 100:
                    raise Declined("rounding decides on the entries of the kernel of such rows")
                K[c : c + _COLUMNS, a : a + _ROWS] = tile.T
    K.flat[:: n + 1] = kernel.of_squares(squares)


def row_squares(X: np.ndarray) -> np.ndarray:
    """Return the squared norms of rows, summed as libsvm sums them."""
    return np.array([blas.ddot(row, row) for row in X])


def product_rounding(n_features: int) -> float:
    """Return how far products of rows may be apart, as a part of their squared norms."""
    return (2 * n_features + 16) * _EPS


def has_exact_products(X: np.ndarray, squares: np.ndarray) -> bool:
    """Whether products of rows are the same however they are summed: of whole numbers."""
    return bool(squares.max(initial=0.0) < 2.0**53) and bool((np.rint(X) == X).all())


def _fill(
    tile: np.ndarray,
    X: np.ndarray,
    squares: np.ndarray,
    at: tuple[int, int],
    kernel: LibsvmKernel,
    rounding: float,
) -> int:
    """Compute one tile of the kernel; return how many of its entries were in doubt."""
    a, c = at
    rows, columns = X[a : a + tile.shape[0]], X[c : c + tile.shape[1]]
    sums = squares[a : a + len(rows), None] + squares[c : c + len(columns)]
    entries = kernel.of_products(np.matmul(rows, columns.T, out=tile), sums)
    i, j = _doubtful(entries, rows, columns, sums, kernel, rounding)
    for k, m in zip(i.tolist(), j.tolist(), strict=True):
        product = blas.ddot(rows[k], columns[m])
        entries[k, m] = kernel.of_product(product, float(sums[k, m]))
    if entries is not tile:
        tile[:] = entries
    return len(i)


def _doubtful(
    entries: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    sums: np.ndarray,
    kernel: LibsvmKernel,
    rounding: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return where an entry might be another number in float32 if it were summed otherwise."""
    most = float(sums.max(initial=0.0))
    if kernel.name == "rbf":  # the same as below, in fewer passes
        part = float(np.max(kernel.errors(np.ones(1), rounding, most)))
        low, high = (_scaled(entries, factor) for factor in (1 - part, 1 + part))
        apart = low != high
    else:
        apart = _apart(entries, kernel.errors(entries, rounding, most))
    if not apart.any():
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    own = sums if kernel.name == "rbf" else 2 * (np.abs(rows) @ np.abs(columns).T)
    i, j = np.nonzero(_apart(entries, kernel.errors(entries, rounding, own)))
    return i, j


def _apart(entries: np.ndarray, off: np.ndarray | float) -> np.ndarray:
    """Whether `entries - off` and `entries + off` are different numbers in float32."""
    return (entries - off).astype(np.float32) != (entries + off).astype(np.float32)


def _scaled(entries: np.ndarray, factor: float) -> np.ndarray:
    """Return `entries * factor`, computed in float64 and rounded to float32."""
    out = np.empty(entries.shape, dtype=np.float32)
    return np.multiply(entries, factor, out=out, casting="same_kind")


def _powers(base: np.ndarray, degree: int) -> np.ndarray:
    """Return `base ** degree` by libsvm's own multiplications."""
    power = np.ones_like(base)
    while degree > 0:
        if degree % 2:
            power *= base
        base = base * base
        degree //= 2
    return power
