"""Which score decides, as a scorer that knows the positive class, and what to show beside it."""

from __future__ import annotations

import difflib
import warnings
from typing import Any

import numpy as np
from sklearn import metrics
from sklearn.dummy import DummyClassifier, DummyRegressor

from ..csv_table import TableError
from ..tasks import Task

# Scores of one class: they must be told which, where the labels are not 0 and 1.
_OF_ONE_CLASS: dict[str, tuple[Any, dict[str, Any]]] = {
    "f1": (metrics.f1_score, {}),
    "precision": (metrics.precision_score, {}),
    "recall": (metrics.recall_score, {}),
    "jaccard": (metrics.jaccard_score, {}),
    "average_precision": (
        metrics.average_precision_score,
        {"response_method": ("decision_function", "predict_proba")},
    ),
    "neg_brier_score": (
        metrics.brier_score_loss,
        {"response_method": "predict_proba", "greater_is_better": False},
    ),
}


def choose_scoring(asked: str | None, task: Task, n_folds: int) -> str:
    """Return the name of the score: the one asked for, or the usual one for the task.

    Raises
    ------
    TableError
        When there is no such score.
    """
    if asked is None:
        return _usual(task, n_folds)
    names = metrics.get_scorer_names()
    if asked not in names:
        near = difflib.get_close_matches(asked, names, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "such as accuracy, roc_auc or r2."
        raise TableError(f"--scoring {asked!r} is no score that scikit-learn knows; {hint}")
    return asked


def _usual(task: Task, n_folds: int) -> str:
    if task.name == "regression":
        return "r2"
    counts = np.unique(task.y, return_counts=True)[1]
    if len(counts) == 2:
        return "roc_auc"
    # The log loss of a fold needs a row of every class in its test part.
    return "neg_log_loss" if counts.min() >= 2 * n_folds else "accuracy"


def make_scorer(name: str, task: Task) -> Any:
    """Return the scorer; of two classes the later one in the order of the labels is positive."""
    classes = task.classes
    if task.name == "regression" or len(classes) != 2 or name not in _OF_ONE_CLASS:
        return metrics.get_scorer(name)
    function, how = _OF_ONE_CLASS[name]
    return metrics.make_scorer(function, pos_label=classes[1], **how)


def make_baseline(task: Task) -> Any:
    """Return what guesses without looking at the rows: the class frequencies, or the mean."""
    return DummyRegressor() if task.name == "regression" else DummyClassifier(strategy="prior")


def check_scoring(name: str, scorer: Any, task: Task) -> None:
    """Make sure, before the fit, that the score can be computed for this target.

    Raises
    ------
    TableError
        When it cannot.
    """
    X = np.zeros((len(task.y), 1))
    try:
        score = scorer(make_baseline(task).fit(X, task.y), X, task.y)
    except (ValueError, TypeError, AttributeError) as error:
        raise TableError(
            f"--scoring {name} does not fit this {task.name}: {str(error).rstrip('.')}. Without "
            "--scoring the usual score decides."
        ) from error
    if not np.isfinite(score):
        raise TableError(f"--scoring {name} does not fit this target: it is {score}.")


def check_folds(name: str, scorer: Any, task: Task, y: np.ndarray, folds: Any) -> None:
    """Make sure, before the fit, that every fold of the training rows can be scored.

    A fold without a row of a rare class has no ROC AUC and no log loss, and one of a single row
    has no R2.

    Raises
    ------
    TableError
        When a fold cannot be scored; it says which number of folds could do.
    """
    n_folds = folds.get_n_splits()
    counts = np.unique(y, return_counts=True)[1]
    if task.name == "classification" and counts.max() < n_folds:
        raise TableError(
            f"--cv {n_folds}: no class has more than {counts.max():,} training rows. Give --cv "
            f"{counts.max()} or less."
        )
    X = np.zeros((len(y), 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scored = all(
            _is_scored(scorer, make_baseline(task).fit(X[train], y[train]), X[test], y[test])
            for train, test in folds.split(X, y)
        )
    if not scored:
        most = len(y) // 2 if task.name == "regression" else int(counts.min())
        raise TableError(
            f"--scoring {name} cannot be computed on each of {n_folds} folds of {len(y):,} rows"
            + ("" if task.name == "regression" else f", {most:,} of them in the rarest class")
            + ": "
            + (f"give --cv {most} or less, or another score." if most > 1 else "leave it out.")
        )


def _is_scored(scorer: Any, baseline: Any, X: np.ndarray, y: np.ndarray) -> bool:
    try:
        return bool(np.isfinite(scorer(baseline, X, y)))
    except ValueError:
        return False


def names_to_show(scoring: str, task: Task) -> list[str]:
    """Return the scores to show for the held-out rows, the one that decided first."""
    if task.name == "regression":
        usual = ["r2", "neg_mean_absolute_error", "neg_root_mean_squared_error"]
    elif len(task.classes) == 2:
        usual = ["roc_auc", "accuracy", "balanced_accuracy"]
    else:
        usual = ["accuracy", "balanced_accuracy"]
    return [scoring, *[name for name in usual if name != scoring]]
