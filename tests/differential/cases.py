"""Whole problems for the differential tests: a table, an estimator, a grid, folds and options."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.utils.validation import has_fit_parameter

from differential.calls import Call, calls
from differential.folds import Folds, folds
from differential.grids import Grid, Parts, estimator_of, grids, parts_of, rarely, without_writers
from differential.scorers import scorings
from differential.tables import Table, tables

# Products of float32 differ in their last digits with the order of their sums.
_FLOAT32 = 2e-3
# scikit-learn scores a frame of targets in the precision of the predictions: xgboost's are float32.
_FRAME_OF_TARGETS = 1e-6


@dataclass
class Case:
    """A search to be run twice.

    Attributes
    ----------
    fit_params : dict
        What is passed to fit beside X and y.
    routing, threads : bool
        Whether metadata routing is on, and whether two threads work.
    tol, flips
        As in `Kind`, of the least exact part.
    kinds : list of str
        What the case is about, to be counted.
    """

    table: Table
    estimator: Any
    grid: Grid | list[Grid]
    cv: Folds
    call: Call
    options: dict[str, Any]
    fit_params: dict[str, Any] = field(default_factory=dict)
    routing: bool = False
    threads: bool = False
    tol: float = 1e-8
    flips: bool = False
    kinds: list[str] = field(default_factory=list)


def middle_candidate(results: dict[str, Any]) -> int:
    """A refit rule of the user's own."""
    return len(results["params"]) // 2


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a case."""
    table = draw(tables())
    parts = parts_of(draw, table)
    estimator = estimator_of(draw, parts)
    grid = grids(draw, parts, table)
    call = draw(calls(grid))
    # scikit-learn's halving cuts masks as if they were row numbers.
    cv = draw(folds(table, masks=not call.in_rounds))
    scoring_name, scoring, metrics = draw(scorings(table))
    options = _options(draw, scoring, metrics)
    case = Case(table, estimator, grid, cv, call, options)
    scores_training_rows = options["return_train_score"] or call.name == "validation_curve"
    if scores_training_rows or scoring_name in ("function", "made", "dict"):
        case.grid = without_writers(case.grid)
    groups = cv.groups()
    if groups is not None and not rarely(draw, 10):  # without groups it is an error
        case.fit_params["groups"] = groups
    _add_weights(draw, case, parts)
    case.threads = rarely(draw, 12)
    if case.threads:
        case.options["n_jobs"] = 2
    case.tol = max(kind.tol for kind in parts.used)
    if table.form == "float32":
        case.tol = max(case.tol, _FLOAT32)
    if table.form in ("frame", "text"):
        case.tol = max(case.tol, _FRAME_OF_TARGETS)
    case.flips = any(kind.flips for kind in parts.used)
    case.kinds = [
        f"task {table.task}",
        f"form {table.form}",
        *(f"quirk {quirk}" for quirk in table.quirks),
        *(f"part {_name(kind.make())}" for kind in parts.used),
        f"folds {cv.name}",
        f"scoring {scoring_name}",
        f"call {case.call.name}",
        "grid list" if isinstance(grid, list) else "grid dict",
        *(f"fit parameter {name}" for name in case.fit_params),
        *(["routing"] if case.routing else []),
        *(["threads"] if case.threads else []),
    ]
    return case


def _name(part: Any) -> str:
    """The class of a part and the library it is from; "passthrough" is itself."""
    cls = type(part)
    return part if cls is str else f"{cls.__module__.partition('.')[0]}.{cls.__name__}"


def _options(draw: st.DrawFn, scoring: Any, metrics: list[str]) -> dict[str, Any]:
    refits: list[Any] = [True, True, True, False, middle_candidate]
    if metrics:
        refits = [False, draw(st.sampled_from(metrics)), middle_candidate]
    if rarely(draw, 20):
        refits = [True, "nonesuch"]
    return {
        "scoring": scoring,
        "refit": draw(st.sampled_from(refits)),
        "error_score": draw(st.sampled_from([np.nan, np.nan, 0, "raise"])),
        "return_train_score": draw(st.booleans()),
    }


def _add_weights(draw: st.DrawFn, case: Case, parts: Parts) -> None:
    case.routing = rarely(draw, 12)
    if not rarely(draw, 4):
        return
    rng = np.random.default_rng(case.table.seed)
    kind = draw(st.sampled_from(["numbers", "whole numbers", "zeros", "list", "negative"]))
    weight: Any = rng.uniform(0.2, 3.0, case.table.n)
    if kind == "whole numbers":
        weight = rng.integers(1, 4, case.table.n)
    elif kind == "zeros":
        weight[::3] = 0.0
    elif kind == "list":
        weight = weight.tolist()
    elif kind == "negative":
        weight[0] = -1.0
    name = "sample_weight" if parts.whole else "model__sample_weight"
    if case.routing or rarely(draw, 10):
        name = "sample_weight"
    case.fit_params[name] = weight
    if case.routing:
        _request(draw, case.estimator)


def _request(draw: st.DrawFn, estimator: Any) -> None:
    """Let every part that can take weights say whether it wants them.

    Not wanting them for its score makes scikit-learn's `Pipeline.score` fail with and without.
    """
    inner = [value for value in estimator.get_params().values() if hasattr(value, "fit")]
    with config_context(enable_metadata_routing=True):
        for part in (estimator, *inner):
            if hasattr(part, "set_fit_request") and has_fit_parameter(part, "sample_weight"):
                part.set_fit_request(sample_weight=draw(st.sampled_from([True, True, False])))
            if hasattr(part, "set_score_request") and draw(st.booleans()):
                part.set_score_request(sample_weight=True)
