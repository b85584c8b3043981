"""Members of a group of MLPs: drawn as each would be alone, trained together, made estimators."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from ..arrays import Array, to_numpy
from ..shared import Declined
from .assembly import training_problem
from .engine.batches import Rows
from .engine.chunks import Trained, train_all
from .engine.problem import Problem
from .engine.training import Training
from .fitted import set_optimizer, set_progress, set_shape, set_weights
from .fitting import check_validation_part
from .members import Member, new_member
from .reporting import warn_unfinished
from .shared_rows import is_multilabel, is_ours, loss_of_model, n_trained_on
from .sklearn_losses import SKLEARN_LOSSES


@dataclass(frozen=True)
class Task:
    """Models to be trained together: on the same rows, or each on its own.

    Attributes
    ----------
    models : list of estimator
        Unfitted; what is known of the data is noted on them.
    numbers : list of int
        Of each model: its member in the group.
    rows : Rows
    used : list of int arrays
        The rows of the table that each model may use.
    sizes : tuple of int
        Widths, from the number of features to the number of outputs.
    kept : dtype
        Of the fitted weights.
    """

    models: Sequence[Any]
    numbers: Sequence[int]
    rows: Rows
    used: Sequence[np.ndarray]
    sizes: tuple[int, ...]
    kept: np.dtype

    def train(self) -> list[Array]:
        """Train all models and set their fitted attributes; return the weights of each.

        Raises
        ------
        Declined
            When models diverge, or draw no validation part: these members only.
        """
        drawn = [self._draw(i) for i in range(len(self.models))]
        flats: dict[int, Array] = {}
        for alike in self._alike(drawn):
            problem = self._problem([drawn[i] for i in alike])
            numbers = [self.numbers[i] for i in alike]
            watch = Watch(dict(zip(map(id, problem.orders), numbers, strict=True)))
            with np.errstate(over="ignore", invalid="ignore"):
                trained = train_all(problem, watch)
            for place, i in enumerate(alike):
                flats[i] = self._finish(i, drawn[i], problem, place, trained[place])
        return [flats[i] for i in range(len(self.models))]

    def _problem(self, drawn: Sequence[Member]) -> Problem:
        first = self.models[0]
        loss = loss_of_model(first)
        problem = training_problem(drawn, self.rows, loss, multilabel=is_multilabel(first))
        if is_ours(first) or loss not in SKLEARN_LOSSES:
            return problem
        return replace(problem, recipe=replace(problem.recipe, loss=SKLEARN_LOSSES[loss]))

    def _draw(self, i: int) -> Member:
        model, used = self.models[i], self.used[i]
        params = model.get_params(deep=False)
        size, n_rows = params["batch_size"], n_trained_on(params, len(used))
        if size != "auto" and size > n_rows:
            raise Declined(f"batch_size={size} is more than the {n_rows} rows to train on")
        labels = None
        if params["early_stopping"] and is_classifier(model) and self.sizes[-1] == 1:
            labels = to_numpy(self.rows.y)[used] > 0.5
        try:
            member = new_member(params, self.sizes, used, labels)
            if is_ours(model):
                check_validation_part(model, self.rows, member)
        except ValueError as error:
            raise Declined(str(error), {self.numbers[i]}) from error
        return member

    def _alike(self, drawn: Sequence[Member]) -> list[list[int]]:
        """Sort out models that one problem can hold: they stop by one rule."""
        found: dict[Any, list[int]] = {}
        for i, member in enumerate(drawn):
            params = member.params
            plateau = params.get("schedule") == "reduce_on_plateau"
            found.setdefault((plateau, member.batch_size), []).append(i)
        return list(found.values())

    def _finish(
        self, i: int, member: Member, problem: Problem, place: int, trained: Trained
    ) -> Array:
        """Set the fitted attributes of a model, and warn as its own fit does."""
        model, progress, xp = self.models[i], trained.progress, self.rows.place.xp
        if progress.stopped is None:
            warn_unfinished(model.max_iter, stacklevel=3)
        dtype = getattr(xp, self.kept.name)
        flat = xp.astype(trained.flat, dtype)
        buffers = {name: xp.astype(buffer, dtype) for name, buffer in trained.buffers.items()}
        set_shape(model, self.sizes, model.out_activation_)
        set_weights(model, problem.network, flat, buffers, xp)
        set_progress(model, progress, early_stopping=model.early_stopping)
        rate = float(problem.recipe.rate[place]) * progress.rate_factor
        rule = problem.recipe.rule
        set_optimizer(model, rule, problem.network, trained.state, trained.n_updates, rate)
        model._random_state = member.random_state
        if is_ours(model):
            model.fallback_ = None
        else:
            _set_as_theirs(model, problem, member)
        return flat


class Watch:
    """Stops the training as soon as a model diverges: it is fitted alone, and says so itself.

    Parameters
    ----------
    numbers : dict
        The member of each model, by the identity of its row order.
    """

    def __init__(self, numbers: dict[int, int]) -> None:
        self.numbers = numbers

    def __call__(self, training: Training) -> None:
        lost = {
            self.numbers[id(order)]
            for i, order in enumerate(training.problem.orders)
            if training.progress[i].stopped == "error"
        }
        if lost:
            raise Declined("the loss or the weights turn NaN or infinite", lost)


def _set_as_theirs(model: Any, problem: Problem, member: Member) -> None:
    """Set what scikit-learn's own fit leaves on a model otherwise than ours does."""
    model.loss_curve_ = [np.float64(loss) for loss in model.loss_curve_]
    model.loss_ = model.loss_curve_[-1]
    if not model.early_stopping:
        model.best_loss_ = min(model.loss_curve_)
    if model.early_stopping:
        best = model.coefs_, model.intercepts_
    else:
        first = copy(model)
        set_weights(first, problem.network, member.start, {}, np)
        best = first.coefs_, first.intercepts_
    model._best_coefs, model._best_intercepts = best
