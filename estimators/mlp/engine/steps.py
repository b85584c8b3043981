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
        step = np.arange(len(sizes))[:, None] / np.maximum(np.sum(sizes > 0, axis=0), 1)
        t = np.minimum((progress[0].n_epochs + step) / recipe.n_epochs, 1.0)
        shape = np.stack([s(t[:, i]) for i, s in enumerate(recipe.schedules)], axis=1)
        rate = shape * (recipe.rate * np.array([each.rate_factor for each in progress]))
        steps = np.maximum(n_updates + np.cumsum(sizes > 0, axis=0), 1)
        decay = rate * recipe.decay * _factor(recipe.decay_schedule, t)
        epsilon = step_epsilons(recipe.rule, steps)
        rates = np.stack([step_rates(recipe.rule, rate, steps), decay, epsilon])
        dropout = recipe.dropout * _factor(recipe.dropout_schedule, t)
        return cls(rates[..., None], dropout)


def _factor(schedule: Any, t: np.ndarray) -> np.ndarray:
    return np.ones_like(t) if schedule is None else schedule(t)
