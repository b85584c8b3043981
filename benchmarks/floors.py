"""The floor of a case: the work that no search can leave out, done by hand on the same cores."""

from __future__ import annotations

import time

from cases import Case, Problem
from joblib import Parallel, delayed
from sides import FOLDS, N_JOBS
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv


def floor_seconds(case: Case, problem: Problem) -> float:
    """Return the seconds of the floor: of a process for each core, or of one with all its threads.

    The faster of the two counts: small products lose more by being sent about than they gain.
    """
    assert case.floor is not None
    cv = check_cv(FOLDS, problem.y, classifier=is_classifier(problem.estimator))
    folds = list(cv.split(problem.X, problem.y))
    seconds = []
    for n_jobs in (N_JOBS, 1):
        start = time.perf_counter()
        Parallel(n_jobs=n_jobs)(delayed(case.floor)(problem, train, test) for train, test in folds)
        seconds.append(time.perf_counter() - start)
    return min(seconds)
