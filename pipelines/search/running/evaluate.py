"""Evaluates candidates: plan, tasks, workers, and results in scikit-learn's order."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from joblib import cpu_count, effective_n_jobs
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel, delayed

from ....estimators.arrays import HOST, find_place, free_bytes_at
from ....estimators.config import get_config
from ....estimators.free_memory import limit_bytes
from ..cost.effort import is_little, scores_are_little
from ..cost.memory import keep_to_limit
from ..fitting.fold import Fold
from ..fitting.work import Result, Results, Work
from ..planning.plan import Plan
from ..planning.remaining import left_on_all_folds, left_on_fold, pairs_alone
from ..sklearn_private import hands_on_callbacks
from .across import across_paths, run_across, without_across
from .progress import Progress, unfinished
from .report import tell_callbacks
from .tasks import Settings, tasks_of
from .threads import limit_blas, threads_now
from .walk import Outcome, run_candidate, run_fold

_MANY = 16  # workers for which a plan is cut where time is limited: into pieces about so small


def evaluate(
    plan: Plan,
    work: Work,
    n_jobs: int | None,
    pre_dispatch: Any,
    memory_limit: Any = None,
    progress: Progress | None = None,
) -> list[Result]:
    """Fit and score every candidate on every split.

    Parameters
    ----------
    plan : Plan
        Takes the notes of what turned out otherwise.
    work : Work
    n_jobs, pre_dispatch : as in scikit-learn
    memory_limit : float, str or None
        Bytes, "2GB", or None for half of what is free: what all workers together may hold beside
        the user's data. On a GPU None is half of what is free there too.
    progress : Progress, optional
        What is known already, and how long the rest may take.

    Returns
    -------
    results : list of dict
        As scikit-learn's routine gives them: candidate by candidate, split by split.
    """
    little = is_little(plan)
    place = find_place(None, work.X)
    n_workers = effective_n_jobs(n_jobs) if place == HOST else 1  # one process drives a GPU
    if little and scores_are_little(plan, work.scorer):
        n_workers = 1  # starting workers costs more than it saves
    limit = limit_bytes(memory_limit)
    if memory_limit is None:
        limit = min(limit, free_bytes_at(place) / 2)
    tree, work, n_workers = keep_to_limit(plan, work, n_workers, limit)
    progress = progress or Progress(work)
    total = Outcome(dict(progress.known))
    if n_workers > 1:
        outcomes = _in_workers(tree, work, n_workers, pre_dispatch, progress)
    elif progress.is_limited:
        outcomes = _shortest_first(tree, work, progress)
    else:
        outcomes = _in_turn(tree, work, progress)
    # Products this small lose by a second BLAS thread: 2.5 times here.
    with limit_blas(1) if little and n_workers == 1 else nullcontext(), closing(outcomes):
        for outcome in outcomes:
            total.take(outcome)
            progress.take(outcome.results)
    plan.notes.extend(note for note in total.notes if note not in plan.notes)
    return _in_order(plan, work, total.results)


def _in_order(plan: Plan, work: Work, results: Results) -> list[Result]:
    """Return the results candidate by candidate, split by split; NaN where time was over."""
    pairs = [(c, k) for c in range(work.n_candidates) for k in range(work.n_splits)]
    missing = [pair for pair in pairs if pair not in results]
    if missing:
        like = next(iter(results.values()))
        results = {**results, **{(c, k): unfinished(work, k, like) for c, k in missing}}
        n = len({candidate for candidate, _ in missing})
        plan.notes.append(f"time_budget: {n} of {work.n_candidates} candidates are unfinished")
    return [results[pair] for pair in pairs]


def _in_workers(
    plan: Plan, work: Work, n_workers: int, pre_dispatch: Any, progress: Progress
) -> Generator[Outcome]:
    """Run independent tasks in workers, and tell callbacks here what came back.

    Callbacks go along only where scikit-learn hands them on into the estimator's own fit.
    """
    handed_on = hands_on_callbacks(work.contexts, work.template)
    sent = work if handed_on else replace(work, contexts={}, caller=None)
    tasks = tasks_of(plan, sent, n_workers, progress.known)
    if progress.is_limited:
        tasks.reverse()
        pre_dispatch = n_workers  # what waits in line could not be called back
    parallel = Parallel(
        n_jobs=n_workers, pre_dispatch=pre_dispatch, return_as="generator_unordered"
    )
    with _cores_shared_out(len(tasks), n_workers) as settings:
        calls = (
            delayed(task.function)(settings, *task.arguments) for task in progress.until_over(tasks)
        )
        for outcome in parallel(calls):
            if work.contexts and not handed_on:
                for candidate, split in outcome.results:
                    tell_callbacks(work, candidate, Fold(split, work))
            yield outcome


@contextmanager
def _cores_shared_out(n_tasks: int, n_workers: int) -> Iterator[Settings]:
    """Give the settings by which workers together use no more threads than there are cores.

    Processes of joblib's are limited when they start; threads of this process are not.
    """
    backend, _ = get_active_backend()
    if getattr(backend, "supports_sharedmem", False):
        each = max(1, threads_now() // n_workers)
        with limit_blas(each):
            yield Settings(get_config(), n_openmp_threads=each)
    else:
        # Two threads of BLAS are slower than one on small products.
        idle = cpu_count() > n_workers and n_tasks >= cpu_count()
        yield Settings(get_config(), n_blas_threads=1 if idle else None)


def _in_turn(plan: Plan, work: Work, progress: Progress) -> Generator[Outcome]:
    """Run everything here, cutting each fold once."""
    known = progress.known
    folds: list[Fold] = [Fold(k, work) for k in range(work.n_splits)]
    for path, group in across_paths(plan.groups):
        for repeat in plan.repeats:
            for left in left_on_all_folds(group, known, repeat):
                yield run_across(work, path, left, [folds[k] for k in repeat])
    rest = without_across(plan.groups)
    folds.reverse()
    while folds:
        fold = folds.pop()
        trees = left_on_fold(rest, known, fold.index)
        if trees:
            yield run_fold(work, trees, fold)
        del fold  # its data go when its turn is over
    for candidate, k in pairs_alone(plan, known):
        yield run_candidate(work, candidate, k)


def _shortest_first(plan: Plan, work: Work, progress: Progress) -> Generator[Outcome]:
    """Run small pieces here, the cheapest first and each on all folds before the next."""
    settings = Settings(get_config())
    tasks = tasks_of(plan, work, _MANY, progress.known)
    for task in progress.until_over(reversed(tasks)):
        yield task.function(settings, *task.arguments)
