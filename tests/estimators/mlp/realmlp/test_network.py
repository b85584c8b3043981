"""The network of RealMLP: gradients, initial weights, members."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gridfold.estimators.arrays import HOST, Place
from gridfold.estimators.mlp.engine.losses import LOSSES
from gridfold.estimators.mlp.engine.network import Context
from gridfold.estimators.mlp.realmlp.initial import initial_weights
from gridfold.estimators.mlp.realmlp.members import (
    log_mean_softmax,
    member_loss,
    split_members,
)
from gridfold.estimators.mlp.realmlp.network import Architecture, build_network

PLAIN = Architecture(
    n_dense=5,
    n_periodic=0,
    cardinalities=(),
    hidden=(7, 6),
    n_outputs=3,
    activation="selu",
    parametric=False,
    drops=False,
)
FULL = replace(PLAIN, n_periodic=3, cardinalities=(4, 11), activation="mish", parametric=True)
MEMBERS = replace(FULL, n_members=4)
ARCHITECTURES = {
    "td-s": PLAIN,
    "td": FULL,
    "no numbers": replace(FULL, n_dense=2, n_periodic=0),
    "categories only": replace(FULL, n_dense=0, n_periodic=0),
    "no categories": replace(FULL, cardinalities=()),
    "no hidden layer": replace(FULL, hidden=()),
    "members": MEMBERS,
    "members of td-s": replace(PLAIN, n_members=2),
}
every = pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)


def inputs_for(architecture, n_rows=9, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    dense = rng.normal(size=(1, n_rows, architecture.n_dense)).astype(dtype)
    if not architecture.cardinalities:
        return dense
    codes = [rng.integers(c, size=n_rows) for c in architecture.cardinalities]
    return dense, np.stack(codes, axis=-1)[None]


def drawn_weights(architecture, seed=1):
    network = build_network(architecture)
    flat = np.random.default_rng(seed).normal(size=(1, network.n_weights))
    return network, flat


@every
@pytest.mark.parametrize("loss", ["log_loss", "mse"])
def test_the_gradient_is_that_of_finite_differences(architecture, loss):
    network, flat = drawn_weights(architecture)
    inputs = inputs_for(architecture)
    y = np.eye(3)[np.random.default_rng(2).integers(3, size=9)][None]
    weight = np.random.default_rng(3).dirichlet(np.ones(9))[None]
    function = member_loss(LOSSES[loss], architecture.n_members)

    def value(flat):
        outputs = network.predict(inputs, network.split(flat, np), Context(np))
        return function(outputs, y, weight, xp=np)[0][0]

    context = Context(np, training=True)
    outputs, backward = network.forward(inputs, network.split(flat, np), context)
    gradient = backward(function(outputs, y, weight, xp=np)[1]())
    step = 1e-6
    rng = np.random.default_rng(4)
    for direction in rng.normal(size=(5, *flat.shape)):
        expected = (value(flat + step * direction) - value(flat - step * direction)) / (2 * step)
        assert (gradient * direction).sum() == pytest.approx(expected, rel=1e-5, abs=1e-8)


@every
def test_every_weight_has_its_gradient(architecture):
    """One at a time, so that no gradient can stand in the place of another."""
    network, flat = drawn_weights(replace(architecture, hidden=architecture.hidden and (3,)))
    inputs = inputs_for(architecture)

    def outputs_of(flat):
        return network.predict(inputs, network.split(flat, np), Context(np))

    context = Context(np, training=True)
    outputs, backward = network.forward(inputs, network.split(flat, np), context)
    slope = np.random.default_rng(5).normal(size=outputs.shape)
    gradient = backward(slope.copy())
    step = 1e-6
    for i in np.random.default_rng(6).permutation(flat.shape[1])[:60]:
        change = np.zeros_like(flat)
        change[0, i] = step
        expected = ((outputs_of(flat + change) - outputs_of(flat - change)) * slope).sum()
        assert gradient[0, i] == pytest.approx(expected / (2 * step), rel=1e-5, abs=1e-7)


@every
def test_other_libraries_give_the_same(architecture, foreign):
    network, flat = drawn_weights(architecture)
    inputs = inputs_for(architecture)

    def run(put, xp):
        X = tuple(map(put, inputs)) if isinstance(inputs, tuple) else put(inputs)
        context = Context(xp, training=True)
        outputs, backward = network.forward(X, network.split(put(flat), xp), context)
        return outputs, backward(xp.ones_like(outputs))

    expected = run(np.copy, np)
    found = run(foreign.put, foreign.xp)
    for ours, theirs in zip(found, expected, strict=True):
        assert_allclose(foreign.host(ours), theirs, rtol=1e-9, atol=1e-12)


def test_data_driven_weights_give_each_unit_unit_deviation_and_a_bias_within_the_data():
    inputs = inputs_for(FULL, n_rows=400, dtype=np.float32)
    network = build_network(FULL)
    rng = np.random.default_rng(0)
    flat = initial_weights(network, inputs, data_driven=True, rng=rng, place=HOST)
    assert flat.shape == (1, network.n_weights)
    assert flat.dtype == np.float32
    X = inputs
    for layer, weights in zip(network.layers, network.split(flat, np), strict=True):
        if layer.kinds[-2:] == ("weight", "bias"):
            W, b = weights[-2:]
            before = (X @ W / np.sqrt(W.shape[1]))[0]
            assert_allclose(before.std(axis=0), 1.0, rtol=1e-4)
            assert (before.min(axis=0) <= -b[0]).all()
            assert (-b[0] <= before.max(axis=0)).all()
        X, _ = layer(X, weights, Context(np))


def test_units_that_are_constant_on_the_rows_stay_finite():
    dense = np.zeros((1, 50, 5), dtype=np.float32)
    codes = np.zeros((1, 50, 2), dtype=np.int64)
    flat = initial_weights(
        build_network(FULL),
        (dense, codes),
        data_driven=True,
        rng=np.random.default_rng(0),
        place=HOST,
    )
    assert np.isfinite(flat).all()
    assert np.abs(flat).max() < 100


def test_normal_weights_end_in_zeros():
    network = build_network(PLAIN)
    rng = np.random.default_rng(0)
    flat = initial_weights(
        network, inputs_for(PLAIN, dtype=np.float32), data_driven=False, rng=rng, place=HOST
    )
    (scale, *first), *hidden, last = [weights for weights in network.split(flat, np) if weights]
    assert_array_equal(scale, np.ones((1, 5)))
    assert_array_equal(last[0], np.zeros((1, 6, 3)))
    assert_array_equal(last[1], np.zeros((1, 3)))
    drawn = np.concatenate([w.ravel() for pair in (first, *hidden) for w in pair])
    assert abs(drawn.std() - 1.0) < 0.2


def test_initial_weights_are_drawn_alike_for_every_library(foreign):
    def drawn(place, inputs):
        rng = np.random.default_rng(0)
        return initial_weights(build_network(FULL), inputs, data_driven=True, rng=rng, place=place)

    inputs = inputs_for(FULL, n_rows=100, dtype=np.float32)
    there = Place(foreign.xp, foreign.device)
    found = drawn(there, tuple(foreign.put(part) for part in inputs))
    assert foreign.owns(found)
    assert_allclose(foreign.host(found), drawn(HOST, inputs), rtol=1e-5, atol=1e-6)


def test_outputs_of_members_are_those_of_networks_of_one_each():
    """A member is the network in which the affine maps are applied to the weights beside them."""
    network, flat = drawn_weights(MEMBERS)
    inputs = inputs_for(MEMBERS)
    weights = network.split(flat, np)
    together = split_members(network.predict(inputs, weights, Context(np)), 4, np)
    embed, spread, *hidden, last = weights
    for i in range(4):
        X, _ = network.layers[0](inputs, embed, Context(np))
        X = X * spread[0][:, None, i, :] + spread[1][:, None, i, :]
        for layer, own in zip(network.layers[2:-1], hidden, strict=True):
            X, _ = layer(X, own, Context(np))
        alone = X @ last[0][:, i] / np.sqrt(X.shape[2]) + last[1][:, None, i]
        assert_allclose(together[:, :, i], alone, rtol=1e-10)


def test_members_are_averaged_by_their_probabilities():
    outputs = np.random.default_rng(0).normal(size=(1, 5, 2, 3)) * 3
    proba = np.exp(outputs) / np.exp(outputs).sum(axis=-1, keepdims=True)
    assert_allclose(np.exp(log_mean_softmax(outputs, np)), proba.mean(axis=2))
    assert np.isfinite(log_mean_softmax(outputs * 1e4, np)).all()


def test_the_loss_of_members_is_the_mean_of_their_losses():
    rng = np.random.default_rng(0)
    outputs, y = rng.normal(size=(1, 5, 2, 3)), np.eye(3)[rng.integers(3, size=5)][None]
    weight = rng.dirichlet(np.ones(5))[None]
    side_by_side = outputs.reshape(1, 5, 6)
    value, _ = member_loss(LOSSES["log_loss"], 2)(side_by_side, y, weight, xp=np)
    each = [LOSSES["log_loss"](outputs[:, :, i], y, weight, xp=np)[0] for i in range(2)]
    assert_allclose(value, np.mean(each, axis=0))
