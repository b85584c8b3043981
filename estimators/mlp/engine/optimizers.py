"""Optimizers: one update of flat weights, of which SGD, Adam, AdamW and RMSprop are cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Any

import numpy as np

from ...arrays import Array, Namespace, fused

# Numbers in a block of a NumPy update: five float32 arrays take 2.6 MB, a share of the last cache.
BLOCK = 131_072


@dataclass(frozen=True)
class Rule:
    """What is done with a gradient g; the optimizers are cases by argument.

    ::

        w <- (1 - decay) w
        m <- beta_1 m + (1 - beta_1) g,   v <- beta_2 v + (1 - beta_2) g^2
        s  = rate m / (sqrt(v) + epsilon)               (s = rate g without beta_2)
        u <- momentum u - s                             (u = -s without momentum)
        w <- w + u,  or  w + momentum u - s             (nesterov)

    Attributes
    ----------
    momentum : float in [0, 1]
        Of the velocity u.
    nesterov : bool
        Whether the step looks ahead along the new velocity (Sutskever et al. 2013, section 2).
    beta_1 : float in [0, 1)
        Memory of the mean gradient; used with `beta_2` only.
    beta_2 : float in [0, 1) or None
        Memory of the mean squared gradient; None divides by nothing.
    epsilon : float
    corrected : bool
        Whether `step_rates` makes up for the zeros that m and v start from (Kingma and Ba 2015,
        section 3), in the form of the end of their section 2, which is scikit-learn's: epsilon is
        added to the root of the uncorrected v.
    corrected_epsilon : bool
        Whether epsilon is added to the root of the corrected v, as in their algorithm 1 and in
        PyTorch: it then differs from step to step, as `step_epsilons` says.
    decoupled : bool
        Whether weight decay shrinks the weights (Loshchilov and Hutter 2019) rather than being a
        part of the gradient. The caller acts on it: here decay always shrinks.
    """

    momentum: float = 0.0
    nesterov: bool = False
    beta_1: float = 0.0
    beta_2: float | None = None
    epsilon: float = 1e-8
    corrected: bool = False
    corrected_epsilon: bool = False
    decoupled: bool = False


RULES = {
    "sgd": Rule(momentum=0.9, nesterov=True),
    "adam": Rule(beta_1=0.9, beta_2=0.999, corrected=True),
    "adamw": Rule(beta_1=0.9, beta_2=0.999, corrected=True, decoupled=True),
    "rmsprop": Rule(beta_2=0.99),
}


def new_state(rule: Rule, weights: Array, xp: Namespace) -> tuple[Array, ...]:
    """Return the state before the first step: zeros of the shape of `weights` (n_models, ...)."""
    n_arrays = bool(rule.momentum) + (rule.beta_2 is not None) * (1 + bool(rule.beta_1))
    return tuple(xp.zeros_like(weights) for _ in range(n_arrays))


def step_rates(rule: Rule, rate: Any, step: Any) -> np.ndarray:
    """Return the rates that `update` takes, of a table of steps.

    `rate sqrt(1 - beta_2^step) / (1 - beta_1^step)` where the rule corrects, times a constant of
    the rule: `update` keeps m / (1 - beta_1) and v / (1 - beta_2), which saves it two passes.

    Parameters
    ----------
    rate : float or ndarray, float64
        Learning rates.
    step : int or ndarray of int
        Number of the step, from 1, of each model; broadcasts against `rate`.
    """
    rate, step = np.asarray(rate, dtype=np.float64), np.asarray(step)
    if rule.beta_2 is None:
        return rate + np.zeros(step.shape)
    constant = (1.0 - rule.beta_1) / np.sqrt(1.0 - rule.beta_2)
    if not rule.corrected:
        return constant * rate + np.zeros(step.shape)
    correction = np.sqrt(1.0 - rule.beta_2**step) / (1.0 - rule.beta_1**step)
    return constant * rate * correction


def step_epsilons(rule: Rule, step: Any) -> np.ndarray:
    """Return the epsilons that `update` takes with a rule of `corrected_epsilon`, of steps >= 1."""
    step = np.asarray(step)
    if rule.beta_2 is None or not rule.corrected_epsilon:
        return np.full(step.shape, _epsilon(rule))
    return _epsilon(rule) * np.sqrt(1.0 - rule.beta_2**step)


def update(
    rule: Rule,
    weights: Array,
    grad: Array,
    state: Sequence[Array],
    rate: Array | tuple[Array, Array],
    decay: Array | tuple[Array, Array] | None = None,
    *,
    xp: Namespace,
    epsilon: Array | None = None,
    active: Array | None = None,
) -> tuple[Array, Sequence[Array]]:
    """Take one step: `weights` and `state` change in place, `grad` is overwritten.

    Parameters
    ----------
    weights, grad : array of shape (n_models, n_weights)
    state : sequence of arrays of that shape
        From `new_state`, or columns of it.
    rate : array of shape (n_models, 1) or (n_models, n_weights), dtype of the weights
        From `step_rates`. A pair of arrays stands for their product: rates by model, and factors
        by weight of shape (1, n_weights).
    decay : array like `rate`, optional
        The share of each weight that goes in this step: rate times weight decay for AdamW.
    epsilon : array of shape (n_models, 1), optional
        From `step_epsilons`, for a rule of `corrected_epsilon`.
    active : boolean array of shape (n_models,), optional
        Models that take the step; the others keep their weights and their state.

    Returns
    -------
    weights, state
        The arrays passed.
    """
    if epsilon is None and rule.corrected_epsilon:
        raise ValueError("A rule with corrected_epsilon=True needs epsilon=step_epsilons(...).")
    on = None if active is None else active[:, None]
    step = _kernel(rule, xp)
    numbers = (*_pair(rate), *_pair(decay), epsilon, on)
    if isinstance(weights, np.ndarray):
        for block in _blocks(*weights.shape):
            parts = (part[block] for part in state)
            step(weights[block], grad[block], *(_part(n, block) for n in numbers), *parts)
    else:
        step(weights, grad, *numbers, *state)
    return weights, state


@lru_cache(maxsize=64)
def _kernel(rule: Rule, xp: Namespace) -> Callable[..., None]:
    """Return the update of a rule as a function of arrays alone: one kernel on CuPy."""

    def step(
        weights: Array,
        grad: Array,
        rate: Array,
        rate_factor: Array | None,
        decay: Array | None,
        decay_factor: Array | None,
        epsilon: Array | None,
        on: Array | None,
        *state: Array,
    ) -> None:
        if decay is not None:
            weights *= 1.0 - _masked(_times(decay, decay_factor), on, xp)
        step = grad = _masked(grad, on, xp)
        if rule.beta_2 is not None:
            step = _divided(rule, grad, state, epsilon, on, xp)
        step *= _times(rate, rate_factor)
        step = _masked(step, on, xp)
        if not rule.momentum:
            weights -= step
            return
        velocity = state[-1]
        velocity *= _kept(rule.momentum, on, velocity, xp)
        velocity -= step
        ahead = rule.momentum * velocity - step if rule.nesterov else velocity
        weights += _masked(ahead, on, xp)

    return fused(step, xp)


def _divided(
    rule: Rule, grad: Array, state: Sequence[Array], epsilon: Any, on: Array | None, xp: Namespace
) -> Array:
    """Return the gradient, or its mean, by the root of the mean squared gradient."""
    mean, squares = grad, state[0]
    if rule.beta_1:
        mean, squares = state[0], state[1]
        mean *= _kept(rule.beta_1, on, mean, xp)
        mean += grad
        grad *= grad
    else:
        grad = grad * grad
    squares *= _kept(rule.beta_2, on, squares, xp)
    squares += grad
    root = _root(squares, grad, xp)
    root += _epsilon(rule) if epsilon is None else epsilon
    return _quotient(mean, root)


def _root(squares: Array, spare: Array, xp: Namespace) -> Array:
    """Return the root, on NumPy in a spare array: new ones cost a fifth of the update."""
    return np.sqrt(squares, out=spare) if isinstance(spare, np.ndarray) else xp.sqrt(squares)


def _quotient(mean: Array, root: Array) -> Array:
    """Return the quotient, on NumPy in the place of the divisor."""
    return np.divide(mean, root, out=root) if isinstance(root, np.ndarray) else mean / root


def _epsilon(rule: Rule) -> float:
    """Epsilon beside the root of squares that were never multiplied by 1 - beta_2."""
    return rule.epsilon / sqrt(1.0 - (rule.beta_2 or 0.0))


def _masked(values: Array, on: Array | None, xp: Namespace) -> Array:
    """Zero for models that do not step, whatever their values are: NaN and infinity too."""
    return values if on is None else xp.where(on, values, 0.0)


def _kept(share: float | None, on: Array | None, like: Array, xp: Namespace) -> Any:
    """The share of a moment that is kept: all of it for models that do not step."""
    assert share is not None
    return share if on is None else 1.0 - (1.0 - share) * xp.astype(on, like.dtype)


def _pair(value: Any) -> tuple[Any, Any]:
    return value if isinstance(value, tuple) else (value, None)


def _times(value: Array, factor: Array | None) -> Array:
    return value if factor is None else value * factor


def _part(value: Array | None, block: tuple[slice, slice]) -> Array | None:
    """The part of an array that broadcasts against (n_models, n_weights) that meets a block."""
    if value is None:
        return None
    rows, columns = block
    return value[rows if len(value) > 1 else slice(None), columns if value.shape[1] > 1 else ...]


def _blocks(n_models: int, n_weights: int) -> Iterator[tuple[slice, slice]]:
    """Cut (n_models, n_weights) into blocks: several models whole, or even parts of one."""
    rows = max(1, BLOCK // max(n_weights, 1))
    parts = -(-n_weights // BLOCK)
    columns = -(-n_weights // max(parts, 1))
    for i in range(0, n_models, rows):
        for j in range(0, n_weights, max(columns, 1)):
            yield slice(i, i + rows), slice(j, j + columns)
