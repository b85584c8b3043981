"""One step of mini-batch k-means on any array library."""

from __future__ import annotations

import numpy as np

from ..arrays import Array, Namespace, place_of, to_numpy
from .rows import nearest, squared_distances


def mini_batch_step(
    batch: Array,
    weight: Array | None,
    centers: Array,
    counts: np.ndarray,
    xp: Namespace,
) -> tuple[Array, float]:
    """Move each centre to the mean of all rows that it ever had (Sculley 2010).

    `c_j <- (n_j c_j + sum_i w_i x_i) / (n_j + sum_i w_i)` over the rows i of the batch nearest to
    c_j.

    Parameters
    ----------
    batch : array of shape (n_rows, n_features)
    weight : array of shape (n_rows,), or None
    counts : ndarray of shape (n_clusters,)
        The weights so far, on the host; changed in place.

    Returns
    -------
    centers : array of shape (n_clusters, n_features)
    inertia : float
        Of the batch, for the centres as they were.
    """
    place = place_of(batch)
    labels = nearest(batch, centers, xp)
    squares = squared_distances(batch, labels, centers, xp)
    clusters = xp.arange(centers.shape[0], dtype=labels.dtype, device=place.device)
    member = xp.astype(labels[:, None] == clusters[None, :], batch.dtype)
    if weight is not None:
        member, squares = member * weight[:, None], squares * weight
    inertia = xp.sum(squares, dtype=xp.float64)
    masses = xp.sum(member, axis=0, dtype=xp.float64)
    told = to_numpy(xp.concat([xp.reshape(inertia, (1,)), masses]))  # one transfer for both
    before = counts.copy()  # PyTorch shares the memory of what it takes from NumPy
    counts += told[1:].astype(counts.dtype)
    total = np.where(counts > 0, counts, counts.dtype.type(1))
    sums = centers * place.put(before)[:, None] + member.T @ batch
    moved = sums / place.put(total)[:, None]
    return xp.where(masses[:, None] > 0, moved, centers), float(told[0])


def reassigned(
    batch: Array,
    centers: Array,
    counts: np.ndarray,
    ratio: float,
    random_state: np.random.RandomState,
    verbose: bool,
) -> Array:
    """Return centres in which those of small count are rows of the batch, drawn as scikit-learn.

    Their counts, `counts` being changed in place, become the smallest of the others.
    """
    n_rows = batch.shape[0]
    small = counts < ratio * counts.max()
    if small.sum() > 0.5 * n_rows:  # at most half of the batch become centres
        small[np.argsort(counts)[int(0.5 * n_rows) :]] = False
    n_small = int(small.sum())
    if n_small:
        drawn = random_state.choice(n_rows, replace=False, size=n_small)
        if verbose:
            print(f"[MiniBatchKMeans] Reassigning {n_small} cluster centers.")
        place = place_of(batch)
        source = np.arange(len(counts))
        source[small] = len(counts) + np.arange(n_small)
        xp = place.xp
        candidates = xp.concat([centers, xp.take(batch, place.put(drawn), axis=0)])
        centers = xp.take(candidates, place.put(source), axis=0)
    counts[small] = np.min(counts[~small])
    return centers
