"""Workers, in processes and in threads: one worker's results, and no more threads than cores."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest
from joblib import cpu_count, parallel_config
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_info, threadpool_limits

from gridfold.estimators.config import get_config
from gridfold.pipelines import GridSearchCV
from gridfold.pipelines.search.running import evaluate
from gridfold.pipelines.search.running.tasks import Settings, _kept_to

X, y = make_classification(200, 6, random_state=0)
PIPELINE = Pipeline([("scale", StandardScaler()), ("model", RidgeClassifier())])
# Shared over folds, shared on each fold, alone behind a scaler, and alone.
GRID = [
    {"model": [RidgeClassifier()], "model__alpha": [0.1, 10.0]},
    {"model": [KNeighborsClassifier()], "model__n_neighbors": [3, 5]},
    {"model": [DecisionTreeClassifier(random_state=0)], "model__max_depth": [1, 2, 3]},
    {"scale": ["passthrough"], "model": [DecisionTreeClassifier(random_state=0)]},
]
BACKENDS = ["loky", "threading"]


def accuracy(estimator, X, y):
    """A scorer of the user's own: nothing is known of how long it takes."""
    return float(np.mean(estimator.predict(X) == y))


def n_threads(estimator, X, y):
    """The most threads that any library would use here."""
    return float(max(pool["num_threads"] for pool in threadpool_info()))


def process(estimator, X, y):
    return float(os.getpid())


def scores(search):
    return {k: v for k, v in search.cv_results_.items() if "score" in k and "time" not in k}


def search_with(backend, estimator, grid, n_jobs=2, **options):
    with parallel_config(backend=backend):
        options = {"refit": False, "scoring": accuracy, **options}
        return GridSearchCV(estimator, grid, n_jobs=n_jobs, **options).fit(X, y)


@pytest.mark.parametrize("backend", BACKENDS)
def test_scores_are_those_of_one_worker(backend):
    many = search_with(backend, PIPELINE, GRID, return_train_score=True)
    one = search_with(backend, PIPELINE, GRID, n_jobs=1, return_train_score=True)
    for key, found in scores(many).items():
        assert_array_equal(found, scores(one)[key], err_msg=key)
    assert str(many.plan_) == str(one.plan_)


@pytest.mark.parametrize("backend", BACKENDS)
def test_failures_are_those_of_one_worker(backend):
    bad = {"model": [DecisionTreeClassifier()], "model__max_depth": [-1]}
    with (
        pytest.warns(UserWarning, match="scores are non-finite"),
        pytest.warns(FitFailedWarning, match="5 fits failed out of a total of 45"),
    ):
        search = search_with(backend, PIPELINE, [*GRID, bad])
    assert np.isnan(search.cv_results_["mean_test_score"][-1])
    assert np.isfinite(search.cv_results_["mean_test_score"][:-1]).all()
    with pytest.raises(ValueError, match="max_depth"):
        search_with(backend, PIPELINE, [*GRID, bad], error_score="raise")


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_members_warning_is_heard(backend):
    model = MLPClassifier((2,), max_iter=1, random_state=0)
    grid = {"model": [model], "model__alpha": [0.1, 1.0]}
    with warnings.catch_warnings():
        # Workers have the filters of this process: an error there is a failed fit here.
        warnings.simplefilter("error", ConvergenceWarning)
        with pytest.raises(ConvergenceWarning):
            search_with(backend, PIPELINE, grid, error_score="raise")


@pytest.mark.parametrize("backend", BACKENDS)
def test_workers_have_no_more_threads_than_there_are_cores(backend, monkeypatch):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    with threadpool_limits(cpu_count()):
        before = threadpool_info()
        n_jobs = max(2, cpu_count())
        found = scores(search_with(backend, PIPELINE, GRID, n_jobs=n_jobs, scoring=n_threads))
        assert threadpool_info() == before
    assert {1.0} == {float(v) for k, v in found.items() if k.startswith("split") for v in v}


@pytest.mark.parametrize(("n_tasks", "n_threads"), [(8, 1), (7, None)])
def test_shared_fits_have_one_blas_thread_unless_cores_would_be_idle(
    n_tasks, n_threads, monkeypatch
):
    monkeypatch.setattr(evaluate, "cpu_count", lambda: 8)
    with parallel_config(backend="loky"), evaluate._cores_shared_out(n_tasks, 2) as settings:
        assert settings.n_blas_threads == n_threads
        assert settings.n_openmp_threads is None


def test_a_task_keeps_to_its_settings():
    with threadpool_limits(2):
        settings = Settings({"device": "cpu"}, n_openmp_threads=1, n_blas_threads=1)
        with _kept_to(settings, shared=True):
            assert {pool["num_threads"] for pool in threadpool_info()} == {1}
            assert get_config()["device"] == "cpu"
        with _kept_to(Settings({"device": None}, n_blas_threads=1)):
            assert 2 in {pool["num_threads"] for pool in threadpool_info()}


def test_what_is_small_starts_no_workers():
    grid = {"model__alpha": [0.1, 10.0]}
    with parallel_config(backend="loky"):
        search = GridSearchCV(PIPELINE, grid, n_jobs=2, scoring="accuracy", refit=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(evaluate, "Parallel", None)
            search.fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize(
    ("pipeline", "grid"),
    [
        (PIPELINE, {"model__alpha": [0.1, 10.0]}),
        (Pipeline([("c", DecisionTreeClassifier())]), {"c__max_depth": [1, 2]}),
    ],
    ids=["a scorer of unknown cost", "a model of unknown cost"],
)
def test_what_may_take_long_goes_to_workers(pipeline, grid):
    pids = scores(search_with("loky", pipeline, grid, scoring=process))
    assert os.getpid() not in {value for values in pids.values() for value in values}


def test_a_step_of_unknown_cost_goes_to_workers():
    pipeline = Pipeline([("slow", Slow()), ("model", RidgeClassifier())])
    Slow.pids.clear()
    search_with("loky", pipeline, {"model__alpha": [0.1, 1.0]}, scoring="accuracy")
    assert Slow.pids == []  # those of the workers are appended there


class Slow(StandardScaler):
    """A step that says where it was fitted."""

    pids: list[int] = []  # noqa: RUF012

    def fit(self, X, y=None, sample_weight=None):
        self.pids.append(os.getpid())
        return super().fit(X, y, sample_weight)


def test_a_search_inside_a_worker():
    inner = GridSearchCV(PIPELINE, {"model__alpha": [0.1, 10.0]}, n_jobs=2, cv=3)
    many, one = clone(inner).set_params(scoring=accuracy), clone(inner)
    with parallel_config(backend="loky"):
        found = cross_val_score(many, X, y, n_jobs=2, cv=3)
    assert_array_equal(found, cross_val_score(one, X, y, cv=3))


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_slow_model_among_many_is_no_different(backend):
    grid = [
        {"model": [LogisticRegression()], "model__C": np.logspace(-1, 1, 3)},
        {"model": [DummyClassifier()], "model__strategy": ["prior", "stratified"]},
    ]
    grid[1]["model__random_state"] = [0]
    many, one = (search_with(backend, PIPELINE, grid, n_jobs=n) for n in (2, 1))
    for key, found in scores(many).items():
        assert_array_equal(found, scores(one)[key], err_msg=key)
