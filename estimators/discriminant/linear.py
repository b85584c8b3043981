"""Linear models of many members: scores and classes of rows by one product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.extmath import softmax

from .highest import highest
from .products import padded, row_blocks


@dataclass(frozen=True)
class LinearModels:
    """Models with scores `X @ coef.T + intercept`: one for two classes, else one per class.

    Attributes
    ----------
    coef : ndarray of shape (n_scores, n_members, n_features)
    intercept : ndarray of shape (n_scores, n_members)
    rounding : ndarray of shape (n_members,)
        How far, in units of rounding, a score may be off for a row of length 1.
    offset : ndarray of shape (n_members,)
        The same for a row of length 0.
    """

    coef: np.ndarray
    intercept: np.ndarray
    rounding: np.ndarray
    offset: np.ndarray

    @classmethod
    def of(cls, coef: np.ndarray, intercept: np.ndarray, condition: np.ndarray) -> LinearModels:
        """Take the coefficients of all classes.

        Parameters
        ----------
        coef : ndarray of shape (n_members, n_classes, n_features)
        intercept : ndarray of shape (n_members, n_classes)
        condition : ndarray of shape (n_members,)
            Of what the coefficients were solved from: how many times rounding they are off.
        """
        times = 8 * (condition + coef.shape[2] + 16)
        rounding = times * np.linalg.norm(coef, axis=2).max(axis=1)
        offset = times * np.abs(intercept).max(axis=1)
        coef = np.ascontiguousarray(np.swapaxes(coef, 0, 1))
        intercept = intercept.T
        if len(coef) == 2:
            coef, intercept = coef[1:] - coef[:1], intercept[1:] - intercept[:1]
        return cls(coef, intercept, rounding, offset)

    def score_blocks(self, X: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield blocks of rows and their scores, of shape (n_scores, n_members, n_rows)."""
        n_scores, n_members, n_features = self.coef.shape
        n_flat = n_scores * n_members
        flat = padded(self.coef.reshape(n_flat, n_features))
        for rows in row_blocks(len(X), n_members):
            part = X[rows].astype(flat.dtype, copy=False)
            scores = (flat @ part.T)[:n_flat].reshape(n_scores, n_members, len(part))
            scores += self.intercept[:, :, None]
            yield rows, scores

    def scores(self, X: np.ndarray) -> np.ndarray:
        """Return all scores, of shape (n_scores, n_members, n_samples)."""
        found = np.empty((*self.coef.shape[:2], len(X)), dtype=self.coef.dtype)
        for rows, scores in self.score_blocks(X):
            found[:, :, rows] = scores
        return found

    def noise(self, X: np.ndarray) -> np.ndarray:
        """Bound what rounding makes of a member's scores, of shape (n_members,)."""
        longest = np.max(_lengths(X, self.coef.dtype))
        return np.finfo(self.coef.dtype).eps * (self.rounding * longest + self.offset)

    def codes(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the class of every row for every member.

        Returns
        -------
        codes : ndarray of shape (n_members, n_samples)
        doubtful : ndarray of bool, of the same shape
            Where the two best are as close as what the coefficients may be off.
        """
        codes = np.empty((self.coef.shape[1], len(X)), dtype=np.intp)
        doubtful = np.empty(codes.shape, dtype=bool)
        unit = np.finfo(self.coef.dtype).eps
        for rows, scores in self.score_blocks(X):
            if len(scores) == 1:
                found, lead = (scores[0] > 0).astype(np.intp), np.abs(scores[0])
            else:
                found, _, lead = highest(list(scores))
            length = _lengths(X[rows], self.coef.dtype)
            slack = np.multiply.outer(self.rounding, length) + self.offset[:, None]
            codes[:, rows] = found
            doubtful[:, rows] = ~(lead > unit * slack)
        return codes, doubtful


def answers_from(scores: np.ndarray, method: str) -> np.ndarray:
    """Return decision values or probabilities, of shape (n_members, n_samples, ...)."""
    if len(scores) > 1:
        scores = np.transpose(scores, (1, 2, 0))
        if method == "predict_proba":
            return softmax(scores.reshape(-1, scores.shape[2])).reshape(scores.shape)
        return scores
    if method == "predict_proba":
        from scipy.special import expit

        positive = expit(scores[0])
        return np.stack([1 - positive, positive], axis=2)
    return scores[0]


def _lengths(X: np.ndarray, dtype: Any) -> np.ndarray:
    return np.linalg.norm(X.astype(dtype, copy=False), axis=1)
