"""Scorers for the differential tests: names, several metrics, and functions of every habit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.metrics import fbeta_score, make_scorer, mean_absolute_error, mean_squared_error
from sklearn.pipeline import Pipeline

from differential.tables import Table

REGRESSION_NAMES = (
    "r2",
    "neg_mean_squared_error",
    "neg_root_mean_squared_error",
    "neg_mean_absolute_error",
    "neg_median_absolute_error",
    "explained_variance",
    "neg_max_error",
    "neg_mean_poisson_deviance",
    "neg_mean_squared_log_error",
)
CLASS_NAMES = (
    "accuracy",
    "balanced_accuracy",
    "f1_macro",
    "f1_micro",
    "f1_weighted",
    "precision_macro",
    "recall_weighted",
    "roc_auc_ovr",
    "neg_log_loss",
    "matthews_corrcoef",
)
BINARY_NAMES = (*CLASS_NAMES, "f1", "roc_auc", "average_precision", "neg_brier_score")


def _numbers(answer: Any) -> np.ndarray:
    """What a model answers, as numbers: strings by their length."""
    answer = np.asarray(answer)
    return np.char.str_len(answer) if answer.dtype.kind in "UO" else answer.astype(float)


def largest_answer(estimator: Any, X: Any, y: Any = None) -> float:
    """Ask for predictions only."""
    return float(np.abs(_numbers(estimator.predict(X))).max())


def coefficients(estimator: Any, X: Any, y: Any = None) -> float:
    """Look at the fitted attributes of the last step; models without coefficients fail."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    return float(np.abs(last.coef_).sum())


def columns_seen(estimator: Any, X: Any, y: Any = None) -> float:
    """Look at what a fitted estimator knows of its columns and classes."""
    names = getattr(estimator, "feature_names_in_", ())
    classes = getattr(estimator, "classes_", ())
    return float(estimator.n_features_in_ + 10 * len(names) + 100 * len(classes))


def first_step(estimator: Any, X: Any, y: Any = None) -> float:
    """Ask the steps of a fitted pipeline one by one; other models fail."""
    name, step = estimator.steps[0]
    assert estimator.named_steps[name] is step
    found = X if isinstance(step, str) else estimator[:1].transform(X)
    found = found.toarray() if hasattr(found, "toarray") else np.asarray(found)
    return float(np.abs(found.astype(float)).sum()) + len(estimator)


def erases(estimator: Any, X: Any, y: Any = None) -> float:
    """Write into the rows that it is given."""
    answer = float(_numbers(estimator.predict(X)).sum())
    if isinstance(X, np.ndarray):
        X[...] = 0
    elif hasattr(X, "iloc"):
        X.iloc[:, 0] = 0.0
    return answer + float(_numbers(estimator.predict(X)).sum())


def clips(estimator: Any, X: Any, y: Any = None) -> float:
    """Write into the predictions, and ask for them again."""
    answer = estimator.predict(X)
    if answer.flags.writeable:
        answer[:1] = answer[-1:]
    return float((_numbers(answer) + 2 * _numbers(estimator.predict(X))).sum())


def permutes(estimator: Any, X: Any, y: Any) -> float:
    """Compare the score with that of changed rows."""
    return float(estimator.score(X, y) - estimator.score(X[::-1], y))


def asks_for_few_rows(estimator: Any, X: Any, y: Any = None) -> float:
    """Predict rows that are not those of a whole part."""
    return float(_numbers(estimator.predict(X[:2])).sum())


def refits(estimator: Any, X: Any, y: Any = None) -> float:
    """Fit a clone, and then the estimator itself, on the rows to be scored."""
    again = float(_numbers(clone(estimator).fit(X, y).predict(X)).sum())
    return again + float(_numbers(estimator.fit(X, y).predict(X)).sum())


def fails_for_some(estimator: Any, X: Any, y: Any = None) -> float:
    """Raise for candidates with a large value of some parameter."""
    params = estimator.get_params()
    if any(isinstance(value, int | float) and value >= 2 for value in params.values()):
        raise ValueError("this candidate is not liked")
    return float(len(params))


def no_number(estimator: Any, X: Any, y: Any = None) -> Any:
    """Return what is no score."""
    return "very good"


def several(estimator: Any, X: Any, y: Any = None) -> dict[str, float]:
    """Return several scores at once."""
    answer = _numbers(estimator.predict(X))
    return {"largest": float(answer.max()), "sum": float(answer.sum())}


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    largest_answer,
    coefficients,
    columns_seen,
    first_step,
    erases,
    clips,
    permutes,
    asks_for_few_rows,
    refits,
    fails_for_some,
    no_number,
    several,
)
KINDS = ("function", "name", "function", "made", "list", "dict", "default") * 2 + ("name", "wrong")
_MADE = {
    "mae": make_scorer(mean_absolute_error, greater_is_better=False),
    "mse of some": make_scorer(mean_squared_error, multioutput="raw_values"),
    "mse": make_scorer(mean_squared_error, greater_is_better=False, multioutput="uniform_average"),
}
_MADE_FOR_CLASSES = {
    "f2": make_scorer(fbeta_score, beta=2, average="macro", zero_division=0.0),
    "f half": make_scorer(fbeta_score, beta=0.5, average=None),
    "distance": make_scorer(mean_squared_error, response_method="decision_function"),
}


@st.composite
def scorings(draw: st.DrawFn, table: Table) -> tuple[str, Any, list[str]]:
    """Draw a scoring: its kind, the value, and the names of its metrics (empty for one metric)."""
    if table.task == "none":
        one: tuple[Any, ...] = (None, None, largest_answer, columns_seen, no_number, several)
        scoring = draw(st.sampled_from(one))
        return "without target", scoring, ["largest", "sum"] if scoring is several else []
    names = CLASS_NAMES if table.classifies else REGRESSION_NAMES
    made = _MADE_FOR_CLASSES if table.classifies else _MADE
    names = BINARY_NAMES if table.task == "binary" else names
    kind = draw(st.sampled_from(KINDS))
    if kind == "default":
        return kind, None, []
    if kind == "name":
        return kind, draw(st.sampled_from(names)), []
    if kind == "wrong":
        wrong = BINARY_NAMES if table.task != "binary" else REGRESSION_NAMES
        return kind, draw(st.sampled_from((*wrong, "nonesuch"))), []
    if kind == "function":
        function = draw(st.sampled_from(FUNCTIONS))
        return kind, function, ["largest", "sum"] if function is several else []
    if kind == "made":
        return kind, draw(st.sampled_from(list(made.values()))), []
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    if kind == "list":
        return kind, draw(st.sampled_from([list, tuple]))(chosen), chosen
    functions = [f for f in FUNCTIONS if f is not several]
    scoring = {name: name for name in chosen}
    scoring["own"] = draw(st.sampled_from([*functions, *made.values()]))
    return kind, scoring, list(scoring)
