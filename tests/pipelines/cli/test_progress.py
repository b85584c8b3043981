"""The progress bar counts every candidate on every fold."""

from __future__ import annotations

import io

from rich.console import Console
from sklearn.datasets import load_iris

from gridfold.estimators import RidgeClassifier
from gridfold.pipelines.cli import progress
from gridfold.pipelines.search import GridSearchCV


def search():
    return GridSearchCV(RidgeClassifier(), {"alpha": [0.1, 1.0, 10.0]}, cv=4)


def test_a_terminal_sees_a_bar_that_fills(monkeypatch):
    advanced = []
    monkeypatch.setattr(
        progress.Count, "on_fit_task_end", counted(progress.Count.on_fit_task_end, advanced)
    )
    out = Console(file=io.StringIO(), force_terminal=True, width=80)
    fitted = search()
    with progress.progress_bar(fitted, 12, out):
        fitted.fit(*load_iris(return_X_y=True))
    assert advanced[-1] == 12
    assert not hasattr(fitted, "_skl_callbacks")


def counted(method, advanced):
    def on_fit_task_end(self, estimator, context):
        method(self, estimator, context)
        advanced.append(self.progress.tasks[0].completed)

    return on_fit_task_end


def test_a_file_sees_one_line():
    out = Console(file=io.StringIO(), force_terminal=False, width=80)
    fitted = search()
    with progress.progress_bar(fitted, 12, out):
        fitted.fit(*load_iris(return_X_y=True))
    assert out.file.getvalue() == "Fitting: 12 fits of candidates on folds ...\n"
