"""Batched metrics equal scikit-learn's, one by one."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from gridfold.pipelines.metrics import batched_score

REGRESSION = [
    metrics.r2_score,
    metrics.mean_squared_error,
    metrics.root_mean_squared_error,
    metrics.mean_absolute_error,
]
rng = np.random.default_rng(0)
Y = rng.normal(size=50) * 100
P = Y + rng.normal(size=(6, 50)) * [[0.0], [1e-9], [1.0], [10.0], [1e3], [1e8]]
WEIGHT = rng.uniform(0, 2, 50)
LABELS = {
    "integers": np.arange(50) % 3,
    "strings": np.array(["a", "b", "c"])[np.arange(50) % 3],
    "objects": np.array(["a", "b", "c"], dtype=object)[np.arange(50) % 3],
    "booleans": np.arange(50) % 3 == 0,
}


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("metric", REGRESSION)
def test_regression(metric, weight):
    expected = [metric(Y, p, sample_weight=weight) for p in P]
    for predictions in (P, list(P), np.asfortranarray(P)):
        found = batched_score(metric, Y, predictions, weight)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("metric", REGRESSION)
def test_a_constant_target(metric):
    y, predictions = np.ones(5), np.stack([np.ones(5), np.zeros(5)])
    found = batched_score(metric, y, predictions)
    assert found == [metric(y, p) for p in predictions]


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("kind", LABELS)
def test_accuracy(kind, weight):
    y = LABELS[kind]
    predictions = [rng.permutation(y) for _ in range(4)]
    expected = [metrics.accuracy_score(y, p, sample_weight=weight) for p in predictions]
    found = batched_score(metrics.accuracy_score, y, predictions, weight)
    np.testing.assert_allclose(found, expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("metric", "y", "predictions"),
    [
        (metrics.r2_score, Y, np.where(P > 0, P, np.nan)),
        (metrics.r2_score, Y[:1], P[:, :1]),
        (metrics.r2_score, np.where(Y > 0, Y, np.nan), P),
        (metrics.r2_score, np.stack([Y, Y], axis=1), P),
        (metrics.mean_squared_error, LABELS["strings"], P),
        (metrics.accuracy_score, Y, P),
        (metrics.accuracy_score, LABELS["integers"], [LABELS["strings"]]),
        (metrics.accuracy_score, LABELS["integers"], P),
        (metrics.accuracy_score, LABELS["integers"], [np.full(50, np.inf)]),
        (metrics.d2_absolute_error_score, Y, P),
    ],
)
def test_what_scikit_learn_should_judge_is_left_to_it(metric, y, predictions):
    assert batched_score(metric, y, predictions) is None


@pytest.mark.parametrize("weight", [np.zeros(50), np.full(50, np.nan), np.ones(49)])
@pytest.mark.parametrize("metric", [metrics.r2_score, metrics.accuracy_score])
def test_odd_weights_are_left_to_scikit_learn(metric, weight):
    assert batched_score(metric, LABELS["integers"], [LABELS["integers"]], weight) is None


def test_blocks_of_members_give_the_same_scores(monkeypatch):
    whole = batched_score(metrics.r2_score, Y, P)
    monkeypatch.setattr("gridfold.pipelines.metrics.batch.HOST_BLOCK", 100)
    assert batched_score(metrics.r2_score, Y, P) == whole
