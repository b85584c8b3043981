"""Gaussian naive Bayes with many smoothings: the classes of rows, and their likelihoods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..discriminant.highest import highest
from ..discriminant.products import row_blocks
from .sums import row_sums, rows_in_one_piece

_NUMBERS = 1 << 16  # of a block of rows whose likelihoods are summed: it stays in the cache


@dataclass(frozen=True)
class GaussianModels:
    """Models that differ in their variances.

    The joint log likelihood of a row x and class c is, for member i,

        log prior_c - sum_j log(2 pi var_icj) / 2 - sum_j (x_j - theta_cj)^2 / var_icj / 2

    Attributes
    ----------
    theta : ndarray of shape (n_classes, n_features)
    var : ndarray of shape (n_members, n_classes, n_features)
    prior : ndarray of shape (n_classes,)
    """

    theta: np.ndarray
    var: np.ndarray
    prior: np.ndarray

    @cached_property
    def constants(self) -> np.ndarray:
        """The part without x and prior, of shape (n_members, n_classes)."""
        return -0.5 * np.sum(np.log(2.0 * np.pi * self.var), axis=2)

    @cached_property
    def are_plain(self) -> np.ndarray:
        """Whether a member's variances are all above 0, and far from where 1 / var overflows."""
        tiny = 4 * np.finfo(self.var.dtype).tiny
        return np.all((self.var > tiny) & np.isfinite(self.var), axis=(1, 2))

    def codes(self, X: np.ndarray) -> np.ndarray:
        """Find the likeliest class of every row for every member, by one product per class.

        Where the two best are as close as rounding, the row is computed as scikit-learn does it.

        Returns
        -------
        codes : ndarray of shape (n_members, n_samples)
        """
        dtype = np.result_type(X.dtype, self.theta.dtype)
        offsets = (np.log(self.prior) + self.constants).T.astype(dtype)[:, :, None]
        weights = np.ascontiguousarray(np.swapaxes(-0.5 / self.var.astype(dtype), 0, 1))
        largest = np.abs(offsets).max(axis=0)
        rounding = 8 * (X.shape[1] + 16) * np.finfo(dtype).eps
        codes = np.empty((len(self.var), len(X)), dtype=np.intp)
        for rows in row_blocks(len(X), len(self.var)):
            part = X[rows]
            with np.errstate(all="ignore"):
                scores = [
                    weights[c] @ ((part - theta) ** 2).T + offsets[c]
                    for c, theta in enumerate(self.theta)
                ]
                found, best, lead = highest(scores)
                doubtful = ~(lead > rounding * (np.abs(best) + largest))
            self._decide(X, rows, found, doubtful)
            codes[:, rows] = found
        return codes

    def _decide(self, X: np.ndarray, rows: slice, codes: np.ndarray, doubtful: np.ndarray) -> None:
        """Find anew the classes of the doubtful rows of a block, member by member."""
        for i in np.flatnonzero(doubtful.any(axis=1)):
            at = np.flatnonzero(doubtful[i])
            joint = self._joint(X[rows.start + at], [int(i)], rows_in_one_piece(X))
            codes[i, at] = np.argmax(joint[:, 0], axis=0)

    def joint_blocks(self, X: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield blocks of rows and their likelihoods, to the last bit as scikit-learn's.

        Yields
        ------
        rows : slice
        joint : ndarray of shape (n_classes, n_members, n_rows)
        """
        size = max(64, _NUMBERS // X.shape[1])
        for start in range(0, len(X), size):
            rows = slice(start, min(start + size, len(X)))
            yield rows, self._joint(X[rows], range(len(self.var)), rows_in_one_piece(X))

    def _joint(self, X: np.ndarray, members: range | list[int], pairwise: bool) -> np.ndarray:
        columns = np.ascontiguousarray(X.T)
        dtype = np.result_type(columns.dtype, self.var.dtype)
        joint = np.empty((len(self.theta), len(members), len(X)), dtype=dtype)
        ratios = np.empty(columns.shape, dtype=dtype)
        for c, theta in enumerate(self.theta):
            squares = (columns - theta[:, None]) ** 2
            log_prior = np.log(self.prior[c])
            for place, i in enumerate(members):
                np.divide(squares, self.var[i, c][:, None], out=ratios)
                sums = row_sums(ratios, pairwise)
                joint[c, place] = log_prior + (self.constants[i, c] - 0.5 * sums)
        return joint
