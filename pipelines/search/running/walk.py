"""Walks the plan: fits each group once per fold, scores what ends there, frees what is done."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from traceback import clear_frames, format_exc, format_exception_only
from typing import Any

from sklearn.base import clone

from ....estimators.shared import Declined
from ..fitting.branches import Branches
from ..fitting.by_rows import ByRows, check_scorer
from ..fitting.cut import is_on_its_own
from ..fitting.fitted import FittedGroup, SharedFitFailed, blame
from ..fitting.fold import TEST, Fold, Stage, root_stage
from ..fitting.groups import fit_alone, fit_shared, fitted_before, outputs_of
from ..fitting.work import Result, Results, Work
from ..planning.plan import Group, Member
from ..scoring.answers import Answers, responses_of
from ..scoring.blocks import transform_blocks
from ..scoring.group import score_group
from ..scoring.predictions import answer_of
from ..sklearn_private import fit_and_score, safe_split
from .report import report


@dataclass
class Outcome:
    """What a task found: results by candidate and split, and what turned out otherwise."""

    results: Results = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def take(self, other: Outcome) -> None:
        """Add what another task found."""
        self.results.update(other.results)
        self.notes.extend(note for note in other.notes if note not in self.notes)


def run_candidate(work: Work, candidate: int, split: int) -> Outcome:
    """Fit and score one candidate on one fold by scikit-learn's own routine."""
    train, test = work.splits[split]
    estimator, X = clone(work.template), work.X
    if is_on_its_own(X):
        check_scorer(work.scorer)
        estimator = ByRows(estimator, X)
        X = estimator.numbers
    result = fit_and_score(
        estimator,
        X,
        work.y,
        scorer=work.scorer,
        train=train,
        test=test,
        verbose=work.verbose,
        parameters=dict(work.candidates[candidate]),
        fit_params=work.all_fit_params,
        score_params=work.score_params,
        return_train_score=work.return_train_score,
        return_n_test_samples=True,
        return_times=True,
        return_estimator=work.keeps is not None,
        split_progress=(split, work.n_splits),
        candidate_progress=(candidate, work.n_candidates),
        error_score=work.error_score,
        caller=work.caller,
        callback_ctx=work.contexts.get((candidate, split)),
    )
    if work.keeps is not None:
        rows, _ = safe_split(work.template, X, work.y, test, train)
        result["predictions"] = answer_of(result.pop("estimator"), work.keeps, rows)
    return Outcome({(candidate, split): result})


def run_fold(work: Work, groups: Sequence[Group], fold: Fold) -> Outcome:
    """Fit and score all candidates below `groups` on one fold, one branch after the other."""
    walk = Walk(work)
    walk.visit_all(groups, root_stage(fold))
    return walk.outcome


