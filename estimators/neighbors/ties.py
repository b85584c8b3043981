"""Where neighbours are at equal distance, so that a smaller k may find others than the first k."""

from __future__ import annotations

import numpy as np


class Ties:
    """Equal distances among sorted neighbours, and what turns on them.

    A search for k keeps whichever of several rows at the k-th distance it met first, and its order
    of equal distances is its own: neither follows from a search for more. It matters only where
    such rows have different targets.

    Parameters
    ----------
    distances : array of shape (n_queries, n_found), ascending
    targets : array of shape (n_queries, n_found, n_outputs)
    complete : bool
        Whether all training rows were found, so that no row beyond them can be tied.
    slack : array of shape (n_queries, n_found - 1), optional
        By how much squared distances may differ and yet be taken for equal: for comparison with a
        search that computes them in another way.
    """

    def __init__(
        self,
        distances: np.ndarray,
        targets: np.ndarray,
        complete: bool,
        slack: np.ndarray | None = None,
    ) -> None:
        tied = _tied(distances, slack)
        self.rows = np.flatnonzero(tied.any(axis=1))
        tied, targets = tied[self.rows], targets[self.rows]
        self._mixed = tied & (targets[:, 1:] != targets[:, :-1]).any(axis=2)
        self._at_edge = _chains(tied, self._mixed, open_end=not complete)
        self._unweighted = distances[self.rows, 0] == 0

    def at(self, k: int) -> np.ndarray:
        """Return the query rows whose set of k neighbours is in doubt."""
        if not 0 < k <= self._at_edge.shape[1]:
            return self.rows[:0]
        return self.rows[self._at_edge[:, k - 1]]

    def within(self, k: int) -> np.ndarray:
        """Return the query rows with neighbours whose order within the first k is in doubt.

        Rows with a neighbour at distance zero are left out: their weights are 0 and 1, and sums of
        those do not depend on the order.
        """
        return self.rows[self._mixed[:, : k - 1].any(axis=1) & ~self._unweighted]


def _tied(distances: np.ndarray, slack: np.ndarray | None) -> np.ndarray:
    """Whether each neighbour is tied with the next, of shape (n_queries, n_found - 1)."""
    if slack is None:
        return distances[:, 1:] == distances[:, :-1]
    squared = distances * distances
    return squared[:, 1:] - squared[:, :-1] <= slack


def _chains(tied: np.ndarray, mixed: np.ndarray, open_end: bool) -> np.ndarray:
    """Whether each pair is tied and in a chain of ties that has two targets, or has no known end.

    An edge between the pair is in doubt if so.
    """
    forward, backward = np.zeros_like(tied), np.zeros_like(tied)
    reached = np.zeros(tied.shape[0], dtype=bool)
    for j in range(tied.shape[1]):
        reached = tied[:, j] & (mixed[:, j] | reached)
        forward[:, j] = reached
    reached = np.full(tied.shape[0], open_end)
    for j in reversed(range(tied.shape[1])):
        reached = tied[:, j] & (mixed[:, j] | reached)
        backward[:, j] = reached
    return forward | backward


def product_slack(distances: np.ndarray, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Bound by how much gaps between squared distances change with the way they are computed.

    `|x|^2 - 2 x'y + |y|^2` in float64 is off by at most about `2 p eps (|x|^2 + |y|^2)`, a sum of
    squared differences by `2 eps` of itself with the eps of the dtype; gaps by twice that.

    Returns
    -------
    slack : array of shape (n_queries, n_found - 1)
    """
    x, y = (np.einsum("ij,ij->i", A, A, dtype=np.float64) for A in (X, Y))
    eps, eps_data = (float(np.finfo(dtype).eps) for dtype in (np.float64, X.dtype))
    squared = distances[:, 1:] * distances[:, 1:]
    return 8 * X.shape[1] * eps * (x + y.max())[:, None] + 8 * eps_data * squared
