"""Evaluates candidates: plan, tasks, workers, and results in scikit-learn's order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.utils.parallel import Parallel, delayed
from threadpoolctl import ThreadpoolController

from ...estimators.config import config_context, get_config
from ...estimators.shared import Meta
from .across import across_paths, run_across, without_across
from .fold import Fold
from .plan import Group, Plan
from .report import tell_callbacks
from .run import Outcome, run_candidate, run_fold
from .sklearn_private import hands_on_callbacks
from .work import Result, Work

Task = tuple[Callable[..., Outcome], tuple[Any, ...]]

# Floating-point operations below which starting workers costs more than it saves.
_SMALL_WORK = 5e9


def evaluate(plan: Plan, work: Work, n_jobs: int | None, pre_dispatch: Any) -> list[Result]:
    """Fit and score every candidate on every split.

    Returns
    -------
    results : list of dict
        As scikit-learn's routine gives them: candidate by candidate, split by split.
    """
    total = Outcome()
    if _is_small(plan):
        # Products this small lose by a second BLAS thread: 2.5 times here.
        with _one_blas_thread:
            for outcome in _in_turn(plan, work):
                total.take(outcome)
    elif effective_n_jobs(n_jobs) == 1:
        for outcome in _in_turn(plan, work):
            total.take(outcome)
    else:
        for outcome in _in_workers(plan, work, n_jobs, pre_dispatch):
            total.take(outcome)
    plan.notes.extend(note for note in total.notes if note not in plan.notes)
    pairs = [(c, k) for c in range(work.n_candidates) for k in range(work.n_splits)]
    return [total.results[pair] for pair in pairs]


class _OneBlasThread:
    """Limits BLAS to one thread while any search wants it; the last to leave restores.

    Searches in several threads of one process would otherwise restore one another's limit.
    """

    def __init__(self) -> None:
        self._lock, self._inside = Lock(), 0
        self._limit: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._limit = _thread_pools().limit(limits=1, user_api="blas")
            self._inside += 1

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._limit.restore_original_limits()
                self._limit = None


_one_blas_thread = _OneBlasThread()


@cache
def _thread_pools() -> ThreadpoolController:
    """The thread pools of the libraries loaded; finding them takes as long as a small search."""
    return ThreadpoolController()


def _in_workers(plan: Plan, work: Work, n_jobs: int | None, pre_dispatch: Any) -> Iterator[Outcome]:
    """Run independent tasks in workers, and tell callbacks here what came back.

    Callbacks go along only where scikit-learn hands them on into the estimator's own fit.
    """
    handed_on = hands_on_callbacks(work.contexts, work.template)
    sent = work if handed_on else replace(work, contexts={}, caller=None)
    config = get_config()
    parallel = Parallel(n_jobs=n_jobs, pre_dispatch=pre_dispatch, return_as="generator_unordered")
    for outcome in parallel(delayed(_in_config)(config, task) for task in _tasks(plan, sent)):
        if not handed_on:
            for candidate, split in outcome.results:
                tell_callbacks(work, candidate, Fold(split, work))
        yield outcome


def _in_turn(plan: Plan, work: Work) -> Iterator[Outcome]:
    """Run everything here, cutting each fold once."""
    folds: list[Fold] = [Fold(k, work) for k in range(work.n_splits)]
    for path, group in across_paths(plan.groups):
        yield run_across(work, path, group, folds)
    rest = without_across(plan.groups)
    folds.reverse()
    while folds:
        fold = folds.pop()  # the fold's data go when its turn is over
        yield run_fold(work, rest, fold)
    for candidate in sorted(plan.alone):
        for k in range(work.n_splits):
            yield run_candidate(work, candidate, k)


def _tasks(plan: Plan, work: Work) -> Iterator[Task]:
    """Independent tasks for workers: groups over all folds, branches by fold, single candidates."""
    splits = range(work.n_splits)
    for path, group in across_paths(plan.groups):
        yield _across_task, (work.only(group.candidates(), splits), path, group)
    for group in without_across(plan.groups):
        for k in splits:
            yield _fold_task, (work.only(group.candidates(), [k]), [group], k)
    for candidate in sorted(plan.alone):
        for k in splits:
            yield run_candidate, (work.only([candidate], [k]), candidate, k)


def _in_config(config: Mapping[str, Any], task: Task) -> Outcome:
    """Run a task in a worker, with the settings of the process that asked for it."""
    function, arguments = task
    with config_context(**config):
        return function(*arguments)


def _across_task(work: Work, path: Sequence[Group], group: Group) -> Outcome:
    return run_across(work, path, group, [Fold(k, work) for k in range(work.n_splits)])


def _fold_task(work: Work, groups: Sequence[Group], split: int) -> Outcome:
    return run_fold(work, groups, Fold(split, work))


def _is_small(plan: Plan) -> bool:
    """Whether all of the plan is shared and little work, so that workers would only cost time."""
    work = 0.0
    for _, group in plan.walk():
        ends = any(member.candidates for member in group.members)
        if ends and group.shared is None:
            return False
        if group.shared is not None:
            cost = group.shared.cost(group.as_members(), plan.meta)
            if not cost.work:
                return False
            work += cost.work * plan.n_splits
    return not plan.alone and work < _SMALL_WORK


def as_row_numbers(rows: Any) -> np.ndarray:
    """Return the rows of a split as numbers; a splitter may give a mask."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows


def split_by_blocks(splits: Sequence[tuple[np.ndarray, np.ndarray]], n_samples: int) -> bool:
    """Whether the test parts split the rows, and each training part is all rows beside it."""
    if len(splits) < 2:
        return False
    tested = np.zeros(n_samples, dtype=np.intp)
    for train, test in splits:
        tested[test] += 1
        if len(train) + len(test) != n_samples:
            return False
        seen = np.zeros(n_samples, dtype=bool)
        seen[train] = True
        seen[test] = True
        if not seen.all():
            return False
    return bool((tested == 1).all())


def meta_of(X: Any, y: Any, fit_params: Any) -> Meta:
    """What the plan may know of the data: shapes, never values."""
    shape: tuple[int, ...] = X.shape if hasattr(X, "shape") else (len(X),)
    outputs: tuple[int, ...] = y.shape if hasattr(y, "shape") else ()
    return Meta(
        n_samples=int(shape[0]),
        n_features=int(shape[1]) if len(shape) > 1 else None,
        sparse=hasattr(X, "tocsr") or None,
        n_outputs=int(outputs[1]) if len(outputs) > 1 else 1,
        weights="sample_weight" in fit_params,
        n_bytes=_bytes_of(X),
    )


def _bytes_of(X: Any) -> int | None:
    """What X takes in memory, where it tells."""
    if hasattr(X, "tocsr"):
        parts = (getattr(X, name, None) for name in ("data", "indices", "indptr", "row", "col"))
        return sum(int(part.nbytes) for part in parts if hasattr(part, "nbytes")) or None
    if hasattr(X, "memory_usage"):
        return int(X.memory_usage(deep=False).sum())
    if hasattr(X, "estimated_size"):
        return int(X.estimated_size())
    return int(X.nbytes) if hasattr(X, "nbytes") else None
