"""What every task of a search needs: the data, the splits, and how to fit and score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from ..sklearn_private import MultimetricScorer

Result = dict[str, Any]
Results = dict[tuple[int, int], Result]


@dataclass
class Work:
    """The data of a search, and how its fits are scored and reported.

    Attributes
    ----------
    template : estimator
        The unfitted estimator of the search; never fitted itself.
    candidates : dict of int to dict
        Parameters of each candidate.
    n_candidates, n_splits : int
        How many the search has; a task may hold fewer.
    X, y : data
    splits : dict of int to (train, test)
        Row numbers of each split.
    scorer : callable
        scikit-learn's scorer, or the user's.
    fit_params : dict of str to dict
        For each step name ("" for a plain estimator) what is passed to its fit, uncut.
    all_fit_params : dict
        The same as the user passed it.
    score_params : dict
    error_score : "raise" or float
    contexts : dict of (candidate, split) to callback context, or empty
    caller : search estimator
    return_estimator : bool
        Whether results hold the fitted estimator.
    numbered : bool
        Whether the lines that `verbose` prints number candidates and splits.
    keeps : str or None
        The method whose answers for the test part results hold too.
    block_bytes : float
        The most that the responses of members asked together may take.
    """

    template: BaseEstimator
    candidates: Mapping[int, Mapping[str, Any]]
    n_candidates: int
    n_splits: int
    X: Any
    y: Any
    splits: Mapping[int, tuple[np.ndarray, np.ndarray]]
    scorer: Any
    fit_params: Mapping[str, Mapping[str, Any]]
    all_fit_params: Mapping[str, Any]
    score_params: Mapping[str, Any]
    error_score: Any
    return_train_score: bool
    verbose: int
    contexts: Mapping[tuple[int, int], Any]
    caller: Any
    return_estimator: bool = False
    numbered: bool = True
    block_bytes: float = inf
    keeps: str | None = None

    def only(self, candidates: Iterable[int], splits: Iterable[int]) -> Work:
        """Return what a task with these candidates and splits needs, and no more to send."""
        params = {c: self.candidates[c] for c in candidates}
        pairs = {k: self.splits[k] for k in splits}
        contexts = {(c, k): x for (c, k), x in self.contexts.items() if c in params and k in pairs}
        return replace(self, candidates=params, splits=pairs, contexts=contexts)

    def candidate_estimator(self, candidate: int) -> BaseEstimator:
        """Return a candidate as a new unfitted estimator."""
        params = {k: clone(v, safe=False) for k, v in self.candidates[candidate].items()}
        return clone(self.template).set_params(**params)

    def failed(self, error: str, seconds: float) -> Result:
        """Return the result of a candidate whose fit failed, as scikit-learn records it."""
        score = self.error_score
        if isinstance(self.scorer, MultimetricScorer):
            score = dict.fromkeys(self.scorer._scorers, self.error_score)
        result = {"fit_error": error, "test_scores": score}
        if self.return_train_score:
            result["train_scores"] = dict(score) if isinstance(score, dict) else score
        return {**result, "fit_time": seconds, "score_time": 0.0}
