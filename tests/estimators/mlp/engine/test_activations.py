"""Activations: values, slopes, extreme input, precision in float32, all libraries."""

from __future__ import annotations

import numpy as np
import pytest
from array_api_compat import numpy as np_namespace
from helpers.gradients import assert_float32, assert_layer, assert_models_apart, drawn
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import erf, expit

from gridfold.estimators.mlp.engine.activations import ACTIVATIONS, parametric

SCALE, ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
EXPECTED = {
    "identity": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "gelu": lambda x: 0.5 * x * (1 + erf(x / np.sqrt(2))),
    "silu": lambda x: x * expit(x),
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "selu": lambda x: SCALE * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0))),
    "tanh": np.tanh,
    "logistic": expit,
}
SHAPES = [(1, 5, 4), (3, 4, 2), (2, 1, 3)]
IN_TORCH = {"identity": "Identity", "relu": "ReLU", "leaky_relu": "LeakyReLU", "gelu": "GELU"}
IN_TORCH |= {"silu": "SiLU", "mish": "Mish", "selu": "SELU", "tanh": "Tanh", "logistic": "Sigmoid"}
names = pytest.mark.parametrize("name", sorted(ACTIVATIONS))


def both(name, X):
    """The value and the slope at each entry."""
    Y, backward = ACTIVATIONS[name](X, xp=np_namespace)
    return Y, backward(np.ones_like(X))[0]


def test_every_activation_has_its_reference():
    assert set(ACTIVATIONS) == set(EXPECTED) == set(IN_TORCH)


@names
def test_values(name):
    X = 4 * drawn(2, 300, 5)
    assert_allclose(both(name, X)[0], EXPECTED[name](X), rtol=1e-12, atol=1e-13)


@names
@pytest.mark.parametrize("shape", SHAPES)
def test_gradient(library, name, shape):
    assert_layer(library, ACTIVATIONS[name], [2 * drawn(*shape)])


@names
@pytest.mark.parametrize("shape", SHAPES)
def test_gradient_of_the_parametric_form(library, name, shape):
    X, w = drawn(*shape), drawn(shape[0], shape[2], seed=1)
    assert_layer(library, parametric(ACTIVATIONS[name]), [X, w])


@names
def test_parametric_between_identity_and_activation(name):
    X = drawn(2, 7, 3)
    layer = parametric(ACTIVATIONS[name])
    assert_array_equal(layer(X, np.zeros((2, 3)), xp=np_namespace)[0], X)
    assert_allclose(layer(X, np.ones((2, 3)), xp=np_namespace)[0], both(name, X)[0], atol=1e-15)


@names
def test_models_do_not_mix(name):
    assert_models_apart(ACTIVATIONS[name], [drawn(3, 6, 4)])
    assert_models_apart(parametric(ACTIVATIONS[name]), [drawn(3, 6, 4), drawn(3, 4)])


@names
def test_float32_stays(library, name):
    assert_float32(library, ACTIVATIONS[name], [drawn(2, 3, 4)])
    assert_float32(library, parametric(ACTIVATIONS[name]), [drawn(2, 3, 4), drawn(2, 4)])


@names
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_input(name, dtype):
    X = np.array([[[-1e10, -1e4, -800, -90, -1e-30, 0, 1e-30, 90, 800, 1e4, 1e10]]], dtype=dtype)
    Y, slope = both(name, X)
    assert_allclose(Y, EXPECTED[name](X.astype(np.float64)), rtol=1e-5, atol=1e-7)
    assert_allclose(slope, both(name, np.clip(X, -800, 800))[1], rtol=1e-6)


@names
def test_float32_to_rounding(name):
    X = np.linspace(-12, 12, 100_001, dtype=np.float32)[None, :, None]
    for rounded, exact in zip(both(name, X), both(name, X.astype(np.float64)), strict=True):
        assert_allclose(rounded, exact, rtol=3e-7, atol=5e-7)


@names
@pytest.mark.parametrize("bits", [32, 64])
def test_against_autograd(name, bits):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    X = 3 * drawn(2, 40, 6, dtype=f"float{bits}")
    taped = torch.tensor(X, requires_grad=True)
    expected = getattr(torch.nn, IN_TORCH[name])()(taped)
    (slope,) = torch.autograd.grad(expected.sum(), taped)
    tolerance = {32: 2e-6, 64: 1e-13}[bits]
    for ours, theirs in zip(both(name, X), (expected, slope), strict=True):
        assert_allclose(ours, theirs.detach().numpy(), rtol=tolerance, atol=tolerance)


@names
def test_nan_stays_seen(name):
    X = np.array([[[np.nan, 1.0]]])
    assert_array_equal(np.isnan(both(name, X)[0]), [[[True, False]]])
