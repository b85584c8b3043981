"""Lloyd's algorithm by matrix products, block by block, on any array library."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Array, place_of, to_numpy
from .rows import Rows, inertia_of, labels_and_inertia, nearest, squared_distances


@dataclass(frozen=True)
class Run:
    """What one run of the algorithm ends with.

    Attributes
    ----------
    labels : array of shape (n_samples,), int32
    inertia : float
        The weighted sum of squared distances of rows to the centres of their labels.
    centers : array of shape (n_clusters, n_features), dtype of X
    n_iter : int
    """

    labels: Array
    inertia: float
    centers: Array
    n_iter: int


def lloyd(
    rows: Rows, weight: Array | None, centers: Array, max_iter: int, tol: float, verbose: bool
) -> Run:
    """Move each centre to the mean of the rows nearest to it, until labels or centres stay.

    Parameters
    ----------
    weight : array of shape (n_samples,), dtype of X, or None
    centers : array of shape (n_clusters, n_features), dtype of X
    tol : float
        The run ends when the squared distances that the centres move sum to at most this.
    """
    xp, place, old = rows.xp, rows.place, None
    here = to_numpy(centers)  # the few numbers of centres are worked on there
    for i in range(max_iter):
        labels, sums, masses = _assign(rows, weight, centers)
        if verbose:
            print(f"Iteration {i}, inertia {inertia_of(rows, weight, centers, labels)}.")
        sums, masses = _relocated(rows, weight, centers, labels, sums, masses)
        moved = _means(sums, masses).astype(here.dtype)
        shift = ((moved - here) ** 2).sum()
        here, centers = moved, place.put(moved)
        if old is not None and bool(xp.all(labels == old)):
            _tell(verbose, f"Converged at iteration {i}: strict convergence.")
            return Run(labels, inertia_of(rows, weight, centers, labels), centers, i + 1)
        if shift <= tol:
            words = f"center shift {shift} within tolerance {tol}."
            _tell(verbose, f"Converged at iteration {i}: {words}")
            break
        old = labels
    labels, inertia = labels_and_inertia(rows, weight, centers)
    return Run(labels, inertia, centers, i + 1)


def _tell(verbose: bool, line: str) -> None:
    if verbose:
        print(line)


def _assign(
    rows: Rows, weight: Array | None, centers: Array
) -> tuple[Array, np.ndarray, np.ndarray]:
    """Return the labels, and on the host each cluster's weighted sum of rows and its weight."""
    xp = rows.xp
    clusters = xp.arange(centers.shape[0], dtype=xp.int32, device=place_of(centers).device)

    def of_block(block: Array, where: slice) -> tuple[Array, Array, Array]:
        labels = nearest(block, centers, xp)
        member = xp.astype(labels[:, None] == clusters[None, :], block.dtype)
        if weight is not None:
            member = member * weight[where, None]
        return labels, member.T @ block, xp.sum(member, axis=0)

    labels, sums, masses = [], 0.0, 0.0
    for _, (found, total, mass) in rows.in_blocks(of_block, 4 * centers.shape[0]):
        labels.append(found)
        sums = sums + xp.astype(total, xp.float64, copy=False)
        masses = masses + xp.astype(mass, xp.float64, copy=False)
    return xp.concat(labels), to_numpy(sums), to_numpy(masses)


def _relocated(
    rows: Rows,
    weight: Array | None,
    centers: Array,
    labels: Array,
    sums: np.ndarray,
    masses: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Give each empty cluster a row of its own, the farthest from their centres first."""
    (empty,) = np.nonzero(masses == 0)
    if not empty.size:
        return sums, masses
    xp = rows.xp

    def of_block(block: Array, where: slice) -> Array:
        return squared_distances(block, labels[where], centers, xp)

    distances = xp.concat([found for _, found in rows.in_blocks(of_block, 2)])
    if not float(xp.max(distances)) > 0:  # fewer different rows than clusters
        return sums, masses
    far = xp.argsort(distances, descending=True)[: empty.size]
    masses_far = np.ones(empty.size) if weight is None else to_numpy(xp.take(weight, far))
    sums, masses = np.array(sums), np.array(masses)
    taken_from, chosen = to_numpy(xp.take(labels, far)), to_numpy(rows.take(far))
    for new, old, row, mass in zip(empty, taken_from, chosen, masses_far, strict=True):
        sums[old] -= row * mass
        sums[new] = row * mass
        masses[old] -= mass
        masses[new] = mass
    return sums, masses


def _means(sums: np.ndarray, masses: np.ndarray) -> np.ndarray:
    """Return the means of clusters; one without rows goes where the heaviest is."""
    filled = masses > 0
    means = sums / np.where(filled, masses, 1.0)[:, None]
    # As in scikit-learn the heaviest may not have been divided yet: it comes later in the order.
    heaviest = int(np.argmax(masses))
    for j in np.flatnonzero(~filled):
        means[j] = means[heaviest] if heaviest < j else sums[heaviest]
    return means
