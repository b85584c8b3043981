"""Scores of many members at once where the metric allows it, else by the scorer, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score

from ..metrics import batched_score
from .answers import Answers
from .sklearn_private import BaseScorer, PassthroughScorer, score
from .views import View, inherited_score
from .work import Work

_INHERITED: dict[Any, Any] = {ClassifierMixin.score: accuracy_score, RegressorMixin.score: r2_score}


def score_members(
    work: Work, answers: Answers, views: Sequence[View], part: str, X: Any, y: Any, params: Any
) -> list[Any]:
    """Score every member of a fitted group on one part of its fold.

    Returns
    -------
    scores : list of float, or of dict of str to float for several metrics
    """
    scores = _batched(work.scorer, answers, views[0], part, y, params)
    if scores is not None:
        return scores
    return [score(view, X, y, work.scorer, params, work.error_score) for view in views]


def _batched(
    scorer: Any, answers: Answers, view: View, part: str, y: Any, params: Any
) -> list[float] | None:
    """Score all members in one go, or return None where only the scorer itself will do."""
    metric, sign = _metric_of(scorer, view)
    if metric is None or y is None or params.keys() - {"sample_weight"}:
        return None
    if not hasattr(view, "predict"):
        return None
    try:
        predictions = answers.of("predict", part)
    except Exception:
        return None  # a step or a model refuses these rows: the scorer meets the same error
    scores = batched_score(metric, y, predictions, params.get("sample_weight"))
    return None if scores is None else [sign * value for value in scores]


def _metric_of(scorer: Any, view: View) -> tuple[Any, int]:
    """Return scikit-learn's metric function behind a plain scorer of predictions, and the sign."""
    if isinstance(scorer, PassthroughScorer):
        return _INHERITED.get(inherited_score(view._view_last)), 1
    if isinstance(scorer, BaseScorer) and scorer._response_method == "predict":
        return (None if scorer._kwargs else scorer._score_func), scorer._sign
    return None, 1
