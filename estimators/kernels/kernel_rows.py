"""Kernels between rows of any array library, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ..arrays import Array, Namespace, place_of
from ..blocks import in_row_blocks
from ..config import get_config
from ..sklearn_private import blas_threads, one_blas_thread

KERNELS = ("linear", "poly", "polynomial", "sigmoid", "rbf", "laplacian", "cosine")
_FEWEST, _CACHE = 128, 2**17  # rows and numbers of a block: it stays in the cache of a CPU


class KernelRows:
    """A kernel `k(x, y)` between any rows x and fixed rows y.

    - linear: `x'y`; cosine: `x'y / (|x| |y|)`
    - poly, polynomial: `(gamma x'y + coef0)^degree`; sigmoid: `tanh(gamma x'y + coef0)`
    - rbf: `exp(-gamma |x - y|^2)`; laplacian: `exp(-gamma sum_j |x_j - y_j|)`

    Parameters
    ----------
    name : str
        One of `KERNELS`.
    settings : dict
        gamma (None: 1 / n_features), degree and coef0.
    Y : array of shape (n_rows, n_features)
    dtype : dtype
        In which the kernel is computed; distances from products always are in float64.
    """

    def __init__(
        self, name: str, settings: Mapping[str, Any], Y: Array, dtype: Any, xp: Namespace
    ) -> None:
        gamma = settings["gamma"]
        self.gamma = 1.0 / Y.shape[1] if gamma is None else float(gamma)
        self.degree, self.coef0 = settings["degree"], settings["coef0"]
        self.name, self.dtype, self.xp = name, dtype, xp
        self.n_rows = Y.shape[0]
        self._inner = xp.float64 if name == "rbf" else dtype
        Y = xp.astype(Y, self._inner, copy=False)
        self._fixed = self._augmented(Y, fixed=True) if name == "rbf" else Y
        if name == "cosine":
            self._fixed = _normalised(Y, xp)

    def block(self, X: Array, upto: int | None = None) -> Array:
        """Return the kernel of some rows X with the fixed rows before `upto`, a new array."""
        xp, upto = self.xp, self.n_rows if upto is None else upto
        X, fixed = xp.astype(X, self._inner, copy=False), self._fixed[:upto, ...]
        if self.name == "laplacian":
            return _exp(_manhattan(X, fixed, xp) * -self.gamma, xp)
        if self.name == "rbf":
            exponents = self._augmented(X, fixed=False) @ fixed.T
            return _exp(xp.astype(_at_most_zero(exponents, xp), self.dtype, copy=False), xp)
        if self.name == "cosine":
            X = _normalised(X, xp)
        K = X @ fixed.T
        if self.name in ("linear", "cosine"):
            return K
        K *= self.gamma
        K += self.coef0
        return xp.tanh(K) if self.name == "sigmoid" else _power(K, self.degree)

    def each(self, work: Callable[[slice], Any], n_rows: int) -> Iterator[Any]:
        """Yield `work(rows)` for blocks of rows, whose kernels fit into the working memory.

        On a CPU these stay in the cache, and each thread that products have works on blocks of its
        own: threads of small products would mostly wait for each other.
        """
        in_cache = max(_FEWEST, _CACHE // self.n_rows)
        most = get_config()["working_memory"] * 2**20
        n_threads = blas_threads() if isinstance(self._fixed, np.ndarray) else 1
        row_bytes = max(32.0 * self.n_rows * n_threads, most / in_cache)
        if n_threads == 1 or n_rows <= in_cache:
            yield from in_row_blocks(work, n_rows, row_bytes)
            return
        with one_blas_thread(), ThreadPoolExecutor(n_threads) as pool:
            yield from pool.map(work, in_row_blocks(lambda rows: rows, n_rows, row_bytes))

    def _augmented(self, X: Array, fixed: bool) -> Array:
        """Add two columns, so that a product of both is `-gamma |x - y|^2`."""
        xp = self.xp
        lengths = (-self.gamma * xp.vecdot(X, X))[:, None]
        ones = xp.ones_like(lengths)
        if fixed:
            return xp.concat([X, ones, lengths], axis=1)
        return xp.concat([2.0 * self.gamma * X, lengths, ones], axis=1)


def _normalised(X: Array, xp: Namespace) -> Array:
    lengths = xp.sqrt(xp.sum(X * X, axis=1))[:, None]
    return X / xp.where(lengths == 0, xp.ones_like(lengths), lengths)


def _manhattan(X: Array, Y: Array, xp: Namespace) -> Array:
    if isinstance(X, np.ndarray):
        from scipy.spatial.distance import cdist

        return cdist(X, Y, "cityblock")
    total = xp.zeros((X.shape[0], Y.shape[0]), dtype=X.dtype, device=place_of(X).device)
    for j in range(X.shape[1]):
        total += xp.abs(X[:, j][:, None] - Y[:, j][None, :])
    return total


def _exp(K: Array, xp: Namespace) -> Array:
    return np.exp(K, out=K) if isinstance(K, np.ndarray) else xp.exp(K)


def _at_most_zero(K: Array, xp: Namespace) -> Array:
    if isinstance(K, np.ndarray):
        return np.minimum(K, 0.0, out=K)
    return xp.where(K > 0, xp.zeros_like(K), K)


def _power(K: Array, degree: float) -> Array:
    """Raise to a power; a small whole one by products, which are many times as quick."""
    if float(degree).is_integer() and 1 <= degree <= 8:
        found = K
        for _ in range(int(degree) - 1):
            found = found * K
        return found
    return K**degree
