"""The steps of an epoch on a device: all alike, told apart there by a counter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...arrays import Array, Namespace, replayed
from .batches import Batch, Batches
from .problem import Problem
from .steps import StepTable

# Columns of the table, after the weights of a batch's rows: their sum and number, then what
# `StepTable` has.
_SUM, _SHARE, _RATES, _DROPOUT = 0, 1, slice(2, 5), 5
_N_COLUMNS = 6


class DeviceLoop:
    """Runs epochs without the host knowing what a step does: no waiting, and one CUDA graph.

    What steps differ in stands in tables on the device, which are filled anew for each epoch; all
    batches have one shape, the last one filled up with rows of weight 0.

    Parameters
    ----------
    step : callable
        `step(batch, rates, dropout, active)` does one step in place and gives the losses,
        (n_models,). `rates` is of shape (3, n_models, 1); `dropout` and `active`, of shape
        (n_models,), are None where they are not asked for.
    problem : Problem
    sizes : ndarray of shape (n_steps, n_models)
        Rows of each batch, the same in every epoch.
    xp : namespace
        Of functions that may be captured.
    """

    def __init__(
        self, step: Callable[..., Array], problem: Problem, sizes: np.ndarray, xp: Namespace
    ) -> None:
        self.step, self.rows, self.sizes, self.xp = step, problem.rows, sizes, xp
        self.drops = bool(problem.recipe.dropout.any())
        self.all_active = bool((sizes > 0).all())
        n_steps, n_models = sizes.shape
        width = int(sizes.max())
        put, dtype = problem.rows.place.put, problem.rows.y.dtype
        self.numbers = put(np.zeros((n_steps, n_models, width), dtype=np.int64))
        self.table = put(np.zeros((n_steps, n_models, width + _N_COLUMNS)), dtype)
        self.present = put((np.arange(width) < sizes[:, :, None]).astype(float), dtype)
        self.at = put(np.zeros(1, dtype=np.int64))
        self.total = put(np.zeros(n_models), dtype)
        self.replay = replayed(self._one, problem.rows.place)

    def run(self, batches: Batches, table: StepTable) -> Array:
        """Do the steps of an epoch; return the sums of the rows' losses, of shape (n_models,)."""
        self._fill(batches, table)
        for _ in range(len(batches)):
            self.replay()
        return self.total

    def _fill(self, batches: Batches, table: StepTable) -> None:
        """Write the tables of an epoch where those of the last one stood."""
        xp, put, dtype = self.xp, self.rows.place.put, self.table.dtype
        n_steps, n_models, width = self.numbers.shape
        last = batches.order.shape[1] - 1
        columns = put(np.minimum(np.arange(n_steps * width), last))
        order = xp.reshape(xp.take(batches.order, columns, axis=1), (n_models, n_steps, width))
        self.numbers[...] = xp.permute_dims(order, (1, 0, 2))
        weight = self.present
        if self.rows.weight is not None:
            weight = weight * self.rows.rows_of(self.rows.weight, self.numbers)
        sums = xp.sum(weight, axis=2)
        sums = xp.where(sums > 0, sums, 1.0)
        self.table[:, :, :width] = weight / sums[:, :, None]
        self.table[:, :, width + _SUM] = sums
        known = np.stack([self.sizes, *table.rates[..., 0], table.dropout], axis=2)
        self.table[:, :, width + _SHARE :] = put(known, dtype)
        self.at[...] = 0
        self.total[...] = 0.0

    def _one(self) -> None:
        """Do the step that the counter points at, and let it point at the next."""
        xp, width = self.xp, self.numbers.shape[2]
        numbers = xp.take(self.numbers, self.at, axis=0)[0, ...]
        now = xp.take(self.table, self.at, axis=0)[0, ...]
        weight, columns = now[:, :width], now[:, width:]
        values = self.step(
            Batch(numbers, weight, columns[:, _SUM]),
            xp.permute_dims(columns[:, _RATES], (1, 0))[..., None],
            columns[:, _DROPOUT] if self.drops else None,
            None if self.all_active else columns[:, _SHARE] > 0,
        )
        self.total += values * columns[:, _SHARE]
        self.at += 1
