"""Makes one side's search of one case in a process of its own, and prints what it found.

    python benchmarks/alone.py CASE SIDE [--repeat 1] [--cold]

Prints a line of JSON: the seconds of each run, after one that is not counted unless --cold, and the
scores. The side "scikit-learn-intelex" is scikit-learn with its estimators replaced at the start.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

INTELEX = "scikit-learn-intelex"
LIMIT = 300  # seconds


def in_own_process(case: str, side: str, *options: str) -> dict[str, Any]:
    """Run this script; return what it printed, or the reason why it could not be measured."""
    command = [sys.executable, str(Path(__file__)), case, side, *options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return {"reason": f"not done in {LIMIT} s"}
    if done.returncode:
        return {"reason": (done.stderr.strip() or "ended without a word").splitlines()[-1]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure one side and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case")
    parser.add_argument("side")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--cold", action="store_true", help="count the first run too")
    options = parser.parse_args()
    if options.side == INTELEX:
        from sklearnex import patch_sklearn

        patch_sklearn(verbose=False)
    from cases import CASES
    from sides import SIDES, scikit_learn

    problem = CASES[options.case].make()
    if options.side == INTELEX and not _replaced(problem):
        print(json.dumps({"reason": "replaces none of these estimators"}))
        return
    search = SIDES.get(options.side, scikit_learn)
    seconds, scores = [], {}
    for counted in range(0 if options.cold else -1, options.repeat):
        start = time.perf_counter()
        scores, _ = search(problem)
        if counted >= 0:
            seconds.append(time.perf_counter() - start)
    found = {name: values.tolist() for name, values in scores.items()}
    print(json.dumps({"seconds": seconds, "scores": found}))


def _replaced(problem: Any) -> bool:
    """Whether scikit-learn-intelex has put a class of its own anywhere into the problem."""
    values = [problem.estimator, *problem.estimator.get_params().values()]
    grids = problem.grid if isinstance(problem.grid, list) else [problem.grid]
    for grid in grids:
        for choice in grid.values():
            values.extend(choice if isinstance(choice, list) else [])
    return any(type(value).__module__.startswith(("sklearnex", "daal4py")) for value in values)


if __name__ == "__main__":
    main()
