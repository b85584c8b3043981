"""What neighbours say: their weights, the votes for each class, the mean of their targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..arrays import Array, Namespace, place_of, to_numpy

_ROUNDING = 1e-11  # relative; what slack in ties, and the order of adding weights, can change


def neighbour_weights(
    distances: Array, weights: str | Callable[..., Any] | None, xp: Namespace
) -> Array | None:
    """Return the weight of every neighbour, or None where all weigh the same.

    With "distance" the weight is `1 / distance`; where a neighbour is at distance zero, those at
    zero weigh 1 and the others 0. A function is asked on the host.

    Raises
    ------
    ValueError
        When a function gives all neighbours of a row the weight zero.
    """
    if weights in (None, "uniform"):
        return None
    if weights == "distance":
        # Below this the inverse overflows, and scikit-learn takes the distance for zero.
        coincident = distances < 1.0 / xp.finfo(distances.dtype).max
        inverse = 1.0 / xp.where(coincident, xp.ones_like(distances), distances)
        some = xp.any(coincident, axis=1, keepdims=True)
        return xp.where(some, xp.astype(coincident, distances.dtype), inverse)
    assert callable(weights)
    chosen = place_of(distances).put(to_numpy(weights(to_numpy(distances))), distances.dtype)
    if bool(xp.any(xp.all(chosen == 0, axis=1))):
        raise ValueError(
            "All neighbors of some sample is getting zero weights. Please modify 'weights' to "
            "avoid this case if you are using a user-defined function."
        )
    return chosen


@dataclass(frozen=True)
class Winners:
    """The class that won in each row, its votes, and those of the best of the others.

    All are arrays of shape (n_queries,).
    """

    chosen: Array
    best: Array
    second: Array

    def may_lose(self, rows: Any, lost: Any) -> Any:
        """Whether another class may win in some rows, if so much goes from one to another."""
        best, second = self.best[rows], self.second[rows]
        return best - second <= 2.0 * lost + _ROUNDING * best


class Votes:
    """Votes of neighbours for classes, for many neighbour counts.

    Parameters
    ----------
    labels : array of shape (n_queries, k_max), int64
        The class number of each neighbour, nearest first.
    weights : array of shape (n_queries, k_max) or None
    n_classes : int
    """

    def __init__(self, labels: Array, weights: Array | None, n_classes: int, xp: Namespace) -> None:
        self.labels, self.weights, self.n_classes, self.xp = labels, weights, n_classes, xp

    def _given(self, label: int) -> Array:
        """What each neighbour gives to one class, of shape (n_queries, k_max), float64."""
        xp, mine = self.xp, self.labels == label
        if self.weights is None:
            return xp.astype(mine, xp.float64)
        return xp.where(mine, self.weights, xp.zeros_like(self.weights))

    def winners(self, counts: Sequence[int]) -> list[Winners]:
        """Return for each neighbour count the class that won, and by how much.

        Of classes with equal votes the first wins. Weights are added row by row with `sum`, as
        `sklearn.utils.extmath.weighted_mode` does, to the same bits.
        """
        xp = self.xp
        found: list[tuple[Array, Array, Array]] = []
        for label in range(self.n_classes):
            scores = self._scores(self._given(label), counts)
            if not found:
                found = [(xp.zeros_like(s, dtype=xp.int64), s, s - s) for s in scores]
                continue
            found = [
                (
                    xp.where(score > best, xp.full_like(chosen, label), chosen),
                    xp.maximum(score, best),
                    xp.maximum(second, xp.minimum(score, best)),
                )
                for score, (chosen, best, second) in zip(scores, found, strict=True)
            ]
        return [Winners(*one) for one in found]

    def _scores(self, given: Array, counts: Sequence[int]) -> list[Array]:
        if self.weights is not None:
            return [self.xp.sum(given[:, :k], axis=1) for k in counts]
        running = self.xp.cumulative_sum(given, axis=1)
        return [running[:, k - 1] for k in counts]

    def shares(self, counts: Sequence[int]) -> list[Array]:
        """Return for each neighbour count the share of every class in the votes.

        Votes are added from the nearest on, as `KNeighborsClassifier.predict_proba` does.

        Returns
        -------
        shares : list of arrays of shape (n_queries, n_classes), float64
        """
        xp = self.xp
        columns: list[list[Array]] = [[] for _ in counts]
        for label in range(self.n_classes):
            running = xp.cumulative_sum(self._given(label), axis=1)
            for column, k in zip(columns, counts, strict=True):
                column.append(running[:, k - 1])
        tables = [xp.stack(column, axis=1) for column in columns]
        return [table / xp.sum(table, axis=1, keepdims=True) for table in tables]


def means(values: Array, weights: Array | None, counts: Sequence[int], xp: Namespace) -> Array:
    """Return for each neighbour count the (weighted) mean of the neighbours' targets.

    Parameters
    ----------
    values : array of shape (n_queries, k_max, n_outputs)
    weights : array of shape (n_queries, k_max) or None

    Returns
    -------
    means : list of arrays of shape (n_queries, n_outputs)
    """
    if weights is None:
        return [xp.mean(values[:, :k, :], axis=1) for k in counts]
    outputs = [values[:, :, j] * weights for j in range(values.shape[2])]
    found = []
    for k in counts:
        total = xp.sum(weights[:, :k], axis=1)
        mean = xp.stack([xp.sum(y[:, :k], axis=1) / total for y in outputs], axis=1)
        found.append(xp.astype(mean, xp.float64, copy=False))
    return found
