"""Scores on validation rows, of all models at once; higher is better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...arrays import Array, Namespace
from .batches import Rows
from .network import Context, Network

_BLOCK = 4096  # rows answered at a time


@dataclass(frozen=True)
class Validation:
    """The rows that models are scored on after each epoch, and the score.

    Attributes
    ----------
    table : Rows
    rows : int array of shape (n_models, n_rows) in the place of the table, or None
        None: all rows of the table, for all models. Shorter rows are filled up.
    weight : array of shape (n_models, n_rows) or (1, n_rows), dtype of the network
        0 where a row only fills up.
    score : callable
        `score(outputs, y, weight, xp)` with outputs and y of shape (n_models, n_rows, n_outputs)
        gives an array of shape (n_models,).
    """

    table: Rows
    rows: Array | None
    weight: Array
    score: Callable[[Array, Array, Array, Namespace], Array]

    def take(self, models: Sequence[int]) -> Validation:
        """Return the validation of these models only."""
        if self.rows is None:
            return self
        chosen = self.table.place.put(np.asarray(models, dtype=np.int64))
        xp = self.table.place.xp
        weight = xp.take(self.weight, chosen, axis=0) if self.weight.shape[0] > 1 else self.weight
        return replace(self, rows=xp.take(self.rows, chosen, axis=0), weight=weight)

    def of(self, network: Network, flat: Array, buffers: dict[str, Array]) -> Array:
        """Return the score of each model, of shape (n_models,)."""
        xp = self.table.place.xp
        context = Context(xp, buffers=buffers)
        n_rows = self.weight.shape[1]
        numbers = self.rows
        if numbers is None:
            numbers = xp.arange(n_rows, device=self.table.place.device)[None, :]
        weights = network.split(flat, xp)
        outputs = []
        for start in range(0, n_rows, _BLOCK):
            inputs, _ = self.table.take(numbers[:, start : min(start + _BLOCK, n_rows)])
            outputs.append(network.predict(inputs, weights, context))
        y = self.table.rows_of(self.table.y, numbers)
        return self.score(xp.concat(outputs, axis=1), y, self.weight, xp)


def accuracy(outputs: Array, y: Array, weight: Array, xp: Namespace) -> Array:
    """Return the weighted share of rows whose class is right.

    With one output its sign tells the class, with more the largest; y is one-hot.
    """
    if outputs.shape[2] == 1:
        right = (outputs[:, :, 0] > 0) == (y[:, :, 0] > 0.5)
    else:
        right = xp.argmax(outputs, axis=2) == xp.argmax(y, axis=2)
    return _mean(xp.astype(right, weight.dtype), weight, xp)


def all_labels(outputs: Array, y: Array, weight: Array, xp: Namespace) -> Array:
    """Return the weighted share of rows of which every label is right (multi-label)."""
    right = xp.all((outputs > 0) == (y > 0.5), axis=2)
    return _mean(xp.astype(right, weight.dtype), weight, xp)


def negative_mse(outputs: Array, y: Array, weight: Array, xp: Namespace) -> Array:
    """Return minus the weighted mean squared error, over rows and outputs."""
    return -_mean(xp.mean((outputs - y) ** 2, axis=2), weight, xp)


def r2(outputs: Array, y: Array, weight: Array, xp: Namespace) -> Array:
    """Return the weighted coefficient of determination, averaged over outputs.

    Constant outputs count as in scikit-learn: 1 where predicted exactly, else 0.
    """
    w = weight[:, :, None]
    centre = xp.sum(w * y, axis=1, keepdims=True) / xp.sum(w, axis=1, keepdims=True)
    left = xp.sum(w * (outputs - y) ** 2, axis=1)
    total = xp.sum(w * (y - centre) ** 2, axis=1)
    one, zero = xp.ones_like(left), xp.zeros_like(left)
    exact = xp.where(left == 0, one, zero)
    parts = xp.where(total > 0, 1 - left / xp.where(total > 0, total, one), exact)
    return xp.mean(parts, axis=1)


def _mean(values: Array, weight: Array, xp: Namespace) -> Array:
    return xp.sum(values * weight, axis=1) / xp.sum(weight * xp.ones_like(values), axis=1)
