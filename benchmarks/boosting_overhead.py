"""What gridfold's boosting estimators cost over xgboost called by hand: a fit, and one row.

    python benchmarks/boosting_overhead.py [--pairs 5] [--seconds 10] [--rows 5000]

A fit beside `xgboost.train` on a matrix of the same settings, in alternating pairs: processor
seconds, for those of the clock are too uneven. `predict` of one row beside
`Booster.inplace_predict`, in microseconds by the clock. Writes results/boosting_overhead.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from data import coded
from machine import machine
from processes import cpu_seconds

PATH = Path(__file__).parent / "results" / "boosting_overhead.json"
# One thread: threads that wait for one another take processor seconds of either side at random.
SETTINGS: dict[str, Any] = {"max_depth": 6, "learning_rate": 0.1, "max_bin": 256}
THREADS = 1
ROUNDS = 200
US, BY_HAND = "gridfold", "xgboost by hand"
Run = Callable[[], Any]


def fits() -> dict[str, dict[str, Run]]:
    """Return both sides' fits of a regression and a classification."""
    import xgboost

    from gridfold.boosting import XGBClassifier, XGBRegressor

    def by_hand(X: np.ndarray, y: np.ndarray, objective: str) -> Any:
        matrix = xgboost.QuantileDMatrix(X, y, max_bin=SETTINGS["max_bin"], nthread=THREADS)
        return xgboost.train(
            {**SETTINGS, "objective": objective, "nthread": THREADS}, matrix, ROUNDS
        )

    X, y = coded("california_housing", "median_house_value")
    Z, label = coded("adult", "income")
    text = np.array(["at most 50K", "more"])[label.astype(int)]
    return {
        "regression, california_housing": {
            BY_HAND: lambda: by_hand(X, y, "reg:squarederror"),
            US: lambda: XGBRegressor(n_estimators=ROUNDS, n_jobs=THREADS, **SETTINGS).fit(X, y),
        },
        "two classes of text, adult": {
            BY_HAND: lambda: by_hand(Z, label, "binary:logistic"),
            US: lambda: XGBClassifier(n_estimators=ROUNDS, n_jobs=THREADS, **SETTINGS).fit(Z, text),
        },
    }


def cost_of_fit(sides: dict[str, Run], pairs: int, seconds: float) -> dict[str, Any]:
    """Return the processor seconds of both sides, and the median of the ratios of pairs."""
    for run in sides.values():
        run()  # imports, and the threads of the library
    start = time.perf_counter()
    for run in sides.values():
        run()
    repeats = max(1, round(2 * seconds / (time.perf_counter() - start)))
    taken: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(pairs):
        spent = dict.fromkeys(sides, 0.0)
        for repeat in range(repeats):  # in turn, for the machine's speed drifts
            for side in list(sides)[:: -1 if repeat % 2 else 1]:
                before = cpu_seconds()
                sides[side]()
                spent[side] += cpu_seconds() - before
        for side, seconds_spent in spent.items():
            taken[side].append(seconds_spent / repeats)
    ratios = [ours / theirs for ours, theirs in zip(taken[US], taken[BY_HAND], strict=True)]
    return {
        "repeats": repeats,
        "cpu_seconds": {side: statistics.median(each) for side, each in taken.items()},
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "share_outside": share_outside(sides[US]),
    }


def share_outside(fit: Run, repeats: int = 7) -> float:
    """Return the share of a fit's processor seconds that is not training or building matrices.

    The two sides differ by less than the machine does from one second to the next; this is what
    ours adds, timed inside one fit.
    """
    import xgboost

    module, inside = xgboost.sklearn, [0.0]

    def timed(call: Run) -> Run:
        def run(*args: Any, **kwargs: Any) -> Any:
            before = time.process_time()
            try:
                return call(*args, **kwargs)
            finally:
                inside[0] += time.process_time() - before

        return run

    shares = []
    with (
        patch.object(module, "train", timed(module.train)),
        patch.object(module, "QuantileDMatrix", timed(module.QuantileDMatrix)),
    ):
        for _ in range(repeats):
            before, inside[0] = time.process_time(), 0.0
            fit()
            shares.append(1 - inside[0] / (time.process_time() - before))
    return statistics.median(shares)


def cost_of_a_row(n_rows: int) -> dict[str, Any]:
    """Return the median microseconds of a call for one row, of each method."""
    from gridfold.boosting import XGBClassifier, XGBRegressor

    X, y = coded("california_housing", "median_house_value")
    model = XGBRegressor(n_estimators=100, n_jobs=1).fit(X, y)
    classifier = XGBClassifier(n_estimators=100, n_jobs=1).fit(X, np.where(y > 2e5, "dear", "not"))
    plain = model.to_xgboost()
    row = X[:1]
    calls: dict[str, Run] = {
        "Booster.inplace_predict": lambda: model.get_booster().inplace_predict(row),
        "gridfold's predict": lambda: model.predict(row),
        "xgboost's predict": lambda: plain.predict(row),
        "Booster.inplace_predict, classes": lambda: classifier.get_booster().inplace_predict(row),
        "gridfold's predict_proba": lambda: classifier.predict_proba(row),
        "gridfold's predict, classes": lambda: classifier.predict(row),
    }
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(n_rows):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - start)
    return {name: 1e6 * statistics.median(each) for name, each in taken.items()}


def main() -> None:
    """Measure both, print them and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0, help="of a side in a pair")
    parser.add_argument("--rows", type=int, default=5000, help="calls of one row")
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args()
    found = {
        "machine": machine(),
        "fit": {
            name: cost_of_fit(sides, options.pairs, options.seconds)
            for name, sides in fits().items()
        },
        "one_row_microseconds": cost_of_a_row(options.rows),
    }
    print(json.dumps(found, indent=1))
    options.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
