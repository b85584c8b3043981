"""Discrete naive Bayes with many smoothings as linear models: likelihoods and classes of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..discriminant.highest import highest
from ..discriminant.linear import LinearModels
from ..discriminant.products import row_blocks
from .sums import log_probabilities

_TABLE = 1 << 22  # numbers at most in a table of coefficients of several members


@dataclass(frozen=True)
class DiscreteModels:
    """Models whose joint log likelihood is `X @ coef.T + intercept`.

    Attributes
    ----------
    coef : sequence of n_members ndarrays of shape (n_classes, n_columns), all finite
    intercept : sequence of n_members ndarrays of shape (n_classes,), all finite
    """

    coef: Sequence[np.ndarray]
    intercept: Sequence[np.ndarray]

    def codes(self, X: Any) -> list[np.ndarray | None]:
        """Find the likeliest class of every row for each member.

        Returns
        -------
        codes : list of n_members ndarrays of shape (n_samples,)
            None for a member for which rounding may decide some row.
        """
        if hasattr(X, "tocsr"):
            codes = np.empty((len(self.coef), X.shape[0]), dtype=np.intp)
            for members, rows, joint in self._sparse_blocks(X):
                codes[members, rows] = highest(list(joint))[0].T
            return list(codes)
        coef, intercept = np.stack(self.coef), np.stack(self.intercept)
        found, doubtful = LinearModels.of(coef, intercept, np.ones(len(coef))).codes(X)
        left_open = set(np.flatnonzero(doubtful.any(axis=1)).tolist())
        return [None if i in left_open else row for i, row in enumerate(found)]

    def log_probabilities(self, X: Any) -> np.ndarray:
        """Return what `predict_log_proba` gives, to the last bit as scikit-learn's.

        Returns
        -------
        log_proba : ndarray of shape (n_classes, n_members, n_samples)
        """
        found = np.empty((len(self.coef[0]), len(self.coef), X.shape[0]))
        if hasattr(X, "tocsr"):
            for members, rows, joint in self._sparse_blocks(X):
                columns = np.ascontiguousarray(np.swapaxes(joint, 1, 2))
                found[:, members, rows] = log_probabilities(columns, pairwise=True)
            return found
        for i, (coef, intercept) in enumerate(zip(self.coef, self.intercept, strict=True)):
            joint = X @ coef.T
            joint += intercept
            found[:, i] = log_probabilities(np.ascontiguousarray(joint.T), pairwise=True)
        return found

    def _sparse_blocks(self, X: Any) -> Iterator[tuple[slice, slice, np.ndarray]]:
        """Yield members, rows, and their likelihoods of shape (n_classes, n_rows, n_members).

        A product with a sparse X adds the same numbers in the same order whatever stands beside
        them in a row of the table, so that one product serves many members to the last bit.
        """
        n_classes, n_columns = self.coef[0].shape
        at_once = max(1, _TABLE // (n_classes * n_columns))
        for start in range(0, len(self.coef), at_once):
            members = slice(start, min(start + at_once, len(self.coef)))
            coef = np.stack(self.coef[members], axis=1)
            intercept = np.stack(self.intercept[members], axis=1).reshape(-1)
            table = np.ascontiguousarray(coef.reshape(len(intercept), n_columns).T)
            for rows in row_blocks(X.shape[0], len(intercept)):
                joint = X[rows] @ table
                joint += intercept
                shape = (-1, n_classes, members.stop - members.start)
                yield members, rows, np.moveaxis(joint.reshape(shape), 1, 0)
