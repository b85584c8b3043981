"""Tasks: pieces of a plan that run by themselves in workers, the longest first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from ....estimators.config import config_context
from ..cost.divide import divide
from ..cost.effort import CALL, effort, ordinary_fit
from ..fitting.fold import Fold
from ..fitting.work import Work
from ..planning.plan import Group, Plan
from ..planning.remaining import left_on_all_folds, left_on_fold, pairs_alone
from .across import across_paths, run_across, without_across
from .threads import limit_blas, limit_openmp
from .walk import Outcome, run_candidate, run_fold

# Trees are cut where a task would be more than this part of one worker's share of the work.
_PART = 0.25


@dataclass(frozen=True)
class Settings:
    """What a task has to keep to in its worker.

    Attributes
    ----------
    config : dict
        The settings of the process that asks.
    n_openmp_threads : int or None
        How many threads OpenMP may use; None where the worker's process is limited already.
    n_blas_threads : int or None
        How many BLAS may use in shared fits; None where there is a limit already.
    """

    config: Mapping[str, Any]
    n_openmp_threads: int | None = None
    n_blas_threads: int | None = None


@dataclass(frozen=True)
class Task:
    """A function that returns an Outcome, its arguments, and about how much work it is.

    The function takes settings first. It is sent as it is, without its task: for small fits every
    class that has to be looked up in the worker counts.
    """

    function: Callable[..., Outcome]
    arguments: tuple[Any, ...]
    effort: float


def tasks_of(
    plan: Plan, work: Work, n_workers: int, known: Collection[tuple[int, int]] = ()
) -> list[Task]:
    """Make the tasks of a plan, the longest first.

    A task is one step's subtree on one fold, a group on all folds of a repeat, or one candidate on
    one fold.
    Subtrees are cut while a task would keep one worker busy for long after the others are done.
    What has only candidates and splits that are `known` is left out.
    """
    tasks: list[Task] = []
    for path, group in across_paths(plan.groups):
        for repeat in plan.repeats:
            for left in left_on_all_folds(group, known, repeat):
                size = effort(left, plan.meta) * len(repeat)
                part = work.only(left.candidates(), repeat)
                tasks.append(Task(_across, (part, path, left, repeat), size))
    alone = ordinary_fit(plan.meta) + CALL
    for piece in _pieces(plan, alone * len(plan.alone), n_workers):
        for k in range(work.n_splits):
            tree = left_on_fold(piece, known, k)
            candidates = [c for group in tree for c in group.candidates()]
            size = sum(effort(group, plan.meta) for group in tree)
            if tree:
                tasks.append(Task(_tree, (work.only(candidates, [k]), tree, k), size))
    for pair in pairs_alone(plan, known):
        part = work.only([pair[0]], [pair[1]])
        tasks.append(Task(_alone, (part, *pair), alone))
    return sorted(tasks, key=lambda task: -task.effort)


def _pieces(plan: Plan, alone: float, n_workers: int) -> list[list[Group]]:
    """Cut the tree of one fold into what tasks take, given the work of the other tasks."""
    groups = without_across(plan.groups)
    total = plan.n_splits * (alone + sum(effort(group, plan.meta) for group in groups))
    return divide(groups, _PART * total / n_workers, plan.meta)


def _across(
    settings: Settings, work: Work, path: Sequence[Group], group: Group, splits: Sequence[int]
) -> Outcome:
    with _kept_to(settings, shared=True):
        return run_across(work, path, group, [Fold(k, work) for k in splits])


def _tree(settings: Settings, work: Work, groups: Sequence[Group], split: int) -> Outcome:
    with _kept_to(settings, shared=True):
        return run_fold(work, groups, Fold(split, work))


def _alone(settings: Settings, work: Work, candidate: int, split: int) -> Outcome:
    with _kept_to(settings):
        return run_candidate(work, candidate, split)


@contextmanager
def _kept_to(settings: Settings, *, shared: bool = False) -> Iterator[None]:
    """Keep to settings in this block."""
    openmp, blas = settings.n_openmp_threads, settings.n_blas_threads
    with (
        config_context(**settings.config),
        nullcontext() if openmp is None else limit_openmp(openmp),
        limit_blas(blas) if shared and blas is not None else nullcontext(),
    ):
        yield
