"""The training of one RealMLP: data on their place, initial weights, the problem, its end."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...arrays import Array, Place
from ..engine.batches import RowOrder, Rows
from ..engine.optimizers import RULES
from ..engine.problem import Problem
from ..engine.problem import Recipe as TrainingRecipe
from ..engine.schedules import coslog4, flat_cos
from ..engine.stopping import Progress, Stopping
from ..engine.training import Training
from ..engine.validation import Validation
from .initial import initial_weights
from .network import Architecture, build_network
from .preprocessing import Encoded
from .recipe import Recipe

_RULE = replace(RULES["adam"], beta_1=0.9, beta_2=0.95, corrected_epsilon=True)
_INITIAL_ROWS = 16_384  # at most so many training rows are looked at for initial weights


@dataclass(frozen=True)
class Part:
    """Rows to train on or to validate with, on the host.

    Attributes
    ----------
    encoded : Encoded
    y : float32 ndarray of shape (n_samples, n_outputs)
    weight : float32 ndarray of shape (n_samples,), or None
    rows : int ndarray
        The numbers of the rows that are meant.
    """

    encoded: Encoded
    y: np.ndarray
    weight: np.ndarray | None
    rows: np.ndarray

    def on(self, place: Place) -> Rows:
        """Return all rows as the training takes them."""
        tables = [self.encoded.dense]
        if self.encoded.codes.shape[1]:
            tables.append(self.encoded.codes)
        weight = None if self.weight is None else place.put(self.weight)
        return Rows(tuple(place.put(t) for t in tables), place.put(self.y), weight, place)


@dataclass(frozen=True)
class Settings:
    """How a network is trained, its recipe and the user's words taken together.

    Attributes
    ----------
    loss, score : callable
        Of losses.py and validation.py.
    patience : float
        Epochs in a row without a better validation score after which training stops.
    """

    recipe: Recipe
    n_epochs: int
    batch_size: int
    patience: float
    loss: Callable[..., Any]
    score: Callable[..., Array]
    is_smoothed: bool


def train(
    architecture: Architecture,
    settings: Settings,
    train_part: Part,
    held_part: Part | None,
    random_state: np.random.RandomState,
    place: Place,
    after_epoch: Callable[[Training], None] | None = None,
) -> tuple[Array, Progress]:
    """Train one model; return the weights of its best epoch, or else its last one, and how it went.

    Ctrl-C ends the training, and not the fit.

    Parameters
    ----------
    held_part : Part or None
        Validation rows; it may hold the same arrays as `train_part`. None keeps the last epoch.
    """
    training = Training(
        problem_of(architecture, settings, train_part, held_part, random_state, place)
    )
    try:
        # What overflows is found in the loss, and told with what to try.
        with np.errstate(over="ignore", invalid="ignore"):
            training.run(after_epoch=after_epoch)
    except KeyboardInterrupt:
        warnings.warn("Training interrupted by user: the best epoch so far is kept.", stacklevel=7)
        training.finish()
    return training.results[0][0], training.progress[0]


def problem_of(
    architecture: Architecture,
    settings: Settings,
    train_part: Part,
    held_part: Part | None,
    random_state: np.random.RandomState,
    place: Place,
) -> Problem:
    """Return the training problem of one model, its initial weights drawn."""
    network, table = build_network(architecture), train_part.on(place)
    rng = np.random.default_rng(random_state.randint(2**31 - 1))
    inputs, _ = table.take(place.put(train_part.rows[None, :_INITIAL_ROWS]))
    return Problem(
        network=network,
        rows=table,
        recipe=_training_recipe(settings, len(train_part.rows)),
        stopping=Stopping(
            monitor="loss" if held_part is None else "score",
            tol=0.0,
            patience=settings.patience,
            keep_best=held_part is not None,
            latest=True,
        ),
        start=initial_weights(
            network, inputs, data_driven=settings.recipe.data_driven, rng=rng, place=place
        ),
        orders=[RowOrder(train_part.rows, random_state)],
        seeds=[random_state.randint(2**31 - 1)],
        validation=_validation(train_part, table, held_part, settings.score, place),
    )


def _training_recipe(settings: Settings, n_rows: int) -> TrainingRecipe:
    recipe = settings.recipe
    return TrainingRecipe(
        loss=settings.loss,
        rule=_RULE,
        rate=np.array([recipe.learning_rate]),
        penalty=np.zeros(1),
        decay=np.array([recipe.weight_decay]),
        dropout=np.array([recipe.dropout]),
        smoothing=np.array([recipe.label_smoothing]) if settings.is_smoothed else None,
        schedules=[coslog4],
        decay_schedule=flat_cos,
        dropout_schedule=flat_cos,
        rate_factors=recipe.rate_factors,
        decay_factors=recipe.decay_factors,
        batch_size=min(settings.batch_size, n_rows),
        n_epochs=settings.n_epochs,
        drop_last=True,
    )


def _validation(
    train_part: Part, table: Rows, held_part: Part | None, score: Any, place: Place
) -> Validation | None:
    if held_part is None:
        return None
    same = held_part.encoded is train_part.encoded
    weight = np.ones(len(held_part.rows), dtype=np.float32)
    if held_part.weight is not None:
        weight = held_part.weight[held_part.rows]
    return Validation(
        table if same else held_part.on(place),
        place.put(held_part.rows[None, :]),
        place.put(weight[None, :]),
        score,
    )
