"""Tasks: pieces of a plan that run by themselves in workers, the longest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .across import across_paths, run_across, without_across
from .divide import divide
from .effort import CALL, effort, ordinary_fit
from .fold import Fold
from .plan import Group, Plan
from .run import Outcome, run_candidate, run_fold
from .work import Work

# Trees are cut where a task would be more than this part of one worker's share of the work.
_PART = 0.25


@dataclass(frozen=True)
class Task:
    """A function with arguments that returns an Outcome, and about how much work it is."""

    function: Callable[..., Outcome]
    arguments: tuple[Any, ...]
    effort: float
    shared: bool

    def __call__(self) -> Outcome:
        """Run the task."""
        return self.function(*self.arguments)


def tasks_of(plan: Plan, work: Work, n_workers: int) -> list[Task]:
    """Make the tasks of a plan, the longest first.

    A task is one step's subtree on one fold, a group on all folds, or one candidate on one fold.
    Subtrees are cut while a task would keep one worker busy for long after the others are done.
    """
    splits = range(work.n_splits)
    tasks = []
    for path, group in across_paths(plan.groups):
        arguments = (work.only(group.candidates(), splits), path, group)
        tasks.append(Task(_run_across, arguments, effort(group, plan.meta) * work.n_splits, True))
    alone = ordinary_fit(plan.meta) + CALL
    for piece in _pieces(plan, alone * len(plan.alone), n_workers):
        candidates = [c for group in piece for c in group.candidates()]
        size = sum(effort(group, plan.meta) for group in piece)
        for k in splits:
            tasks.append(Task(_run_fold, (work.only(candidates, [k]), piece, k), size, True))
    for candidate in sorted(plan.alone):
        for k in splits:
            arguments = (work.only([candidate], [k]), candidate, k)
            tasks.append(Task(run_candidate, arguments, alone, False))
    return sorted(tasks, key=lambda task: -task.effort)


def _pieces(plan: Plan, alone: float, n_workers: int) -> list[list[Group]]:
    """Cut the tree of one fold into what tasks take, given the work of the other tasks."""
    groups = without_across(plan.groups)
    total = plan.n_splits * (alone + sum(effort(group, plan.meta) for group in groups))
    return divide(groups, _PART * total / n_workers, plan.meta)


def _run_across(work: Work, path: Sequence[Group], group: Group) -> Outcome:
    return run_across(work, path, group, [Fold(k, work) for k in range(work.n_splits)])


def _run_fold(work: Work, groups: Sequence[Group], split: int) -> Outcome:
    return run_fold(work, groups, Fold(split, work))
