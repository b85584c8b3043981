"""GridSearchCV against scikit-learn's: the same folds, the same workers, in one run.

    python benchmarks/search.py [--repeat 5] [CASE ...]

Needs the real tables: set GRIDFOLD_DATA to their folder. Writes results/search.json.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from machine import machine
from sklearn import model_selection
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBRegressor

from gridfold.pipelines import GridSearchCV

HERE = Path(__file__).parent
N_JOBS = 2


def read(name: str) -> pd.DataFrame:
    """Read a real table."""
    folder = os.environ.get("GRIDFOLD_DATA", HERE.parents[1] / "shared" / "data")
    return pd.read_parquet(Path(folder) / f"{name}.parquet")


def numbers(name: str, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the numeric columns and the target of the rows without gaps, text as codes."""
    table = read(name).dropna()
    y = table.pop(target)
    y = y.to_numpy() if pd.api.types.is_numeric_dtype(y) else pd.factorize(y, sort=True)[0]
    return table.select_dtypes("number").to_numpy(float), y


def coded(name: str, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Return all columns, text as ordered codes, and the target."""
    table = read(name).dropna()
    y = table.pop(target).to_numpy(float)
    codes = {c: pd.factorize(table[c], sort=True)[0] for c in table.select_dtypes(exclude="number")}
    return table.assign(**codes).to_numpy(float), y


@dataclass(frozen=True)
class Case:
    """A search that both sides make: the claim is how many times faster, and how equal."""

    title: str
    data: Callable[[], tuple[np.ndarray, np.ndarray]]
    estimator: Any
    grid: dict[str, Any]
    faster: float
    equal: float


CASES = {
    "ridge": Case(
        "StandardScaler + Ridge, 40 alphas (california_housing)",
        lambda: numbers("california_housing", "median_house_value"),
        make_pipeline(StandardScaler(), Ridge()),
        {"ridge__alpha": np.logspace(-3, 4, 40)},
        faster=15,
        equal=1e-8,
    ),
    "neighbors": Case(
        "KNeighborsClassifier, 13 neighbour counts x 2 weightings (phoneme)",
        lambda: numbers("phoneme", "class"),
        KNeighborsClassifier(),
        {"n_neighbors": [*range(1, 20, 2), 25, 35, 51], "weights": ["uniform", "distance"]},
        faster=6,
        equal=1e-12,
    ),
    "boosting": Case(
        "XGBRegressor, 12 candidates (diamonds)",
        lambda: coded("diamonds", "price"),
        XGBRegressor(learning_rate=0.1),
        {"n_estimators": [50, 100, 150, 200], "max_depth": [4, 6, 8]},
        faster=1.8,
        equal=1e-6,
    ),
    "trees": Case(
        "DecisionTreeClassifier, 12 candidates: nothing to share (phoneme)",
        lambda: numbers("phoneme", "class"),
        DecisionTreeClassifier(random_state=0),
        {"max_depth": [3, 6, 9, 12], "min_samples_leaf": [1, 5, 20]},
        faster=0.95,
        equal=0.0,
    ),
}


def measure(case: Case, repeat: int) -> dict[str, Any]:
    """Time both searches in turn, after one run of each that is not counted."""
    X, y = case.data()
    sides = {"scikit-learn": model_selection.GridSearchCV, "gridfold": GridSearchCV}
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    for counted in range(-1, repeat):
        fitted = {}
        for side, cls in sides.items():
            start = time.perf_counter()
            search = cls(case.estimator, case.grid, n_jobs=N_JOBS, refit=False, cv=5)
            fitted[side] = search.fit(X, y)
            if counted >= 0:
                seconds[side].append(time.perf_counter() - start)
    keys = [f"split{k}_test_score" for k in range(5)]
    theirs, ours = (np.array([fitted[s].cv_results_[k] for k in keys]) for s in sides)
    ratios = [a / b for a, b in zip(*seconds.values(), strict=True)]
    return {
        "title": case.title,
        "rows": len(y),
        "candidates": len(fitted["gridfold"].cv_results_["params"]),
        "seconds": {side: statistics.median(s) for side, s in seconds.items()},
        "faster": statistics.median(ratios),
        "faster_range": [min(ratios), max(ratios)],
        "largest_score_difference": float(np.max(np.abs(theirs - ours))),
        "target_faster": case.faster,
        "target_difference": case.equal,
        "plan": str(fitted["gridfold"].plan_),
    }


def main() -> None:
    """Measure the cases named, print each, and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[[], *CASES], default=[])
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    path = HERE / "results" / "search.json"
    kept = json.loads(path.read_text())["cases"] if path.exists() and options.cases else {}
    for name in options.cases or CASES:
        result = kept[name] = measure(CASES[name], options.repeat)
        print(
            f"{result['title']}: {result['faster']:.2f} times faster "
            f"(target {result['target_faster']}), scores equal to "
            f"{result['largest_score_difference']:.1e} (target {result['target_difference']:.0e})",
            flush=True,
        )
    path.write_text(json.dumps({"machine": machine(), "n_jobs": N_JOBS, "cases": kept}, indent=1))


if __name__ == "__main__":
    main()
