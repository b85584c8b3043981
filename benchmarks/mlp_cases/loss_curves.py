"""MLPClassifier and MLPRegressor beside scikit-learn's: the same networks, the same loss curves."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
from data import one_hot
from sklearn.preprocessing import scale
from worker import Worker, timed

US, THEM = "gridfold", "scikit-learn"
ROWS = 10_000
EPOCHS = 20
Results = dict[str, Any]

# Table, target, hidden layers, batch size, dtype of X.
FITS: dict[str, tuple[str, str, tuple[int, ...], int, str]] = {
    "classes, 100": ("adult", "income", (100,), 200, "float32"),
    "classes, 3 x 64": ("adult", "income", (64, 64, 64), 200, "float32"),
    "classes, 3 x 256": ("adult", "income", (256, 256, 256), 256, "float32"),
    "classes, 3 x 64, float64": ("adult", "income", (64, 64, 64), 200, "float64"),
    "numbers, 3 x 64": ("diamonds", "price", (64, 64, 64), 200, "float32"),
}


def measure(kept: Results, options: Any) -> Iterator[Results]:
    """Fit both sides in turn; yield the results after each network."""
    found: Results = dict(kept)
    with ExitStack() as stack:
        workers = {side: stack.enter_context(Worker()) for side in (THEM, US)}
        for name, (table, _, hidden, batch_size, dtype) in FITS.items():
            runs: dict[str, list[Results]] = {THEM: [], US: []}
            for counted in range(-1, options.repeat):
                for side, worker in workers.items():
                    run = worker.ask("mlp_cases.loss_curves", "fit", side=side, name=name)
                    if counted >= 0 or "reason" in run:
                        runs[side].append(run)
            size = {"hidden": list(hidden), "batch_size": batch_size, "dtype": dtype}
            found[name] = {"table": table, "rows": ROWS, "epochs": EPOCHS, **size, **both(runs)}
            print(_line(name, found[name]), flush=True)
            yield found


def fit(side: str, name: str) -> Results:
    """Fit one side, all epochs, from the same initial weights; return seconds and loss curve."""
    table, target, hidden, batch_size, dtype = FITS[name]
    X, y = problem(table, target, dtype)
    model = _made(side, name.startswith("classes"))(
        hidden_layer_sizes=hidden,
        batch_size=batch_size,
        max_iter=EPOCHS,
        n_iter_no_change=EPOCHS,
        random_state=0,
    )
    _, found = timed(lambda: model.fit(X, y))
    return {**found, "curve": [float(loss) for loss in model.loss_curve_]}


def problem(table: str, target: str, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of a real table, one-hot and scaled; numbers to learn are scaled too."""
    X, y = one_hot(table, target)
    rows = np.random.default_rng(0).permutation(len(y))[:ROWS]
    y = y[rows] if len(np.unique(y)) == 2 else scale(y[rows].astype(float)).astype(dtype)
    return scale(X[rows]).astype(dtype), y


def _made(side: str, classes: bool) -> Any:
    if side == US:
        from gridfold.estimators import MLPClassifier, MLPRegressor
    else:
        from sklearn.neural_network import MLPClassifier, MLPRegressor
    return MLPClassifier if classes else MLPRegressor


def both(runs: dict[str, list[Results]]) -> Results:
    """Return the middle seconds of both sides, their ratio, and how far the curves differ."""
    missing = {s: r["reason"] for s, each in runs.items() for r in each if "reason" in r}
    if missing:
        return {"reason": missing}
    found: Results = {"curves": {side: each[0]["curve"] for side, each in runs.items()}}
    theirs, ours = (np.asarray(found["curves"][side]) for side in (THEM, US))
    if theirs.shape == ours.shape:
        found["largest_difference"] = float(np.max(np.abs(ours - theirs) / np.abs(theirs)))
    for unit in ("seconds", "cpu_seconds"):
        found[unit] = {s: statistics.median(r[unit] for r in each) for s, each in runs.items()}
    ratios = [
        one["seconds"] / other["seconds"] for one, other in zip(runs[THEM], runs[US], strict=True)
    ]
    return {**found, "faster": statistics.median(ratios), "range": [min(ratios), max(ratios)]}


def _line(name: str, result: Results) -> str:
    if "reason" in result:
        return f"{name:28} not measured: {result['reason']}"
    seconds, cpu = result["seconds"], result["cpu_seconds"]
    gap = result.get("largest_difference")
    return (
        f"{name:28} {seconds[THEM]:6.2f} s  {seconds[US]:6.2f} s  {result['faster']:5.2f} times"
        f"  processors {cpu[THEM]:6.2f} s  {cpu[US]:6.2f} s"
        f"  curves differ {'in length' if gap is None else f'{gap:.1e}'}"
    )
