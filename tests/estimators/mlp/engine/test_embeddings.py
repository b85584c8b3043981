"""Embeddings and ensembles in one network: values, gradients, all libraries."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from array_api_compat import numpy as np_namespace
from helpers.gradients import assert_float32, assert_layer, assert_models_apart, drawn, on, slopes
from numpy.testing import assert_allclose, assert_array_equal

from gridfold.estimators.mlp.engine.embeddings import add_at, categories, heads, periodic, spread

SHAPES = [(1, 5, 3), (3, 4, 2), (2, 1, 1)]


def periodic_arrays(n_models, n_samples, n_features, n_frequencies=4, n_out=3):
    per_feature = (n_models, n_features)
    return [
        drawn(n_models, n_samples, n_features),
        0.3 * drawn(*per_feature, n_frequencies, seed=1),
        drawn(*per_feature, n_frequencies, seed=2),
        drawn(*per_feature, n_frequencies, n_out, seed=3),
        drawn(*per_feature, n_out, seed=4),
    ]


def spread_arrays(n_models, n_samples, n_features, n_members=3):
    members = (n_models, n_members, n_features)
    return [
        drawn(n_models, n_samples, n_features),
        drawn(*members, seed=1),
        drawn(*members, seed=2),
    ]


def heads_arrays(n_models, n_samples, n_in, n_members=3, n_out=2):
    return [
        drawn(n_models, n_members * n_samples, n_in),
        drawn(n_models, n_members, n_in, n_out, seed=1),
        drawn(n_models, n_members, n_out, seed=2),
    ]


CASES = [(periodic, periodic_arrays), (spread, spread_arrays), (heads, heads_arrays)]
layers = pytest.mark.parametrize(("layer", "arrays_of"), CASES, ids=["periodic", "spread", "heads"])


@layers
@pytest.mark.parametrize("shape", SHAPES)
def test_gradient(library, layer, arrays_of, shape):
    assert_layer(library, layer, arrays_of(*shape))


@layers
def test_float32_stays(library, layer, arrays_of):
    assert_float32(library, layer, arrays_of(2, 5, 3))


@layers
def test_models_do_not_mix(layer, arrays_of):
    assert_models_apart(layer, arrays_of(4, 5, 3))


@pytest.mark.parametrize(("layer", "arrays_of"), CASES[:2], ids=["periodic", "spread"])
def test_without_gradient_of_the_input(layer, arrays_of):
    arrays = arrays_of(2, 5, 3)
    Y, backward = layer(*arrays, xp=np_namespace)
    expected = backward(np.ones_like(Y))[1]
    _, backward = layer(*arrays, xp=np_namespace, input_gradient=False)
    dX, grads = backward(np.ones_like(Y))
    assert dX is None
    for grad, same in zip(grads, expected, strict=True):
        assert_allclose(grad, same, rtol=1e-14)


def test_periodic_by_its_formula():
    X, w, b, W, c = periodic_arrays(2, 5, 3)
    Y, _ = periodic(X, w, b, W, c, xp=np_namespace)
    assert Y.shape == (2, 5, 3 * 4)
    for model, row, feature in [(0, 0, 0), (1, 4, 2), (1, 2, 1)]:
        waves = np.cos(2 * np.pi * X[model, row, feature] * w[model, feature] + b[model, feature])
        expected = waves @ W[model, feature] + c[model, feature]
        assert_allclose(Y[model, row, 3 * feature : 3 * feature + 3], expected, rtol=1e-12)
    assert_array_equal(Y[:, :, 9:], X)


def test_spread_and_heads_are_members_side_by_side():
    X, r, s = spread_arrays(2, 5, 3, n_members=4)
    Y, _ = spread(X, r, s, xp=np_namespace)
    _, W, b = heads_arrays(2, 5, 3, n_members=4)
    out, _ = heads(Y, W, b, xp=np_namespace)
    for member in range(4):
        rows = slice(5 * member, 5 * member + 5)
        own = X * r[:, None, member] + s[:, None, member]
        assert_allclose(Y[:, rows], own, rtol=1e-12)
        assert_allclose(out[:, rows], own @ W[:, member] + b[:, None, member], rtol=1e-12)


def category_arrays(n_models, n_samples=6, sizes=(2, 5, 3), width=4):
    rng = np.random.default_rng(n_samples)
    codes = np.stack([rng.integers(size, size=(n_models, n_samples)) for size in sizes], axis=2)
    codes.flags.writeable = False
    return codes, [drawn(n_models, size, width, seed=size) for size in sizes]


@pytest.mark.parametrize("n_models", [1, 3])
@pytest.mark.parametrize("sizes", [(2, 5, 3), (4,)])
def test_categories(library, n_models, sizes):
    codes, tables = category_arrays(n_models, sizes=sizes)
    given = [on(library, table) for table in tables]
    Y, backward = categories(on(library, codes), *given, xp=library.xp)
    assert library.owns(Y)
    for i, j, k in np.ndindex(codes.shape):
        part = library.host(Y)[i, j, 4 * k : 4 * k + 4]
        assert_array_equal(part, tables[k][i, codes[i, j, k]])
    share = drawn(n_models, codes.shape[1], 4 * len(sizes), seed=5)
    dX, grads = backward(library.put(share.copy()))
    assert dX is None
    for k, grad in enumerate(grads):

        def value(table, k=k):
            changed = [*tables[:k], table, *tables[k + 1 :]]
            return np.sum(categories(codes, *changed, xp=np_namespace)[0] * share)

        assert library.owns(grad)
        assert_allclose(library.host(grad), slopes(value, tables[k]), rtol=1e-6, atol=1e-8)


def test_categories_in_float32(library):
    codes, tables = category_arrays(2)
    layer = partial(with_codes, on(library, codes))
    assert_float32(library, layer, [np.ones((2, 6, 12)), *tables])


def with_codes(codes, _, *tables, xp):
    """`categories` as a layer whose input is not the codes."""
    Y, backward = categories(codes, *tables, xp=xp)
    return Y, lambda dY: (dY, backward(dY)[1])


@pytest.mark.parametrize("n_values", [1, 40, 5000])
def test_add_at_adds_what_meets(library, n_values):
    rng = np.random.default_rng(0)
    index = rng.integers(7, size=n_values)
    values = drawn(n_values, 3)
    expected = np.zeros((9, 3))
    np.add.at(expected, index, values)
    added = add_at(library.put(index), on(library, values), 9, library.xp)
    assert library.owns(added)
    assert_allclose(library.host(added), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("layer", ["periodic", "heads", "spread", "categories"])
def test_against_autograd(layer):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    codes, tables = category_arrays(2)
    inputs = {
        "periodic": periodic_arrays(2, 5, 3),
        "heads": heads_arrays(2, 5, 4),
        "spread": spread_arrays(2, 5, 3),
        "categories": [np.ones((2, 6, 12)), *tables],
    }[layer]

    def reference(X, *weights):
        if layer == "periodic":
            w, b, W, c = weights
            waves = torch.cos(2 * torch.pi * X[..., None] * w[:, None] + b[:, None])
            out = torch.einsum("mnfh,mfho->mnfo", waves, W) + c[:, None]
            return torch.cat([out.flatten(2), X], dim=2)
        if layer == "heads":
            out = X.unflatten(1, (3, -1)) @ weights[0] + weights[1][:, :, None]
            return out.flatten(1, 2)
        if layer == "spread":
            return (X[:, None] * weights[0][:, :, None] + weights[1][:, :, None]).flatten(1, 2)
        rows = [
            torch.stack([table[i][torch.tensor(codes[i, :, k])] for i in range(2)])
            for k, table in enumerate(weights)
        ]
        return torch.cat(rows, dim=2) * X  # of ones: autograd wants X to be used

    function = {"periodic": periodic, "heads": heads, "spread": spread}.get(layer)
    function = function or partial(with_codes, codes)
    Y, backward = function(*inputs, xp=np_namespace)
    taped = [torch.tensor(array, requires_grad=True) for array in inputs]
    expected = reference(*taped)
    share = drawn(*Y.shape, seed=7)
    slope = torch.autograd.grad((expected * torch.tensor(share.copy())).sum(), taped)
    dX, grads = backward(share.copy())
    assert_allclose(Y, expected.detach().numpy(), rtol=1e-12, atol=1e-13)
    ours = grads if layer == "categories" else (dX, *grads)
    for grad, theirs in zip(ours, slope[-len(ours) :], strict=True):
        assert_allclose(grad, theirs.numpy(), rtol=1e-11, atol=1e-13)
