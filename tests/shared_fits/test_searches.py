"""Searches over every shared fit on hard tables: scikit-learn's results, warnings and models."""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV as TheirGridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.pipelines import GridSearchCV
from shared_fits.alike import differences, of_estimators
from shared_fits.families import FAMILIES
from shared_fits.family import Family
from shared_fits.fitting import METHODS, answer, fit_arguments, tables_for
from shared_fits.hard_data import make
from shared_fits.makers import TRANSFORMATION

# Those that show how folds, weights, labels and tables come through the engine.
TABLES = (
    "plain",
    "one-member class",
    "some weights zero",
    "missing value",
    "words",
    "mixed frame",
    "csr",
)
SCALED = ("constant in a fold",)
_METHODS = (*METHODS, "predict_log_proba", "score_samples")


@dataclass
class Searched:
    """What a search came to: its results, what it warned of, and each fold's models and answers."""

    results: dict[str, Any] = field(default_factory=dict)
    warned: set[tuple[type, str]] = field(default_factory=set)
    models: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None
    alone: str | None = None


def searched(cls: type, row: Family, data: str, scaled: bool) -> Searched:
    """Run a search of a class over the members of a row."""
    table = make(data, row.kind)
    passed = fit_arguments(row, table)
    estimator, prefix = row.prototype(), ""
    if scaled:
        estimator, prefix = Pipeline([("scale", StandardScaler()), ("model", estimator)]), "model__"
    grid = [{prefix + name: [v] for name, v in member.items()} for member in row.members]
    weight = passed.pop("sample_weight", None)
    if weight is not None:
        passed[prefix + "sample_weight"] = weight
    found = Searched()

    def score(model: Any, X: Any, y: Any = None) -> float:
        """Keep the model, stored and loaded, and what a scorer that asks all its methods sees."""
        made = pickle.loads(pickle.dumps(model))
        first = X.to_numpy() if hasattr(X, "iloc") else getattr(X, "data", X)
        key = repr(made.get_params()) + repr(np.ravel(np.asarray(first, dtype=object))[:3])
        key = re.sub("0x[0-9a-fA-F]+", "", key)
        found.models[key] = made
        found.answers[key] = {m: answer(model, m, X) for m in _METHODS if hasattr(made, m)}
        return 0.0

    scoring: Any = {"kept": score}
    if row.kind.task == TRANSFORMATION:
        scoring["answer"] = _size_of_answer
    else:
        scoring["score"] = "accuracy" if row.kind.classifies else "r2"
    search = cls(estimator, grid, scoring=scoring, cv=3, refit=False)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            search.fit(**passed)
            found.results = search.cv_results_
            found.alone = _alone(getattr(search, "plan_", None))
        except Exception as error:
            found.error = error
    # Where two solvers come to one optimum, they need not both complain of too few steps.
    found.warned = {
        (one.category, _without_numbers(str(one.message)))
        for one in seen
        if row.rtol < 1e-6 or one.category is not ConvergenceWarning
    }
    return found


def _alone(plan: Any) -> str | None:
    """Why members have been fitted alone, by a plan of ours; None where they share."""
    if plan is None:
        return None
    if all(group.shared is None for _, group in plan.walk()):
        return str(plan)
    return next((note for note in plan.notes if "alone" in note), None)


def _size_of_answer(model: Any, X: Any, y: Any = None) -> float:
    answer = model.transform(X)
    return float(np.abs(answer if isinstance(answer, np.ndarray) else answer.toarray()).sum())


def _without_numbers(text: str) -> str:
    """The text of a warning or an error, without tracebacks, and numbers that rounding changes."""
    text = re.sub(r"0x[0-9a-f]+", "", text).partition("Below are more details")[0]
    if "Traceback" in text:
        text = text.partition("Traceback")[0] + text.strip().rpartition("\n")[2]
    return re.sub(r"[-+]?\d+\.\d*(e[-+]?\d+)?|\d+e[-+]?\d+", "#", text)


def _results_differ(row: Family, data: str, theirs: Any, ours: Any) -> Iterator[str]:
    if list(theirs) != list(ours):
        yield f"keys {list(theirs)} and ours {list(ours)}"
        return
    for key, expected in theirs.items():
        if key.endswith("_time") or key.startswith("rank"):
            continue
        if key.startswith(("split", "mean", "std")):
            # Where a family comes to the same optimum, one row of a part may change its class.
            apart = np.abs(expected - ours[key])
            loose = row.kind.classifies and row.rtol > 1e-8 and key.endswith("score")
            rounding = 1e-4 if data == "float32" and row.rtol else max(row.rtol, 1e-12)
            rounding *= 100 if data in row.flat else 1
            allowed = 0.05 if loose else rounding * (1 + np.abs(expected))
            same = (apart <= allowed) | (np.isnan(expected) & np.isnan(ours[key]))
            if not same.all():
                yield f"{key}: {expected} and ours {ours[key]}"
        elif repr(expected) != repr(ours[key]):
            yield f"{key}: {expected!r} and ours {ours[key]!r}"


def _models_differ(row: Family, data: str, theirs: Any, ours: Any) -> Iterator[str]:
    if theirs.keys() != ours.keys():
        yield f"{len(theirs)} models and ours {len(ours)}"
        return
    rtol = row.rtol * 1000  # where data are hard is shown by the members
    for key, expected in theirs.items():
        found = ours[key]
        if isinstance(expected, Pipeline):
            found, expected = found[-1], expected[-1]
        names = [getattr(e, "feature_names_in_", None) for e in (found, expected)]
        yield from differences("feature_names_in_", *names, 0.0)
        skipped = frozenset(dir(expected)) if data in row.flat else row.effort
        yield from of_estimators(found, expected, rtol, but=skipped)


def _answers_differ(row: Family, theirs: Any, ours: Any) -> Iterator[str]:
    for key, expected in theirs.items():
        for method, one in expected.items():
            found = ours[key][method]
            if isinstance(one, Exception):
                yield from differences(f"{method}", repr(found), repr(one), 0.0)
            elif method != "predict" or not row.kind.classifies:
                yield from differences(f"{method}", found, one, row.rtol * 1000)


def searches() -> Iterator[Any]:
    for row in (row for row in FAMILIES if not row.missing):
        known = set(tables_for(row))
        if row.few:
            known -= {"missing value", "words"}
        for data in (d for d in TABLES if d in known):
            yield pytest.param(row, data, False, id=f"{row.name}-{data}")
        for data in (d for d in SCALED if d in known):
            yield pytest.param(row, data, True, id=f"{row.name}-{data} scaled")


@pytest.mark.parametrize(("row", "data", "scaled"), list(searches()))
def test_searches(row: Family, data: str, scaled: bool) -> None:
    theirs, ours = (searched(c, row, data, scaled) for c in (TheirGridSearchCV, GridSearchCV))
    errors = [_without_numbers(str(one.error)) for one in (ours, theirs)]
    found = list(differences("error", *errors, 0.0))
    if theirs.warned != ours.warned:
        found.append(f"warned of {theirs.warned - ours.warned}, ours {ours.warned - theirs.warned}")
    found += _results_differ(row, data, theirs.results, ours.results)
    if ours.alone and row.must_share(data) and not scaled:
        found.append(f"nothing is shared: {ours.alone}")
    if not found:
        found += _models_differ(row, data, theirs.models, ours.models)
        found += _answers_differ(row, theirs.answers, ours.answers)
    assert not found, "\n".join(found)
