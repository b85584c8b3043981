"""Metrics of predicted labels equal scikit-learn's, on every array library."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.against_sklearn import check
from sklearn import metrics

from gridfold.pipelines.metrics import batched_score

PLAIN = [
    (metrics.accuracy_score, {}),
    (metrics.balanced_accuracy_score, {}),
    (metrics.balanced_accuracy_score, {"adjusted": True}),
    (metrics.matthews_corrcoef, {}),
]
AVERAGED = [
    (metrics.precision_score, {}),
    (metrics.recall_score, {}),
    (metrics.f1_score, {}),
    (metrics.fbeta_score, {"beta": 2.0}),
    (metrics.jaccard_score, {}),
]
KINDS = {
    "integers": np.array([0, 1, 2, 3, 4, 5, 6]),
    "not from 0": np.array([1, 2, 3, 4, 5, 6, 7]),
    "with gaps": np.array([-7, -1, 1, 40, 50, 60, 300]),
    "whole floats": np.array([-1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
    "objects": np.array(["a", "b", "cc", "d", "e", "f", "g"], dtype=object),
    "text": np.array(["a", "b", "cc", "d", "e", "f", "g"]),
}
SEEDED_KINDS = list(enumerate(KINDS))


def drawn(seed, kind, n_classes):
    """True labels, predictions of few and many errors and of one class only, and weights."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(n_classes, 90))
    codes = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, n - n_classes)])
    codes = rng.permutation(codes)
    wrong = rng.random((5, n)) < [[0.0], [0.1], [0.5], [0.9], [0.0]]
    predicted = np.where(wrong, rng.integers(0, n_classes, (5, n)), codes)
    predicted[4] = codes[0]
    weights = [None, rng.uniform(0.1, 2, n), rng.integers(1, 5, n), rng.integers(0, 3, n) * 0.5]
    weight = weights[seed % 4]
    if weight is not None and weight.sum() == 0:
        weight = None
    return KINDS[kind][codes], KINDS[kind][predicted], weight


@pytest.mark.parametrize("n_classes", [2, 3, 7])
@pytest.mark.parametrize(("seed", "kind"), SEEDED_KINDS)
def test_plain_metrics(library, kind, n_classes, seed):
    for metric, options in PLAIN:
        check(library, metric, *drawn(seed, kind, n_classes), **options)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("n_classes", [2, 7])
@pytest.mark.parametrize(("seed", "kind"), SEEDED_KINDS)
def test_averages_over_labels(library, kind, n_classes, average, seed):
    for metric, options in AVERAGED:
        for zero_division in ("warn", 1.0):
            check(
                library,
                metric,
                *drawn(seed, kind, n_classes),
                average=average,
                zero_division=zero_division,
                **options,
            )


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize(("seed", "kind"), SEEDED_KINDS)
def test_one_label_of_two(library, kind, position, seed):
    y, predictions, weight = drawn(seed, kind, 2)
    label = KINDS[kind][position].item() if kind != "objects" else KINDS[kind][position]
    for metric, options in AVERAGED:
        for zero_division in ("warn", 0):
            given = {"pos_label": label, "zero_division": zero_division, **options}
            check(library, metric, y, predictions, weight, **given)


@pytest.mark.parametrize(("metric", "options"), [*PLAIN, *AVERAGED])
def test_bools(library, metric, options):
    rng = np.random.default_rng(0)
    y = rng.random(40) < 0.3
    check(library, metric, y, rng.random((4, 40)) < 0.4, **options)
    check(library, metric, y, (rng.random((4, 40)) < 0.4).astype(int), **options)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("metric", "options"),
    [*PLAIN, *[(metric, {"average": "macro", **own}) for metric, own in AVERAGED]],
)
def test_a_label_that_does_not_occur_in_y(library, metric, options, kind):
    """A fold may lack a rare class that a model knows and predicts."""
    names, rng = KINDS[kind], np.random.default_rng(0)
    codes = rng.integers(0, 3, 60)
    predicted = np.where(rng.random((4, 60)) < 0.8, codes, 6)
    predicted[0] = codes
    predicted[3, :30] = 5
    check(library, metric, names[codes], names[predicted], **options)
    check(library, metric, names[codes], names[predicted], rng.uniform(0, 1, 60), **options)


@pytest.mark.parametrize(("metric", "options"), [*PLAIN, *AVERAGED])
def test_one_class_only(library, metric, options):
    y = np.ones(6, dtype=int)
    check(library, metric, y, np.array([y, y * 0, [0, 1, 0, 1, 1, 1]]), **options)
    check(library, metric, y * 2, np.array([y * 2, y, y * 0]), **options)


@pytest.mark.parametrize(("metric", "options"), AVERAGED)
def test_what_scikit_learn_refuses_or_warns_about_is_left_to_it(metric, options):
    y, predictions, _ = drawn(0, "integers", 3)
    two, of_two, _ = drawn(0, "integers", 2)
    text, of_text, _ = drawn(0, "text", 2)
    assert batched_score(metric, y, predictions, **options) is None  # average="binary"
    assert batched_score(metric, y, predictions, average=None, **options) is None
    assert batched_score(metric, y, predictions, average="samples", **options) is None
    assert batched_score(metric, y, predictions, average="macro", pos_label=2, **options) is None
    assert batched_score(metric, y, predictions, average="macro", labels=[0], **options) is None
    assert batched_score(metric, two, of_two, pos_label=7, **options) is None
    assert batched_score(metric, text, of_text, **options) is None  # pos_label=1
    assert batched_score(metric, two, of_two, zero_division=np.nan, **options) is None


@pytest.mark.parametrize("metric", [metrics.accuracy_score, metrics.balanced_accuracy_score])
def test_what_are_no_labels_is_left_to_scikit_learn(library, metric):
    y = np.array([0, 1, 1, 0, 2])
    check(library, metric, y, np.array([[0, 1, 1, 0, 0.5]]))
    check(library, metric, y + 0.5, np.array([y, y]))
    check(library, metric, y, np.array([[0, 1, 1, 0, np.nan], [0, 1, 1, 0, np.inf]]))


@pytest.mark.parametrize("metric", [metrics.accuracy_score, metrics.balanced_accuracy_score])
def test_missing_text_is_left_to_scikit_learn(metric):
    y = np.array(["a", "b", "a", "b"], dtype=object)
    gap = np.array(["a", None, "a", "b"], dtype=object)
    assert batched_score(metric, y, [gap]) is None
    assert batched_score(metric, gap, [y]) is None
    assert batched_score(metric, y, [np.array([0, 1, 0, 1])]) is None
    assert batched_score(metric, np.array([0, 1, 0, 1]), [y]) is None
    numbers = np.array([0, 1, 0, 1], dtype=object)
    assert batched_score(metric, numbers, [numbers]) is None


def test_weighted_accuracy_is_the_same_to_the_last_digit():
    """Ties in scores are ties in scikit-learn's ranks."""
    rng = np.random.default_rng(0)
    y, weight = rng.integers(0, 3, 3000), rng.uniform(0, 1, 3000)
    predictions = rng.integers(0, 3, (50, 3000))
    expected = [metrics.accuracy_score(y, p, sample_weight=weight) for p in predictions]
    assert batched_score(metrics.accuracy_score, y, predictions, weight) == expected
