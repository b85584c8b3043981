"""A training problem: networks of one shape, their data, and how each of them is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...arrays import Array
from .batches import RowOrder, Rows
from .network import Network
from .stopping import Stopping
from .validation import Validation

Schedule = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Recipe:
    """How models are trained. Arrays are of shape (n_models,), float64.

    Parameters
    ----------
    loss : callable
        Of losses.py.
    rule : Rule
        The optimizer, of optimizers.py.
    rate, penalty, decay, dropout, smoothing : ndarray
        Learning rate; l2 penalty alpha, which adds alpha / 2 |W|^2 / n_batch to the loss for
        weights of kind "weight"; decoupled weight decay; dropout rate; label smoothing (None
        where the loss has none).
    schedules : sequence of callables, one per model
        Factors of the learning rate, of t = step / n_steps in [0, 1).
    decay_schedule, dropout_schedule : callable or None
        Factors of decay and dropout; None is constant.
    rate_factors, decay_factors : mapping of kind to float
        Of learning rate and decay, 1 where a kind is not named.
    n_epochs : int
        At most so many, and what schedules count to.
    """

    loss: Callable[..., Any]
    rule: Any
    rate: np.ndarray
    penalty: np.ndarray
    decay: np.ndarray
    dropout: np.ndarray
    schedules: Sequence[Schedule]
    batch_size: int
    n_epochs: int
    smoothing: np.ndarray | None = None
    decay_schedule: Schedule | None = None
    dropout_schedule: Schedule | None = None
    rate_factors: Mapping[str, float] = field(default_factory=dict)
    decay_factors: Mapping[str, float] = field(default_factory=dict)
    drop_last: bool = False

    def take(self, models: Sequence[int]) -> Recipe:
        """Return the recipe of these models only."""
        chosen = list(models)
        return replace(
            self,
            rate=self.rate[chosen],
            penalty=self.penalty[chosen],
            decay=self.decay[chosen],
            dropout=self.dropout[chosen],
            smoothing=None if self.smoothing is None else self.smoothing[chosen],
            schedules=[self.schedules[i] for i in chosen],
        )


@dataclass(frozen=True)
class Problem:
    """Models to be trained together; each is trained as it would be alone.

    Attributes
    ----------
    network : Network
    rows : Rows
    recipe : Recipe
    stopping : Stopping
    start : array of shape (n_models, n_weights)
        The initial weights, in the dtype of the computation.
    orders : sequence of RowOrder, one per model
    seeds : sequence of int, one per model
        Of the dropout masks.
    validation : Validation or None
    """

    network: Network
    rows: Rows
    recipe: Recipe
    stopping: Stopping
    start: Array
    orders: Sequence[RowOrder]
    seeds: Sequence[int]
    validation: Validation | None = None

    def __len__(self) -> int:
        return len(self.orders)

    def loss_options(self) -> dict[str, Array]:
        """Return what the loss takes beside outputs, y and weights."""
        smoothing = self.recipe.smoothing
        put, dtype = self.rows.place.put, self.rows.y.dtype
        return {} if smoothing is None else {"smoothing": put(smoothing, dtype)}

    def take(self, models: Sequence[int]) -> Problem:
        """Return the problem of these models only. Row orders are shared, not copied."""
        chosen = list(models)
        place = self.rows.place
        index = place.put(np.asarray(chosen, dtype=np.int64))
        return replace(
            self,
            recipe=self.recipe.take(chosen),
            start=place.xp.take(self.start, index, axis=0),
            orders=[self.orders[i] for i in chosen],
            seeds=[self.seeds[i] for i in chosen],
            validation=None if self.validation is None else self.validation.take(chosen),
        )
