"""Gradients of every layer against finite differences, over random shapes."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from helpers.gradients import assert_layer, assert_models_apart, drawn

from gridfold.estimators.mlp.engine.activations import ACTIVATIONS, parametric
from gridfold.estimators.mlp.engine.embeddings import heads, periodic, spread
from gridfold.estimators.mlp.engine.layers import (
    batch_norm,
    feature_scale,
    layer_norm,
    linear,
    ntk_linear,
)
from gridfold.estimators.mlp.engine.network import Context

# The shapes of the input and of the weights, of m models, n samples, d features, k others.
PLAIN = ("mnd",)
PER_FEATURE = ("mnd", "md")
LAYERS = {
    **{name: (layer, PLAIN) for name, layer in ACTIVATIONS.items()},
    **{f"parametric {n}": (parametric(layer), PER_FEATURE) for n, layer in ACTIVATIONS.items()},
    "linear": (linear, ("mnd", "mdk", "mk")),
    "ntk_linear": (ntk_linear, ("mnd", "mdk", "mk")),
    "feature_scale": (feature_scale, PER_FEATURE),
    "layer_norm": (layer_norm, ("mnd", "md", "md")),
    "batch_norm": (None, ("mnd", "md", "md")),
    "periodic": (periodic, ("mnd", "mdk", "mdk", "mdkn", "mdn")),
    "spread": (spread, ("mnd", "mkd", "mkd")),
    "heads": (heads, ("mrd", "mkdn", "mkn")),
}


def normed(X, scale, shift, *, xp, n_real):
    """`batch_norm` of which the first rows are real, more of them in later models."""
    rows = np.arange(X.shape[1])[None, :] < (n_real + np.arange(len(X)))[:, None]
    buffers = {"x.mean": np.zeros(scale.shape), "x.variance": np.ones(scale.shape)}
    context = Context(xp, training=True, row_weight=rows.astype(X.dtype), buffers=buffers)
    return batch_norm(X, scale, shift, context=context, name="x")


def case(name, seed):
    """A layer, and its input and weights in a random shape."""
    layer, shapes = LAYERS[name]
    rng = np.random.default_rng(seed)
    sizes = dict(zip("mndk", map(int, rng.integers(1, 6, size=4)), strict=True))
    sizes["r"] = sizes["k"] * sizes["n"]
    if layer is None:
        layer = partial(normed, n_real=int(rng.integers(1, 6)))
    arrays = [
        0.7 * drawn(*(sizes[axis] for axis in shape), seed=10 * seed + i)
        for i, shape in enumerate(shapes)
    ]
    return layer, arrays


@pytest.mark.parametrize("library", ["numpy"], indirect=True)
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", LAYERS)
def test_gradient(library, name, seed):
    layer, arrays = case(name, seed)
    assert_layer(library, layer, arrays)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", [name for name in LAYERS if name != "batch_norm"])
def test_models_do_not_mix(name, seed):
    assert_models_apart(*case(name, seed))
