"""What a search or a cross-validation is given, checked and routed: makes plans and work of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .fitting.work import Work
from .planning.builder import make_plan
from .planning.facts import as_row_numbers, meta_of, repeats_of
from .planning.plan import Plan
from .planning.routing import step_params
from .sklearn_private import num_samples

Split = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Inputs:
    """Data, estimator and parameters of an evaluation.

    Attributes
    ----------
    template : estimator
        Unfitted, and never fitted itself.
    X, y : data
    fit_params, score_params : dict
        What is routed to the estimator's fit and to the scorer, uncut.
    """

    template: BaseEstimator
    X: Any
    y: Any
    fit_params: Mapping[str, Any] = field(default_factory=dict)
    score_params: Mapping[str, Any] = field(default_factory=dict)

    def plan(
        self,
        candidates: Sequence[Mapping[str, Any]],
        splits: Sequence[Split] | None,
        sharing: str = "all",
    ) -> Plan:
        """Make the plan of these candidates; without splits, what they can share at best."""
        n_splits = 2 if splits is None else len(splits)
        repeats = ((0, 1),) if splits is None else repeats_of(splits, num_samples(self.X))
        return make_plan(
            self.template,
            candidates,
            meta_of(self.template, self.X, self.y, self.fit_params),
            n_splits=n_splits,
            repeats=repeats,
            sharing=sharing,
            step_params=step_params(self.template, self.fit_params),
        )

    def work(
        self, candidates: Sequence[Mapping[str, Any]], splits: Sequence[Split], **others: Any
    ) -> Work:
        """Return what tasks need; `others` are the fields of Work that are not of the inputs."""
        per_step = step_params(self.template, self.fit_params)
        return Work(
            template=self.template,
            candidates=dict(enumerate(candidates)),
            n_candidates=len(candidates),
            n_splits=len(splits),
            X=self.X,
            y=self.y,
            splits=dict(enumerate(splits)),
            fit_params={} if isinstance(per_step, str) else per_step,
            all_fit_params=dict(self.fit_params),
            score_params=self.score_params,
            **others,
        )


def as_splits(pairs: Sequence[Any]) -> list[Split]:
    """Return the splits of a splitter as row numbers."""
    return [(as_row_numbers(train), as_row_numbers(test)) for train, test in pairs]
