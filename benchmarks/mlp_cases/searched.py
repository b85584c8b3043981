"""A search over MLPs: 12 candidates on 5 folds, all in batches, one by one, and scikit-learn's."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
from worker import Worker, timed

from .loss_curves import ROWS, problem

US, ALONE, THEM = "gridfold", "gridfold, one by one", "scikit-learn"
N_JOBS, FOLDS, EPOCHS = 2, 5, 20
GRID = {"learning_rate_init": [3e-4, 1e-3, 3e-3], "alpha": [1e-5, 1e-3, 1e-1, 1.0]}
Results = dict[str, Any]


def measure(kept: Results, options: Any) -> Iterator[Results]:
    """Search with each side in turn; yield the one result."""
    runs: dict[str, list[Results]] = {THEM: [], ALONE: [], US: []}
    with ExitStack() as stack:
        workers = {side: stack.enter_context(Worker()) for side in runs}
        for side, worker in workers.items():
            worker.ask("mlp_cases.searched", "search", side=side, small=True)
        for _ in range(options.repeat):
            for side, worker in workers.items():
                runs[side].append(
                    worker.ask("mlp_cases.searched", "search", side=side, small=False)
                )
    found = compared(runs)
    print(_said(found), flush=True)
    yield found


def search(side: str, small: bool) -> Results:
    """Search with one side; `small` is a few rows and one candidate, to start the workers."""
    X, y = problem("adult", "income", "float32")
    grid = GRID
    if small:
        X, y, grid = X[:500], y[:500], {name: values[:1] for name, values in GRID.items()}
    searched = _made(side, grid)
    _, found = timed(lambda: searched.fit(X, y))
    scores = [searched.cv_results_[f"split{k}_test_score"] for k in range(FOLDS)]
    return {
        **found,
        "scores": np.stack(scores, axis=1).tolist(),
        "plan": str(getattr(searched, "plan_", "")),
    }


def _made(side: str, grid: dict[str, list[float]]) -> Any:
    options: dict[str, Any] = {"cv": FOLDS, "n_jobs": N_JOBS, "refit": False}
    fixed = {"max_iter": EPOCHS, "n_iter_no_change": EPOCHS, "random_state": 0}
    if side == THEM:
        from sklearn.model_selection import GridSearchCV
        from sklearn.neural_network import MLPClassifier
    else:
        from gridfold.estimators import MLPClassifier
        from gridfold.pipelines import GridSearchCV

        options["sharing"] = "off" if side == ALONE else "all"
    return GridSearchCV(MLPClassifier(hidden_layer_sizes=(64, 64, 64), **fixed), grid, **options)


def compared(runs: dict[str, list[Results]]) -> Results:
    """Return the middle seconds of each side, ratios, and how far mean scores are apart."""
    missing = {s: r["reason"] for s, each in runs.items() for r in each if "reason" in r}
    if missing:
        return {"reason": missing}
    means = {side: np.mean(each[0]["scores"], axis=1) for side, each in runs.items()}
    found: Results = {
        "table": "adult",
        "rows": ROWS,
        "candidates": len(means[US]),
        "folds": FOLDS,
        "epochs": EPOCHS,
        "n_jobs": N_JOBS,
        "plan": runs[US][0]["plan"],
        "faster": {},
        "largest_difference": {},
    }
    for unit in ("seconds", "cpu_seconds"):
        found[unit] = {s: statistics.median(r[unit] for r in each) for s, each in runs.items()}
    for side in (THEM, ALONE):
        ratios = [
            one["seconds"] / us["seconds"] for one, us in zip(runs[side], runs[US], strict=True)
        ]
        found["faster"][side] = [statistics.median(ratios), min(ratios), max(ratios)]
        found["largest_difference"][side] = float(np.max(np.abs(means[side] - means[US])))
    return found


def _said(found: Results) -> str:
    if "reason" in found:
        return f"not measured: {found['reason']}"
    seconds, cpu = found["seconds"], found["cpu_seconds"]
    each = "  ".join(f"{s}: {seconds[s]:.2f} s ({cpu[s]:.2f} of processors)" for s in seconds)
    faster = ", ".join(f"{ratio[0]:.2f} of {side}" for side, ratio in found["faster"].items())
    return f"{each}\n  times faster: {faster}\n  mean scores differ {found['largest_difference']}"
