"""Lasso and elastic net that choose columns for several targets jointly."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..shared import Declined
from .lasso_gap import Penalties
from .lasso_gram import TIGHT, Effort, Solutions
from .lasso_rows import Rows
from .moments import Gram

_NONE = 1e-13  # part of the largest eigenvalue below which one is rounding


def joint_from_gram(
    matrix: Gram, penalties: Penalties, effort: Effort
) -> tuple[list[Solutions], np.ndarray]:
    """Solve for every penalty from sums: a few rows with the same sums stand for all.

    With `xx = D V L V' D`, D the norms of the columns, the rows are `L^(1/2) V' D` with targets
    `L^(-1/2) V' D^-1 xy`, and a row of zeros has what is left of the targets' sums of squares.

    Returns
    -------
    solutions : list of Solutions
        One per target; their gaps and rounds are those of all targets together.
    yy : array of shape (n_outputs,)
        The sum of squares of all targets, for each.
    """
    norm = np.sqrt(np.maximum(np.diagonal(matrix.xx), 0.0))
    unit = np.divide(1.0, norm, out=np.zeros_like(norm), where=norm > 0)
    values, vectors = np.linalg.eigh(matrix.xx * unit[:, None] * unit)
    kept = values > _NONE * max(float(values[-1]), 0.0)
    root, vectors = np.sqrt(values[kept]), vectors[:, kept]
    X = root[:, None] * vectors.T * norm
    Y = (vectors.T @ (unit[:, None] * matrix.xy)) / root[:, None]
    left = np.sqrt(np.maximum(matrix.yy - np.sum(Y * Y, axis=0), 0.0))
    X, Y = np.vstack([X, np.zeros(X.shape[1])]), np.vstack([Y, left])
    return _solve(X, Y, float(matrix.yy.sum()), penalties, effort)


def joint_from_rows(
    rows: Rows, Y: np.ndarray, penalties: Penalties, effort: Effort
) -> tuple[list[Solutions], np.ndarray]:
    """Solve for every penalty from centred rows and targets (n_samples, n_outputs).

    Raises
    ------
    Declined
        When the rows are sparse.
    """
    if rows.dense is None:
        raise Declined("X is sparse and has many columns")
    Y = rows.target(Y)
    return _solve(rows.dense, Y, float(np.sum(Y * Y)), penalties, effort)


def _solve(
    X: np.ndarray, Y: np.ndarray, yy: float, penalties: Penalties, effort: Effort
) -> tuple[list[Solutions], np.ndarray]:
    """Descend along each path, until the gap is tight or the members' rounds are over."""
    from sklearn.linear_model import enet_path

    n, k = len(penalties), Y.shape[1]
    coef, gap, n_iter = np.zeros((k, n, X.shape[1])), np.zeros(n), np.ones(n, dtype=int)
    for path in penalties.paths():
        here = penalties.take(path)
        alphas, place = np.unique(-here.strength / len(X), return_inverse=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # told at the end, from the gap
            _, found, gaps, rounds = enet_path(
                np.asfortranarray(X),
                np.asfortranarray(Y),
                l1_ratio=float(here.l1_ratio[0]),
                alphas=-alphas,
                precompute=False,
                check_input=False,
                return_n_iter=True,
                tol=min(effort.tol, TIGHT),
                max_iter=effort.max_iter,
                random_state=0,
            )
        coef[:, path] = found.transpose(0, 2, 1)[:, place]
        gap[path], n_iter[path] = gaps[place] * len(X), np.array(rounds)[place]
    return [Solutions(coef[t], gap, n_iter) for t in range(k)], np.full(k, yy)
