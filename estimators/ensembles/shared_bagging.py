"""The shared fit of bagging: the first estimators of the largest bag are the smaller ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import is_classifier
from sklearn.utils.validation import validate_data

from ..arrays import Array
from ..shared import Meta, register_shared_fit
from ..trees.tree_cost import tree_cost
from .prefix import PrefixFit
from .stages import Answer

Run = tuple[int, int]


class BaggingFit(PrefixFit):
    """Bags of many sizes from the largest: estimator number i has its own seed, drawn i-th."""

    def core(self, longest: Any, method: str) -> str | None:
        """Probabilities, decisions or a regressor's predictions are what estimators add up to."""
        if not is_classifier(longest) or method == "decision_function":
            return method if method in ("predict", "decision_function") else None
        if method == "predict_log_proba" and hasattr(longest.estimator_, method):
            return None  # it adds up logarithms
        return "predict_proba"

    def stages(self, longest: Any, X: Array, core: str, lengths: Sequence[int]) -> Iterator[Answer]:
        """Yield the means over the first estimators, summed as `n_jobs` jobs would sum them."""
        rows = validate_data(
            longest,
            X,
            accept_sparse=["csr", "csc"],
            dtype=None,
            ensure_all_finite=False,
            reset=False,
        )
        n_jobs = effective_n_jobs(longest.n_jobs)
        runs = {k: list(pairwise(_bounds(k, min(n_jobs, k)))) for k in lengths}
        sums = _sums({run for each in runs.values() for run in each}, _answers(longest, rows, core))
        known: dict[Run, Any] = {}
        for k in lengths:
            while not known.keys() >= set(runs[k]):
                run, total = next(sums)
                known[run] = total
            yield sum(known[run] for run in runs[k]) / k

    def cut(self, longest: Any, length: int) -> Mapping[str, Any]:
        """Keep the first estimators, their columns and their seeds."""
        return {
            "estimators_": longest.estimators_[:length],
            "estimators_features_": longest.estimators_features_[:length],
            "_seeds": longest._seeds[:length].copy(),
        }

    def stage_cost(self, params: Mapping[str, Any], meta: Meta) -> tuple[float, float]:
        """Return the cost of one estimator: that of a tree, unless it is known to be none."""
        inside = params.get("estimator")
        inside = {} if inside is None else inside.get_params()
        return tree_cost(inside, meta, tries=inside.get("max_features"))


def _bounds(n_estimators: int, n_jobs: int) -> list[int]:
    """Say where the jobs among which scikit-learn deals out estimators begin and end."""
    least, more = divmod(n_estimators, n_jobs)
    return [i * least + min(i, more) for i in range(n_jobs + 1)]


def _sums(runs: set[Run], answers: Iterable[Any]) -> Iterator[tuple[Run, Any]]:
    """Yield the sum of the answers in each run (first, end), the run that ends first first."""
    begun: dict[int, Any] = {}
    for i, answer in enumerate(answers):
        for first in {first for first, end in runs if first <= i < end}:
            begun[first] = begun.get(first, 0) + answer
        for run in sorted(run for run in runs if run[1] == i + 1):
            yield run, begun[run[0]]


def _answers(longest: Any, rows: Any, core: str) -> Iterator[Any]:
    """Yield what each estimator adds to the sum, from the columns that it was given."""
    pairs = zip(longest.estimators_, longest.estimators_features_, strict=True)
    for estimator, features in pairs:
        columns = rows[:, features]
        if core == "predict_proba":
            yield _votes(estimator, columns, longest.n_classes_)
        else:
            yield getattr(estimator, core)(columns)


def _votes(estimator: Any, rows: Any, n_classes: int) -> np.ndarray:
    """Return the probabilities (n_samples, n_classes), or a vote, of one estimator.

    It may have seen some of the classes only; its own are the numbers of the bag's.
    """
    votes = np.zeros((rows.shape[0], n_classes))
    if not hasattr(estimator, "predict_proba"):
        votes[np.arange(len(votes)), estimator.predict(rows)] = 1
    elif len(estimator.classes_) == n_classes:
        votes += estimator.predict_proba(rows)
    else:
        votes[:, estimator.classes_] += estimator.predict_proba(rows)
    return votes


register_shared_fit("sklearn.ensemble:BaggingClassifier", BaggingFit())
register_shared_fit("sklearn.ensemble:BaggingRegressor", BaggingFit())
