"""Initial centres: greedy k-means++, with the draws of scikit-learn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays import Array, place_of, to_numpy
from .rows import Rows


def plus_plus(
    rows: Rows, n_clusters: int, weight: np.ndarray | None, random_state: np.random.RandomState
) -> np.ndarray:
    """Choose rows as centres by greedy k-means++ (Arthur and Vassilvitskii 2007).

    Each centre after the first is the best of `2 + log(n_clusters)` rows, drawn with probability
    proportional to their squared distance to the nearest centre so far, times their weight: the
    one that leaves the smallest sum of these.

    Parameters
    ----------
    weight : ndarray of shape (n_samples,), dtype of X, or None
        On the host: the first row is drawn there.
    random_state : RandomState
        The same draws as in scikit-learn, so that the same seed gives the same rows.

    Returns
    -------
    indices : ndarray of shape (n_clusters,), int64
    """
    xp, place = rows.xp, rows.place
    n_samples, dtype = rows.X.shape[0], rows.X.dtype
    n_trials = 2 + int(math.log(n_clusters))
    indices = [random_state.choice(n_samples, p=first_probabilities(rows, weight))]
    masses = xp.ones(n_samples, dtype=dtype, device=place.device)
    if weight is not None:
        masses = place.put(weight, dtype)
    norms = rows.squared_norms()
    found = xp.empty((n_trials, n_samples), dtype=dtype, device=place.device)
    closest = xp.full((1, n_samples), xp.inf, dtype=dtype, device=place.device)
    _approach(rows, norms, np.asarray(indices), closest, found[:1, :])
    closest[0, :] = found[0, :]
    potential = xp.sum(closest @ masses)
    for _ in range(1, n_clusters):
        draws = random_state.uniform(size=n_trials) * float(potential)
        candidates = _drawn(closest[0, :] * masses, draws, rows)
        _approach(rows, norms, candidates, closest, found)
        potentials = found @ masses
        best = int(xp.argmin(potentials))
        potential = potentials[best]
        closest[0, :] = found[best, :]
        indices.append(candidates[best])
    return np.asarray(indices, dtype=np.int64)


def first_probabilities(rows: Rows, weight: np.ndarray | None) -> np.ndarray:
    """Return the share of each row in the weights, on the host, in the dtype of X."""
    if weight is None:
        weight = np.ones(rows.X.shape[0], dtype=to_numpy(rows.X[:1, :1]).dtype)
    return weight / weight.sum()


def _drawn(mass: Array, draws: np.ndarray, rows: Rows) -> np.ndarray:
    """Return the rows at which the running sum of `mass` passes each of the draws."""
    xp = rows.xp
    running = xp.astype(xp.cumulative_sum(mass), xp.float64, copy=False)
    places = to_numpy(xp.searchsorted(running, place_of(mass).put(draws)))
    return np.clip(places, None, mass.shape[0] - 1)


def _approach(
    rows: Rows, norms: Array, candidates: np.ndarray, closest: Array, found: Array
) -> None:
    """Write to `found` what `closest` becomes with each of the candidates as a further centre."""
    xp = rows.xp
    centers = xp.astype(rows.take(candidates), xp.float64, copy=False)
    own, factors = xp.vecdot(centers, centers)[:, None], -2.0 * centers

    def of_block(block: Array, where: slice) -> Array:
        squares = factors @ xp.astype(block, xp.float64, copy=False).T
        squares += own
        squares += norms[None, where]
        squares = xp.maximum(squares, xp.zeros_like(squares[:1, :1]))
        return xp.minimum(xp.astype(squares, found.dtype, copy=False), closest[:, where])

    for where, nearer in rows.in_blocks(of_block, 3 * centers.shape[0]):
        found[:, where] = nearer


def chosen_rows(
    rows: Rows, n_clusters: int, weight: np.ndarray | None, random_state: Any
) -> np.ndarray:
    """Choose different rows, each with probability proportional to its weight."""
    n_samples, shares = rows.X.shape[0], first_probabilities(rows, weight)
    return random_state.choice(n_samples, size=n_clusters, replace=False, p=shares)
