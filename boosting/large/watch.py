"""A look at the cluster while something runs on it, for a lost worker would be waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

_SECONDS = 0.5  # between two looks
_PATIENCE = 10.0  # seconds for the scheduler to answer


class ClusterLostError(RuntimeError):
    """The Dask cluster, or a worker with rows of the training set, went away in mid-training."""


async def watched(client: Any, begin: Callable[[], Any]) -> Any:
    """Await what `begin` begins on the cluster of `client`, as long as its workers are there.

    Raises
    ------
    ClusterLostError
        When the scheduler does not answer, or a worker that was at work is gone.
    """
    work = asyncio.ensure_future(begin())
    watch = asyncio.ensure_future(_until_lost(client))
    try:
        await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        if work.done() and work.exception() is None:
            return work.result()
        if not watch.done():  # what failed may have done so for want of a worker
            await asyncio.wait({watch}, timeout=4 * _SECONDS)
        if watch.done():
            raise _lost(watch.result()) from (work.exception() if work.done() else None)
        return work.result()
    finally:
        for each in (work, watch):
            each.cancel()
        await asyncio.gather(work, watch, return_exceptions=True)


async def _until_lost(client: Any) -> str:
    """Return what is gone, once something is."""
    busy: set[str] = set()
    while True:
        try:
            # Not wait_for: before Python 3.12 it may swallow that the watch is called off.
            async with asyncio.timeout(_PATIENCE):
                there, tasks = await _workers(client)
        except (OSError, TimeoutError):
            return "its scheduler"
        gone = busy - there
        if gone:
            return f"the worker {min(gone)}"
        busy = {worker for worker, keys in tasks.items() if keys}
        await asyncio.sleep(_SECONDS)


async def _workers(client: Any) -> tuple[set[str], Mapping[str, Any]]:
    """Return the workers that are there, and what each of them is at."""
    identity = await client.scheduler.identity()
    return set(identity["workers"]), await client.scheduler.processing()


def _lost(what: str) -> ClusterLostError:
    return ClusterLostError(
        f"The Dask cluster lost {what} in mid-training. Nothing was fitted: the estimator is as it "
        "was before. Training does not go on without a worker's rows: fit again on a cluster that "
        "stays."
    )
