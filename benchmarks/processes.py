"""What a process and its descendants have used: processor seconds, and memory they share fairly."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from types import TracebackType

import psutil

_GONE = (psutil.Error, OSError)


def cpu_seconds() -> float:
    """Return user and system seconds of this process and all its children, also ended ones."""
    times = os.times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(*_GONE):
            used = child.cpu_times()
            total += used.user + used.system + used.children_user + used.children_system
    return total


def summed_pss(pid: int) -> int:
    """Return the bytes of a process and its descendants, a page that n processes share at 1/n."""
    total = 0
    with contextlib.suppress(*_GONE):
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with contextlib.suppress(*_GONE):
                total += _pss(process.pid)
    return total


def _pss(pid: int) -> int:
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


class PeakMemory:
    """Watches the summed memory of a process and its descendants while the block runs.

    Attributes
    ----------
    bytes : int
        The largest sum seen.
    """

    def __init__(self, pid: int, interval: float = 0.05) -> None:
        self.bytes = 0
        self._pid, self._interval = pid, interval
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.is_set():
            start = time.perf_counter()
            self.bytes = max(self.bytes, summed_pss(self._pid))
            self._over.wait(max(0.0, self._interval - (time.perf_counter() - start)))
