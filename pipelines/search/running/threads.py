"""Threads of BLAS and OpenMP: never more in all workers together than there are cores."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController


class BlasLimit:
    """Limits BLAS in this process while any search wants it; the last to leave restores.

    BLAS's number of threads is one for all threads of a process: searches in several of them
    would otherwise restore one another's limit. Where they want different limits, the first holds.
    To be entered by the thread that asks for the search: threadpoolctl heeds no other.
    """

    def __init__(self) -> None:
        self._lock, self._inside = Lock(), 0
        self._limit: Any = None

    @contextmanager
    def __call__(self, n_threads: int) -> Iterator[None]:
        """Limit BLAS to `n_threads` in this block."""
        with self._lock:
            if not self._inside:
                self._limit = _pools().limit(limits=n_threads, user_api="blas")
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    self._limit.restore_original_limits()
                    self._limit = None


limit_blas = BlasLimit()


def limit_openmp(n_threads: int) -> AbstractContextManager[Any]:
    """Limit OpenMP in this thread: each has a limit of its own."""
    return _pools().limit(limits=n_threads, user_api="openmp")


def threads_now() -> int:
    """The most threads that a library would use now, called from this thread."""
    return max((pool["num_threads"] for pool in _pools().info()), default=1)


def _pools() -> ThreadpoolController:
    return _pools_of(len(sys.modules))


@lru_cache(maxsize=1)
def _pools_of(n_modules: int) -> ThreadpoolController:
    """The thread pools of the libraries loaded; finding them takes as long as a small search.

    They are looked for again when modules were imported since.
    """
    return ThreadpoolController()
