"""Where neighbours are at equal distance, so that a smaller k may find others than the first k."""

from __future__ import annotations

import numpy as np

_BOUND_ROUNDING = 8  # times eps times the number of columns: how far a tree's bound may be off


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
    slack : array of shape (n_queries, 1), optional
        By how much distances may differ and yet be taken for equal.
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
        tied, targets, distances = tied[self.rows], targets[self.rows], distances[self.rows]
        equal = distances[:, 1:] == distances[:, :-1]
        mixed = (targets[:, 1:] != targets[:, :-1]).any(axis=2)
        self._shaken = equal & mixed
        self._at_edge = _chains(tied, tied & (mixed | ~equal), open_end=not complete)
        self._unweighted = distances[:, 0] == 0
        self._first = _first_of_chains(tied)

    def at(self, k: int) -> np.ndarray:
        """Return the query rows whose set of k neighbours is in doubt."""
        if not 0 < k <= self._at_edge.shape[1]:
            return self.rows[:0]
        return self.rows[self._at_edge[:, k - 1]]

    def first(self, k: int) -> np.ndarray:
        """Return for each row of `at(k)` the place of the first neighbour whose place is in doubt.

        Those from there to the k-th are tied with one another and with those beyond.
        """
        return self._first[self._at_edge[:, k - 1], k - 1] if self.at(k).size else self.rows[:0]

    def within(self, k: int, coincident: bool) -> np.ndarray:
        """Return the query rows with neighbours whose order within the first k is in doubt.

        Without `coincident` rows with a neighbour at distance zero are left out: their weights are
        0 and 1, and sums of those do not depend on the order.
        """
        shaken = self._shaken[:, : k - 1].any(axis=1)
        return self.rows[shaken if coincident else shaken & ~self._unweighted]


def _tied(distances: np.ndarray, slack: np.ndarray | None) -> np.ndarray:
    """Whether each neighbour is tied with the next, of shape (n_queries, n_found - 1)."""
    if slack is None:
        return distances[:, 1:] == distances[:, :-1]
    return distances[:, 1:] - distances[:, :-1] <= slack


def _chains(tied: np.ndarray, mixed: np.ndarray, open_end: bool) -> np.ndarray:
    """Whether each pair is tied and in a chain of ties that has a mixed pair, or has no known end.

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


def _first_of_chains(tied: np.ndarray) -> np.ndarray:
    """The place of the first neighbour of the chain that each pair is in, if it is tied."""
    places = np.arange(tied.shape[1] + 1)
    starts = np.concatenate([np.ones((len(tied), 1), dtype=bool), ~tied], axis=1)
    return np.maximum.accumulate(np.where(starts, places, 0), axis=1)


def tree_slack(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Bound by how much a tree may be off when it passes over a part without looking into it.

    It compares the k-th distance so far with a bound for the part, of which the largest number
    is a distance from a row to the middle of the part: `|x| + max |y|` at most.

    Returns
    -------
    slack : array of shape (n_queries, 1)
    """
    eps = float(np.finfo(np.float64).eps)
    lengths = [np.abs(rows, dtype=np.float64).sum(axis=1) for rows in (X, Y)]
    return _BOUND_ROUNDING * X.shape[1] * eps * (lengths[0] + lengths[1].max())[:, None]
