"""The table of an epoch's steps: learning rates, decay and dropout of each model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .optimizers import step_epsilons, step_rates
from .problem import Recipe
from .stopping import Progress


@dataclass(frozen=True)
class StepTable:
    """What the steps of one epoch differ in, worked out before the first of them.

    Attributes
    ----------
    rates : ndarray of shape (3, n_steps, n_models, 1), float64
        What the optimizer takes as rate, as decay (the share of the weights that goes), and as
        epsilon.
    dropout : ndarray of shape (n_steps, n_models)
    """

    rates: np.ndarray
    dropout: np.ndarray

    @classmethod
    def of(
        cls, recipe: Recipe, progress: Sequence[Progress], n_updates: np.ndarray, sizes: np.ndarray
    ) -> StepTable:
        """Make the table of the next epoch.

        Parameters
        ----------
        progress : sequence of Progress, one per model
        n_updates : ndarray of shape (n_models,)
            Steps taken before this epoch.
        sizes : ndarray of shape (n_steps, n_models)
            Rows of each batch.
        """
        n_steps = len(sizes)
        t = (progress[0].n_epochs + np.arange(n_steps) / max(n_steps, 1)) / recipe.n_epochs
        shapes = {id(schedule): schedule(t) for schedule in recipe.schedules}
        shape = np.stack([shapes[id(schedule)] for schedule in recipe.schedules], axis=1)
        rate = shape * (recipe.rate * np.array([each.rate_factor for each in progress]))
        steps = np.maximum(n_updates + np.cumsum(sizes > 0, axis=0), 1)
        decay = rate * recipe.decay * _factor(recipe.decay_schedule, t)
        epsilon = step_epsilons(recipe.rule, steps)
        rates = np.stack([step_rates(recipe.rule, rate, steps), decay, epsilon])
        dropout = recipe.dropout * _factor(recipe.dropout_schedule, t)
        return cls(rates[..., None], np.broadcast_to(dropout, rate.shape))


def _factor(schedule: Any, t: np.ndarray) -> np.ndarray:
    """Return the factors of a schedule as a column, 1 without one."""
    return np.ones((len(t), 1)) if schedule is None else np.asarray(schedule(t))[:, None]
