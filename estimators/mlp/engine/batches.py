"""Row orders and minibatches: every model has its own rows and its own shuffles of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...arrays import Array, Place


@dataclass(frozen=True)
class Rows:
    """The table that models are trained on, or validated on.

    Attributes
    ----------
    inputs : tuple of arrays of shape (n_samples, ...)
        What the network takes: numbers, and perhaps category codes.
    y : array of shape (n_samples, n_outputs), dtype of the network
    weight : array of shape (n_samples,), or None
    place : Place
    """

    inputs: tuple[Array, ...]
    y: Array
    weight: Array | None
    place: Place

    def take(self, numbers: Array) -> tuple[Any, Array]:
        """Return inputs and y of rows `numbers`, of shape (n_models, n_rows)."""
        inputs = tuple(self.rows_of(table, numbers) for table in self.inputs)
        return inputs if len(inputs) > 1 else inputs[0], self.rows_of(self.y, numbers)

    def rows_of(self, table: Array, numbers: Array) -> Array:
        """Return rows `numbers`, of shape (n_models, n_rows), of one of the tables."""
        if isinstance(table, np.ndarray):
            return table.take(numbers, axis=0)  # array terms know rows in one dimension only
        xp = self.place.xp
        flat = xp.take(table, xp.reshape(numbers, (-1,)), axis=0)
        return xp.reshape(flat, (*numbers.shape, *table.shape[1:]))


class RowOrder:
    """The order in which one model sees its rows, epoch after epoch, as in scikit-learn.

    Parameters
    ----------
    rows : ndarray of shape (n_rows,), int
    random_state : numpy.random.RandomState, or None
        None keeps the rows in their order.
    """

    def __init__(self, rows: np.ndarray, random_state: np.random.RandomState | None) -> None:
        self.rows = np.asarray(rows)
        self.random_state = random_state
        self.positions = np.arange(len(self.rows))

    def next_epoch(self) -> np.ndarray:
        """Return the rows in the order of the next epoch: that of the last one, shuffled."""
        if self.random_state is not None:
            shuffle = np.arange(len(self.rows))
            self.random_state.shuffle(shuffle)
            self.positions = self.positions[shuffle]
        return self.rows[self.positions]

    def snapshot(self) -> dict[str, Any]:
        """Return what the next orders follow from."""
        state = None if self.random_state is None else self.random_state.get_state()
        return {"positions": self.positions, "random_state": state}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Go on from a snapshot."""
        self.positions = snapshot["positions"]
        if self.random_state is not None:
            self.random_state.set_state(snapshot["random_state"])


@dataclass(frozen=True)
class Batch:
    """One minibatch of every model.

    Attributes
    ----------
    rows : int array of shape (n_models, n_rows)
        Row numbers; where a model has fewer rows, its first ones fill up.
    weight : array of shape (n_models, n_rows)
        Sums to 1 over the rows of a model; 0 where a row only fills up.
    sums : array of shape (n_models,)
        The sum of the weights before; the number of rows where there are none.
    counts : ndarray of shape (n_models,)
        Rows of each model; 0 where a model has no batch left in this epoch. Empty where only
        the device knows.
    """

    rows: Array
    weight: Array
    sums: Array
    counts: np.ndarray = field(default_factory=lambda: np.empty(0))

    def share(self, place: Place, dtype: Any) -> Array | float:
        """Return what the mean loss of each model counts for: its rows."""
        if (self.counts == self.counts[0]).all():
            return float(self.counts[0])
        return place.put(self.counts.astype(float), dtype)


class Batches:
    """The minibatches of one epoch, made from the orders of all models.

    Parameters
    ----------
    orders : sequence of int arrays
        The rows of each model in the order of this epoch.
    batch_size : int
    drop_last : bool
        Whether a last batch that is not full is left out.
    """

    def __init__(
        self, rows: Rows, orders: Sequence[np.ndarray], batch_size: int, *, drop_last: bool
    ) -> None:
        self.table = rows
        self.batch_size = batch_size
        self.sizes = _batch_sizes([len(order) for order in orders], batch_size, drop_last)
        self.order = rows.place.put(_rectangle(orders))
        self.known: dict[bytes, tuple[Array, Array]] = {}  # equal weights, by numbers of rows

    def shuffled(self, orders: Sequence[np.ndarray]) -> Batches:
        """Return the minibatches of another epoch: the same numbers of rows in another order."""
        other = copy(self)
        other.order = self.table.place.put(_rectangle(orders))
        return other

    def __len__(self) -> int:
        return self.sizes.shape[0]

    def __iter__(self) -> Iterator[Batch]:
        for step, counts in enumerate(self.sizes):
            start = step * self.batch_size
            rows = self.order[:, start : start + int(counts.max())]
            if self.table.weight is not None:
                weight, sums = self._weights(rows, counts)
            else:
                key = counts.tobytes()
                if key not in self.known:
                    self.known[key] = self._equal_weights(counts)
                weight, sums = self.known[key]
            yield Batch(rows, weight, sums, counts)

    def _equal_weights(self, counts: np.ndarray) -> tuple[Array, Array]:
        present = np.arange(counts.max())[None, :] < counts[:, None]
        put, dtype = self.table.place.put, self.table.y.dtype
        divisor = np.maximum(counts, 1)
        return put(present / divisor[:, None], dtype), put(divisor.astype(float), dtype)

    def _weights(self, rows: Array, counts: np.ndarray) -> tuple[Array, Array]:
        xp, put = self.table.place.xp, self.table.place.put
        weight = self.table.rows_of(self.table.weight, rows)
        if int(counts.min()) < rows.shape[1]:
            present = np.arange(rows.shape[1])[None, :] < counts[:, None]
            weight = weight * put(present.astype(float), weight.dtype)
        sums = xp.sum(weight, axis=1)
        sums = xp.where(sums > 0, sums, xp.ones_like(sums))
        return weight / sums[:, None], sums


def _batch_sizes(n_rows: Sequence[int], batch_size: int, drop_last: bool) -> np.ndarray:
    """Return how many rows each model has in each step, of shape (n_steps, n_models)."""
    rows = np.asarray(n_rows)
    n_steps = int(np.max(rows // batch_size if drop_last else -(-rows // batch_size)))
    sizes = np.clip(rows - batch_size * np.arange(n_steps)[:, None], 0, batch_size)
    return np.where(sizes < batch_size, 0, sizes) if drop_last else sizes


def _rectangle(orders: Sequence[np.ndarray]) -> np.ndarray:
    """Return the orders as one array, shorter ones filled up with their own first row."""
    longest = max(len(order) for order in orders)
    full = np.empty((len(orders), longest), dtype=np.int64)
    for i, order in enumerate(orders):
        full[i, : len(order)] = order
        full[i, len(order) :] = order[0]
    return full
