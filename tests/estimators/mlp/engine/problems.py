"""Small training problems for the tests of the engine."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gridfold.estimators.arrays import place_of
from gridfold.estimators.mlp.engine.activations import ACTIVATIONS
from gridfold.estimators.mlp.engine.batches import RowOrder, Rows
from gridfold.estimators.mlp.engine.layers import dropout, linear
from gridfold.estimators.mlp.engine.losses import LOSSES
from gridfold.estimators.mlp.engine.network import Layer, Network
from gridfold.estimators.mlp.engine.optimizers import RULES
from gridfold.estimators.mlp.engine.problem import Problem, Recipe
from gridfold.estimators.mlp.engine.stopping import Stopping
from gridfold.estimators.mlp.engine.validation import Validation, negative_mse

N_SAMPLES, N_FEATURES = 90, 4


def network(hidden: int = 5, n_outputs: int = 1, *, drops: bool = False) -> Network:
    """One hidden layer with tanh."""
    layers = [
        Layer(
            partial(linear, input_gradient=False),
            ((N_FEATURES, hidden), (hidden,)),
            ("weight", "bias"),
        ),
        Layer(ACTIVATIONS["tanh"]),
        Layer(linear, ((hidden, n_outputs), (n_outputs,)), ("weight", "bias")),
    ]
    if drops:
        layers.insert(2, Layer(dropout, contextual=True))
    return Network(tuple(layers))


def rows(put: Any = np.asarray, *, dtype: Any = np.float64, weighted: bool = False) -> Rows:
    """A smooth function of drawn numbers."""
    rng = np.random.RandomState(0)
    X = rng.standard_normal((N_SAMPLES, N_FEATURES))
    y = np.tanh(X @ rng.standard_normal((N_FEATURES, 1))) + 0.1 * rng.standard_normal((len(X), 1))
    weight = put(rng.uniform(0.2, 2.0, len(X)).astype(dtype)) if weighted else None
    X = put(X.astype(dtype))
    return Rows((X,), put(y.astype(dtype)), weight, place_of(X))


def problem(
    n_models: int = 3,
    *,
    table: Rows | None = None,
    trained_on: list[np.ndarray] | None = None,
    drops: bool = False,
    seed: int = 0,
    stopping: Stopping | None = None,
    **changes: Any,
) -> Problem:
    """Models with their own rates, penalties, decay, dropout, shuffles and rows."""
    table = rows() if table is None else table
    net = network(drops=drops)
    rng = np.random.RandomState(seed)
    start = 0.5 * rng.standard_normal((n_models, net.n_weights))
    each = np.arange(n_models)
    recipe = Recipe(
        loss=LOSSES["squared_error"],
        rule=RULES["adamw"],
        rate=0.005 * (1 + each),
        penalty=0.1 * each,
        decay=0.05 * each,
        dropout=0.1 * each if drops else np.zeros(n_models),
        schedules=[(lambda t, i=i: 1 - t * i / 5) for i in each],
        batch_size=20,
        n_epochs=6,
        rate_factors={"bias": 0.5},
        decay_factors={"bias": 0.0},
    )
    trained_on = trained_on or [np.arange(N_SAMPLES)] * n_models
    return Problem(
        net,
        table,
        replace(recipe, **changes),
        stopping or Stopping(patience=np.inf),
        table.place.put(start, table.y.dtype),
        [RowOrder(numbers, np.random.RandomState(i)) for i, numbers in enumerate(trained_on)],
        list(range(10, 10 + n_models)),
    )


def with_validation(base: Problem, numbers: np.ndarray) -> Problem:
    """Score all models on the same rows."""
    put = base.rows.place.put
    index = put(np.tile(numbers, (len(base), 1)))
    weight = put(np.ones((len(base), len(numbers))), base.rows.y.dtype)
    return replace(base, validation=Validation(base.rows, index, weight, negative_mse))
