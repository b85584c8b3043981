"""scikit-learn's callbacks on the searches: the events that its own searches give."""

from __future__ import annotations

import numpy as np
import pytest
from rich.console import Console
from sklearn import model_selection
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import _search_successive_halving as sklearn_halving
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from gridfold.pipelines import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV

PIPELINE = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
GRID = [
    {"model": [Ridge()], "model__alpha": [0.1, 1.0, 10.0]},
    {"model": [DecisionTreeRegressor(random_state=0)], "model__max_depth": [2, 3]},
]
SEARCHES = {
    "grid": (model_selection.GridSearchCV, GridSearchCV, {}),
    "randomized": (
        model_selection.RandomizedSearchCV,
        RandomizedSearchCV,
        {"n_iter": 3, "random_state": 0},
    ),
    "halving": (sklearn_halving.HalvingGridSearchCV, HalvingGridSearchCV, {"random_state": 0}),
}


class Recorder:
    """Keeps what each hook is told: the task and its ancestors, and sums of the data."""

    def __init__(self):
        self.events = []

    def setup(self, estimator, context):
        self.events.append(("setup", context.task_name))

    def teardown(self, estimator, context):
        self.events.append(("teardown", context.task_name))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self._keep("begin", estimator, context, X, y, metadata)

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None):
        self._keep("end", estimator, context, X, y, metadata)

    def _keep(self, hook, estimator, context, X, y, metadata):
        sums = [None if part is None else round(float(np.sum(part)), 6) for part in (X, y)]
        weights = sorted((metadata or {}).items())
        sums += [(name, round(float(np.sum(value)), 6)) for name, value in weights]
        self.events.append((hook, type(estimator).__name__, path(context), *sums))


def path(context):
    own = (context.task_name, context.task_id, context.max_subtasks)
    return (own,) if context.parent is None else (*path(context.parent), own)


@pytest.fixture
def data():
    return make_regression(90, 5, noise=10.0, random_state=0)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", SEARCHES)
def test_events_are_scikit_learns(kind, weighted, n_jobs, data):
    theirs, ours, options = SEARCHES[kind]
    weight = np.arange(1.0, 91.0)
    estimator, grid = (Ridge(), {"alpha": [1.0, 2.0, 3.0]}) if weighted else (PIPELINE, GRID)
    params = {"sample_weight": weight} if weighted else {}
    events = []
    for cls, workers in ((theirs, 1), (ours, n_jobs)):
        recorder = Recorder()
        search = cls(clone(estimator), grid, cv=3, n_jobs=workers, **options)
        search.set_callbacks(recorder).fit(*data, **params)
        events.append(recorder.events)
    assert sorted(map(repr, events[1])) == sorted(map(repr, events[0]))
    assert [events[1][0][0], events[1][-1][0]] == ["setup", "teardown"]


def test_every_evaluation_begins_before_it_ends_and_within_the_search(data):
    recorder = Recorder()
    GridSearchCV(PIPELINE, GRID, cv=3).set_callbacks(recorder).fit(*data)
    order = [(event[0], event[2][-1][:2]) for event in recorder.events[1:-1]]
    evaluations = [("candidate-split-evaluation", i) for i in range(5 * 3)]
    search = ("search", 0)
    for task in evaluations:
        begin, end = order.index(("begin", task)), order.index(("end", task))
        assert order.index(("begin", search)) < begin < end < order.index(("end", search))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_progress_bar_comes_to_its_end(n_jobs, data, monkeypatch):
    console = Console(record=True, width=120)
    monkeypatch.setattr("rich.progress.get_console", lambda: console)
    monkeypatch.setattr("rich.live.get_console", lambda: console)
    search = GridSearchCV(PIPELINE, GRID, cv=3, n_jobs=n_jobs)
    search.set_callbacks(ProgressBar(max_propagation_depth=0)).fit(*data)
    lines = [line for line in console.export_text().splitlines() if "GridSearchCV - " in line]
    assert lines
    assert all("100%" in line for line in lines[-2:])


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_monitor_on_the_estimator_hears_each_fit(n_jobs):
    X, y = make_classification(80, 5, random_state=0)
    logs = []
    for cls in (model_selection.GridSearchCV, GridSearchCV):
        monitor = ScoringMonitor(scoring="accuracy")
        model = LogisticRegression().set_callbacks(monitor)
        cls(model, {"C": [0.1, 1.0]}, cv=2, n_jobs=n_jobs).fit(X, y)
        logs.append(monitor.get_logs().data)
    assert len(logs[1]) == len(logs[0]) > 0
    assert [row["accuracy"] for row in logs[1]] == [row["accuracy"] for row in logs[0]]


def test_a_plan_tells_callbacks_nothing(data):
    recorder = Recorder()
    search = GridSearchCV(PIPELINE, GRID, cv=3).set_callbacks(recorder)
    search.plan(*data)
    assert recorder.events == []
