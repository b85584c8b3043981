"""A search that is interrupted stops at once; two searches at a time do not disturb one another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import numpy as np
import pytest
from helpers.same_results import assert_same_results
from sklearn import model_selection
from sklearn.datasets import make_regression
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.pipelines import GridSearchCV

SLOW_SEARCH = """
import os, time
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from gridfold.pipelines import GridSearchCV

class Slow(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        os.write(1, b"fitting\\n")  # whole, also beside another worker
        time.sleep(900)
        return self

    def transform(self, X):
        return X

X, y = np.random.default_rng(0).normal(size=(2, 60, 3))
search = GridSearchCV(make_pipeline(Slow(), Ridge()), {"ridge__alpha": [1.0, 2.0]}, n_jobs=WORKERS)
try:
    search.fit(X, y[:, 0])
except KeyboardInterrupt:
    kept = [name for name in vars(search) if name.endswith("_")]
    print("interrupted", kept, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals reach a process otherwise there")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_interrupted_search_stops_and_sets_nothing_that_scikit_learn_does_not(n_jobs):
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_SEARCH.replace("WORKERS", str(n_jobs))],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        # Tests that run in the background ignore Ctrl-C, and so would all that they start.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stdout is not None
        for _ in range(n_jobs):  # all workers are there: one still importing has no say in this
            assert process.stdout.readline() == "fitting\n"
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C reaches the workers too
        said = process.communicate(timeout=600)[0]
    finally:
        with suppress(ProcessLookupError):  # all are gone where all is well
            os.killpg(process.pid, signal.SIGKILL)
    assert said.replace("fitting\n", "") == "interrupted ['n_splits_']\n"


def test_searches_in_two_threads_find_what_each_finds_alone():
    def search(seed):
        X, y = make_regression(100, 6, noise=5.0, random_state=seed)
        pipeline = make_pipeline(StandardScaler(), Ridge())
        grid = {"ridge__alpha": np.logspace(-2, 2, 9)}
        return [
            cls(pipeline, grid).fit(X, y).cv_results_
            for cls in (model_selection.GridSearchCV, GridSearchCV)
        ]

    with ThreadPoolExecutor(2) as threads:
        for theirs, ours in threads.map(search, range(8)):
            assert_same_results(theirs, ours)
