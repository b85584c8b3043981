"""Callbacks of scikit-learn: they hear of the fit, and of each epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .engine.training import Training
from .fitted import weight_attributes


class Teller:
    """Tells the callbacks of a model of its epochs.

    Parameters
    ----------
    model : estimator
    context : sklearn.callback.CallbackContext or None
        Of the fit; None tells nothing.
    data : dict
        X, y and metadata.
    attributes : callable
        From a training to the attributes that make a copy of the model one fitted up to there.
    """

    def __init__(
        self,
        model: Any,
        context: Any,
        data: dict[str, Any],
        attributes: Callable[[Training], dict[str, Any]] | None = None,
    ) -> None:
        self.model, self.context, self.data = model, context, data
        self.attributes = _attributes if attributes is None else attributes
        self.task: Any = None

    def begin(self) -> None:
        """Tell that an epoch begins."""
        if self.context is not None:
            self.task = self.context.subcontext(task_name="epoch")
            self.task.call_on_fit_task_begin(estimator=self.model, **self.data)

    def end(self, training: Training) -> None:
        """Tell that an epoch has ended, and that the next one begins, if there is one.

        A callback that returns True stops the training.
        """
        if self.task is None:
            return
        progress = training.progress[0]
        stop = self.task.call_on_fit_task_end(
            estimator=self.model,
            reconstruction_attributes=lambda: self.attributes(training),
            **self.data,
        )
        self.task = None
        if stop and not progress.stopped:
            progress.stopped = "callback"
        if not progress.stopped and progress.n_epochs < training.problem.recipe.n_epochs:
            self.begin()


@contextmanager
def told_fit(model: Any, data: dict[str, Any], n_epochs: int | None) -> Iterator[Teller]:
    """Tell callbacks of the fit as a whole, and give what tells them of its epochs.

    Parameters
    ----------
    n_epochs : int or None
        At most so many; 0 where the fit is told as a whole only, None where it is no fit.
    """
    if n_epochs is None:
        yield Teller(model, None, data)
        return
    context = model._init_callback_context(max_subtasks=n_epochs)
    context.call_on_fit_task_begin(estimator=model, **data)
    yield Teller(model, context if getattr(model, "_skl_callbacks", None) else None, data)
    context.call_on_fit_task_end(estimator=model, reconstruction_attributes={}, **data)


def _attributes(training: Training) -> dict[str, Any]:
    """Return what makes a copy of the model one that was fitted up to here."""
    progress, xp = training.progress[0], training.xp
    flat = xp.asarray(training.flat[0, ...], copy=True)
    buffers = {n: xp.asarray(b[0, ...], copy=True) for n, b in training.buffers.items()}
    return {
        **weight_attributes(training.problem.network, flat, buffers, xp),
        "n_iter_": progress.n_epochs,
        "t_": progress.n_seen,
        "loss_": progress.loss_curve[-1],
    }
