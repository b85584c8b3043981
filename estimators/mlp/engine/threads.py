"""Threads of the matrix products while networks train on a CPU."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import cache
from math import prod
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController

from .problem import Problem

# Multiplications of one product from which on several threads gain more than they cost. Threads of
# BLAS wait for one another in every product: small ones get slower, much so on a busy machine.
_LARGE_PRODUCT = 4 * 10**6


def inner_threads(problem: Problem) -> AbstractContextManager[None]:
    """Return a context in which the products of training have the threads that suit them.

    One, where they are small; else as many as BLAS has.
    """
    return nullcontext() if has_large_products(problem) else _one_thread()


def has_large_products(problem: Problem) -> bool:
    """Whether the largest matrix product of one model is worth several threads."""
    shapes = [shape for layer in problem.network.layers for shape in layer.shapes]
    largest = max((prod(shape) for shape in shapes), default=1)
    return bool(problem.recipe.batch_size * largest >= _LARGE_PRODUCT)


class _Limit:
    """One BLAS thread for the process, from the first fit that wants it to the end of the last.

    Fits in several threads may begin and end in any order; each alone would give the threads back
    while another still computes, or keep them for good.
    """

    def __init__(self) -> None:
        self.lock, self.n_inside, self.stack = Lock(), 0, ExitStack()

    def enter(self) -> None:
        with self.lock:
            if self.n_inside == 0:
                self.stack.enter_context(_blas().limit(limits=1))
            self.n_inside += 1

    def leave(self) -> None:
        with self.lock:
            self.n_inside -= 1
            if self.n_inside == 0:
                self.stack.close()


_limit = _Limit()


@contextmanager
def _one_thread() -> Iterator[None]:
    limit = _limit
    limit.enter()
    try:
        yield
    finally:
        limit.leave()


@cache
def _blas() -> Any:
    """The BLAS libraries of the process. To look for them takes as long as a small fit."""
    return ThreadpoolController().select(user_api="blas")


def _forget() -> None:
    """A process that was forked while another thread trained has nobody inside."""
    global _limit
    _limit = _Limit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
