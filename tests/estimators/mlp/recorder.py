"""A callback of scikit-learn's protocol that keeps what it hears."""

from __future__ import annotations


class Recorder:
    """Keeps what it hears; asks training to stop after an epoch, if told to."""

    def __init__(self, last=None):
        self.events, self.scores, self.last = [], [], last

    def setup(self, estimator, context):
        self.events.append(("setup", context.task_name))

    def teardown(self, estimator, context):
        self.events.append(("teardown", context.task_name))

    def on_fit_task_begin(self, estimator, context):
        self.events.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.events.append(("end", context.task_name, context.task_id))
        if context.task_name == "epoch":
            self.scores.append(fitted_estimator.score(X, y, **(metadata or {})))
            return context.task_id + 1 == self.last
        return False
