"""scikit-learn's callbacks on the MLPs: they hear of the fit and of every epoch."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from rich.console import Console
from scipy.sparse import csr_matrix
from sklearn.callback import ProgressBar, ScoringMonitor

from estimators.mlp.alike import SMALL, fitted, pair, table
from estimators.mlp.recorder import Recorder
from gridfold.estimators import MLPClassifier, MLPRegressor
from gridfold.pipelines import GridSearchCV

QUICK = {**SMALL, "max_iter": 8}


@pytest.mark.parametrize("kind", ["binary", "classes", "labels", "numbers"])
def test_each_epoch_is_told_with_the_model_as_it_is_then(kind):
    X, y = table(kind)
    weight = np.linspace(1.0, 2.0, len(X))
    cls = pair(kind)[0]
    recorder = Recorder()
    fitted(Told(cls, recorder), X, y, weight, **QUICK)
    epochs = [(hook, "epoch", i) for i in range(8) for hook in ("begin", "end")]
    assert recorder.events == [
        ("setup", "fit"),
        ("begin", "fit", 0),
        *epochs,
        ("end", "fit", 0),
        ("teardown", "fit"),
    ]
    for n_epochs in (1, 5, 8):
        model = fitted(cls, X, y, weight, **{**QUICK, "max_iter": n_epochs})
        assert_allclose(recorder.scores[n_epochs - 1], model.score(X, y, weight), rtol=1e-6)


def Told(cls, callback):
    """Return what makes models with a callback."""
    return lambda **params: cls(**params).set_callbacks(callback)


def test_a_callback_may_stop_the_training(recwarn):
    X, y = table("numbers")
    model = MLPRegressor(**QUICK).set_callbacks(Recorder(last=3)).fit(X, y)
    assert model.n_iter_ == 3
    assert not recwarn.list


def test_a_fit_that_a_callback_stopped_goes_on_from_its_checkpoint(tmp_path):
    X, y = table("numbers")
    params = {**QUICK, "checkpoint": tmp_path / "training"}
    stopped = MLPRegressor(**params).set_callbacks(Recorder(last=3)).fit(X, y)
    assert stopped.n_iter_ == 3
    again, whole = fitted(MLPRegressor, X, y, **params), fitted(MLPRegressor, X, y, **QUICK)
    assert again.n_iter_ == 8
    assert_array_equal(again.predict(X), whole.predict(X))


def test_a_callback_that_fails_ends_the_fit_with_its_error():
    class Failing(Recorder):
        def on_fit_task_end(self, estimator, context):
            raise RuntimeError("no more room for scores")

    X, y = table("numbers")
    model = MLPRegressor(**QUICK).set_callbacks(Failing())
    with pytest.raises(RuntimeError, match="no more room"):
        model.fit(X, y)
    assert model.n_iter_ == 1


def test_a_monitor_logs_the_scores_of_the_epochs():
    X, y = table("classes")
    monitor = ScoringMonitor(scoring="accuracy")
    model = fitted(Told(MLPClassifier, monitor), X, y, **QUICK)
    rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert [row["task_id"] for row in rows] == list(range(8))
    assert rows[-1]["accuracy"] == model.score(X, y)


def test_a_progress_bar_comes_to_its_end(monkeypatch):
    console = Console(record=True, width=120)
    monkeypatch.setattr("rich.progress.get_console", lambda: console)
    monkeypatch.setattr("rich.live.get_console", lambda: console)
    X, y = table("numbers")
    fitted(Told(MLPRegressor, ProgressBar()), X, y, **QUICK)
    (line,) = [line for line in console.export_text().splitlines() if "MLPRegressor" in line][-1:]
    assert "100%" in line


def test_full_batches_and_partial_fits_are_told_as_a_whole_or_not_at_all():
    X, y = table("numbers")
    recorder = Recorder()
    fitted(Told(MLPRegressor, recorder), X, y, solver="lbfgs", max_iter=3)
    assert [event[:2] for event in recorder.events[1:-1]] == [("begin", "fit"), ("end", "fit")]
    recorder = Recorder()
    fitted(Told(MLPRegressor, recorder), csr_matrix(X), y, **QUICK)
    assert [event[:2] for event in recorder.events[1:-1]] == [("begin", "fit"), ("end", "fit")]
    recorder = Recorder()
    MLPRegressor(**QUICK).set_callbacks(recorder).partial_fit(X, y)
    assert recorder.events == []


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_fits_of_a_search_are_heard():
    X, y = table("numbers")
    recorder = Recorder()
    search = GridSearchCV(
        MLPRegressor(**QUICK).set_callbacks(recorder), {"alpha": [0.1, 1.0]}, cv=2, refit=False
    )
    search.fit(X, y)
    assert len(recorder.scores) == 2 * 2 * 8
