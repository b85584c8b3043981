"""Objectives by the names that practitioners know, and the targets that each of them takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

# Scikit-learn's names of losses stand for what they mean there. Beside them the usual names.
_NAMES: dict[str, dict[str, str]] = {
    "regression": {
        "squared_error": "reg:squarederror",
        "squared_log_error": "reg:squaredlogerror",
        "absolute_error": "reg:absoluteerror",
        "huber": "reg:pseudohubererror",  # xgboost has no other
        "pseudo_huber": "reg:pseudohubererror",
        "quantile": "reg:quantileerror",
        "logistic": "reg:logistic",
        "poisson": "count:poisson",
        "gamma": "reg:gamma",
        "tweedie": "reg:tweedie",
        "cox": "survival:cox",
        "aft": "survival:aft",
    },
    "classification": {
        "log_loss": "binary:logistic",  # xgboost's wrapper takes multi:softprob from 3 classes on
        "hinge": "binary:hinge",
    },
    "ranking": {
        "ndcg": "rank:ndcg",
        "map": "rank:map",
        "pairwise": "rank:pairwise",
    },
}


@dataclass(frozen=True)
class _Range:
    """The values of y that an objective is defined for, as a test and in words."""

    holds: Callable[[np.ndarray], np.ndarray]
    words: str


_NOT_NEGATIVE = _Range(lambda y: y >= 0, "at least 0")
_SHARE = _Range(lambda y: (y >= 0) & (y <= 1), "from 0 to 1")

_RANGES = {
    "count:poisson": _NOT_NEGATIVE,
    "reg:tweedie": _NOT_NEGATIVE,
    "reg:gamma": _Range(lambda y: y > 0, "above 0"),
    "reg:squaredlogerror": _Range(lambda y: y > -1, "above -1"),
    "reg:logistic": _SHARE,
    "binary:logistic": _SHARE,
    "binary:logitraw": _SHARE,
}


def xgboost_objective(objective: Any, task: str) -> Any:
    """Return an objective as xgboost names it.

    Names of xgboost, which have a colon, functions and None are returned as they are.

    Parameters
    ----------
    objective : str, callable or None
        The parameter of an estimator.
    task : {"regression", "classification", "ranking"}

    Raises
    ------
    ValueError
        When there is no such name; the message lists those that there are.
    """
    if not isinstance(objective, str) or ":" in objective:
        return objective
    names = _NAMES[task]
    if objective not in names:
        raise ValueError(
            f"objective={objective!r} is no objective of {task}: those are "
            f"{', '.join(map(repr, names))}, and xgboost's own names, such as "
            f"{next(iter(names.values()))!r}."
        )
    return names[objective]


def objective_after(asked: Any, trained: Any) -> Any:
    """Return the parameter after a fit: xgboost's wrapper says what it trained by.

    A name of ours stays, so that a clone is asked for the same.
    """
    is_ours = isinstance(asked, str) and ":" not in asked
    return asked if is_ours else trained


def check_range(y: np.ndarray, objective: Any, task: str, name: str = "y") -> None:
    """Make sure that an objective is defined for all values of `y`.

    Parameters
    ----------
    y : array of numbers of shape (n_samples,) or (n_samples, n_targets)
    objective : str, callable or None
        The parameter of an estimator.
    name : str
        What messages call `y`.

    Raises
    ------
    ValueError
        When it is not; the message names the first such value and its row.
    """
    if not isinstance(objective, str):
        return
    wanted = _RANGES.get(xgboost_objective(objective, task))
    if wanted is None:
        return
    refused = np.argwhere(~wanted.holds(y))
    if len(refused):
        row, *_ = first = tuple(refused[0].tolist())
        raise ValueError(
            f"objective={objective!r} needs values {wanted.words} in {name}; row {row} has "
            f"{y[first]:g}."
        )
