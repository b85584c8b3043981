"""The shared fits of gradient boosting: the first stages of the longest run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from ..arrays import Array
from ..shared import Declined, Members, Meta, register_shared_fit
from ..sklearn_private import RAW_PREDICT, staged_raw_predictions
from ..trees.tree_cost import binned_tree_cost, tree_cost
from .prefix import PrefixFit, PrefixState
from .stages import Answer


class BoostingFit(PrefixFit):
    """Gradient boosting of many lengths from the longest.

    Early stopping looks at the stages so far only, so a run that stops in the longest one stops
    at the same stage in each that would get there.
    """

    def core(self, longest: Any, method: str) -> str | None:
        """The raw predictions are what stages add up to.

        How those of an `init` estimator lie in memory, and so how classes are added up, is its own.
        """
        return None if hasattr(longest.init, "fit") else RAW_PREDICT

    def stages(self, longest: Any, X: Array, core: str, lengths: Sequence[int]) -> Iterator[Answer]:
        """Yield the raw predictions after each number of stages, or where the run has stopped."""
        grown, done, raw = _grown(longest), 0, None
        staged = staged_raw_predictions(longest, X)
        for k in lengths:
            while done < min(k, grown):
                raw, done = next(staged), done + 1
            yield raw

    def fit(self, members: Members, X: Array, y: Array | None, **fit_params: Any) -> PrefixState:
        """Fit the longest member."""
        if fit_params.get("monitor") is not None:
            raise Declined("monitor looks at each fit")
        return super().fit(members, X, y, **fit_params)

    def cut(self, longest: Any, length: int) -> Mapping[str, Any]:
        """Keep the first stages and what was noted of them."""
        length = min(length, _grown(longest))
        cut = {"estimators_": longest.estimators_[:length].copy(), "n_estimators_": length}
        for name in ("train_score_", "oob_improvement_", "oob_scores_"):
            if hasattr(longest, name):
                cut[name] = getattr(longest, name)[:length].copy()
        if "oob_scores_" in cut:
            cut["oob_score_"] = cut["oob_scores_"][-1]
        return cut

    def stage_cost(self, params: Mapping[str, Any], meta: Meta) -> tuple[float, float]:
        """Return the cost of one tree; how many classes there are is not known."""
        return tree_cost(params, meta, tries=params.get("max_features"))


class HistBoostingFit(BoostingFit):
    """Gradient boosting on binned columns, of many lengths from the longest."""

    length = "max_iter"
    varying = frozenset({"max_iter"})

    def core(self, longest: Any, method: str) -> str | None:
        """The raw predictions are what stages add up to."""
        return RAW_PREDICT

    def stages(self, longest: Any, X: Array, core: str, lengths: Sequence[int]) -> Iterator[Answer]:
        """Yield the raw predictions class by class in memory, as the model itself has them."""
        return map(np.asfortranarray, super().stages(longest, X, core, lengths))

    def cut(self, longest: Any, length: int) -> Mapping[str, Any]:
        """Keep the first stages, and the scores before the first and after each."""
        scores = {
            name: getattr(longest, name)[: length + 1].copy()
            for name in ("train_score_", "validation_score_")
        }
        return {"_predictors": longest._predictors[:length], **scores}

    def materialise(self, state: PrefixState, i: int) -> BaseEstimator:
        """Return member `i`, answering by itself.

        Early stopping by a scorer leaves a method bound to the estimator that was fitted.
        """
        estimator = super().materialise(state, i)
        if RAW_PREDICT in vars(estimator):
            bound = getattr(type(estimator), RAW_PREDICT).__get__(estimator)
            setattr(estimator, RAW_PREDICT, bound)
        return estimator

    def stage_cost(self, params: Mapping[str, Any], meta: Meta) -> tuple[float, float]:
        """Return the cost of one tree; how many classes there are is not known."""
        return binned_tree_cost(params, meta)


def _grown(longest: Any) -> int:
    """The stages of a run, which may have stopped before the number asked for."""
    return longest.n_iter_ if hasattr(longest, "n_iter_") else len(longest.estimators_)


for _kind in ("Classifier", "Regressor"):
    register_shared_fit(f"sklearn.ensemble:GradientBoosting{_kind}", BoostingFit())
    register_shared_fit(f"sklearn.ensemble:HistGradientBoosting{_kind}", HistBoostingFit())
