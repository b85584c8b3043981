"""Threads: the rows of a minibatch cut into parts, whose gradients are worked out side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from functools import cache
from math import prod
from threading import Lock
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

from .memory import keep_freed_memory
from .problem import Problem

Part = TypeVar("Part")
Result = TypeVar("Result")

# Rows of a part, about: with fewer the matrix products get slower than they are gained on.
_PART_ROWS = 128
_MOST_PARTS = 8
# Multiplications of a step from which on threads gain more than waking them up costs.
_LARGE_STEP = 4 * 10**6


def n_parts(problem: Problem) -> int:
    """Return into how many parts the rows of a minibatch are cut.

    That depends on the shape of the problem only, and not on the machine: sums over other parts
    are other roundings, and a seed should mean the same weights everywhere.
    """
    if not problem.rows.place.on_host or problem.network.couples_rows:
        return 1
    rows = problem.recipe.batch_size
    if rows * problem.network.n_weights < _LARGE_STEP:
        return 1
    return min(max(round(rows / _PART_ROWS), 1), _MOST_PARTS)


@cache
def _blas() -> Any:
    """The BLAS libraries of the process. To look for them takes as long as a small fit."""
    return ThreadpoolController().select(user_api="blas")


class _OneThread:
    """One BLAS thread for the process, from the first fit that wants it to the end of the last.

    Fits in several threads may begin and end in any order; each alone would give the threads back
    while another still computes, or keep them for good.
    """

    def __init__(self) -> None:
        self.lock, self.n_inside, self.limit = Lock(), 0, ExitStack()

    def __enter__(self) -> None:
        with self.lock:
            if self.n_inside == 0:
                self.limit.enter_context(_blas().limit(limits=1))
            self.n_inside += 1

    def __exit__(self, *error: Any) -> None:
        with self.lock:
            self.n_inside -= 1
            if self.n_inside == 0:
                self.limit.close()


_one_thread = _OneThread()


class Workers:
    """Threads for the parts of minibatches, each with one thread for its matrix products.

    Two threads of a BLAS library wait for one another in every product, and what is not a product
    stays on one; parts of the rows run side by side from end to end. As a context, the number of
    BLAS threads is that of one part; more than one only where large batches have one part.

    Parameters
    ----------
    problem : Problem
    """

    def __init__(self, problem: Problem) -> None:
        self.n_parts = n_parts(problem)
        self.on_host = problem.rows.place.on_host
        largest = max(
            (prod(s) for layer in problem.network.layers for s in layer.shapes), default=1
        )
        self.large = problem.recipe.batch_size * largest >= 4 * _LARGE_STEP
        self.pool: ThreadPoolExecutor | None = None
        self.stack = ExitStack()

    def __enter__(self) -> Workers:
        if not self.on_host:
            return self
        keep_freed_memory()
        n_threads = max((library["num_threads"] for library in _blas().info()), default=1)
        if self.n_parts > 1 or not self.large:
            self.stack.enter_context(_one_thread)
        n_workers = min(self.n_parts, n_threads)
        if n_workers > 1:
            self.pool = self.stack.enter_context(ThreadPoolExecutor(n_workers - 1))
        return self

    def __exit__(self, *error: Any) -> None:
        self.pool = None
        self.stack.close()

    def map(self, function: Callable[[Part], Result], parts: Iterable[Part]) -> list[Result]:
        """Return the results for all parts; the calling thread does the first one."""
        first, *others = parts
        if self.pool is None:
            return [function(first), *map(function, others)]
        # NumPy's handling of floating-point errors belongs to a context.
        started = [self.pool.submit(copy_context().run, function, part) for part in others]
        return [function(first), *(future.result() for future in started)]
