"""Says in what two outcomes of one case differ, beyond rounding and near ties."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.ma import MaskedArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import ParameterGrid

from differential.calls import Call
from differential.cases import Case
from differential.outcome import Outcome, alike, message, run

# Two solvers of one problem need not both complain of too few steps.
_OF_SOLVERS = {ConvergenceWarning}
_ATTRIBUTES = ("best_params_", "n_splits_", "multimetric_", "n_features_in_", "classes_")
_OF_HALVING = ("n_resources_", "n_candidates_", "n_iterations_", "min_resources_")


def differences(theirs: Outcome, ours: Outcome, case: Case) -> list[str]:
    """Return a sentence for each thing in which our outcome is not scikit-learn's."""
    if theirs.error is not None or ours.error is not None:
        return list(_errors(theirs, ours, case))
    found = []
    if not alike(theirs.data, ours.data):  # a refit with copy=False writes into X
        found.append("X or y has been written into")
    if not case.threads and theirs.warned - _OF_SOLVERS != ours.warned - _OF_SOLVERS:
        found.append(f"warnings: {_names(theirs.warned)} and ours {_names(ours.warned)}")
    if case.call.in_rounds and _parted_at_a_tie(theirs.values, ours.values, case):
        return found
    found.extend(_values(theirs.values, ours.values, case))
    if not found and theirs.search is not None:
        found.extend(_choice(theirs.search, ours.search, case))
    return found


def _errors(theirs: Outcome, ours: Outcome, case: Case) -> Iterator[str]:
    expected, found = message(theirs.error), message(ours.error)
    if expected == found:
        return
    # Candidates are not fitted in scikit-learn's order: another one may be the first to fail.
    another = theirs.error is not None and "fits failed" not in found
    if not (another and found in _errors_of_candidates(case)):
        yield f"error: {expected} and ours {found}"


def _errors_of_candidates(case: Case) -> set[str]:
    """The errors that scikit-learn's search gives for each candidate by itself."""
    grids = [{k: [v] for k, v in params.items()} for params in ParameterGrid(case.grid)]
    alone = replace(case, call=Call("grid"))
    return {message(run("theirs", replace(alone, grid=grid)).error) for grid in grids}


def _values(theirs: Any, ours: Any, case: Case) -> Iterator[str]:
    if list(theirs) != list(ours):
        yield f"keys: {list(theirs)} and ours {list(ours)}"
        return
    for key, expected in theirs.items():
        found = ours[key]
        if key.endswith("_time"):
            if not (np.all(found >= 0) and np.shape(found) == np.shape(expected)):
                yield f"{key}: {found}"
        elif key.startswith("rank"):
            yield from _ranks(key, theirs, found, case)
        elif key.startswith(("split", "mean", "std", "test_", "train_", "predicted")):
            yield from _numbers(key, expected, found, case)
        elif key.startswith("param_"):
            if not _same_masked(expected, found):
                yield f"{key}: {expected!r} and ours {found!r}"
        elif not alike(expected, found):
            yield f"{key}: {expected!r} and ours {found!r}"


def _numbers(key: str, expected: Any, found: Any, case: Case) -> Iterator[str]:
    if type(found) is not type(expected) or np.shape(found) != np.shape(expected):
        yield f"{key}: {expected!r} and ours {found!r}"
        return
    expected, found = np.asarray(expected), np.asarray(found)
    if found.dtype != expected.dtype:
        yield f"{key}: dtype {expected.dtype} and ours {found.dtype}"
    if expected.dtype.kind != "f":
        # Predicted labels; one in ten may be another where the fits end near one optimum.
        if np.mean(expected != found) > (0.1 if case.flips else 0.0):
            yield f"{key}: {expected} and ours {found}"
        return
    with np.errstate(invalid="ignore"):
        near = np.abs(found - expected) <= _allowed(expected, case)
    same = (near & np.isfinite(expected)) | (found == expected)
    same |= np.isnan(found) & np.isnan(expected)
    if not same.all():
        yield f"{key}: {expected} and ours {found}, apart {np.nanmax(np.abs(found - expected))}"


