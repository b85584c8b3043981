"""Expectation and maximization in one pass over the rows, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..arrays import Array, Namespace, to_numpy
from ..cluster.rows import Rows
from .gaussians import Gaussians, factors_of_precisions
from .scores import scores_of, with_floor

_CACHE = 2**21  # bytes of a block on the host: what stays in a processor's cache


def rows_about(X: Array, shift: Array, xp: Namespace) -> Rows:
    """Return rows less `shift`, in blocks that are fast where they are."""
    rows = Rows(X, shift, xp)
    return Rows(X, shift, xp, _CACHE) if rows.place.on_host else rows


def step(
    rows: Rows, gaussians: Gaussians, reg_covar: float, total: Array | None
) -> tuple[Gaussians, float]:
    """Take a step of EM (Dempster, Laird and Rubin 1977).

    1. Shares `r_ik = w_k N(x_i; m_k, C_k) / p(x_i)`, by the parameters as they are.
    2. `w_k ~ sum_i r_ik`, `m_k` and `C_k` mean and covariance of the rows by their shares.

    Parameters
    ----------
    total : array of shape (p, p) or None
        The second moment of the rows, for one covariance of all components.

    Returns
    -------
    gaussians : Gaussians
        After the step.
    lower_bound : float
        The mean log-likelihood of the rows, before it.
    """
    xp = rows.xp
    scores = scores_of(gaussians, rows.X.dtype, total)

    def of_block(block: Array, _: slice) -> list[Array]:
        block = xp.astype(block, scores.dtype, copy=False)
        logs, kept = scores.logs(block)
        likelihoods, shares = shares_of(logs, xp)
        sums = scores.sums(block, kept, shares)
        return [xp.astype(each, xp.float64, copy=False) for each in (likelihoods, *sums)]

    likelihood: Any = 0.0
    masses = firsts = seconds = likelihood
    for _, (one, mass, first, second) in rows.in_blocks(of_block, scores.row_numbers):
        likelihood = likelihood + xp.sum(one)
        masses, firsts, seconds = masses + mass, firsts + first, seconds + second
    masses = masses + smallest_mass(rows)
    means = firsts / masses[:, None]
    covariances = scores.covariances(masses, means, seconds)
    covariances = with_floor(covariances, gaussians.kind, reg_covar)
    factors = factors_of_precisions(covariances, gaussians.kind, rows.X.dtype)
    weights = masses / xp.sum(masses)
    after = Gaussians(gaussians.kind, weights, means, covariances, factors)
    return after, float(likelihood) / rows.X.shape[0]


def smallest_mass(rows: Rows) -> float:
    """Return what scikit-learn adds to the sums of shares, so that none is 0."""
    return 10 * float(np.finfo(to_numpy(rows.X[:1, :1]).dtype).eps)


def shares_of(logs: Array, xp: Namespace) -> tuple[Array, Array]:
    """Return `log sum_k exp(logs)` of each row and `exp(logs)` over that sum.

    `logs`, of shape (k, n_rows), is overwritten by the shares.
    """
    top = xp.max(logs, axis=0)
    logs -= top
    shares = xp.exp(logs)
    sums = xp.sum(shares, axis=0)
    shares /= sums
    return top + xp.log(sums), shares


def log_probabilities(
    rows: Rows, gaussians: Gaussians, answer: Callable[[Array], Any]
) -> Iterator[Any]:
    """Yield `answer(logs)` for the weighted log-probabilities (k, n_rows) of each block."""
    scores, xp = scores_of(gaussians, rows.X.dtype), rows.xp

    def of_block(block: Array, _: slice) -> Any:
        logs, _kept = scores.logs(xp.astype(block, scores.dtype, copy=False))
        return answer(logs)

    return (found for _, found in rows.in_blocks(of_block, scores.row_numbers))
