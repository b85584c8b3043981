"""What `gridfold fit` tries: for each family of models an estimator and a grid around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .arguments import FAMILIES
from .messages import note

Grid = dict[str, list[Any]]

# Distances between all pairs of rows: from here on a fold takes minutes.
_MOST_ROWS_FOR_NEIGHBORS = 100_000
_MANY_ROWS = 20_000  # and from here on a grid of two neighbour counts must do


def choose_families(asked: Sequence[str] | None, n_samples: int) -> list[str]:
    """Return the families to try: those asked for, or all that a table of this size allows."""
    if asked:
        return list(asked)
    if n_samples <= _MOST_ROWS_FOR_NEIGHBORS:
        return list(FAMILIES)
    note(
        f"neighbors is left out: with {n_samples:,} rows it takes long. To have it all the same, "
        f"give --models {','.join(FAMILIES)}."
    )
    return [family for family in FAMILIES if family != "neighbors"]


def make_grids(families: Sequence[str], task: str, n_train: int, seed: int) -> list[Grid]:
    """Return the grids over the step "model" of a pipeline.

    Parameters
    ----------
    task : {"classification", "regression"}
    n_train : int
        Rows in the smallest training part: there cannot be more neighbours.
    """
    return [_GRIDS[family](task == "classification", n_train, seed) for family in families]


def _linear(classification: bool, n_train: int, seed: int) -> Grid:
    if classification:
        from ...estimators import LogisticRegression

        return {
            "model": [LogisticRegression(max_iter=1000)],
            "model__C": _powers_of_ten(-3, 2, 11),
        }
    from ...estimators import Ridge

    return {"model": [Ridge()], "model__alpha": _powers_of_ten(-2, 4, 13)}


def _neighbors(classification: bool, n_train: int, seed: int) -> Grid:
    from ...estimators import KNeighborsClassifier, KNeighborsRegressor

    few_or_many = (3, 5, 10, 20, 40, 80) if n_train <= _MANY_ROWS else (10, 40)
    numbers = [n for n in few_or_many if n <= n_train]
    return {
        "model": [KNeighborsClassifier() if classification else KNeighborsRegressor()],
        "model__n_neighbors": numbers or [1],
        "model__weights": ["uniform", "distance"],
    }


def _boosting(classification: bool, n_train: int, seed: int) -> Grid:
    from ...boosting import XGBClassifier, XGBRegressor

    estimator = XGBClassifier if classification else XGBRegressor
    return {
        # One thread: the search runs folds side by side, and small steps lose by threads.
        "model": [estimator(random_state=seed, n_jobs=1)],
        "model__n_estimators": [100, 200, 300],
        "model__learning_rate": [0.05, 0.1],
        "model__max_depth": [4, 6],
    }


_GRIDS: dict[str, Callable[[bool, int, int], Grid]] = {
    "linear": _linear,
    "neighbors": _neighbors,
    "boosting": _boosting,
}


def _powers_of_ten(lowest: float, highest: float, count: int) -> list[float]:
    return [float(f"{value:.2g}") for value in np.logspace(lowest, highest, count)]
