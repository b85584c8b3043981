"""Running a plan: what it leaves behind in the process."""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_info, threadpool_limits

from gridfold.pipelines import GridSearchCV
from gridfold.pipelines.search.running.threads import limit_blas


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_searches_that_overlap_in_time_leave_the_threads_of_blas_as_they_were():
    X, y = np.random.default_rng(0).normal(size=(2, 40, 3))
    first, seen = ExitStack(), []

    def scorer(estimator, X, y):
        first.close()  # a search that began before this one ends while it runs
        seen.append(blas_threads())
        return 0.0

    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        first.enter_context(limit_blas(1))
        GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, scoring=scorer, refit=False).fit(X, y[:, 0])
        assert seen == [{1}] * 10
        assert blas_threads() == before
