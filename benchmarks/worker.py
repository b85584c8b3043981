"""A process of its own for one side of a comparison: asked and answering in lines of JSON."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from processes import cpu_seconds


class Worker:
    """A side's process, started at the first question; it stays warm until the block ends."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def ask(self, module: str, function: str, **arguments: Any) -> dict[str, Any]:
        """Return what `module.function` returns there, or the reason why it can't."""
        if self._process is None:
            command = [sys.executable, str(Path(__file__).resolve())]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([module, function, arguments]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if answer:
            return dict(json.loads(answer))
        code, self._process = self._process.wait(), None
        return {"reason": f"the process ended with {code}"}


def answer_all() -> None:
    """Answer the questions of the standard input until it ends."""
    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        module, function, arguments = json.loads(line)
        try:
            found = getattr(importlib.import_module(module), function)(**arguments)
        except ImportError as error:
            found = {"reason": str(error)}
        print(json.dumps(found), file=said, flush=True)


def timed(run: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Return what `run` returns, and the seconds by the clock and of processors that it took."""
    before, start = cpu_seconds(), time.perf_counter()
    result = run()
    seconds = time.perf_counter() - start
    return result, {"seconds": seconds, "cpu_seconds": cpu_seconds() - before}


if __name__ == "__main__":
    answer_all()
