"""The shared fit of AdaBoost: the first estimators of the longest run are the shorter ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import validate_data

from ..arrays import Array
from ..shared import Meta, register_shared_fit
from ..trees.tree_cost import tree_cost
from .prefix import PrefixFit
from .stages import Answer


class AdaBoostFit(PrefixFit):
    """AdaBoost of many lengths from the longest: a run that ends early does so in each of them."""

    def core(self, longest: Any, method: str) -> str | None:
        """A classifier's votes add up to its decisions; a regressor takes a weighted median."""
        if not is_classifier(longest):
            return method if method == "predict" else None
        return "decision_function" if longest.n_classes_ > 1 else None

    def stages(self, longest: Any, X: Array, core: str, lengths: Sequence[int]) -> Iterator[Answer]:
        """Yield the decisions, or the medians, of the first estimators."""
        rows = validate_data(
            longest,
            X,
            accept_sparse=["csr", "csc"],
            ensure_2d=True,
            allow_nd=True,
            dtype=None,
            reset=False,
        )
        if is_classifier(longest):
            return _decisions(longest, rows, lengths)
        return _medians(longest, X, rows, lengths)

    def cut(self, longest: Any, length: int) -> Mapping[str, Any]:
        """Keep the first estimators, and their weights and errors up to the length asked for."""
        return {
            "estimators_": longest.estimators_[:length],
            "estimator_weights_": longest.estimator_weights_[:length].copy(),
            "estimator_errors_": longest.estimator_errors_[:length].copy(),
        }

    def stage_cost(self, params: Mapping[str, Any], meta: Meta) -> tuple[float, float]:
        """Return the cost of one tree, be the estimator one or not."""
        inside = params.get("estimator")
        default = {"max_depth": 3 if "loss" in params else 1}
        inside = default if inside is None else inside.get_params()
        return tree_cost(inside, meta, tries=inside.get("max_features"))


def _decisions(longest: Any, rows: Any, lengths: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the decisions after so many votes, summed one by one as in `decision_function`."""
    n_classes, classes = longest.n_classes_, longest.classes_[:, np.newaxis]
    votes: Any = 0
    for done, k in pairwise([0, *lengths]):
        voters = zip(longest.estimators_, longest.estimator_weights_, strict=False)
        for estimator, weight in list(voters)[done:k]:
            is_voted = (estimator.predict(rows) == classes).T
            votes = votes + np.where(is_voted, weight, -1 / (n_classes - 1) * weight)
        decision = votes / longest.estimator_weights_[:k].sum()
        if n_classes == 2:
            decision[:, 0] *= -1
            decision = decision.sum(axis=1)
        yield decision


@dataclass(frozen=True)
class _Known:
    """Stands for an estimator that has predicted the rows already."""

    predictions: np.ndarray

    def predict(self, X: Any) -> np.ndarray:
        return self.predictions


def _medians(longest: Any, X: Array, rows: Any, lengths: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the weighted medians of the first estimators, each asked once."""
    stand_in = object.__new__(type(longest))
    vars(stand_in).update(vars(longest), estimators_=[])
    for k in lengths:
        new = longest.estimators_[len(stand_in.estimators_) : k]
        stand_in.estimators_.extend(_Known(estimator.predict(rows)) for estimator in new)
        stand_in.estimator_weights_ = longest.estimator_weights_[:k]
        yield stand_in.predict(X)


register_shared_fit("sklearn.ensemble:AdaBoostClassifier", AdaBoostFit())
register_shared_fit("sklearn.ensemble:AdaBoostRegressor", AdaBoostFit())
