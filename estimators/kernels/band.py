"""Reduces a symmetric matrix to a band, once for the systems of all its shifts.

`K = Q B Q'` with `Q` orthogonal and `B` of few diagonals, so that for every shift `a`
`(K + a I)^-1 Y = Q (B + a I)^-1 Q' Y`, where a band is solved in next to no time. The reduction
takes `4/3 n^3` operations, all of them products of matrices: as long as about three Cholesky
factorisations, where going on to eigenvalues takes as long as twenty.

1. The columns below a diagonal block of width b are reduced by `I - V T V'` (QR).
2. With `U = V T`, `W = S U - V (U' S U) / 2`, the rest becomes `S - V W' - W V'`.

Bischof, Lang and Sun (2000), "A framework for symmetric band reduction", ACM TOMS 26.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.linalg import lapack, solveh_banded

WIDTH = 64  # narrower, the products are slow; wider, the band's own solutions are
_ROWS = 256  # of the lower triangle, updated at a time: what stays in the cache


class Reflector(NamedTuple):
    """`I - V T V'` on the rows from `first` on; V is (n_rows, width), T (width, width)."""

    first: int
    V: np.ndarray
    T: np.ndarray


class Band:
    """A symmetric matrix reduced to a band.

    Parameters
    ----------
    K : array of shape (n, n), float64, C-contiguous
        Symmetric. It is overwritten: its lower triangle holds the reflectors and the band.
    width : int
        Diagonals below the main one.
    """

    def __init__(self, K: np.ndarray, width: int = WIDTH) -> None:
        n = len(K)
        self._K, self._width = K, width
        self._factors: list[np.ndarray] = []
        for k in range(0, n - width, width):
            columns = K[k + width :, k : k + width]
            size = min(columns.shape)
            packed, T, _ = lapack.dgeqrt(size, np.asfortranarray(columns), overwrite_a=1)
            columns[:] = packed
            self._factors.append(np.triu(T[:size, :size]))
            reflector = self._reflector(k // width)
            _apply_both_sides(K, reflector)
        self._diagonals = _diagonals(K, width)

    def _reflector(self, i: int) -> Reflector:
        first, T = (i + 1) * self._width, self._factors[i]
        packed = self._K[first:, first - self._width : first - self._width + len(T)]
        V = np.tril(packed, -1)
        V[np.arange(len(T)), np.arange(len(T))] = 1.0
        return Reflector(first, V, T)

    def rotated(self, Y: np.ndarray) -> np.ndarray:
        """Return `Q' Y` (n, k)."""
        Y = Y.astype(np.float64)
        for i in range(len(self._factors)):
            first, V, T = self._reflector(i)
            Y[first:] -= V @ (T.T @ (V.T @ Y[first:]))
        return Y

    def rotated_back(self, Z: np.ndarray) -> np.ndarray:
        """Return `Q Z` (n, k)."""
        Z = Z.copy()
        for i in reversed(range(len(self._factors))):
            first, V, T = self._reflector(i)
            Z[first:] -= V @ (T @ (V.T @ Z[first:]))
        return Z

    def solve(self, shifts: list[float], Y: np.ndarray) -> np.ndarray:
        """Return `(K + shift I)^-1 Y` for all shifts, of shape (n_shifts, n, k).

        Raises
        ------
        numpy.linalg.LinAlgError
            If one of them is not positive definite.
        """
        n, k = Y.shape
        rotated = self.rotated(Y)
        solutions = np.empty((n, len(shifts), k))
        for i, shift in enumerate(shifts):
            shifted = self._diagonals.copy()
            shifted[0] += shift
            solutions[:, i] = solveh_banded(
                shifted, rotated, overwrite_ab=True, lower=True, check_finite=False
            )
        back = self.rotated_back(solutions.reshape(n, -1)).reshape(solutions.shape)
        return back.transpose(1, 0, 2)


def _apply_both_sides(K: np.ndarray, reflector: Reflector) -> None:
    """Replace the rest of the lower triangle by what is left when a reflector acts on both sides.

    Squares of `_ROWS` on the diagonal are kept whole, all else only below it.
    """
    first, V, T = reflector
    U = V @ T
    W = np.zeros_like(U)
    for a, b in _blocks(first, len(K)):
        W[a - first : b - first] += K[a:b, first:b] @ U[: b - first]
        if a > first:
            W[: a - first] += K[a:b, first:a].T @ U[a - first : b - first]
    W -= V @ (0.5 * (U.T @ W))
    left, right = np.hstack([V, W]), np.hstack([W, V])
    for a, b in _blocks(first, len(K)):
        K[a:b, first:b] -= left[a - first : b - first] @ right[: b - first].T


def _blocks(first: int, n: int) -> Iterator[tuple[int, int]]:
    """Cut the rows from `first` to `n` at multiples of `_ROWS`."""
    bounds = [first, *range((first // _ROWS + 1) * _ROWS, n, _ROWS), n]
    yield from pairwise(bounds)


def _diagonals(K: np.ndarray, width: int) -> np.ndarray:
    """Return the band as LAPACK takes it: row d holds the d-th diagonal below the main one."""
    n = len(K)
    diagonals = np.zeros((min(width, n - 1) + 1, n))
    for d in range(len(diagonals)):
        diagonals[d, : n - d] = np.diagonal(K, -d)
    return diagonals
