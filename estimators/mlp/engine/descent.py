"""From the gradient of a minibatch to new weights: penalty, decay, optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...arrays import Array, Namespace
from .optimizers import update
from .problem import Problem, Recipe


class Descent:
    """What a step does to the weights; all that stays the same from step to step.

    Parameters
    ----------
    problem : Problem
    flat : array of shape (n_models, n_weights)
        Changed in place by each step.
    state : tuple of arrays of that shape
        Of the optimizer; changed in place.
    xp : namespace
    """

    def __init__(
        self, problem: Problem, flat: Array, state: Sequence[Array], xp: Namespace
    ) -> None:
        recipe, network = problem.recipe, problem.network
        put, dtype = problem.rows.place.put, flat.dtype
        self.rule, self.flat, self.state, self.xp = recipe.rule, flat, state, xp
        self.penalised = network.columns.get("weight", slice(0, 0))
        self.penalty = put(recipe.penalty, dtype) if recipe.penalty.any() else None
        self.segments = _segments(problem, dtype)

    def step(self, grad: Array, rates: Array, sums: Array, active: Array | None) -> Array | float:
        """Change the weights; return their l2 penalty before that, of shape (n_models,).

        Parameters
        ----------
        grad : array of shape (n_models, n_weights)
            Overwritten.
        rates : array of shape (3, n_models, 1)
            Rate, decay and epsilon, of `StepTable`.
        sums : array of shape (n_models,)
            Of the weights of the minibatch's rows, which the penalty is divided by.
        active : boolean array of shape (n_models,), or None
            Models that take the step; None is all.
        """
        penalty = self._add_penalty(grad, sums)
        for segment in self.segments:
            columns = segment.columns
            update(
                self.rule,
                self.flat[:, columns],
                grad[:, columns],
                [part[:, columns] for part in self.state],
                segment.times(rates[0, ...], segment.rate_factor),
                segment.times(rates[1, ...], segment.decay_factor) if segment.decays else None,
                epsilon=rates[2, ...] if self.rule.corrected_epsilon else None,
                active=active,
                xp=self.xp,
            )
        return penalty

    def _add_penalty(self, grad: Array, sums: Array) -> Array | float:
        """Add the gradient of the l2 penalty to `grad`; return the penalty of each model."""
        if self.penalty is None:
            return 0.0
        weights = self.flat[:, self.penalised]
        strength = self.penalty / sums
        grad[:, self.penalised] += strength[:, None] * weights
        return 0.5 * strength * self.xp.vecdot(weights, weights)


@dataclass(frozen=True)
class _Segment:
    """Columns of the weights, and what their learning rate and decay are multiplied by.

    A number on the host, where the columns are those of kinds that go alike; else all columns,
    which one kernel serves, and an array of shape (1, n_weights), or None for 1.
    """

    columns: slice
    rate_factor: Any
    decay_factor: Any
    decays: bool

    @staticmethod
    def times(rates: Array, factor: Any) -> Any:
        """Return rates by model (n_models, 1) as `update` takes them."""
        if isinstance(factor, float):
            return rates if factor == 1.0 else rates * factor
        return rates if factor is None else (rates, factor)


def _segments(problem: Problem, dtype: Any) -> list[_Segment]:
    recipe, network, place = problem.recipe, problem.network, problem.rows.place
    decays = bool(recipe.decay.any())
    if not place.on_host:
        rate, decay = (
            place.put(network.by_kind(factors)[None, :], dtype) if factors else None
            for factors in (recipe.rate_factors, _products(recipe))
        )
        return [_Segment(slice(0, network.n_weights), rate, decay, decays)]
    found: list[_Segment] = []
    for kind in network.kinds:
        rate = float(recipe.rate_factors.get(kind, 1.0))
        decay = float(_products(recipe).get(kind, 1.0)) if decays else 0.0
        columns, last = network.columns[kind], found[-1] if found else None
        if last is not None and (last.rate_factor, last.decay_factor) == (rate, decay):
            found[-1] = replace(last, columns=slice(last.columns.start, columns.stop))
        else:
            found.append(_Segment(columns, rate, decay, decay > 0))
    return found


def _products(recipe: Recipe) -> dict[str, float]:
    """Return by kind what the share of a weight that decays in a step is multiplied by."""
    kinds = {*recipe.rate_factors, *recipe.decay_factors}
    return {
        kind: recipe.rate_factors.get(kind, 1.0) * recipe.decay_factors.get(kind, 1.0)
        for kind in kinds
    }