def _allowed(expected: Any, case: Case) -> Any:
    """How far apart scores may be: rounding, or one row classified otherwise.

    One row of a test part of at least four changes a share of hits by at most a quarter, and the
    other metrics of classes hardly more.
    """
    tol = case.tol * (1 + np.abs(expected))
    return np.maximum(tol, 0.3) if case.flips else tol


def _ranks(key: str, theirs: Any, found: Any, case: Case) -> Iterator[str]:
    means = theirs[key.replace("rank", "mean")]
    failed = np.isnan(means)
    ranked = means[~failed][np.argsort(found[~failed], kind="stable")]
    with np.errstate(invalid="ignore"):  # scores may be infinite, and alike
        out_of_order = np.diff(ranked) > 2 * _allowed(ranked[1:], case)
    alike_where_failed = np.array_equal(theirs[key][failed], found[failed])
    if found.dtype != theirs[key].dtype or not alike_where_failed or out_of_order.any():
        yield f"{key}: {theirs[key]} and ours {found}"


def _parted_at_a_tie(theirs: Any, ours: Any, case: Case) -> bool:
    """Whether halving went on with other candidates, as good as scikit-learn's but for rounding."""
    rounds = theirs["iter"]
    for i in range(1, int(rounds.max()) + 1):
        kept, ours_kept = (
            [str(p) for p, number in zip(v["params"], v["iter"], strict=True) if number == i]
            for v in (theirs, ours)
        )
        if kept == ours_kept:
            continue
        before = rounds == i - 1
        metric = "score" if f"mean_test_{case.options['refit']}" not in theirs else None
        means = theirs[f"mean_test_{metric or case.options['refit']}"][before]
        of = {str(p): m for p, m in zip(theirs["params"][before.argmax() :], means, strict=False)}
        apart = [abs(of[a] - of[b]) for a, b in zip(kept, ours_kept, strict=False) if b in of]
        return len(kept) == len(ours_kept) and all(
            np.array(apart) <= 2 * _allowed(np.array([of[a] for a in kept]), case)
        )
    return False


def _choice(theirs: Any, ours: Any, case: Case) -> Iterator[str]:
    """Compare the attributes that tell of the best candidate, and what its refit predicts."""
    if hasattr(theirs, "best_index_") and theirs.best_index_ != ours.best_index_:
        # Means may be apart by rounding, and so which is the best.
        metric = "score" if not theirs.multimetric_ else theirs.refit
        means = theirs.cv_results_[f"mean_test_{metric}"]
        better, chosen = means[theirs.best_index_], means[ours.best_index_]
        if better != chosen and not np.abs(better - chosen) <= 2 * _allowed(better, case):
            yield f"best index: {theirs.best_index_} and ours {ours.best_index_}"
        return
    names = (*_ATTRIBUTES, *_OF_HALVING) if case.call.in_rounds else _ATTRIBUTES
    for name in names:
        expected, found = (_attribute(search, name) for search in (theirs, ours))
        if not alike(expected, found):
            yield f"{name}: {expected!r} and ours {found!r}"
    if not hasattr(theirs, "best_estimator_"):
        return
    for method in ("predict", "predict_proba", "transform"):
        # Each gets rows of its own: a step with copy=False writes into them.
        expected, found = (
            _answer(search, method, case.table.make()[0]) for search in (theirs, ours)
        )
        if not alike(expected, found):
            yield f"{method}: {expected} and ours {found}"


def _attribute(search: Any, name: str) -> Any:
    try:
        return getattr(search, name)
    except AttributeError:
        return "none"


def _answer(search: Any, method: str, X: Any) -> Any:
    """The refitted estimator's answer; what it refuses, it refuses alike."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return getattr(search, method)(X)
        except Exception as error:
            return message(error)


def _same_masked(expected: MaskedArray, found: MaskedArray) -> bool:
    return (
        type(expected) is type(found)
        and expected.dtype == found.dtype
        and np.array_equal(np.ma.getmaskarray(expected), np.ma.getmaskarray(found))
        and all(map(alike, expected.compressed().tolist(), found.compressed().tolist()))
    )


def _names(kinds: set[type]) -> list[str]:
    return sorted(kind.__name__ for kind in kinds)
