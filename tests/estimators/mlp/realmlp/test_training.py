"""The training of RealMLP beside the same recipe in PyTorch: same weights after the same steps."""

from __future__ import annotations

from dataclasses import replace
from math import cos, log2, pi, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gridfold.estimators.arrays import HOST
from gridfold.estimators.mlp.engine.losses import LOSSES
from gridfold.estimators.mlp.engine.training import Training
from gridfold.estimators.mlp.engine.validation import negative_mse
from gridfold.estimators.mlp.realmlp.fitting import Part, Settings, problem_of
from gridfold.estimators.mlp.realmlp.network import Architecture, build_network
from gridfold.estimators.mlp.realmlp.preprocessing import Encoded
from gridfold.estimators.mlp.realmlp.recipe import RECIPES

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

N_ROWS, BATCH, N_EPOCHS = 50, 16, 4  # 3 steps an epoch: the last two rows of each are left out


class Fixed:
    """The rows as they are, epoch after epoch."""

    rows = np.arange(N_ROWS)

    def next_epoch(self):
        return self.rows

    def snapshot(self):
        return {}


def data(architecture):
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(N_ROWS, architecture.n_dense)).astype(np.float32)
    codes = [rng.integers(c, size=N_ROWS) for c in architecture.cardinalities]
    codes = np.stack(codes, axis=1) if codes else np.empty((N_ROWS, 0), dtype=np.int64)
    return Encoded(dense, codes), rng


def trained(architecture, recipe, y, start, loss):
    """Return the weights of each layer after all epochs, by gridfold."""
    settings = Settings(
        recipe=recipe,
        n_epochs=N_EPOCHS,
        batch_size=BATCH,
        patience=np.inf,
        loss=LOSSES[loss],
        score=negative_mse,
        is_smoothed=loss == "log_loss",
    )
    part = Part(data(architecture)[0], y, None, Fixed.rows)
    problem = problem_of(architecture, settings, part, None, np.random.RandomState(0), HOST)
    training = Training(replace(problem, start=start, orders=[Fixed()]))
    for _ in range(N_EPOCHS):
        training.epoch()
    return training.problem.network.split(training.flat, np)


def outputs_in_torch(architecture, weights, dense, codes):
    """The network as the papers write it."""
    weights = [list(own) for own in weights if own]
    X = dense
    if architecture.n_periodic:
        w, b, W, c, *tables = weights.pop(0)
        numbers, others = dense[:, : architecture.n_periodic], dense[:, architecture.n_periodic :]
        waves = torch.cos(2 * pi * numbers[:, :, None] * w[0] + b[0])
        found = torch.einsum("npf,pfo->npo", waves, W[0]) + c[0]
        looked_up = [table[0][codes[:, j]] for j, table in enumerate(tables)]
        X = torch.cat([found.flatten(1), numbers, others, *looked_up], dim=1)
    scale, *first = weights.pop(0)
    X = X * scale
    activation = {"selu": torch.selu, "mish": torch.nn.functional.mish}[architecture.activation]
    pairs = [first, *weights]
    while len(pairs) > 1:
        W, b = pairs.pop(0)
        X = X @ W[0] / sqrt(W.shape[1]) + b[0]
        share = pairs.pop(0)[0][0] if architecture.parametric else 1.0
        X = X + (activation(X) - X) * share
    W, b = pairs[0]
    return X @ W[0] / sqrt(W.shape[1]) + b[0]


def trained_in_torch(architecture, recipe, y, start, loss):
    """Return the same as `trained`, by autograd and PyTorch's Adam."""
    network = build_network(architecture)
    tensors = [
        [torch.tensor(w, requires_grad=True) for w in own] for own in network.split(start, np)
    ]
    kinds = [kind for layer in network.layers for kind in layer.kinds]
    flat = [w for own in tensors for w in own]
    groups = [{"params": [w]} for w in flat]
    adam = torch.optim.Adam(groups, betas=(0.9, 0.95))
    encoded, _ = data(architecture)
    dense, codes, y = torch.tensor(encoded.dense), torch.tensor(encoded.codes), torch.tensor(y)
    n_steps = N_ROWS // BATCH
    for step in range(N_EPOCHS * n_steps):
        t = step / (N_EPOCHS * n_steps)
        rate = recipe.learning_rate * 0.5 * (1 - cos(2 * pi * log2(1 + 15 * t)))
        decay = recipe.weight_decay * (1.0 if t < 0.5 else 0.5 * (1 + cos(pi * (2 * t - 1))))
        rows = slice(step % n_steps * BATCH, (step % n_steps + 1) * BATCH)
        outputs = outputs_in_torch(architecture, tensors, dense[rows], codes[rows])
        if loss == "mse":
            value = torch.mean((outputs - y[rows]) ** 2)
        else:
            smoothed = 0.9 * y[rows] + 0.1 / y.shape[1]
            value = -(torch.log_softmax(outputs, dim=1) * smoothed).sum(dim=1).mean()
        adam.zero_grad()
        value.backward()
        factors = {"scale": 6.0, "bias": 0.1, "activation": 0.1, "periodic": 0.1}
        for group, kind in zip(adam.param_groups, kinds, strict=True):
            factor = factors.get(kind, 1.0)
            group["lr"] = rate * factor
            if kind != "bias":
                with torch.no_grad():
                    group["params"][0].mul_(1 - decay * rate * factor**2)
        adam.step()
    return [[w.detach().numpy() for w in own] for own in tensors]


@pytest.mark.parametrize("name", ["td", "td-s"])
@pytest.mark.parametrize("loss", ["log_loss", "mse"])
def test_the_weights_are_those_of_the_recipe_in_pytorch(name, loss):
    recipe = replace(RECIPES[name, loss == "log_loss"], dropout=0.0)
    architecture = Architecture(
        n_dense=5,
        n_periodic=3 if recipe.periodic else 0,
        cardinalities=(4, 11) if recipe.periodic else (),
        hidden=(12, 9),
        n_outputs=3 if loss == "log_loss" else 1,
        activation=recipe.activation,
        parametric=recipe.parametric,
        drops=False,
    )
    rng = data(architecture)[1]
    y = rng.normal(size=(N_ROWS, 1)).astype(np.float32)
    if loss == "log_loss":
        y = np.eye(3, dtype=np.float32)[rng.integers(3, size=N_ROWS)]
    n_weights = build_network(architecture).n_weights
    start = rng.normal(size=(1, n_weights)).astype(np.float32)
    found = trained(architecture, recipe, y, start, loss)
    expected = trained_in_torch(architecture, recipe, y, start, loss)
    moved = 0.0
    for ours, theirs, before in zip(
        found, expected, build_network(architecture).split(start, np), strict=True
    ):
        for weight, other, first in zip(ours, theirs, before, strict=True):
            assert_allclose(weight, other, rtol=1e-3, atol=1e-4)
            moved = max(moved, np.abs(weight - first).max())
    assert moved > 0.1
