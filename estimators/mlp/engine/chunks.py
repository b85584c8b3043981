"""Many models: batches of them that fit the cache or the device, trained one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...arrays import Array, out_of_memory_errors, release_memory
from .problem import Problem
from .stopping import Progress
from .training import Training

# Weights, gradients, moments and activations of the models of a batch should stay in the cache of
# a core: beyond that a batch is slower than its models one by one.
_CACHE_BYTES = 12 * 2**20


@dataclass(frozen=True)
class Trained:
    """What the training of one model ended with.

    Attributes
    ----------
    flat : array of shape (n_weights,)
    buffers : dict of arrays
        Without the axis of models.
    progress : Progress
    state : tuple of arrays of shape (n_weights,)
        Of the optimizer, after the last epoch.
    n_updates : int
        Steps taken.
    """

    flat: Array
    buffers: dict[str, Array]
    progress: Progress
    state: tuple[Array, ...]
    n_updates: int


def train_all(
    problem: Problem, after_epoch: Callable[[Training], None] | None = None
) -> list[Trained]:
    """Train all models of a problem; return what each ended with.

    On a CPU the models are cut into batches that fit the cache; on a device they are one batch,
    which is halved, down to one model, where memory runs out.

    Raises
    ------
    MemoryError, or the device library's own
        When not even one model fits.
    """
    n_models = len(problem)
    size = _even(n_models, models_at_once(problem)) if problem.rows.place.on_host else n_models
    trained: list[Trained] = []
    while len(trained) < n_models:
        chunk = range(len(trained), min(len(trained) + size, n_models))
        orders = [problem.orders[i].snapshot() for i in chunk]
        try:
            trained.extend(_train(problem.take(chunk), after_epoch))
            continue
        except out_of_memory_errors():
            if len(chunk) == 1:
                raise
            size = len(chunk) // 2
            for i, order in zip(chunk, orders, strict=True):
                problem.orders[i].restore(order)
        release_memory()  # not before the error is gone: it holds the arrays that were too large
    return trained


def models_at_once(problem: Problem) -> int:
    """Return how many models of a problem fit a core's cache together; at least 1."""
    return max(1, int(_CACHE_BYTES // bytes_of_model(problem)))


def bytes_of_model(problem: Problem) -> int:
    """Return about how many bytes one model works on in a step."""
    n_weights, itemsize = problem.network.n_weights, problem.start.dtype.itemsize
    rows = min(problem.recipe.batch_size, max(len(order.rows) for order in problem.orders))
    units = sum(shape[-1] for layer in problem.network.layers for shape in layer.shapes[:1])
    return int(itemsize * (4 * n_weights + 3 * rows * units))


def _train(problem: Problem, after_epoch: Any) -> Sequence[Trained]:
    training = Training(problem).run(after_epoch=after_epoch)
    return [
        Trained(*training.results[i], training.progress[i], *training.states[i])
        for i in range(len(problem))
    ]


def _even(n_models: int, most: int) -> int:
    """Return the size of batches of at most `most` models that are as even as can be."""
    return -(-n_models // -(-n_models // most))
