"""Processor seconds of grids in which nothing is shared: gridfold should cost no more.

    python benchmarks/overhead.py [--pairs 5] [--seconds 10] [GRID ...]

Both searches run in turn, with the same warm workers, in pairs; which goes first changes from pair
to pair. Counted are user and system seconds of the parent and its workers. A grid is searched as
often as it takes scikit-learn the seconds asked for. Writes results/overhead.json.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from cases import Problem
from data import coded, numbers
from machine import machine
from processes import cpu_seconds
from sides import N_JOBS, SIDES

PATH = Path(__file__).parent / "results" / "overhead.json"
LIMIT = 0.03
US, THEM = "gridfold", "scikit-learn"


def trees() -> Problem:
    """Decision trees, fits of a tenth of a second."""
    from sklearn.tree import DecisionTreeClassifier

    X, y = coded("adult", "income")
    grid = {"max_depth": [4, 8, 12, None], "min_samples_leaf": [1, 5, 20]}
    return Problem(X, y, DecisionTreeClassifier(random_state=0), grid)


def forests() -> Problem:
    """Random forests, fits of a second."""
    from sklearn.ensemble import RandomForestClassifier

    X, y = numbers("satimage", "Class")
    grid = {"max_depth": [8, None], "max_features": [4, 8]}
    return Problem(X, y, RandomForestClassifier(random_state=0), grid)


def small() -> Problem:
    """Perceptrons, fits of a few milliseconds: what a task costs by itself."""
    from sklearn.linear_model import Perceptron

    X, y = numbers("wine_quality", "quality")
    model = Perceptron(random_state=0, max_iter=5, tol=None)
    return Problem(X, y, model, {"eta0": np.logspace(-3, 1, 100)})


GRIDS: dict[str, Callable[[], Problem]] = {"trees": trees, "forests": forests, "small": small}


def measure(problem: Problem, pairs: int, least: float) -> dict[str, Any]:
    """Return processor seconds of both sides in each pair, and their ratio."""
    for side in (US, THEM):
        SIDES[side](problem)
    start = time.perf_counter()
    SIDES[THEM](problem)
    times = max(1, math.ceil(least / (time.perf_counter() - start)))
    used: dict[str, list[float]] = {THEM: [], US: []}
    for pair in range(pairs):
        for side in (THEM, US) if pair % 2 == 0 else (US, THEM):
            before = cpu_seconds()
            for _ in range(times):
                SIDES[side](problem)
            used[side].append(cpu_seconds() - before)
    ratios = [ours / theirs for theirs, ours in zip(used[THEM], used[US], strict=True)]
    total = sum(used[US]) / sum(used[THEM])
    return {
        "searches": times,
        "cpu_seconds": used,
        "ratios": ratios,
        "median_ratio": statistics.median(ratios),
        "ratio_of_sums": total,
    }


def main() -> None:
    """Measure the grids named, print each, and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("grids", nargs="*", choices=[[], *GRIDS], default=[])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args()
    kept = {}
    if options.grids and options.out.exists():
        kept = json.loads(options.out.read_text())["grids"]
    for name in options.grids or GRIDS:
        title = (GRIDS[name].__doc__ or "").rstrip(".")
        found = measure(GRIDS[name](), options.pairs, options.seconds)
        kept[name] = {"title": title, **found}
        shown = " ".join(f"{ratio - 1:+.1%}" for ratio in found["ratios"])
        over = "  MORE THAN 3 %" if found["median_ratio"] > 1 + LIMIT else ""
        print(f"{name:8} {found['median_ratio'] - 1:+.1%} median of {shown}{over}", flush=True)
    options.out.write_text(
        json.dumps({"machine": machine(), "n_jobs": N_JOBS, "grids": kept}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
