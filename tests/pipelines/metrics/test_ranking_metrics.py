"""ROC AUC and average precision equal scikit-learn's, on every array library."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.against_sklearn import check
from sklearn import metrics

from gridfold.pipelines.metrics import batched_score

RANKINGS = [metrics.roc_auc_score, metrics.average_precision_score]
LABELS = {
    "integers": [0, 1],
    "signs": [-1, 1],
    "from 1": [1, 2],
    "text": ["1", "yes"],
    "objects": np.array(["no", "yes"], dtype=object),
    "bools": [False, True],
    "floats": [1.0, 3.0],
}
SEEDS = range(8)


def weights_of(rng, n, seed):
    weights = [None, rng.uniform(0.1, 2, n), rng.integers(1, 5, n), rng.integers(0, 3, n) * 0.5]
    return weights[seed % 4]


def drawn(seed):
    """Codes of two classes, and scores: apart, mixed, with ties, all tied, reversed, whole."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 120))
    codes = rng.permutation(np.concatenate([[0, 0, 1, 1], rng.random(n - 4) < rng.random()]))
    codes = codes.astype(int)
    noise = rng.normal(size=n)
    scores = [codes + 0.1 * noise, codes + noise, np.round(codes + noise, 1), np.round(noise)]
    scores += [np.zeros(n), -codes - 0.1 * noise, np.where(noise > 0, 0.0, -0.0)]
    return codes, np.array(scores), weights_of(rng, n, seed)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("metric", RANKINGS)
def test_two_classes(library, metric, seed):
    found = check(library, metric, *drawn(seed))
    assert None not in found or seed % 4 == 3  # a class may have no weight


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("metric", RANKINGS)
def test_labels_of_any_kind(library, metric, kind):
    codes, scores, weight = drawn(1)
    y = np.asarray(LABELS[kind])[codes]
    check(library, metric, y, scores, weight)
    if metric is metrics.average_precision_score:
        for label in LABELS[kind]:
            check(library, metric, y, scores, weight, pos_label=label)


@pytest.mark.parametrize("metric", RANKINGS)
def test_scores_of_any_dtype(library, metric):
    codes, scores, _ = drawn(4)
    check(library, metric, codes, scores.astype(np.float32))
    check(library, metric, codes, np.round(scores).astype(int))


@pytest.mark.parametrize("metric", RANKINGS)
def test_more_positive_rows_than_others(library, metric):
    rng = np.random.default_rng(0)
    y = (rng.random(50) < 0.9).astype(int)
    check(library, metric, y, np.round(rng.random((5, 50)), 1))


@pytest.mark.parametrize("metric", RANKINGS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_member_with_scores_that_are_not_finite_is_left_out(library, metric, bad):
    codes, scores, _ = drawn(4)
    scores[1, 2] = scores[2, 3] = bad
    found = check(library, metric, codes, scores)
    assert found[1] is found[2] is None and found[0] is not None
    check(library, metric, codes, scores, np.ones(len(codes)))


@pytest.mark.parametrize("metric", RANKINGS)
@pytest.mark.parametrize("weight", [None, np.ones(5)])
def test_one_class_only(library, metric, weight):
    scores = np.array([[0.1, 0.2, 0.2, 0.4, 0.3]])
    for y in (np.zeros(5, int), np.ones(5, int), np.full(5, 3)):
        check(library, metric, y, scores, weight)
    weight = np.array([1.0, 1, 0, 0, 0])
    check(library, metric, np.array([0, 0, 1, 1, 1]), scores, weight)
    check(library, metric, np.array([1, 1, 0, 0, 0]), scores, weight)


def probabilities(seed):
    rng = np.random.default_rng(seed)
    n, n_classes = int(rng.integers(20, 90)), int(rng.integers(3, 6))
    codes = rng.permutation(np.concatenate([np.arange(n_classes)] * 3 + [np.zeros(n, int)]))
    raw = rng.random((4, len(codes), n_classes)) + 0.7 * np.eye(n_classes)[codes]
    raw[1] = np.round(raw[1], 1) + 0.1
    found = raw / raw.sum(axis=2, keepdims=True)
    found[3] *= 2  # scikit-learn wants probabilities for the area
    return codes, found, weights_of(rng, len(codes), seed)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("average", ["macro", "weighted", "micro"])
def test_one_class_against_the_rest(library, average, seed):
    y, predictions, weight = probabilities(seed)
    options = {"average": average}
    check(library, metrics.roc_auc_score, y, predictions, weight, multi_class="ovr", **options)
    check(library, metrics.average_precision_score, y, predictions, weight, **options)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("average", ["macro", "weighted", "micro"])
def test_one_class_against_one(library, average, seed):
    y, predictions, _ = probabilities(seed)
    y = np.array(["a", "b", "c", "d", "e"])[y]
    options = {"multi_class": "ovo", "average": average}
    check(library, metrics.roc_auc_score, y, predictions, **options)
    weight = np.ones(len(y))
    assert batched_score(metrics.roc_auc_score, y, predictions, weight, **options) is None


def test_what_scikit_learn_refuses_is_left_to_it():
    y, predictions, _ = probabilities(0)
    two, scores, _ = drawn(0)
    area = metrics.roc_auc_score
    assert batched_score(area, y, predictions) is None  # multi_class="raise"
    assert batched_score(area, y, predictions[:, :, 0], multi_class="ovr") is None
    assert batched_score(area, y, predictions[:, :, :2], multi_class="ovr") is None
    assert batched_score(area, y, predictions, multi_class="ovr", labels=[0, 1]) is None
    assert batched_score(area, two, scores, max_fpr=0.5) is None
    assert batched_score(area, two, scores[:, :-1]) is None
    assert batched_score(area, two, np.stack([scores, scores], axis=2)) is None
    assert batched_score(area, two[:, None], scores) is None
    assert batched_score(area, two + 0.5, scores) is None
    assert batched_score(area, two, scores, -np.ones(len(two))) is None
    assert batched_score(metrics.average_precision_score, y, predictions, pos_label=2) is None


def test_equal_orders_have_equal_areas():
    """Scores that order the rows alike tie, whatever their values are."""
    codes, scores, _ = drawn(0)
    found = batched_score(metrics.roc_auc_score, codes, [scores[1], np.exp(scores[1] / 10)])
    assert found[0] == found[1]
