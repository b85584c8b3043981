"""The work of `fit` and `demo`: part the rows, search, and score what was found."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from joblib import cpu_count
from sklearn.model_selection import KFold, ParameterGrid, StratifiedKFold, train_test_split

from ...estimators.arrays import find_place
from ...estimators.config import config_context
from ..csv_table import TableError
from ..pipeline import Pipeline
from ..search import GridSearchCV
from ..tabular_preprocessor import TabularPreprocessor
from ..tasks import Task
from .candidates import choose_families, make_grids
from .progress import progress_bar
from .scores import (
    check_folds,
    check_scoring,
    choose_scoring,
    make_baseline,
    make_scorer,
    names_to_show,
)

if TYPE_CHECKING:
    from rich.console import Console

_CELLS_WORTH_PROCESSES = 100_000  # below, starting a process takes longer than what it does


@dataclass(frozen=True)
class Study:
    """What a search found.

    Attributes
    ----------
    search : GridSearchCV
        Fitted on the training rows; its best estimator is a pipeline.
    scoring : str
        The score that decided.
    n_train, n_held_out : int
    held_out : dict of str to (float, float)
        For each score that of the best model and that of the baseline on the held-out rows.
    """

    search: Any
    scoring: str
    n_train: int
    n_held_out: int
    held_out: Mapping[str, tuple[float, float]]


def run_study(X: pd.DataFrame, task: Task, args: argparse.Namespace, out: Console) -> Study:
    """Search the grids on the training rows and score the best candidate on the others."""
    scoring = choose_scoring(args.scoring, task, args.cv)
    scorer = make_scorer(scoring, task)
    check_scoring(scoring, scorer, task)
    X_train, X_test, y_train, y_test = _part(X, task, args)
    folds = _folds(task, args)
    check_folds(scoring, scorer, task, y_train, folds)
    n_smallest = len(y_train) - -(-len(y_train) // args.cv)
    families = choose_families(args.models, len(X))
    grids = make_grids(families, task.name, n_smallest, args.seed)
    search = GridSearchCV(
        Pipeline([("prepare", TabularPreprocessor()), ("model", grids[0]["model"][0])]),
        grids,
        scoring=scorer,
        cv=folds,
        n_jobs=_n_workers(X_train, args),
    )
    with config_context(device=args.device):
        with progress_bar(search, len(ParameterGrid(grids)) * args.cv, out):
            fit_search(search, X_train, y_train)
        if not np.isfinite(search.best_score_):
            raise TableError(f"No candidate could be scored: --scoring {scoring} is not a number.")
        baseline = make_baseline(task).fit(X_train, y_train)
        held_out = {}
        for name in names_to_show(scoring, task):
            score = make_scorer(name, task)
            held_out[name] = (
                float(score(search.best_estimator_, X_test, y_test)),
                float(score(baseline, X_test, y_test)),
            )
    return Study(search, scoring, len(X_train), len(X_test), held_out)


def fit_search(search: GridSearchCV, X: pd.DataFrame, y: np.ndarray) -> None:
    """Fit; where every candidate fails, the last line of the report is the cause."""
    try:
        search.fit(X, y)
    except ValueError as error:
        cause = str(error).strip().splitlines()[-1].removeprefix("ValueError: ")
        raise TableError(f"No candidate could be fitted: {cause}") from error


def _n_workers(X: pd.DataFrame, args: argparse.Namespace) -> int:
    """Processes that work on folds side by side: one for a small table, and for a GPU."""
    on_host = find_place(args.device, None).on_host
    if X.size < _CELLS_WORTH_PROCESSES or not on_host:
        return 1
    return min(cpu_count(), args.cv)


def _part(X: pd.DataFrame, task: Task, args: argparse.Namespace) -> list[Any]:
    n_test = int(np.ceil(len(X) * args.test_size))
    n_classes = len(task.classes) if task.name == "classification" else 1
    if len(X) - n_test < max(args.cv, n_classes) or n_test < n_classes:
        raise TableError(
            f"{len(X):,} rows are too few for --cv {args.cv} and --test-size {args.test_size}"
            + (
                f" with {n_classes} classes: each part needs a row of each class."
                if n_classes > 1
                else ": the training part needs --cv rows or more."
            )
        )
    stratify = task.y if task.name == "classification" else None
    return train_test_split(X, task.y, test_size=n_test, random_state=args.seed, stratify=stratify)


def _folds(task: Task, args: argparse.Namespace) -> Any:
    kind = KFold if task.name == "regression" else StratifiedKFold
    return kind(args.cv, shuffle=True, random_state=args.seed)
