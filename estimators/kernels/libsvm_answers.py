"""What support vector machines answer that differ in their coefficients but not in their kernel.

*Labels* follow from the signs of decision values. These come for all machines from one kernel
matrix and products with it; a row where a value is so near 0 that rounding might turn its sign is
left to libsvm.

*Values* are libsvm's own, bit for bit: one call answers for many machines, since a machine of one
class that has all support vectors, and of further classes that have none, has as its first
decision values the sums of its rows of coefficients. A vector that one of the machines lacks has
the coefficient 0 there, which changes no digit of a sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from ..sklearn_private import libsvm
from .libsvm_kernel import LibsvmKernel, product_rounding

_EPS = float(np.finfo(np.float64).eps)
_ENTRIES = 2**21  # of a kernel matrix at a time
_AT_ONCE = 12  # machines in one call: it answers for all pairs of its classes


@dataclass(frozen=True)
class Machine:
    """A fitted support vector machine.

    Attributes
    ----------
    support : array of shape (n_support,)
        Ranks of the support vectors among the training rows in libsvm's order: by class, if there
        are classes, then as they come.
    coef : array of shape (n_classes - 1, n_support)
    intercept : array of shape (n_classes * (n_classes - 1) / 2,)
    """

    support: np.ndarray
    coef: np.ndarray
    intercept: np.ndarray


@dataclass(frozen=True)
class Bank:
    """Machines of one kernel, on the support vectors of all of them.

    Attributes
    ----------
    vectors : array of shape (n_vectors, n_features)
    coefs : array of shape (n_machines, n_classes - 1, n_vectors)
    intercepts : array of shape (n_machines, n_pairs)
    starts : array of shape (n_classes + 1,)
        Where the vectors of each class begin.
    """

    kernel: LibsvmKernel
    vectors: np.ndarray
    coefs: np.ndarray
    intercepts: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(
        cls, machines: Sequence[Machine], kernel: LibsvmKernel, rows: np.ndarray, ends: np.ndarray
    ) -> Bank:
        """Gather machines.

        Parameters
        ----------
        rows : array of shape (n_samples, n_features)
            Training rows in libsvm's order.
        ends : array of shape (n_classes,)
            Where the rows of each class end.
        """
        union = np.unique(np.concatenate([machine.support for machine in machines]))
        coefs = np.zeros((len(machines), len(machines[0].coef), len(union)))
        for own, machine in zip(coefs, machines, strict=True):
            own[:, np.searchsorted(union, machine.support)] = machine.coef
        starts = np.searchsorted(union, np.concatenate([[0], ends]))
        intercepts = np.stack([machine.intercept for machine in machines])
        return cls(kernel, np.ascontiguousarray(rows[union]), coefs, intercepts, starts)

    def votes(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the class that each machine votes for, and where that is in doubt.

        Returns
        -------
        classes : array of shape (n_machines, n_samples), integers
        doubtful : array of shape (n_machines, n_samples), bool
        """
        found = np.empty((2, len(self.coefs), len(X)), dtype=np.intp)
        n_machines, n_rows, n_vectors = self.coefs.shape
        step = max(1, _ENTRIES // max(n_vectors, n_machines * (n_rows + 1) ** 2))
        for a in range(0, len(X), step):
            found[:, :, a : a + step] = self._votes(X[a : a + step])
        return found[0], found[1].astype(bool)

    def _votes(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        n_machines, n_classes = len(self.coefs), self.coefs.shape[1] + 1
        with np.errstate(all="ignore"):
            sums, error = self._sums(X)
            votes = np.zeros((n_machines, len(X), n_classes), dtype=np.int32)
            doubtful = np.zeros((n_machines, len(X)), dtype=bool)
            for pair, (i, j) in enumerate(combinations(range(n_classes), 2)):
                values = sums[i][:, j - 1] + sums[j][:, i] + self.intercepts[:, pair, None]
                bound = error * (self._weights(i, j - 1) + self._weights(j, i))[:, None]
                bound += 4 * _EPS * np.abs(self.intercepts[:, pair, None])
                doubtful |= ~(np.abs(values) > bound)
                votes[:, :, i] += values > 0
                votes[:, :, j] += ~(values > 0)
        return votes.argmax(axis=2), doubtful

    def _sums(self, X: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """Return for each class the sums over its vectors, and what rounding may do to an entry.

        Returns
        -------
        sums : list of arrays of shape (n_machines, n_classes - 1, n_samples)
        error : array of shape (n_samples,)
        """
        norms, squares = (np.einsum("ij,ij->i", rows, rows) for rows in (X, self.vectors))
        at_most = norms + squares.max(initial=0.0)
        K = self.kernel.of_products(X @ self.vectors.T, norms[:, None] + squares)
        largest = self.kernel.largest(at_most)
        rounding = product_rounding(X.shape[1])
        error = self.kernel.errors(largest, rounding, at_most) + len(squares) * _EPS * largest
        shape = (*self.coefs.shape[:2], len(X))
        sums = []
        for start, end in zip(self.starts[:-1], self.starts[1:], strict=True):
            part = self.coefs[:, :, start:end].reshape(-1, end - start)
            sums.append((part @ K[:, start:end].T).reshape(shape))
        return sums, 4 * error

    def _weights(self, i: int, row: int) -> np.ndarray:
        """Return the sums of the absolute coefficients of the vectors of class i, (n_machines,)."""
        return np.abs(self.coefs[:, row, self.starts[i] : self.starts[i + 1]]).sum(axis=1)

    def values(self, X: np.ndarray) -> np.ndarray:
        """Return libsvm's own decision values of machines that have one each.

        Returns
        -------
        values : array of shape (n_machines, n_samples)
        """
        coefs, intercepts = self.coefs[:, 0], self.intercepts[:, 0]
        found = [
            self._values(X, coefs[a : a + _AT_ONCE], intercepts[a : a + _AT_ONCE])
            for a in range(0, len(coefs), _AT_ONCE)
        ]
        return np.concatenate(found)

    def _values(self, X: np.ndarray, coefs: np.ndarray, intercepts: np.ndarray) -> np.ndarray:
        n, n_vectors = coefs.shape
        sizes = np.zeros(n + 1, dtype=np.int32)
        sizes[0] = n_vectors
        others = np.zeros(n * (n + 1) // 2)
        others[:n] = intercepts
        options: dict[str, Any] = {"svm_type": 0, "kernel": self.kernel.name}
        found = libsvm().decision_function(
            X,
            np.arange(n_vectors, dtype=np.int32),
            self.vectors,
            sizes,
            np.ascontiguousarray(coefs),
            others,
            **options,
            degree=self.kernel.degree,
            gamma=self.kernel.gamma,
            coef0=self.kernel.coef0,
        )
        return np.ascontiguousarray(found[:, :n].T)
