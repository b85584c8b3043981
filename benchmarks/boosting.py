"""gridfold's boosting beside xgboost, LightGBM, CatBoost and scikit-learn's HistGradientBoosting.

    python benchmarks/boosting.py [--seeds 0] [--tables adult] [--sides xgboost] [--again]

All sides at their defaults, and gridfold's with `preset="tabular"` too, on the same splits of real
tables, each in a process of its own in turn with the others; all may use all cores. Needs lightgbm,
catboost and the tables: set GRIDFOLD_DATA to their folder. Writes results/boosting.json after each
split, so that a run that was cut off goes on from there. A side whose library is not installed is
"not measured".
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from boosting_cases.sides import SIDES
from boosting_cases.summary import summary
from boosting_cases.tables import TABLES
from machine import machine
from worker import Worker

PATH = Path(__file__).parent / "results" / "boosting.json"
SEEDS = (0, 1, 2)
Results = dict[str, Any]


def measure(rows: Results, options: argparse.Namespace) -> Iterator[str]:
    """Fit the sides in turn on each split, into `rows`; yield the key of each row."""
    with ExitStack() as stack:
        workers = {side: stack.enter_context(Worker()) for side in options.sides}
        for side, worker in workers.items():
            worker.ask("boosting_cases.fits", "warm_up", side=side)
        for table in options.tables:
            for seed in options.seeds:
                row = rows.setdefault(f"{table} {seed}", {})
                sides = [s for s in options.sides if options.again or "fit" not in row.get(s, {})]
                for side in sides if seed % 2 else sides[::-1]:
                    row[side] = workers[side].ask(
                        "boosting_cases.fits", "fit", side=side, table=table, seed=seed
                    )
                if sides:
                    yield f"{table} {seed}"


def main() -> None:
    """Measure the sides on the tables named, and write the result file after each split."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES))
    parser.add_argument("--again", action="store_true", help="fit again what has been fitted")
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args()
    before: Results = json.loads(options.out.read_text()) if options.out.exists() else {}
    rows = before.get("rows", {})
    for key in measure(rows, options):
        print("\n".join([key, *(_line(side, found) for side, found in rows[key].items())]))
        kept = {"machine": machine(before), "summary": summary(rows), "rows": rows}
        options.out.write_text(json.dumps(kept, indent=1) + "\n")


def _line(side: str, found: Results) -> str:
    if "fit" not in found:
        return f"  {side:22} not measured: {found['reason']}"
    scores = [f"{name} {found[name]:.5g}" for name in ("auc", "log_loss", "rmse") if name in found]
    return (
        f"  {side:22} {'  '.join(scores):32}  fit {found['fit']['seconds']:6.2f} s  "
        f"processors {found['fit']['cpu_seconds']:6.2f} s"
    )


if __name__ == "__main__":
    main()
