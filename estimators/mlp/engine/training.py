"""Training: epochs of minibatch steps on a batch of models, each as if it were alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from ...arrays import Array, capturable, to_numpy
from .batches import Batch, Batches
from .descent import Descent
from .device_loop import DeviceLoop
from .memory import keep_freed_memory
from .network import Context
from .optimizers import new_state
from .problem import Problem
from .steps import StepTable
from .stopping import Progress
from .streams import streams_at
from .threads import inner_threads


class Training:
    """The state of models in training.

    Models that have stopped leave the arrays; what they ended with is in `results`.

    Parameters
    ----------
    problem : Problem

    Attributes
    ----------
    models : list of int
        Those still in training; the leading axis of `flat`, `state`, `buffers`.
    flat : array of shape (n_models, n_weights)
    progress : list of Progress, one per model of the problem
    results : dict of model to (weights of shape (n_weights,), buffers)
    states : dict of model to (state of the optimizer, number of updates)
        As they were when the model stopped, also where an earlier epoch was the best.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = self.active = problem
        self.xp = capturable(problem.rows.place)
        self.models = list(range(len(problem)))
        self.flat = self._copy(problem.start)
        self.state = new_state(problem.recipe.rule, self.flat, xp=self.xp)
        self.buffers = problem.network.new_buffers(len(problem), self.flat, self.xp)
        self.streams = streams_at(problem.rows.place, problem.seeds, self.flat.dtype)
        self.progress = [Progress() for _ in self.models]
        self.n_updates = np.zeros(len(problem), dtype=np.int64)
        self.best: tuple[Array, dict[str, Array]] = (self.flat, self.buffers)
        self.results: dict[int, tuple[Array, dict[str, Array]]] = {}
        self.states: dict[int, tuple[tuple[Array, ...], int]] = {}
        self.prepare()

    def prepare(self) -> None:
        """Work out what stays the same from step to step; to be done where `flat` is replaced."""
        # These are views, which an update changes in place.
        self.weights = self.active.network.split(self.flat, self.xp)
        self.batches: Batches | None = None
        self.device_loop: DeviceLoop | None = None
        self.loss_options = self.active.loss_options()
        self.descent = Descent(self.active, self.flat, self.state, self.xp)

    def run(
        self,
        n_epochs: int | None = None,
        after_epoch: Callable[[Training], None] | None = None,
    ) -> Training:
        """Train until every model has stopped, or for `n_epochs` more epochs.

        Parameters
        ----------
        after_epoch : callable, optional
            Called with this object after each epoch.
        """
        left = self.active.recipe.n_epochs - self.n_epochs if n_epochs is None else n_epochs
        with self._resources():
            for _ in range(left):
                self._let_go([i for i in self.models if self.progress[i].stopped])
                if not self.models:
                    break
                self.epoch()
                if after_epoch is not None:
                    after_epoch(self)
        self.finish()
        return self

    def _resources(self) -> Any:
        """Return a context in which the host trains at its best."""
        if not self.problem.rows.place.on_host:
            return nullcontext()
        keep_freed_memory()
        return inner_threads(self.problem)

    def finish(self) -> None:
        """Take what the models still in training have come to as their results."""
        self._let_go(list(self.models))

    def epoch(self) -> None:
        """Train for one epoch, then take in losses and validation scores."""
        recipe = self.active.recipe
        before = (self._copy(self.flat), {n: self._copy(b) for n, b in self.buffers.items()})
        orders = [order.next_epoch() for order in self.active.orders]
        self.streams.next_epoch()
        batches = self._batches(orders)
        table = StepTable.of(recipe, self._progress(), self.n_updates, batches.sizes)
        self.n_updates = self.n_updates + np.sum(batches.sizes > 0, axis=0)
        total = self._steps(batches, table)
        seen = batches.sizes.sum(axis=0)
        self._take_in(to_numpy(total) / np.maximum(seen, 1), seen, before)

    def _batches(self, orders: Sequence[np.ndarray]) -> Batches:
        """Return the minibatches of an epoch; but for the order they are those of the last."""
        if self.batches is None:
            recipe = self.active.recipe
            self.batches = Batches(
                self.active.rows, orders, recipe.batch_size, drop_last=recipe.drop_last
            )
            return self.batches
        return self.batches.shuffled(orders)

    def _steps(self, batches: Batches, table: StepTable) -> Array:
        """Do the steps of an epoch; return the sums of the rows' losses, of shape (n_models,)."""
        place = self.active.rows.place
        if not place.on_host:
            if self.device_loop is None:
                self.device_loop = DeviceLoop(self._step, self.active, batches.sizes, self.xp)
            return self.device_loop.run(batches, table)
        rates, total = place.put(table.rates, self.flat.dtype), 0.0
        for i, batch in enumerate(batches):
            active = None if batch.counts.all() else batch.counts > 0
            values = self._step(batch, rates[:, i, ...], table.dropout[i], active)
            total = total + values * batch.share(place, values.dtype)
        return total

    @property
    def n_epochs(self) -> int:
        """The number of epochs done."""
        return max(progress.n_epochs for progress in self.progress)

    def _progress(self) -> list[Progress]:
        return [self.progress[i] for i in self.models]

    def _copy(self, array: Array) -> Array:
        return self.xp.asarray(array, copy=True)

    def _step(
        self, batch: Batch, rates: Array, dropout: Array | None, active: Array | None
    ) -> Array:
        """Do one step of all models; return their losses, of shape (n_models,)."""
        values, grad = self._gradient(batch, dropout)
        return values + self.descent.step(grad, rates, batch.sums, active)

    def _gradient(self, batch: Batch, dropout: Array | None) -> tuple[Array, Array]:
        """Return losses, (n_models,), and their gradients, (n_models, n_weights)."""
        problem = self.active
        self.streams.next_step()
        inputs, y = problem.rows.take(batch.rows)
        context = Context(
            self.xp,
            training=True,
            streams=self.streams,
            dropout=dropout,
            row_weight=batch.weight,
            buffers=self.buffers,
        )
        outputs, backward = problem.network.forward(inputs, self.weights, context)
        values, loss_backward = problem.recipe.loss(
            outputs, y, batch.weight, xp=self.xp, **self.loss_options
        )
        return values, backward(loss_backward())

    def _take_in(
        self, losses: np.ndarray, seen: np.ndarray, before: tuple[Array, dict[str, Array]]
    ) -> None:
        """Note what the epoch brought; models that are not finite any more go back and stop."""
        problem = self.active
        # The last update may have overflowed though its loss was finite.
        good = np.isfinite(losses) & np.isfinite(to_numpy(self.xp.sum(self.flat, axis=1)))
        if not good.all():
            self._go_back(good, before)
        scores = None
        if problem.validation is not None:
            scores = to_numpy(problem.validation.of(problem.network, self.flat, self.buffers))
        is_best = np.zeros(len(self.models), dtype=bool)
        for j, i in enumerate(self.models):
            if not good[j]:
                self.progress[i].stopped = "error"
                continue
            score = None if scores is None else float(scores[j])
            rate = float(problem.recipe.rate[j])
            is_best[j] = self.progress[i].after_epoch(
                problem.stopping, rate, float(losses[j]), score, int(seen[j])
            )
        if problem.stopping.keep_best and is_best.any():
            self._keep_best(is_best)

    def _go_back(self, good: np.ndarray, before: tuple[Array, dict[str, Array]]) -> None:
        """Give models that are not good the weights before the epoch, and a new optimizer."""
        self.flat, self.buffers = self._mixed(good, (self.flat, self.buffers), before)
        keep = self.active.rows.place.put(good)
        zeros = new_state(self.active.recipe.rule, self.flat, xp=self.xp)
        self.state = tuple(
            _where(keep, part, zero, self.xp) for part, zero in zip(self.state, zeros, strict=True)
        )
        self.n_updates = np.where(good, self.n_updates, 0)
        self.prepare()

    def _keep_best(self, is_best: np.ndarray) -> None:
        """Keep the weights and buffers of the models that have just been at their best."""
        self.best = self._mixed(is_best, (self.flat, self.buffers), self.best)

    def _mixed(
        self,
        first: np.ndarray,
        one: tuple[Array, dict[str, Array]],
        other: tuple[Array, dict[str, Array]],
    ) -> tuple[Array, dict[str, Array]]:
        """Return weights and buffers: `one` for the models in `first`, `other` for the rest."""
        mask = self.active.rows.place.put(first)
        return (
            _where(mask, one[0], other[0], self.xp),
            {name: _where(mask, one[1][name], other[1][name], self.xp) for name in one[1]},
        )

    def _let_go(self, models: Sequence[int]) -> None:
        """Note the results of models that have stopped, and go on without them."""
        if not models:
            return
        keep_best = self.active.stopping.keep_best
        for i in models:
            j = self.models.index(i)
            best = keep_best and self.progress[i].best_epoch > 0
            flat, buffers = self.best if best else (self.flat, self.buffers)
            copied = {name: self._copy(b[j, ...]) for name, b in buffers.items()}
            self.results[i] = (self._copy(flat[j, ...]), copied)
            state = tuple(self._copy(part[j, ...]) for part in self.state)
            self.states[i] = (state, int(self.n_updates[j]))
        self.drop(models)

    def drop(self, models: Sequence[int]) -> None:
        """Go on without these models."""
        staying = [j for j, i in enumerate(self.models) if i not in set(models)]
        changed = len(staying) < len(self.models)
        self.models = [self.models[j] for j in staying]
        if self.models and changed:
            self._compact(staying)

    def _compact(self, staying: Sequence[int]) -> None:
        index = self.active.rows.place.put(np.asarray(staying, dtype=np.int64))

        def chosen(array: Array) -> Array:
            return self.xp.take(array, index, axis=0)

        self.flat, self.state = chosen(self.flat), tuple(chosen(part) for part in self.state)
        self.buffers = {name: chosen(buffer) for name, buffer in self.buffers.items()}
        best, buffers = self.best
        self.best = (chosen(best), {name: chosen(buffer) for name, buffer in buffers.items()})
        self.streams.take(staying)
        self.n_updates = self.n_updates[list(staying)]
        self.active = self.active.take(staying)
        self.prepare()


def _where(mask: Array, new: Array, old: Array, xp: Any) -> Array:
    return xp.where(xp.reshape(mask, (-1,) + (1,) * (new.ndim - 1)), new, old)
