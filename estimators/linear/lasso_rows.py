"""Lasso and elastic net where columns are many: along the path on the rows themselves."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..arrays import is_sparse
from .lasso_active import ActiveSet
from .lasso_gap import Penalties, dual_gaps
from .lasso_gram import TIGHT, Effort, Solutions
from .moments import column_means

_FEW_NONZERO = 128  # coefficients of a member, up to which active sets cost little
_MOST_IN_USE = 1000  # columns that some member uses, likewise
_ROUNDS = 10  # in which columns may come in
_STEPS = 150  # of a member in each, of less than a millisecond


class Rows:
    """Centred rows times the roots of their weights; sparse rows stay as they are, inside.

    Parameters
    ----------
    X : array of shape (n_samples, n_features), or a CSR matrix
    weight : array of shape (n_samples,) or None
        Scaled to a mean of 1, as scikit-learn does.

    Attributes
    ----------
    mean : array of shape (n_features,), float64
        What was subtracted.
    """

    def __init__(self, X: Any, weight: np.ndarray | None, fit_intercept: bool) -> None:
        n_samples, n_features = X.shape
        self.mean = np.zeros(n_features)
        self._weight = None if weight is None else weight * (n_samples / weight.sum())
        self._root = np.ones((1, 1)) if self._weight is None else np.sqrt(self._weight)[:, None]
        self._sparse = is_sparse(X)
        if self._sparse:
            self._X = X.astype(np.float64).tocsc()
            if fit_intercept:
                ones = np.ones(n_samples) if self._weight is None else self._weight
                self.mean = np.asarray(self._X.T @ ones) / n_samples
        else:
            self.mean = column_means(X, weight, np) if fit_intercept else self.mean
            self._X = np.subtract(X, self.mean, dtype=np.float64, order="F")
            if weight is not None:
                self._X *= self._root

    @property
    def dense(self) -> np.ndarray | None:
        """All columns as an array of shape (n_samples, n_features), unless they are sparse."""
        return None if self._sparse else self._X

    def columns(self, chosen: np.ndarray) -> np.ndarray:
        """Return some columns, of shape (n_samples, n_chosen)."""
        part = self._X[:, chosen]
        return (part.toarray() - self.mean[chosen]) * self._root if self._sparse else part

    def target(self, y: np.ndarray) -> np.ndarray:
        """Return centred targets (n_samples, ...) times the roots of the weights."""
        if self._weight is None:
            return y
        return y * (self._root if y.ndim > 1 else self._root[:, 0])

    def correlate(self, residuals: np.ndarray) -> np.ndarray:
        """Return the products of all columns with residuals (n_samples, n_members), transposed."""
        if not self._sparse:
            return residuals.T @ self._X
        residuals = residuals * self._root
        found = np.asarray(self._X.T @ residuals)
        return (found - self.mean[:, None] * residuals.sum(axis=0)).T

    def descend(
        self, y: np.ndarray, path: Penalties, effort: Effort
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return coefficients and rounds of coordinate descent for one l1_ratio, strongest first.

        Each member stops at the members' own tolerance.
        """
        from sklearn.linear_model import enet_path

        alphas, place = np.unique(-path.strength / len(y), return_inverse=True)
        inside: dict[str, Any] = {}
        if self._sparse:
            inside = {"X_offset": self.mean, "X_scale": np.ones_like(self.mean)}
            inside["sample_weight"] = self._weight
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # told at the end, from the gap
            _, coefs, _, n_iter = enet_path(
                self._X,
                y if self._sparse else self.target(y),
                l1_ratio=float(path.l1_ratio[0]),
                alphas=-alphas,
                precompute=False,
                check_input=False,
                return_n_iter=True,
                tol=effort.tol,
                max_iter=effort.max_iter,
                positive=effort.positive,
                random_state=0,
                **inside,
            )
        return coefs.T[place], np.array(n_iter)[place]


def solve_rows(rows: Rows, y: np.ndarray, penalties: Penalties, effort: Effort) -> Solutions:
    """Solve for every penalty by coordinate descent from the next stronger one.

    Members with few nonzero coefficients are then taken to their optimum by active sets.

    Parameters
    ----------
    y : array of shape (n_samples,), float64
        The centred target.
    """
    coef = np.zeros((len(penalties), len(rows.mean)))
    n_iter = np.ones(len(penalties), dtype=int)
    for path in penalties.paths():
        coef[path], n_iter[path] = rows.descend(y, penalties.take(path), effort)
    return _polished(rows, rows.target(y), Solutions(coef, np.empty(0), n_iter), penalties, effort)


def _polished(
    rows: Rows, y: np.ndarray, found: Solutions, penalties: Penalties, effort: Effort
) -> Solutions:
    """Take members with few nonzero coefficients to their optimum, in a few rounds.

    With the columns of one round a member may be nearer its optimum and yet have a larger gap: what
    has the smallest is kept.
    """
    now = found.coef.copy()
    gap, gradient = _gaps(rows, y, now, penalties, effort)
    best, best_gap, now_gap = found.coef, gap.copy(), gap
    for _ in range(_ROUNDS):
        little = np.count_nonzero(now, axis=1) <= _FEW_NONZERO
        members = np.flatnonzero(little & (now_gap > TIGHT * (y @ y)) & (penalties.l1 > 0))
        better = _refined(rows, y, now, gradient, penalties, members, effort)
        if better is None:
            break
        now[members] = better
        now_gap[members], gradient[members] = _gaps(
            rows, y, better, penalties.take(members), effort
        )
        gains = members[now_gap[members] < best_gap[members]]
        best[gains], best_gap[gains] = now[gains], now_gap[gains]
    return Solutions(best, best_gap, found.n_iter)


def _refined(
    rows: Rows,
    y: np.ndarray,
    coef: np.ndarray,
    gradient: np.ndarray,
    penalties: Penalties,
    members: np.ndarray,
    effort: Effort,
) -> np.ndarray | None:
    """Return the coefficients of open members after active sets; None where that is no little work.

    The Gram matrix is that of the columns which they use, or which the gradient wants in.
    """
    if not members.size:
        return None
    late = gradient[members] - penalties.l2[members, None] * coef[members]
    late = late if effort.positive else np.abs(late)
    wanted = (coef[members] != 0) | (late > penalties.l1[members, None] * (1.0 + 1e-9))
    used = np.flatnonzero(wanted.any(axis=0))
    if used.size > _MOST_IN_USE:
        return None
    X = rows.columns(used)
    active = ActiveSet(X.T @ X, X.T @ y, float(y @ y), effort.positive)
    better = np.zeros((members.size, coef.shape[1]))
    for k, i in enumerate(members):
        l1, l2 = float(penalties.l1[i]), float(penalties.l2[i])
        better[k, used] = active.refine(coef[i, used], l1, l2, _STEPS)[0]
    return better


def _gaps(
    rows: Rows, y: np.ndarray, coef: np.ndarray, penalties: Penalties, effort: Effort
) -> tuple[np.ndarray, np.ndarray]:
    """Return duality gaps (n_members,) and gradients `X'r` (n_members, n_features)."""
    used = np.flatnonzero(coef.any(axis=0))
    residuals = y[:, None] - rows.columns(used) @ coef[:, used].T
    gradient = rows.correlate(residuals)
    norm2 = np.einsum("nm,nm->m", residuals, residuals)
    return dual_gaps(coef, gradient, norm2, y @ residuals, penalties, effort.positive), gradient