class Walk:
    """One pass down the tree on one fold; each group is fitted once and then forgotten."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.outcome = Outcome()

    def visit_all(self, groups: Sequence[Group], stage: Stage) -> None:
        """Visit the groups that stand side by side on a stage, one after the other."""
        recipes = [group.recipe for group in groups if group.recipe is not None]
        stage.branches = Branches(recipes)
        for group in groups:
            self.visit(group, stage)
            if group.recipe is not None:
                stage.branches.done(group.recipe)
        self.outcome.take(Outcome(notes=stage.branches.notes))

    def visit(self, group: Group, stage: Stage) -> None:
        """Fit a group on a stage, then score or follow each of its members."""
        if group.shared is None:
            self.visit_alone(group, stage)
            return
        declined, error = None, None
        try:
            self._visit_shared(group, stage)
        except Declined as reason:
            declined = Declined(str(reason), reason.members)
        except SharedFitFailed as failure:
            error = failure.__cause__ or failure
            clear_frames(error.__traceback__)  # they hold the fold's data
        # Outside of the handlers, so that no error of a member's own seems to come from these.
        if declined is not None:
            alone, together = apart(group, declined)
            self.outcome.notes.append(f"{alone_as(group, len(alone))} fitted alone: {declined}")
            for member in alone:
                self.visit_alone(only(group, member), stage)
            if together is not None:
                self.visit(together, stage)
        elif error is not None:
            self._abandon(group, stage, error)

    def _visit_shared(self, group: Group, stage: Stage) -> None:
        with _as_ours():
            fitted = fit_shared(group, stage)
        if not any(member.children for member in group.members):
            self.score(group, fitted, stage)
            return
        for block in transform_blocks(group, stage.X_fit, self.work.block_bytes):
            self._follow_block(group, fitted, block, stage)

    def _follow_block(self, group: Group, fitted: FittedGroup, block: range, stage: Stage) -> None:
        """Go on below some members of a shared transformer, whose outputs are made together."""
        with _as_ours():
            outputs = responses_of(outputs_of(fitted, stage, block))
        answers = Answers(stage, partial(fitted.respond, members=block))
        for place, i in enumerate(block):
            member, output = group.members[i], outputs[place]
            self._follow(group.name, member, fitted, (i, place), answers, stage, output)

    def visit_alone(self, group: Group, stage: Stage) -> None:
        # As in scikit-learn, parameters that cannot be set are an error whatever `error_score`.
        estimator = group.as_members().instance(0)
        member = group.members[0]
        follows = bool(member.children)
        start = time.perf_counter()
        try:
            before = fitted_before(group, stage, follows)
            fitted, output = before or fit_alone(estimator, group, stage, follows)
        except Exception:
            if self.work.error_score == "raise":
                raise
            self._fail(group, stage, format_exc(), time.perf_counter() - start)
            return
        if member.candidates:
            self.score(group, fitted, stage)
        if member.children:
            answers = Answers(stage, fitted.respond)
            self._follow(group.name, member, fitted, (0, 0), answers, stage, output)

    def _follow(
        self,
        name: str,
        member: Member,
        fitted: FittedGroup,
        which: tuple[int, int],
        answers: Answers,
        stage: Stage,
        output: Any,
    ) -> None:
        """Go on below one member of a fitted transformer; `which` in its group and in answers."""
        i, place = which
        seconds = fitted.seconds / member.n_candidates
        estimator = fitted.materialise(i, stage.X_fit)

        def transform(part: str) -> Any:
            with fitted.on(part):
                return responses_of(answers.of("transform", part))[place]

        self.visit_all(member.children, stage.after(name, estimator, output, seconds, transform))

    def _abandon(self, group: Group, stage: Stage, error: BaseException) -> None:
        """Fit the members of a group alone after its shared fit raised."""
        message = abandoned(group, error)
        self.outcome.notes.append(message)
        alone = Walk(self.work)
        for member in group.members:
            alone.visit_alone(only(group, member), stage)
        settle(alone.outcome, message, error)
        self.outcome.take(alone.outcome)

    def score(self, group: Group, fitted: FittedGroup, stage: Stage) -> None:
        """Score every member of a fitted last step, and record the results."""
        for candidates, result in score_group(self.work, group, fitted, stage):
            self._record(candidates, stage.fold, result)

    def _fail(self, group: Group, stage: Stage, error: str, seconds: float) -> None:
        candidates = group.candidates()
        share = stage.seconds + seconds / len(candidates)
        self._record(candidates, stage.fold, self.work.failed(error, share))

    def _record(self, candidates: Iterable[int], fold: Fold, result: Result) -> None:
        for candidate in candidates:
            own = {**result, "n_test_samples": fold.n_samples(TEST)}
            for key in ("test_scores", "train_scores"):
                if isinstance(own.get(key), dict):
                    own[key] = dict(own[key])
            self.outcome.results[candidate, fold.index] = own
            report(self.work, candidate, fold, own)


@contextmanager
def _as_ours() -> Iterator[None]:
    """The block in which what is raised is the shared fit's fault."""
    try:
        yield
    except Declined:
        raise
    except Exception as error:
        raise SharedFitFailed(str(error)) from error


def settle(alone: Outcome, message: str, error: BaseException) -> None:
    """Warn that a shared fit was abandoned; in strict mode it is an error if it was our fault.

    It was where the members, fitted alone, succeed on every fold, and not where one of them fails
    with the very same error. The tests run in strict mode.
    """
    errors = {c: r["fit_error"] for (c, _), r in alone.results.items() if r["fit_error"]}
    if errors.keys() == {candidate for candidate, _ in alone.results}:
        return
    same = format_exception_only(error)[-1].strip()
    if any(text.strip().endswith(same) for text in errors.values()):
        return
    blame(message, error)


def apart(group: Group, declined: Declined) -> tuple[list[Member], Group | None]:
    """Return the members that a shared fit declined, and a group of the others if any is left."""
    together = [m for i, m in enumerate(group.members) if i not in declined.members]
    if not declined.members or not together:
        return group.members, None
    alone = [m for i, m in enumerate(group.members) if i in declined.members]
    return alone, replace(group, members=together)


def alone_as(group: Group, n: int) -> str:
    """Name a group of which `n` members are fitted alone."""
    some = "" if n == len(group.members) else f"{n} of {len(group.members)} members of "
    return some + _named(group)


def only(group: Group, member: Member) -> Group:
    """One member of a group as a group that is fitted the ordinary way."""
    return Group(group.name, group.prototype, None, reason=group.reason, members=[member])


def abandoned(group: Group, error: BaseException) -> str:
    """Say that a group's shared fit raised."""
    return f"the shared fit of {_named(group)} was abandoned ({error!r})"


def _named(group: Group) -> str:
    return type(group.prototype).__name__
