"""The shared fit of forests: the first trees of the largest forest are the smaller ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from sklearn.base import is_classifier

from ..arrays import Array
from ..shared import Meta, register_shared_fit
from ..sklearn_private import rows_for_forest
from ..trees.tree_cost import tree_cost
from .prefix import PrefixFit
from .stages import Answer


class ForestFit(PrefixFit):
    """Forests of many sizes from the largest: tree number i has its own seed, drawn i-th."""

    def core(self, longest: Any, method: str) -> str | None:
        """Probabilities are what a classifier's trees add up to, predictions a regressor's."""
        if not is_classifier(longest):
            return method if method == "predict" else None
        answers = ("predict", "predict_proba", "predict_log_proba")
        return "predict_proba" if method in answers else None

    def stages(self, longest: Any, X: Array, core: str, lengths: Sequence[int]) -> Iterator[Answer]:
        """Yield the means over the first trees, summed one by one as the forest itself does."""
        rows = rows_for_forest(longest, X)
        sums, done = _zeros(longest, rows.shape[0]), 0
        for k in lengths:
            _add(longest.estimators_[done:k], core, rows, sums, longest.n_jobs)
            done = k
            means = [each / k for each in sums]
            yield means if len(means) > 1 else means[0]

    def cut(self, longest: Any, length: int) -> Mapping[str, Any]:
        """Keep the first trees."""
        return {"estimators_": longest.estimators_[:length]}

    def stage_cost(self, params: Mapping[str, Any], meta: Meta) -> tuple[float, float]:
        """Return the cost of one tree."""
        tries = params.get("max_features")
        return tree_cost(params, meta, tries=tries)


def _zeros(forest: Any, n_samples: int) -> list[np.ndarray]:
    """Return where the trees' answers are summed: an array for each output of a classifier."""
    if is_classifier(forest):
        return [np.zeros((n_samples, k)) for k in np.atleast_1d(forest.n_classes_)]
    several = forest.n_outputs_ > 1
    return [np.zeros((n_samples, forest.n_outputs_) if several else n_samples)]


def _add(trees: Sequence[Any], core: str, rows: Any, sums: list[np.ndarray], n_jobs: Any) -> None:
    """Add the answers of trees, in order; with `n_jobs` each thread has rows of its own."""
    n_samples, n_parts = rows.shape[0], effective_n_jobs(n_jobs)
    if n_parts == 1:
        _add_rows(trees, core, rows, sums)
        return
    bounds = [n_samples * i // n_parts for i in range(n_parts + 1)]
    parts = [slice(a, b) for a, b in pairwise(bounds) if b > a]
    Parallel(n_jobs=n_jobs, require="sharedmem")(
        delayed(_add_rows)(trees, core, rows[part], [each[part] for each in sums]) for part in parts
    )


def _add_rows(trees: Sequence[Any], core: str, rows: Any, sums: list[np.ndarray]) -> None:
    for tree in trees:
        answer = getattr(tree, core)(rows, check_input=False)
        for total, one in zip(sums, answer if len(sums) > 1 else [answer], strict=True):
            total += one


for _name in (
    "RandomForestClassifier",
    "RandomForestRegressor",
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
):
    register_shared_fit(f"sklearn.ensemble:{_name}", ForestFit())
