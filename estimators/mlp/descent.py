"""From the gradients of a minibatch's parts to new weights: penalty, decay, optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..arrays import Array, Namespace
from .optimizers import update
from .problem import Problem, Recipe


class Descent:
    """One step of the weights, range by range of their columns.

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
        self.decays = bool(recipe.decay.any())
        self.rate_factors, self.decay_factors = (
            put(network.by_kind(factors)[None, :], dtype) if factors else None
            for factors in (recipe.rate_factors, _products(recipe))
        )

    def ranges(self, n_parts: int) -> list[slice]:
        """Cut the columns of the weights into about equal ranges."""
        n = self.flat.shape[1]
        ends = [n * i // n_parts for i in range(n_parts + 1)]
        return [slice(start, stop) for start, stop in pairwise(ends)]

    def step(
        self,
        columns: slice,
        grads: Sequence[Array],
        rates: Array,
        sums: Array,
        active: Array | None,
    ) -> Array | float:
        """Change the weights in these columns; return their l2 penalty, of shape (n_models,).

        Parameters
        ----------
        grads : sequence of arrays of shape (n_models, n_weights)
            Of the parts of a minibatch, which are summed; overwritten.
        rates : array of shape (3, n_models, 1)
            Rate, decay and epsilon, of `StepTable`.
        sums : array of shape (n_models,)
            Of the weights of the minibatch's rows, which the penalty is divided by.
        active : boolean array of shape (n_models,), or None
            Models that take the step; None is all.
        """
        grad = grads[0][:, columns]
        for other in grads[1:]:
            grad += other[:, columns]
        penalty = self._add_penalty(columns, grad, sums)
        update(
            self.rule,
            self.flat[:, columns],
            grad,
            [part[:, columns] for part in self.state],
            _by_weight(rates[0, ...], self.rate_factors, columns),
            _by_weight(rates[1, ...], self.decay_factors, columns) if self.decays else None,
            epsilon=rates[2, ...] if self.rule.corrected_epsilon else None,
            active=active,
            xp=self.xp,
        )
        return penalty

    def _add_penalty(self, columns: slice, grad: Array, sums: Array) -> Array | float:
        """Add the gradient of the l2 penalty to `grad`; return the penalty of each model."""
        start = max(columns.start, self.penalised.start)
        stop = min(columns.stop, self.penalised.stop)
        if self.penalty is None or start >= stop:
            return 0.0
        weights = self.flat[:, start:stop]
        strength = self.penalty / sums
        grad[:, start - columns.start : stop - columns.start] += strength[:, None] * weights
        return 0.5 * strength * self.xp.vecdot(weights, weights)


def _by_weight(rates: Array, factors: Array | None, columns: slice) -> Array | tuple[Array, Array]:
    return rates if factors is None else (rates, factors[:, columns])


def _products(recipe: Recipe) -> dict[str, float]:
    """Return by kind what the share of a weight that decays in a step is multiplied by."""
    kinds = {*recipe.rate_factors, *recipe.decay_factors}
    return {
        kind: recipe.rate_factors.get(kind, 1.0) * recipe.decay_factors.get(kind, 1.0)
        for kind in kinds
    }
