"""RealMLP beside pytabkit's, which it follows: the same splits of real tables, fits in turn."""

from __future__ import annotations

import math
import os
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
from sklearn.metrics import log_loss, root_mean_squared_error
from worker import Worker, timed

from .tables import TABLES, split

US, THEM = "gridfold", "pytabkit"
RECIPES = ("td-s", "td")
SEEDS = (0, 1, 2)
Results = dict[str, Any]


def measure(kept: Results, options: Any) -> Iterator[Results]:
    """Fit both sides on every table and seed; yield the results after each pair.

    Pairs that are in the results already are not fitted again, but with `--again`. With one of
    `--sides` the other's scores stay, and the pair has no ratio of seconds.
    """
    rows: Results = dict(kept.get("rows", {}))
    with ExitStack() as stack:
        workers = {side: stack.enter_context(Worker()) for side in (THEM, US)}
        for worker in workers.values():
            worker.ask("mlp_cases.realmlp", "warm_up")
        for seed in options.seeds or SEEDS:
            for table in options.tables or TABLES:
                for recipe in RECIPES:
                    key = f"{table} {seed} {recipe}"
                    row = rows.get(key, {})
                    sides = [
                        s for s in options.sides if options.again or "error" not in row.get(s, {})
                    ]
                    if not sides:
                        continue
                    found = {
                        side: workers[side].ask(
                            "mlp_cases.realmlp",
                            "fit",
                            side=side,
                            table=table,
                            seed=seed,
                            recipe=recipe,
                        )
                        for side in (sides if len(rows) % 2 else sides[::-1])
                    }
                    rows[key] = {**row, **found, "in_turn": len(sides) == 2}
                    print(_line(key, rows[key]), flush=True)
                    yield {"rows": rows, "summary": summary(rows)}


def warm_up() -> Results:
    """Import what the fits need, and let the libraries start their threads."""
    from sklearn.neural_network import MLPClassifier

    X = np.random.default_rng(0).normal(size=(600, 20))
    MLPClassifier((256,), max_iter=2, batch_size=256).fit(X, X[:, 0] > 0)
    return {}


def fit(side: str, table: str, seed: int, recipe: str) -> Results:
    """Fit one side on one split; return seconds, and scores on the test rows."""
    classes = TABLES[table].classes
    train, test, y_train, y_test = split(table, seed)
    model = {US: _ours, THEM: _theirs}[side](recipe, classes, seed)
    _, found = timed(lambda: model.fit(train, y_train))
    if not classes:
        rmse = root_mean_squared_error(y_test, model.predict(test))
        return {**found, "error": float(rmse / np.std(y_test))}
    probabilities = np.asarray(model.predict_proba(test), dtype=np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    right = np.mean(model.classes_[np.argmax(probabilities, axis=1)] == y_test)
    loss = log_loss(y_test, probabilities, labels=model.classes_)
    return {**found, "error": float(1 - right), "log_loss": float(loss)}


def _theirs(recipe: str, classes: bool, seed: int) -> Any:
    import logging

    import pytabkit

    for name in ("pytorch_lightning", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.ERROR)
    kind = "Classifier" if classes else "Regressor"
    name = {"td-s": "TD_S", "td": "TD"}[recipe]
    made = getattr(pytabkit, f"RealMLP_{name}_{kind}")
    return made(
        random_state=seed, device="cpu", n_threads=len(os.sched_getaffinity(0)), verbosity=0
    )


def _ours(recipe: str, classes: bool, seed: int) -> Any:
    from gridfold.estimators import RealMLPClassifier, RealMLPRegressor

    made = RealMLPClassifier if classes else RealMLPRegressor
    return made(recipe=recipe, random_state=seed)


def summary(rows: Results) -> Results:
    """Return by recipe the paired differences of each score, and the ratios of the seconds."""
    found: Results = {}
    for recipe in RECIPES:
        pairs = {
            key: row
            for key, row in rows.items()
            if key.endswith(f" {recipe}") and all("error" in row.get(s, {}) for s in (US, THEM))
        }
        if not pairs:
            continue
        numbers = [row for key, row in pairs.items() if "log_loss" not in row[US]]
        classes = [row for key, row in pairs.items() if "log_loss" in row[US]]
        found[recipe] = {
            "tables": len({key.split()[0] for key in pairs}),
            "pairs": len(pairs),
            "error": _paired(list(pairs.values()), "error"),
            "class_error": _paired(classes, "error"),
            "log_loss": _paired(classes, "log_loss"),
            "rmse": _paired(numbers, "error"),
            "faster": _faster([row for row in pairs.values() if row["in_turn"]]),
        }
    return found


def _paired(rows: list[Results], score: str) -> Results | None:
    """Return the means of both sides, and of ours less theirs with its standard error."""
    if len(rows) < 2:
        return None
    differences = [row[US][score] - row[THEM][score] for row in rows]
    return {
        US: statistics.mean(row[US][score] for row in rows),
        THEM: statistics.mean(row[THEM][score] for row in rows),
        "difference": statistics.mean(differences),
        "standard_error": statistics.stdev(differences) / math.sqrt(len(differences)),
        "ours_better": sum(d < 0 for d in differences),
        "theirs_better": sum(d > 0 for d in differences),
        "equal": sum(d == 0 for d in differences),
    }


def _faster(rows: list[Results]) -> Results | None:
    """Return the ratios of the seconds of pairs fitted in turn: middle, range and of the sums."""
    if not rows:
        return None
    found: Results = {"pairs": len(rows)}
    for unit in ("seconds", "cpu_seconds"):
        ratios = [row[THEM][unit] / row[US][unit] for row in rows]
        sums = {side: sum(row[side][unit] for row in rows) for side in (THEM, US)}
        found[unit] = {
            **sums,
            "median": statistics.median(ratios),
            "range": [min(ratios), max(ratios)],
            "of_sums": sums[THEM] / sums[US],
        }
    return found


def _line(key: str, row: Results) -> str:
    said = f"{key:28}"
    for side in (THEM, US):
        one = row.get(side, {})
        shown = "not measured" if not one else one.get("reason", "")[:60]
        if "error" in one:
            shown = f"error {one['error']:.4f}  {one['seconds']:6.2f} s"
            shown += f" log loss {one['log_loss']:.4f}" if "log_loss" in one else ""
        said += f"  {side}: {shown:40}"
    return said
