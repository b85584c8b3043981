"""How many threads of a CPU serve small matrices."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from .arrays import Namespace, np_namespace
from .sklearn_private import blas_threads, one_blas_thread

_ONE_THREAD = 256  # columns up to which one thread is quicker than several


def threads_for(n_columns: int, xp: Namespace) -> AbstractContextManager[None]:
    """Return a context for work on matrices of few columns, which one thread of a CPU does sooner.

    The threads of small products, and of the steps of a decomposition, wait for each other.
    """
    small = xp is np_namespace and n_columns <= _ONE_THREAD and blas_threads() > 1
    return one_blas_thread() if small else nullcontext()
