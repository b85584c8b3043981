"""Who makes the searches: scikit-learn, gridfold and others, each asked for the same scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from cases import Problem

N_JOBS = 2
FOLDS = 5

Scores = dict[str, np.ndarray]  # by metric, of shape (n_candidates, n_splits)


class NotOffered(Exception):
    """A side has no such search; the message says what it lacks."""


def scikit_learn(problem: Problem) -> tuple[Scores, str]:
    """Search with scikit-learn; return the scores and "", since it makes no plan."""
    from sklearn import model_selection
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401

    return _searched(model_selection, problem)


def gridfold(problem: Problem) -> tuple[Scores, str]:
    """Search with gridfold; return the scores and the plan."""
    from gridfold import pipelines

    return _searched(pipelines, problem)


def dask_ml(problem: Problem) -> tuple[Scores, str]:
    """Search with dask-ml's classes and its default scheduler."""
    from dask_ml import model_selection

    if problem.kind not in ("grid", "random"):
        raise NotOffered("no such search")
    return _searched(model_selection, problem)


SIDES: dict[str, Callable[[Problem], tuple[Scores, str]]] = {
    "scikit-learn": scikit_learn,
    "gridfold": gridfold,
    "dask-ml": dask_ml,
}

_CLASSES = {
    "grid": "GridSearchCV",
    "random": "RandomizedSearchCV",
    "halving": "HalvingGridSearchCV",
}


def _searched(module: Any, problem: Problem) -> tuple[Scores, str]:
    """Make the search with the classes of a module."""
    if problem.kind == "nested":
        return _nested(module, problem)
    name = _CLASSES[problem.kind]
    if not hasattr(module, name):
        raise NotOffered(f"{module.__name__} has no {name}")
    search = getattr(module, name)(
        problem.estimator, problem.grid, n_jobs=N_JOBS, refit=False, cv=FOLDS, **problem.options
    )
    search.fit(problem.X, problem.y, **problem.fit_params)
    return scores_of(search.cv_results_), str(getattr(search, "plan_", ""))


def _nested(module: Any, problem: Problem) -> tuple[Scores, str]:
    """Score a search, refitted on its training part, on each of the outer folds."""
    if not hasattr(module, "cross_val_score"):
        raise NotOffered(f"{module.__name__} has no cross_val_score")
    search = module.GridSearchCV(problem.estimator, problem.grid, cv=FOLDS, **problem.options)
    scores = module.cross_val_score(search, problem.X, problem.y, cv=FOLDS, n_jobs=N_JOBS)
    return {"score": np.asarray(scores)[None, :]}, ""


def scores_of(results: dict[str, Any]) -> Scores:
    """Return the test scores of `cv_results_` by metric, train scores beside them."""
    split = "split0_"
    return {
        key.removeprefix(split): np.stack(
            [results[f"split{k}_{key.removeprefix(split)}"] for k in range(FOLDS)], axis=1
        )
        for key in results
        if key.startswith(split)
    }


def difference(theirs: Scores, ours: Scores) -> float | None:
    """Return the largest difference of two sets of scores; None where candidates differ."""
    if theirs.keys() != ours.keys():
        return None
    largest = 0.0
    for name, first in theirs.items():
        second = ours[name]
        if first.shape != second.shape or (np.isnan(first) != np.isnan(second)).any():
            return None
        gap = np.abs(first - second)
        largest = max(largest, float(np.max(gap, initial=0.0, where=~np.isnan(gap))))
    return largest


def same_best(theirs: Scores, ours: Scores, tolerance: float) -> bool:
    """Whether our best candidate is one of theirs, up to a tolerance, by every test score."""
    for name, first in theirs.items():
        if name.startswith("train") or first.shape != ours[name].shape:
            continue
        means = first.mean(axis=1)
        if means[np.argmax(ours[name].mean(axis=1))] < means.max() - tolerance:
            return False
    return True
