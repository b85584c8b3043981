"""Runs one search by scikit-learn and by gridfold, and keeps what each came to."""

from __future__ import annotations

import contextlib
import re
import warnings
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import joblib
import numpy as np
from scipy.sparse import issparse
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.model_selection import ParameterGrid

from differential.cases import Case


@dataclass
class Outcome:
    """What a call came to.

    Attributes
    ----------
    values : dict
        `cv_results_`, or what a validation function gives.
    search : fitted search, or None
    error : exception, or None
    warned : set of type
    data : tuple
        X and y as the call has left them.
    """

    values: dict[str, Any] = field(default_factory=dict)
    search: Any = None
    error: BaseException | None = None
    warned: set[type] = field(default_factory=set)
    data: tuple[Any, Any] = (None, None)


def run(of: str, case: Case) -> Outcome:
    """Run a case by the library `of`: "theirs" or "ours"."""
    X, y = case.table.make()
    outcome = Outcome()
    with contextlib.ExitStack() as stack:
        seen = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        stack.enter_context(config_context(enable_metadata_routing=case.routing))
        if case.threads:
            stack.enter_context(joblib.parallel_config("threading"))
        try:
            _run(of, case, X, y, outcome)
        except Exception as error:
            outcome.error = error
    outcome.warned = {warning.category for warning in seen}
    outcome.data = (X, y)
    return outcome


def _run(of: str, case: Case, X: Any, y: Any, outcome: Outcome) -> None:
    # What is drawn from a generator, or set on an estimator, in one run is not so in the other.
    estimator, grid, fit_params = deepcopy((case.estimator, case.grid, case.fit_params))
    options = {"cv": case.cv.make(), **case.options}
    if case.call.searches:
        search = case.call.search(of, estimator, grid, **options)
        search.fit(X, y, **fit_params)
        outcome.search, outcome.values = search, search.cv_results_
        return
    first = next(iter(ParameterGrid(grid)), {})
    with contextlib.suppress(ValueError):  # a name that is not there
        estimator.set_params(**first)
    outcome.values = case.call.validate(of, estimator, grid, X, y, fit_params, options)


def message(error: BaseException | None) -> str:
    """Return the type and the text of an error, without what differs from run to run.

    These are addresses, the time of day in xgboost's errors, and scores, which depend on the fold
    that is the first to fail.
    """
    if error is None:
        return "none"
    text = str(error).partition("Below are more details")[0]
    return f"{type(error).__name__}: " + re.sub(r"\d+[.:][\d:]*", "#", _text(text))


def _text(value: Any) -> str:
    """The printed form of a value, without the addresses in it."""
    return re.sub(r"0x[0-9a-f]+", "#", value if isinstance(value, str) else repr(value))


def alike(expected: Any, found: Any) -> bool:
    """Whether two values of any kind are of one type and content; estimators by their repr."""
    if type(expected) is not type(found):
        return False
    if isinstance(expected, dict):
        return list(expected) == list(found) and all(alike(expected[k], found[k]) for k in found)
    if isinstance(expected, list | tuple):
        return len(expected) == len(found) and all(map(alike, expected, found))
    if issparse(expected):
        return alike(expected.toarray(), found.toarray())
    if hasattr(expected, "iloc"):
        return bool(expected.equals(found))
    if isinstance(expected, np.ndarray):
        return expected.dtype == found.dtype and bool(
            np.array_equal(expected, found, equal_nan=expected.dtype.kind == "f")
        )
    if isinstance(expected, BaseEstimator):
        return _text(expected) == _text(found)
    # NaN is alike to itself.
    return expected is found or bool(expected == found) or bool(expected != expected)
