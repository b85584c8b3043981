"""What the numbers of `preset="tabular"` rest on: the preset with one setting changed at a time.

    python benchmarks/boosting_recipes.py [--changes "depth 4"] [--tables adult]

On the development tables of boosting.py, which its ranks leave out, with fewer rows and other
splits; one thread, so that scores do not depend on the machine. Needs catboost for the side to
compare with. Writes results/boosting_recipes.json after each fit, and goes on from there. Fits that
are in that file are of the preset as it was then: remove the file after a change of the preset.
Scores are the same in every run; seconds of a busy machine are to be taken out of the file.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from boosting_cases.fits import scores
from boosting_cases.sides import CATBOOST, PRESET, SIDES, XGBOOST
from boosting_cases.summary import error
from boosting_cases.tables import TABLES, split
from machine import machine
from worker import timed

PATH = Path(__file__).parent / "results" / "boosting_recipes.json"
ROWS, SEEDS = 3000, (10, 11)

# What is changed in the preset, by name; a setting of xgboost's own default counts as left open,
# so its value is written out.
CHANGES: dict[str, Mapping[str, Any]] = {
    "as it is": {},
    "steps of 0.15": {"learning_rate": 0.15, "early_stopping_rounds": 20},
    "four models": {"n_bags": 4},
    "one model, refitted": {"refit_full": True},
    "sets of categories": {"max_cat_to_onehot": 4},
    "min_child_weight 1": {"min_child_weight": 1},
    "depth 4": {"max_depth": 4},
    "depth 8": {"max_depth": 8},
    "all rows": {"subsample": 1},
    "reg_lambda 5": {"reg_lambda": 5},
}
Results = dict[str, Any]


def main() -> None:
    """Fit the preset with each change on each development table, and write the result file."""
    tables = [name for name, table in TABLES.items() if table.development]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--changes", nargs="+", choices=CHANGES, default=list(CHANGES))
    parser.add_argument("--tables", nargs="+", choices=tables, default=tables)
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args()
    before: Results = json.loads(options.out.read_text()) if options.out.exists() else {}
    rows = before.get("rows", {})
    warnings.simplefilter("ignore")
    for name in (*options.changes, CATBOOST, XGBOOST):
        for table in options.tables:
            for seed in SEEDS:
                row = rows.setdefault(f"{table} {seed}", {})
                if name not in row:
                    row[name] = fit(name, table, seed)
                    print(f"{name:22} {table:22} {seed}  {row[name]}", flush=True)
                    kept = {"machine": machine(before), "summary": summary(rows), "rows": rows}
                    options.out.write_text(json.dumps(kept, indent=1) + "\n")


def fit(name: str, table: str, seed: int) -> Results:
    """Return the scores of one change, or of another side, and the processor seconds of its fit."""
    parts, classes = split(table, seed, ROWS), TABLES[table].classes
    side = PRESET if name in CHANGES else name
    model, (train, test) = SIDES[side](parts.train, parts.test, classes, seed)
    threads = "thread_count" if side == CATBOOST else "n_jobs"
    model.set_params(**{threads: 1}, **CHANGES.get(name, {}))
    seconds = timed(lambda: model.fit(train, parts.y_train))[1]
    found = np.asarray(model.predict_proba(test) if classes else model.predict(test))
    return {**scores(parts.y_test, found), "cpu_seconds": seconds["cpu_seconds"]}


def summary(rows: Results) -> Results:
    """Return by change and table 100 times the logarithm of its error over that of the preset."""
    found: Results = {}
    for name in (*CHANGES, CATBOOST, XGBOOST):
        ratios = {}
        for table in TABLES:
            pairs = [row for key, row in rows.items() if key.split()[0] == table]
            pairs = [row for row in pairs if name in row and "as it is" in row]
            if pairs:
                theirs, ours = (
                    statistics.mean(error(row[each], "auc") for row in pairs)
                    for each in (name, "as it is")
                )
                ratios[table] = 100 * math.log(theirs / ours)
        if ratios:
            seconds = [row[name].get("cpu_seconds") for row in rows.values() if name in row]
            found[name] = {
                "log_ratio_times_100": ratios,
                "mean": statistics.mean(ratios.values()),
                "cpu_seconds": None if None in seconds else sum(seconds),
            }
    return found


if __name__ == "__main__":
    main()
