"""Batched metrics equal scikit-learn's, one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn import metrics

from gridfold.estimators.arrays import to_numpy
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


@pytest.mark.parametrize(
    ("name", "y", "predictions"),
    [
        ("r2", Y, P),
        ("neg_mean_squared_error", Y, P),
        ("neg_median_absolute_error", Y, P),
        ("accuracy", LABELS["strings"], [LABELS["strings"][::-1]]),
        ("f1_macro", LABELS["integers"], [LABELS["integers"][::-1]]),
        ("roc_auc", LABELS["booleans"], P),
        ("roc_auc_ovr", LABELS["integers"], np.full((1, 50, 3), 1 / 3)),
        ("neg_log_loss", LABELS["integers"], np.full((1, 50, 3), 1 / 3)),
    ],
)
def test_names_are_those_of_scorers(name, y, predictions):
    scorer = metrics.get_scorer(name)
    expected = [scorer._sign * scorer._score_func(y, p, **scorer._kwargs) for p in predictions]
    np.testing.assert_allclose(batched_score(name, y, predictions), expected, rtol=1e-12)


def test_a_name_takes_further_options():
    y, predictions = LABELS["strings"], [LABELS["strings"][::-1]]
    found = batched_score("f1_macro", y, predictions, average="weighted")
    assert found == [metrics.f1_score(y, predictions[0], average="weighted")]


def test_an_unknown_name_is_an_error():
    with pytest.raises(ValueError, match="'f3' is not a valid scoring value"):
        batched_score("f3", Y, P)


def test_lists_and_tables_are_read():
    y, predictions = LABELS["integers"], [rng.permutation(LABELS["integers"]) for _ in range(3)]
    expected = [metrics.accuracy_score(y, p) for p in predictions]
    lists = [p.tolist() for p in predictions]
    assert batched_score("accuracy", y.tolist(), lists) == expected
    assert batched_score("accuracy", pd.Series(y), [pd.Series(p) for p in predictions]) == expected
    assert batched_score("accuracy", pd.Series(y, dtype="category"), predictions) == expected
    weight = pd.Series(WEIGHT)
    expected = [metrics.accuracy_score(y, p, sample_weight=weight) for p in predictions]
    assert batched_score("accuracy", y, predictions, weight) == pytest.approx(expected, rel=1e-12)


def test_what_is_no_array_is_left_to_scikit_learn():
    assert batched_score("accuracy", [[0], [0, 1]], [[0, 1]]) is None
    assert batched_score("r2", [1.0, 2.0, 3.0], [[[1.0], [2.0, 3.0], []]]) is None
    assert batched_score("accuracy", csr_array(np.eye(3)), [np.eye(3)]) is None
    assert batched_score("r2", Y, []) is None
    assert batched_score([], Y, P) is None


def test_members_of_different_kinds_are_left_to_scikit_learn():
    assert batched_score("r2", Y, [P[0], P[1].astype(np.float32)]) is None
    assert batched_score("r2", Y, [P[0], P[1][:-1]]) is None


@pytest.mark.parametrize(
    ("name", "labels", "positive"),
    [
        ("r2", False, False),
        ("neg_median_absolute_error", False, False),
        ("accuracy", True, False),
        ("f1_macro", True, False),
        ("roc_auc", True, True),
        ("average_precision", True, True),
        ("neg_log_loss", True, True),
    ],
)
def test_only_scores_and_classes_leave_a_device(foreign, monkeypatch, name, labels, positive):
    left = []

    def noted(array):
        left.append(int(np.prod(array.shape)))
        return to_numpy(array)

    monkeypatch.setattr("gridfold.pipelines.metrics.to_numpy", noted)
    monkeypatch.setattr("gridfold.pipelines.metrics.labels.to_numpy", noted)
    y = (Y > 0).astype(int) if labels else Y
    predictions = (P > 0).astype(int) if labels else P
    if positive:
        predictions = rng.random(P.shape)
    found = batched_score(name, foreign.put(y), foreign.put(predictions), foreign.put(WEIGHT))
    np.testing.assert_allclose(found, batched_score(name, y, predictions, WEIGHT), rtol=1e-12)
    assert left and max(left) <= len(P)


@pytest.mark.parametrize("name", ["r2", "f1_macro", "accuracy", "roc_auc", "roc_auc_ovr"])
def test_blocks_of_members_give_the_same_scores(library, monkeypatch, name):
    y = {"r2": Y, "roc_auc": LABELS["booleans"]}.get(name, LABELS["integers"])
    predictions = P if name in ("r2", "roc_auc") else rng.integers(0, 4, (6, 50))
    if name == "roc_auc_ovr":
        predictions = rng.dirichlet([1, 1, 1], size=(6, 50))
    whole = batched_score(name, library.put(y), library.put(predictions))
    monkeypatch.setattr("gridfold.pipelines.metrics.batch.HOST_BLOCK", 100)
    monkeypatch.setattr("gridfold.pipelines.metrics.batch.DEVICE_BLOCK", 100)
    assert batched_score(name, library.put(y), library.put(predictions)) == whole
