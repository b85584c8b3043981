"""Validation scores against scikit-learn's metrics."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, mean_squared_error, r2_score

from gridfold.estimators.arrays import place_of
from gridfold.estimators.mlp.engine import validation
from gridfold.estimators.mlp.engine.batches import Rows
from gridfold.estimators.mlp.engine.validation import (
    Validation,
    accuracy,
    all_labels,
    negative_mse,
    r2,
)

from .problems import network, rows


def drawn(n_models=3, n=40, n_outputs=3):
    rng = np.random.RandomState(0)
    outputs = rng.standard_normal((n_models, n, n_outputs))
    weight = rng.uniform(0.5, 2, (n_models, n))
    weight[:, -4:] = 0  # rows that only fill up
    return outputs, rng, weight


def check(library, score, outputs, y, weight, plain):
    put = library.put
    found = library.host(score(put(outputs), put(y), put(weight), library.xp))
    expected = [plain(y[i], outputs[i], weight[i]) for i in range(len(outputs))]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_accuracy_of_classes(library):
    outputs, rng, weight = drawn()
    y = np.eye(3)[rng.randint(3, size=outputs.shape[:2])]
    check(
        library,
        accuracy,
        outputs,
        y,
        weight,
        lambda y, o, w: accuracy_score(y.argmax(1), o.argmax(1), sample_weight=w),
    )


def test_accuracy_of_two_classes(library):
    outputs, rng, weight = drawn(n_outputs=1)
    y = rng.randint(2, size=outputs.shape).astype(float)
    check(
        library,
        accuracy,
        outputs,
        y,
        weight,
        lambda y, o, w: accuracy_score(y[:, 0] > 0.5, o[:, 0] > 0, sample_weight=w),
    )


def test_accuracy_of_several_labels(library):
    outputs, rng, weight = drawn()
    y = (outputs > 0) ^ (rng.uniform(size=outputs.shape) < 0.2)
    check(
        library,
        all_labels,
        outputs,
        y.astype(float),
        weight,
        lambda y, o, w: accuracy_score(y > 0.5, o > 0, sample_weight=w),
    )


def test_r2_and_mean_squared_error(library):
    outputs, rng, weight = drawn()
    y = outputs + rng.standard_normal(outputs.shape)
    check(library, r2, outputs, y, weight, lambda y, o, w: r2_score(y, o, sample_weight=w))
    check(
        library,
        negative_mse,
        outputs,
        y,
        weight,
        lambda y, o, w: -mean_squared_error(y, o, sample_weight=w),
    )


def test_r2_of_constant_targets(library):
    outputs = np.zeros((2, 5, 1))
    outputs[1] = 0.5
    y, weight = np.zeros((2, 5, 1)), np.ones((1, 5))
    found = library.host(r2(*map(library.put, (outputs, y, weight)), library.xp))
    np.testing.assert_array_equal(found, [1.0, 0.0])


@pytest.mark.parametrize("shared", [False, True])
def test_rows_are_answered_in_blocks(library, monkeypatch, shared):
    table = rows(library.put)
    net, rng = network(), np.random.RandomState(0)
    flat = library.put(rng.standard_normal((2, net.n_weights)))
    numbers = np.stack([np.arange(30), np.arange(20, 50)])
    chosen = None if shared else library.put(numbers)
    weight = library.put(np.ones((1, 90) if shared else (2, 30)))
    scored = Validation(table, chosen, weight, negative_mse)
    whole = library.host(scored.of(net, flat, {}))
    monkeypatch.setattr(validation, "_BLOCK", 7)
    np.testing.assert_allclose(library.host(scored.of(net, flat, {})), whole, rtol=1e-12)
    one = library.host(scored.take([1]).of(net, flat[1:, :], {}))
    np.testing.assert_allclose(one, whole[1:], rtol=1e-12)


def test_several_tables_are_given_to_the_network_together():
    X = np.arange(8.0).reshape(4, 2)
    codes = np.arange(4)[:, None]
    table = Rows((X, codes), X[:, :1], None, place_of(X))
    inputs, y = table.take(np.array([[3, 0]]))
    np.testing.assert_array_equal(inputs[0], X[[[3, 0]]])
    np.testing.assert_array_equal(inputs[1], codes[[[3, 0]]])
    np.testing.assert_array_equal(y, X[[[3, 0]]][..., :1])
