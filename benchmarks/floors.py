"""The floor of a case: the work that no search can leave out, done by hand on the same cores."""

from __future__ import annotations

import time

from cases import Case, Problem
from joblib import Parallel, delayed
from sides import FOLDS, N_JOBS
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv


class Floor:
    """Times the floor of a case: by a process for each core, or by one with all its threads.

    The faster of the two counts, as the first run of each tells: small products lose more by being
    sent about than they gain.
    """

    def __init__(self, case: Case, problem: Problem) -> None:
        cv = check_cv(FOLDS, problem.y, classifier=is_classifier(problem.estimator))
        self._case, self._problem = case, problem
        self._folds = list(cv.split(problem.X, problem.y))
        self._n_jobs = min((N_JOBS, 1), key=self._seconds)

    def seconds(self) -> float:
        """Return the seconds of one run."""
        return self._seconds(self._n_jobs)

    def _seconds(self, n_jobs: int) -> float:
        work = self._case.floor
        assert work is not None
        start = time.perf_counter()
        Parallel(n_jobs=n_jobs)(
            delayed(work)(self._problem, train, test) for train, test in self._folds
        )
        return time.perf_counter() - start
