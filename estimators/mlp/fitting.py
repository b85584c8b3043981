"""The fit of one MLP: from its training rows to its fitted attributes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from ..arrays import to_numpy
from .assembly import network_of, training_problem
from .callbacks import Teller
from .checkpoint import Checkpoint, identity_of, seed_of
from .engine.batches import Rows
from .engine.training import Training
from .fitted import (
    buffers_of,
    flat_weights,
    normalization_of,
    optimizer_rate,
    optimizer_state,
    progress_of,
    set_optimizer,
    set_progress,
    set_shape,
    set_weights,
)
from .full_batch import full_batch_minimum
from .members import Member, new_member
from .reporting import check_end, epoch_lines


@dataclass(frozen=True)
class Job:
    """A fit to be done.

    Parameters
    ----------
    model : estimator
    rows : Rows
        To train on, in the dtype of the computing.
    validation : Rows or None
        Rows to score on; without them `early_stopping` splits a part off.
    sizes : tuple of int
        Widths, from the number of features to the number of outputs.
    kept : dtype
        Of the fitted weights.
    goes_on : bool
        Whether the fitted weights are what training begins with.
    incremental : bool
        Whether it is one epoch of `partial_fit`.
    """

    model: Any
    rows: Rows
    validation: Rows | None
    sizes: tuple[int, ...]
    kept: np.dtype
    goes_on: bool
    incremental: bool

    def minibatches(self, teller: Teller) -> Any:
        """Train by minibatches; return the fitted model."""
        model = self.model
        member = self._member(split=model.early_stopping and self.validation is None)
        check_validation_part(model, self.rows, member)
        problem = training_problem(
            [member],
            self.rows,
            model._loss,
            validation_table=self.validation,
            multilabel=model._is_multilabel(),
        )
        training = Training(problem)
        if self.goes_on:
            _go_on(training, model, self.incremental)
        after = _AfterEpoch(model, teller, self._checkpoint(member))
        with self._attributes_in_the_end(training, member):
            _train(training, after, self.incremental)
        check_end(training, incremental=self.incremental)
        return model

    def full_batch(self) -> Any:
        """Minimise the loss over all rows by L-BFGS; return the fitted model."""
        model = self.model
        member = self._member(split=False)
        problem = training_problem([member], self.rows, model._loss)
        flat, model.loss_, model.n_iter_ = full_batch_minimum(
            problem, max_iter=model.max_iter, max_fun=model.max_fun, tol=model.tol
        )
        xp = self.rows.place.xp
        set_weights(model, problem.network, xp.astype(flat, self._kept(xp)), {}, xp)
        model.t_, model._random_state = 0, member.random_state
        slots = [slot for layer in problem.network.slots for slot in layer]
        model._coef_indptr = [(s.start, s.stop, s.shape) for s in slots if s.kind == "weight"]
        model._intercept_indptr = [(s.start, s.stop) for s in slots if s.kind == "bias"]
        return model

    def _member(self, *, split: bool) -> Member:
        """Draw what the fit needs; scikit-learn stratifies the split of two classes only."""
        model, params, start = self.model, self._params(), None
        if self.goes_on:
            start = flat_weights(model)
            if len(start) != network_of(params, self.sizes).n_weights:
                widths = (model.n_features_in_, *(W.shape[1] for W in model.coefs_))
                raise ValueError(
                    f"The fitted network has layers of {widths} units and normalization="
                    f"{normalization_of(model)!r}; parameters and y now say {self.sizes} and "
                    f"{model.normalization!r}: a fit cannot go on from it. Use a new estimator, or "
                    "warm_start=False."
                )
        set_shape(model, self.sizes, model._out_activation())
        stratified = split and is_classifier(model) and self.sizes[-1] == 1
        labels = to_numpy(self.rows.y) > 0.5 if stratified else None
        numbers = np.arange(self.rows.y.shape[0])
        return new_member(params, self.sizes, numbers, labels, split=split, start=start)

    def _params(self) -> dict[str, Any]:
        """Return the parameters, with a seed where a broken-off training is to be repeated."""
        params: dict[str, Any] = self.model.get_params(deep=False)
        if params["random_state"] is None and self._keeps_checkpoint:
            params["random_state"] = seed_of(self.model.checkpoint)
        return params

    @property
    def _keeps_checkpoint(self) -> bool:
        return self.model.checkpoint is not None and not self.incremental

    def _checkpoint(self, member: Member) -> Checkpoint | None:
        """Return the file that the training is kept in, if one is asked for."""
        model, rows = self.model, self.rows
        if not self._keeps_checkpoint:
            return None
        data: dict[str, Any] = {"X": to_numpy(rows.inputs[0]), "y": to_numpy(rows.y)}
        if rows.weight is not None:
            data["row weights"] = to_numpy(rows.weight)
        if self.validation is not None:
            data["X_val"] = to_numpy(self.validation.inputs[0])
            data["y_val"] = to_numpy(self.validation.y)
        data["initial weights (random_state)"] = member.start
        params = model.get_params(deep=False)
        seed = member.params["random_state"] if params.pop("random_state") is None else None
        params["hidden_layer_sizes"] = self.sizes[1:-1]
        return Checkpoint(model.checkpoint, identity_of(params, **data), seed)

    def _kept(self, xp: Any) -> Any:
        return getattr(xp, self.kept.name)

    @contextmanager
    def _attributes_in_the_end(self, training: Training, member: Member) -> Iterator[None]:
        """Set the fitted attributes to what training has come to, even where an error ends it."""
        try:
            yield
        finally:
            model, problem, progress = self.model, training.problem, training.progress[0]
            training.finish()
            xp, dtype = training.xp, self._kept(training.xp)
            flat, buffers = training.results[0]
            buffers = {name: xp.astype(buffer, dtype) for name, buffer in buffers.items()}
            set_weights(model, problem.network, xp.astype(flat, dtype), buffers, xp)
            set_progress(model, progress, early_stopping=model.early_stopping)
            model._random_state = member.random_state
            state, n_updates = training.states[0]
            rate = float(problem.recipe.rate[0]) * progress.rate_factor
            set_optimizer(model, problem.recipe.rule, problem.network, state, n_updates, rate)


class _AfterEpoch:
    """What is done after each epoch: lines for the terminal, callbacks, the checkpoint."""

    def __init__(self, model: Any, teller: Teller, checkpoint: Checkpoint | None) -> None:
        self.model, self.teller, self.checkpoint = model, teller, checkpoint
        self.rate_factor = 1.0

    def __call__(self, training: Training) -> None:
        progress = training.progress[0]
        if progress.stopped != "error":
            if self.model.verbose:
                print(*epoch_lines(training, self.rate_factor), sep="\n")
            self.teller.end(training)
        self.rate_factor = progress.rate_factor
        if self.checkpoint is None:
            return
        last = bool(progress.stopped) or progress.n_epochs >= training.problem.recipe.n_epochs
        if last or progress.n_epochs % self.model.checkpoint_every == 0:
            self.checkpoint.write(training)


def _train(training: Training, after: _AfterEpoch, incremental: bool) -> None:
    """Train to the end, from the checkpoint where there is one; Ctrl-C is an early end."""
    found = after.checkpoint is not None and after.checkpoint.restore(training)
    if found and training.progress[0].stopped:
        return
    after.rate_factor = training.progress[0].rate_factor
    try:
        # What overflows is found in the loss, and told with what to try.
        with np.errstate(over="ignore", invalid="ignore"):
            after.teller.begin()
            training.run(1 if incremental else None, after)
    except KeyboardInterrupt:
        warnings.warn("Training interrupted by user.", stacklevel=6)


def _go_on(training: Training, model: Any, incremental: bool) -> None:
    """Let training begin where the last fit or `partial_fit` ended."""
    problem, place = training.problem, training.problem.rows.place
    progress = progress_of(model, early_stopping=model.early_stopping)
    training.progress[0] = progress
    for name, buffer in buffers_of(model, problem.network).items():
        training.buffers[name] = place.put(np.array(to_numpy(buffer)), training.flat.dtype)[None, :]
    # Other masks than those of the earlier epochs.
    training.streams.restore(len(progress.loss_curve))
    state = None
    if incremental and hasattr(model, "_optimizer"):
        state = optimizer_state(model._optimizer, problem.recipe.rule)
    if state is not None:
        training.state = tuple(place.put(part[None, :], training.flat.dtype) for part in state)
        training.n_updates[0] = getattr(model._optimizer, "t", 0)
        progress.rate_factor = optimizer_rate(model._optimizer) / float(problem.recipe.rate[0])
    training.prepare()


def check_validation_part(model: Any, rows: Rows, member: Member) -> None:
    """Warn where a class has no row in the part split off for validation.

    Scikit-learn stratifies the split of two classes only, and says nothing.

    Raises
    ------
    ValueError
        When no row of the part counts.
    """
    held = member.validation_rows
    if not len(held):
        return
    if rows.weight is not None and not to_numpy(rows.weight)[held].any():
        raise ValueError(
            "Sample weights must contain at least one non-zero number: all rows of the part split "
            "off for validation have weight 0. Pass X_val and y_val to fit."
        )
    if not is_classifier(model) or model._is_multilabel() or rows.y.shape[1] == 1:
        return
    present = to_numpy(rows.y)[held].any(axis=0)
    if not present.all():
        warnings.warn(
            f"The part split off for validation has no row of {model.classes_[~present]}: its "
            "score says nothing of these classes. Pass X_val and y_val to fit, or raise "
            "validation_fraction.",
            stacklevel=6,
        )
