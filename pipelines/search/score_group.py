"""Scores the members of a fitted last step on one fold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from .answers import Answers
from .chain import is_pipeline
from .fitting import FittedGroup
from .fold import TEST, TRAIN, Stage
from .plan import Group
from .scoring import score_members
from .views import View
from .work import Result, Work


def score_group(
    work: Work, group: Group, fitted: FittedGroup, stage: Stage
) -> Iterator[tuple[list[int], Result]]:
    """Score every member of a fitted last step; yield its candidates and their result."""
    fold = stage.fold
    answers = Answers(stage, fitted.respond)
    views = [_view(work, group, i, fitted, answers, stage) for i in range(len(group.members))]
    start = time.perf_counter()
    X, y = fold.X(TEST), fold.y(TEST)
    test = score_members(work, answers, views, TEST, X, y, fold.score_params(TEST))
    seconds = (time.perf_counter() - start) / len(views)
    train = None
    if work.return_train_score:
        X, y = fold.X(TRAIN), fold.y(TRAIN)
        train = score_members(work, answers, views, TRAIN, X, y, fold.score_params(TRAIN))
    for i, member in enumerate(group.members):
        result: Result = {"fit_error": None, "test_scores": test[i]}
        if train is not None:
            result["train_scores"] = train[i]
        result["fit_time"] = stage.seconds + fitted.seconds / max(len(member.candidates), 1)
        result["score_time"] = seconds / max(len(member.candidates), 1)
        yield member.candidates, result


def _view(
    work: Work, group: Group, i: int, fitted: FittedGroup, answers: Answers, stage: Stage
) -> View:
    """The view of one member of a last step."""

    def materialise() -> Any:
        member = fitted.materialise(i, stage.fit_columns())
        return _whole(work, group, i, member, stage)

    return View(answers, i, work.template, fitted.last(i), materialise)


def _whole(work: Work, group: Group, i: int, last: Any, stage: Stage) -> Any:
    """The fitted pipeline of one member: the steps so far and the last one."""
    if not group.name:
        return last
    pipeline = work.candidate_estimator(group.members[i].candidates[0])
    return _put_in(pipeline, dict([*stage.fitted, (group.name, last)]))


def _put_in(pipeline: Any, fitted: dict[str, Any], prefix: str = "") -> Any:
    """Put fitted steps in their places in a pipeline, and in the pipelines inside it."""
    steps = []
    for name, step in pipeline.steps:
        if prefix + name in fitted:
            step = fitted[prefix + name]
        elif is_pipeline(step):
            step = _put_in(step, fitted, f"{prefix}{name}__")
        steps.append((name, step))
    pipeline.steps = steps
    return pipeline
