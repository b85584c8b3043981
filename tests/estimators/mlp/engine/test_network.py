"""A network's flat weights, and its gradient as a whole."""

from __future__ import annotations

import numpy as np
import pytest
from array_api_compat import numpy as np_namespace

from gridfold.estimators.mlp.engine.layers import linear
from gridfold.estimators.mlp.engine.network import Context, Layer, Network

from .problems import N_FEATURES, network


def test_split_and_join_are_inverse(library):
    net = network()
    flat = library.put(np.arange(2.0 * net.n_weights).reshape(2, -1))
    weights = net.split(flat, library.xp)
    assert [[tuple(w.shape) for w in layer] for layer in weights] == [
        [(2, N_FEATURES, 5), (2, 5)],
        [],
        [(2, 5, 1), (2, 1)],
    ]
    np.testing.assert_array_equal(library.host(net.join(weights, library.xp)), library.host(flat))


def test_the_parts_of_flat_weights_are_views(library):
    """Training splits the weights once and then changes them in place."""
    net = network()
    flat = library.put(np.zeros((3, net.n_weights)))
    weights = net.split(flat, library.xp)
    flat += library.put(np.ones(flat.shape))
    for layer in weights:
        for weight in layer:
            assert library.host(weight).min() == 1


def test_weights_of_one_kind_stand_side_by_side():
    net = network()
    assert net.kinds == ("weight", "bias")
    n_weight, n_bias = N_FEATURES * 5 + 5, 5 + 1
    assert net.columns == {
        "weight": slice(0, n_weight),
        "bias": slice(n_weight, n_weight + n_bias),
    }
    by_kind = net.by_kind({"bias": 0.1})
    np.testing.assert_array_equal(by_kind, np.r_[np.ones(n_weight), np.full(n_bias, 0.1)])


def test_the_gradient_is_that_of_finite_differences(library):
    net, rng = network(n_outputs=2), np.random.RandomState(0)
    X, direction = rng.standard_normal((2, 7, N_FEATURES)), rng.standard_normal((2, 7, 2))
    flat = rng.standard_normal((2, net.n_weights))
    context = Context(library.xp, training=True)

    def value(flat):
        Y, _ = net.forward(library.put(X), net.split(library.put(flat), library.xp), context)
        return (library.host(Y) * direction).sum(axis=(1, 2))

    weights = net.split(library.put(flat), library.xp)
    _, backward = net.forward(library.put(X), weights, context)
    grad = library.host(backward(library.put(direction)))
    step = 1e-6
    for column in range(net.n_weights):
        ahead, back = flat.copy(), flat.copy()
        ahead[:, column] += step
        back[:, column] -= step
        expected = (value(ahead) - value(back)) / (2 * step)
        np.testing.assert_allclose(grad[:, column], expected, rtol=1e-6, atol=1e-7)


def test_prediction_is_the_forward_pass():
    net, rng = network(), np.random.RandomState(0)
    X = rng.standard_normal((3, 7, N_FEATURES))
    weights = net.split(rng.standard_normal((3, net.n_weights)), np_namespace)
    context = Context(np_namespace)
    np.testing.assert_array_equal(
        net.predict(X, weights, context), net.forward(X, weights, context)[0]
    )


def test_buffers_start_from_what_their_layers_say(library):
    layer = Layer(linear, ((2, 2), (2,)), ("weight", "bias"), buffers={"mean": ((4,), 1.5)})
    net = Network((layer,))
    like = library.put(np.zeros((3, net.n_weights), dtype=np.float32))
    buffers = net.new_buffers(3, like, library.xp)
    assert list(buffers) == ["mean"]
    assert library.owns(buffers["mean"])
    np.testing.assert_array_equal(library.host(buffers["mean"]), np.full((3, 4), 1.5, np.float32))
    assert buffers["mean"].dtype == like.dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_of_the_weights_is_kept(dtype):
    net, rng = network(), np.random.RandomState(0)
    X = rng.standard_normal((1, 7, N_FEATURES)).astype(dtype)
    weights = net.split(rng.standard_normal((1, net.n_weights)).astype(dtype), np_namespace)
    Y, backward = net.forward(X, weights, Context(np_namespace, training=True))
    assert Y.dtype == dtype
    assert backward(np.ones_like(Y)).dtype == dtype
