"""One side's part of a case, in a process of its own: its seconds, answers and objective."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from . import CASES
from .sides import make

Results = dict[str, Any]
LEAST = 0.1  # seconds: a shorter call is repeated until they are over
SAMPLE = 20_000  # rows of the answers that are compared
WARM_UP = 2_000  # rows


@lru_cache(maxsize=1)
def arrays(folder: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return X, y and the rows that the answer is asked for, as the parent has stored them."""
    X, y, Q = (np.load(Path(folder) / f"{name}.npy") for name in ("X", "y", "Q"))
    return X, y, Q


def warm_up(folder: str, case: str, side: str) -> Results:
    """Import what the side needs, read the table, and let threads start: a fit of few rows."""
    X, y, Q = arrays(folder)
    step = -(-len(X) // WARM_UP)
    subject = CASES[case].subject
    subject.ask(make(subject, side).fit(X[::step], y[::step]), Q[:100])
    return {}


def run(folder: str, case: str, side: str, keep: bool) -> Results:
    """Fit and answer once, or as often as it takes to be over `LEAST` seconds.

    Parameters
    ----------
    keep : bool
        Whether the answers are stored for the comparison, and the objective is returned.
    """
    X, y, Q = arrays(folder)
    subject = CASES[case].subject
    model, fitted = taken(lambda: make(subject, side).fit(X, y))
    answers, answered = taken(lambda: subject.ask(model, Q))
    found = {"fit": fitted, "answer": answered}
    if keep:
        np.save(Path(folder) / f"{side}.npy", answers[:: -(-len(answers) // SAMPLE)])
        found["fallback"] = getattr(model, "fallback_", None)
        if subject.objective is not None:
            found["objective"] = subject.objective(model, X, y)
    return found


def taken(call: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Return what a call returns, and its seconds by the clock and of processors: medians."""
    walls: list[float] = []
    processors: list[float] = []
    while sum(walls) < LEAST:
        # Finer than the ticks of os.times; no side starts processes of its own here.
        start, before = time.perf_counter(), time.process_time()
        result = call()
        processors.append(time.process_time() - before)
        walls.append(time.perf_counter() - start)
    seconds = {"seconds": statistics.median(walls), "cpu_seconds": statistics.median(processors)}
    return result, seconds
