"""Quadratic discriminants that differ in their scalings: scores and classes of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .highest import highest
from .products import padded, row_blocks


@dataclass(frozen=True)
class QuadraticModels:
    """Models with the same means and axes, and scalings of their own along the axes.

    The score of a row x and class c is, for member i,

        log prior_c - sum_j (((x - mean_c) @ rotation_c)_j^2 / scaling_icj + log scaling_icj) / 2

    Attributes
    ----------
    means : ndarray of shape (n_classes, n_features)
    rotations : sequence of n_classes ndarrays of shape (n_features, n_features)
    scalings : ndarray of shape (n_members, n_classes, n_features)
    prior : ndarray of shape (n_classes,)
    """

    means: np.ndarray
    rotations: list[np.ndarray]
    scalings: np.ndarray
    prior: np.ndarray

    @cached_property
    def constants(self) -> np.ndarray:
        """The part without x and prior, of shape (n_members, n_classes)."""
        return -0.5 * np.sum(np.log(self.scalings), axis=2)

    @cached_property
    def condition(self) -> np.ndarray:
        """How far scalings of a class are apart at most, of shape (n_members,)."""
        return np.max(self.scalings.max(axis=2) / self.scalings.min(axis=2), axis=1)

    def score_blocks(self, X: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield blocks of rows and their scores, by one product per class for all members.

        Yields
        ------
        rows : slice
        scores : ndarray of shape (n_classes, n_members, n_rows)
        """
        dtype = np.result_type(X.dtype, self.means.dtype, self.scalings.dtype)
        axes = [padded(rotation.T.astype(dtype, copy=False)) for rotation in self.rotations]
        weights = np.swapaxes(-0.5 / self.scalings, 0, 1).astype(dtype, copy=False)
        weights = padded(padded(weights, axis=1), axis=2)
        offsets = (self.constants + np.log(self.prior)).T.astype(dtype)[:, :, None]
        n_classes, n_members = len(self.means), len(self.scalings)
        for rows in row_blocks(len(X), n_members):
            part = X[rows]
            scores = np.empty((n_classes, n_members, len(part)), dtype=dtype)
            for c in range(n_classes):
                centred = (part - self.means[c]).astype(dtype, copy=False)
                squares = (axes[c] @ centred.T) ** 2
                scores[c] = (weights[c] @ squares)[:n_members]
            scores += offsets
            yield rows, scores

    def codes(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the class of the highest score for every member and row.

        Returns
        -------
        codes : ndarray of shape (n_members, n_samples)
        doubtful : ndarray of bool, of the same shape
            Where the two best are as close as rounding.
        """
        codes = np.empty((len(self.scalings), len(X)), dtype=np.intp)
        doubtful = np.empty(codes.shape, dtype=bool)
        largest = np.abs(self.constants + np.log(self.prior)[None, :]).max(axis=1)
        # A product along the shortest axis cancels what lies along the longest.
        rounding = 8 * (X.shape[1] + 16) * np.sqrt(self.condition)
        for rows, scores in self.score_blocks(X):
            unit = np.finfo(scores.dtype).eps
            found, best, lead = highest(list(scores))
            codes[:, rows] = found
            slack = unit * rounding[:, None] * (np.abs(best) + largest[:, None])
            doubtful[:, rows] = ~(lead > slack)
        return codes, doubtful
