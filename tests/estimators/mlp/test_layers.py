"""Layers: values, gradients by finite differences and autograd, padding, all libraries."""

from __future__ import annotations

import numpy as np
import pytest
from array_api_compat import numpy as np_namespace
from helpers.gradients import assert_float32, assert_layer, assert_models_apart, drawn
from numpy.testing import assert_allclose

from gridfold.estimators.mlp.layers import feature_scale, linear, ntk_linear

SHAPES = [(1, 5, 4, 3), (3, 4, 2, 1), (2, 1, 1, 2)]


def arrays_of(layer, n_models, n_samples, n_in, n_out):
    """Input and weights."""
    X = drawn(n_models, n_samples, n_in)
    if layer is feature_scale:
        return [X, drawn(n_models, n_in)]
    return [X, drawn(n_models, n_in, n_out, seed=1), drawn(n_models, n_out, seed=2)]


layers = pytest.mark.parametrize("layer", [linear, ntk_linear, feature_scale])


@layers
@pytest.mark.parametrize("shape", SHAPES)
def test_gradient(library, layer, shape):
    assert_layer(library, layer, arrays_of(layer, *shape))


@layers
def test_float32_stays(library, layer):
    assert_float32(library, layer, arrays_of(layer, 2, 5, 3, 4))


@layers
def test_models_do_not_mix(layer):
    assert_models_apart(layer, arrays_of(layer, 4, 5, 3, 2))


@layers
def test_without_gradient_of_the_input(layer):
    arrays = arrays_of(layer, 2, 5, 3, 4)
    Y, backward = layer(*arrays, xp=np_namespace)
    expected = backward(np.ones_like(Y))[1]
    _, backward = layer(*arrays, xp=np_namespace, input_gradient=False)
    dX, grads = backward(np.ones_like(Y))
    assert dX is None
    for grad, same in zip(grads, expected, strict=True):
        assert_allclose(grad, same, rtol=1e-15)


def test_values():
    X, W, b = arrays_of(linear, 2, 5, 4, 3)
    product = np.einsum("mnd,mdh->mnh", X, W)
    offset = np.stack([np.tile(row, (5, 1)) for row in b])
    assert_allclose(linear(X, W, b, xp=np_namespace)[0], product + offset, rtol=1e-12)
    assert_allclose(ntk_linear(X, W, b, xp=np_namespace)[0], product / 2 + offset, rtol=1e-12)
    assert_allclose(
        feature_scale(X, b[:, [0, 1, 2, 0]], xp=np_namespace)[0][1, 4, 2], X[1, 4, 2] * b[1, 2]
    )
