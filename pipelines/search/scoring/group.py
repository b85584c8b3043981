"""Scores the members of a fitted last step on one fold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from ..fitting.fold import TEST, TRAIN, Stage
from ..fitting.groups import FittedGroup
from ..fitting.work import Result, Work
from ..planning.chain import is_pipeline
from ..planning.plan import Group
from .answers import Answers
from .blocks import Block, blocks_of, by_slices
from .members import score_members
from .predictions import answer_of
from .views import View


def score_group(
    work: Work, group: Group, fitted: FittedGroup, stage: Stage
) -> Iterator[tuple[list[int], Result]]:
    """Score every member of a fitted last step; yield its candidates and their result."""
    fold = stage.fold
    n_rows = fold.n_samples(TRAIN if work.return_train_score else TEST)
    for block in blocks_of(group, fold.y(TEST), n_rows, work.block_bytes):
        yield from _score_block(work, group, block, fitted, stage)


def _score_block(
    work: Work, group: Group, block: Block, fitted: FittedGroup, stage: Stage
) -> Iterator[tuple[list[int], Result]]:
    respond = by_slices(partial(fitted.respond, members=block.members), block.n_slices)
    answers = Answers(stage, respond)
    views = [
        _view(work, group, i, fitted, answers, place, stage)
        for place, i in enumerate(block.members)
    ]
    kept = _predictions(work, views, stage)
    start = time.perf_counter()
    test = _scores(work, answers, views, TEST, stage)
    seconds = (time.perf_counter() - start) / len(views)
    train = _scores(work, answers, views, TRAIN, stage) if work.return_train_score else None
    for place, i in enumerate(block.members):
        member = group.members[i]
        result: Result = {"fit_error": None, "test_scores": test[place]}
        if train is not None:
            result["train_scores"] = train[place]
        if kept is not None:
            result["predictions"] = kept[place]
        if work.return_estimator:
            result["estimator"] = views[place]._view_estimator()
        result["fit_time"] = stage.seconds + fitted.seconds / max(len(member.candidates), 1)
        result["score_time"] = seconds / max(len(member.candidates), 1)
        yield member.candidates, result


def _predictions(work: Work, views: list[View], stage: Stage) -> list[Any] | None:
    """What each member answers for the test part, if that is kept; None where it cannot."""
    if work.keeps is None:
        return None
    return [answer_of(view, work.keeps, stage.fold.X(TEST)) for view in views]


def _scores(work: Work, answers: Answers, views: list[View], part: str, stage: Stage) -> list[Any]:
    """Score a block on one part, and forget what it answered for that."""
    fold = stage.fold
    params = fold.score_params(part)
    scores = score_members(work, answers, views, part, fold.X(part), fold.y(part), params)
    answers.forget()
    return scores


def _view(
    work: Work,
    group: Group,
    i: int,
    fitted: FittedGroup,
    answers: Answers,
    place: int,
    stage: Stage,
) -> View:
    """The view of one member of a last step, which answers as number `place` of its block."""

    def materialise() -> Any:
        member = fitted.materialise(i, stage.fit_columns())
        return _whole(work, group, i, member, stage)

    return View(answers, place, work.template, fitted.last(i), materialise)


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
