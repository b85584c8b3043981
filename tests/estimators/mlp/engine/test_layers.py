"""Layers: values, gradients by finite differences and autograd, padding, all libraries."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from array_api_compat import numpy as np_namespace
from helpers.gradients import assert_float32, assert_layer, assert_models_apart, drawn, on
from numpy.testing import assert_allclose, assert_array_equal

from gridfold.estimators.arrays import place_of
from gridfold.estimators.mlp.engine.layers import (
    batch_norm,
    dropout,
    feature_scale,
    layer_norm,
    linear,
    ntk_linear,
)
from gridfold.estimators.mlp.engine.network import Context
from gridfold.estimators.mlp.engine.streams import streams_at

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
    scaled, _ = feature_scale(X, W[:, :, 0], xp=np_namespace)
    assert_allclose(scaled[1, 4], X[1, 4] * W[1, :, 0])


def norm_arrays(n_models, n_samples, n_units):
    return [
        3 * drawn(n_models, n_samples, n_units) + 1,
        drawn(n_models, n_units, seed=1),
        drawn(n_models, n_units, seed=2),
    ]


@pytest.mark.parametrize("shape", [(1, 5, 4), (3, 2, 6), (2, 1, 3)])
def test_gradient_of_layer_norm(library, shape):
    assert_layer(library, layer_norm, norm_arrays(*shape))


def normed(X, scale, shift, *, xp, row_weight=None, training=True, moments=None):
    """`batch_norm` with a context of its own; `moments` are host arrays of the running ones."""
    put = place_of(X).put
    if moments is None:
        moments = [np.full(scale.shape, value) for value in (0.0, 1.0)]
    buffers = {
        f"x.{n}": put(m.copy(), X.dtype) for n, m in zip(("mean", "variance"), moments, strict=True)
    }
    weight = None if row_weight is None else put(row_weight, X.dtype)
    context = Context(xp, training=training, row_weight=weight, buffers=buffers)
    return batch_norm(X, scale, shift, context=context, name="x")


PADDED = np.array([[0.3, 0.2, 0.5, 0, 0], [0.2, 0.2, 0.2, 0.2, 0.2], [0, 0, 0.5, 0, 0.5]])


@pytest.mark.parametrize("row_weight", [None, PADDED], ids=["all rows", "padded"])
@pytest.mark.parametrize("training", [True, False])
def test_gradient_of_batch_norm(library, row_weight, training):
    moments = [drawn(3, 4, seed=5), drawn(3, 4, seed=6) ** 2 + 0.1]
    layer = partial(normed, row_weight=row_weight, training=training, moments=moments)
    assert_layer(library, layer, norm_arrays(3, 5, 4))


@pytest.mark.parametrize("norm", [layer_norm, normed], ids=["layer", "batch"])
def test_norms_in_float32(library, norm):
    assert_float32(library, norm, norm_arrays(2, 5, 3))


@pytest.mark.parametrize("norm", [layer_norm, normed], ids=["layer", "batch"])
def test_norms_of_models_do_not_mix(norm):
    assert_models_apart(norm, norm_arrays(4, 5, 3))


def test_padding_leaves_moments_and_the_rest_alone():
    X, scale, shift = norm_arrays(3, 5, 4)
    Y, backward = normed(X, scale, shift, xp=np_namespace, row_weight=PADDED)
    share = drawn(3, 5, 4, seed=8) * (PADDED > 0)[..., None]
    dX, grads = backward(share.copy())
    for i in range(3):
        real = PADDED[i] > 0
        own = [X[i : i + 1, real], scale[i : i + 1], shift[i : i + 1]]
        Y_i, backward_i = normed(*own, xp=np_namespace)
        dX_i, grads_i = backward_i(share[i : i + 1, real])
        assert_allclose(Y[i, real], Y_i[0], rtol=1e-12, atol=1e-12)
        assert_allclose(dX[i, real], dX_i[0], rtol=1e-10, atol=1e-12)
        assert_array_equal(dX[i, ~real], 0)
        for grad, grad_i in zip(grads, grads_i, strict=True):
            assert_allclose(grad[i], grad_i[0], rtol=1e-10, atol=1e-12)


def test_running_moments_follow_rows_that_are_not_padding(library):
    X, scale, shift = (on(library, array) for array in norm_arrays(3, 5, 4))
    weight = PADDED.copy()
    weight[1] = 0  # a model without rows in this batch
    buffers = {"x.mean": library.put(np.zeros((3, 4))), "x.variance": library.put(np.ones((3, 4)))}
    given = dict(buffers)
    context = Context(library.xp, training=True, row_weight=library.put(weight), buffers=buffers)
    batch_norm(X, scale, shift, context=context, name="x")
    mean, variance = (library.host(given[f"x.{name}"]) for name in ("mean", "variance"))
    for i in (0, 2):
        rows = library.host(X)[i, weight[i] > 0]
        assert_allclose(mean[i], 0.1 * rows.mean(axis=0), rtol=1e-12)
        assert_allclose(variance[i], 0.9 + 0.1 * rows.var(axis=0, ddof=1), rtol=1e-12)
    assert_array_equal(mean[1], 0)
    assert_array_equal(variance[1], 1)


def test_prediction_leaves_the_running_moments(library):
    X, scale, shift = (on(library, array) for array in norm_arrays(1, 5, 4))
    buffers = {
        "x.mean": library.put(np.full((1, 4), 2.0)),
        "x.variance": library.put(np.full((1, 4), 4.0)),
    }
    context = Context(library.xp, buffers=buffers)
    Y, _ = batch_norm(X, scale, shift, context=context, name="x")
    expected = (library.host(X) - 2) / np.sqrt(4 + 1e-5)
    expected = expected * library.host(scale)[:, None] + library.host(shift)[:, None]
    assert_allclose(library.host(Y), expected, rtol=1e-12, atol=1e-12)
    assert_array_equal(library.host(buffers["x.mean"]), 2)
    assert_array_equal(library.host(buffers["x.variance"]), 4)


@pytest.mark.parametrize("layer", ["linear", "layer_norm", "batch_norm"])
def test_against_torch(layer):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    X, *weights = arrays_of(linear, 1, 8, 4, 3) if layer == "linear" else norm_arrays(1, 8, 4)
    taped = [torch.tensor(array[0], requires_grad=True) for array in (X, *weights)]
    moments = [torch.zeros(4, dtype=torch.float64), torch.ones(4, dtype=torch.float64)]
    functional = torch.nn.functional
    ours, reference = {
        "linear": (linear, lambda x, w, b: functional.linear(x, w.T, b)),
        "layer_norm": (layer_norm, lambda x, w, b: functional.layer_norm(x, (4,), w, b)),
        "batch_norm": (
            normed,
            lambda x, w, b: functional.batch_norm(x, *moments, w, b, training=True),
        ),
    }[layer]
    Y, backward = ours(X, *weights, xp=np_namespace)
    share = drawn(*Y.shape, seed=3)
    expected = reference(*taped)
    slopes = torch.autograd.grad((expected * torch.tensor(share[0].copy())).sum(), taped)
    dX, grads = backward(share.copy())
    assert_allclose(Y[0], expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    for grad, theirs in zip((dX, *grads), slopes, strict=True):
        assert_allclose(grad[0], theirs.numpy(), rtol=1e-9, atol=1e-12)


def test_running_moments_are_those_of_torch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    reference = torch.nn.BatchNorm1d(4, dtype=torch.float64)
    buffers = {"x.mean": np.zeros((1, 4)), "x.variance": np.ones((1, 4))}
    context = Context(np_namespace, training=True, buffers=buffers)
    for seed in range(3):
        X = drawn(1, 6, 4, seed=seed)
        batch_norm(X, np.ones((1, 4)), np.zeros((1, 4)), context=context, name="x")
        reference(torch.tensor(X[0]))
    assert_allclose(buffers["x.mean"][0], reference.running_mean.numpy(), rtol=1e-12)
    assert_allclose(buffers["x.variance"][0], reference.running_var.numpy(), rtol=1e-12)


def test_norms_of_constant_input_are_finite(library):
    X = library.xp.astype(library.put(np.full((2, 5, 4), 1e6)), library.xp.float32)
    scale, shift = (library.xp.ones_like(X[:, 0, :]) for _ in range(2))
    for layer in (layer_norm, normed):
        Y, backward = layer(X, scale, shift, xp=library.xp)
        assert_allclose(library.host(Y), 1, atol=1e-3)
        assert np.isfinite(library.host(backward(library.xp.ones_like(Y))[0])).all()


def dropped(X, rate, library, training=True):
    place = place_of(X)
    streams = streams_at(place, list(range(len(rate))), X.dtype)
    context = Context(library.xp, training=training, streams=streams, dropout=np.array(rate))
    return dropout(X, context=context)


@pytest.mark.parametrize("rate", [[0.5, 0.5], [0.0, 0.25]])
def test_dropout(library, rate):
    X = library.xp.astype(library.put(np.ones((2, 200, 50))), library.xp.float32)
    Y, backward = dropped(X, rate, library)
    dX, grads = backward(library.xp.ones_like(Y))
    assert grads == ()
    assert Y.dtype == dX.dtype == library.xp.float32
    assert_array_equal(library.host(Y), library.host(dX))
    assert_array_equal(library.host(X), 1)
    for answer, p in zip(library.host(Y), rate, strict=True):
        kept = answer != 0
        assert_allclose(answer[kept], 1 / (1 - p), rtol=1e-6)
        assert_allclose(kept.mean(), 1 - p, atol=0.02)


@pytest.mark.parametrize(("rate", "training"), [([0.0, 0.0], True), ([0.5, 0.5], False)])
def test_no_dropout_changes_nothing(library, rate, training):
    X = library.put(np.ones((2, 3, 4)))
    Y, backward = dropped(X, rate, library, training)
    assert Y is X
    assert backward(X) == (X, ())
