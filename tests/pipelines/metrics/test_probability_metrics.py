"""Log loss and the Brier score equal scikit-learn's, on every array library."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.against_sklearn import check
from sklearn import metrics

from gridfold.pipelines.metrics import batched_score

LOSSES = [metrics.log_loss, metrics.brier_score_loss]
LABELS = {
    "integers": [0, 1, 2, 3],
    "signs": [-1, 1, 2, 3],
    "from 1": [1, 2, 3, 4],
    "text": ["a", "b", "c", "d"],
    "bools": [False, True],
    "floats": [0.0, 1.0, 5.0, 7.0],
}
SEEDS = range(4)
SEEDED_KINDS = list(enumerate(LABELS))


def drawn(seed, n_classes, dtype=float):
    """Codes, probabilities that are sure, doubtful and exact, and weights."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(n_classes, 80))
    codes = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, n - n_classes)])
    raw = rng.random((3, n, n_classes)) ** [[[1]], [[30]], [[1]]] + 1e-300
    raw[2] = np.eye(n_classes)[codes]
    weights = [None, rng.uniform(0.1, 2, n), rng.integers(1, 5, n), rng.integers(0, 3, n) * 0.5]
    probabilities = (raw / raw.sum(axis=2, keepdims=True)).astype(dtype)
    weight = weights[seed % 4]
    return codes, probabilities, None if weight is None or weight.sum() == 0 else weight


@pytest.mark.parametrize(("seed", "kind"), SEEDED_KINDS)
@pytest.mark.parametrize("loss", LOSSES)
def test_probabilities_of_the_positive_class(library, loss, kind, seed):
    codes, probabilities, weight = drawn(seed, 2)
    y = np.asarray(LABELS[kind])[codes]
    check(library, loss, y, probabilities[:, :, 1], weight)
    if loss is metrics.brier_score_loss:
        for label in LABELS[kind][:2]:
            check(library, loss, y, probabilities[:, :, 1], weight, pos_label=label)
        check(library, loss, y, probabilities[:, :, 1], weight, scale_by_half=False)


@pytest.mark.parametrize(("seed", "kind"), [pair for pair in SEEDED_KINDS if pair[1] != "bools"])
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("loss", LOSSES)
def test_probabilities_of_all_classes(library, loss, n_classes, kind, seed):
    codes, probabilities, weight = drawn(seed, n_classes)
    check(library, loss, np.asarray(LABELS[kind])[codes], probabilities, weight)


@pytest.mark.parametrize("loss", LOSSES)
def test_declared_labels(library, loss):
    codes, probabilities, _ = drawn(1, 3)
    y = np.where(codes == 1, 0, codes)
    assert batched_score(loss, y, probabilities) is None
    assert None not in check(library, loss, y, probabilities, labels=[0, 1, 2])
    for labels in ([0, 2, 1], [0, 1], [0, 1, 2, 3], [0, 1, 4]):
        check(library, loss, y, probabilities, labels=labels)


@pytest.mark.parametrize("loss", LOSSES)
def test_float32_is_computed_as_scikit_learn_does(library, loss):
    for n_classes in (2, 3):
        for seed in SEEDS:
            codes, probabilities, weight = drawn(seed, n_classes, np.float32)
            probabilities = probabilities[:, :, 1] if n_classes == 2 else probabilities
            check(library, loss, codes, probabilities, weight, rtol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("bad", [np.nan, np.inf, 1.1, -0.1])
def test_what_are_no_probabilities_is_left_to_scikit_learn(library, loss, bad):
    for n_classes in (2, 3):
        codes, probabilities, _ = drawn(0, n_classes)
        probabilities[1, 1, 1] = bad
        probabilities = probabilities[:, :, 1] if n_classes == 2 else probabilities
        found = check(library, loss, codes, probabilities)
        assert found[1] is None and found[0] is not None


@pytest.mark.parametrize("loss", LOSSES)
def test_probabilities_that_do_not_sum_to_1_are_left_to_scikit_learn(library, loss):
    codes, probabilities, _ = drawn(0, 3)
    probabilities[1] *= 0.99
    found = check(library, loss, codes, probabilities)
    assert found[1] is None and found[0] is not None


@pytest.mark.parametrize("loss", LOSSES)
def test_one_class_only(library, loss):
    probabilities = np.array([[0.2, 0.3, 0.9], [0.0, 0.0, 1.0]])
    for y in (np.zeros(3, int), np.ones(3, int), np.full(3, 4), np.array(["a"] * 3)):
        check(library, loss, y, probabilities)


@pytest.mark.parametrize("loss", LOSSES)
def test_numpy_scores_are_the_same_to_the_last_digit(loss):
    """Ties in scores are ties in scikit-learn's ranks."""
    for n_classes in (2, 3):
        for seed in range(2):
            codes, probabilities, weight = drawn(seed, n_classes)
            codes, probabilities = np.tile(codes, 50), np.tile(probabilities, (1, 50, 1))
            weight = None if weight is None else np.tile(weight, 50)
            probabilities = probabilities[:, :, 1] if n_classes == 2 else probabilities
            expected = [loss(codes, p.copy(), sample_weight=weight) for p in probabilities]
            assert batched_score(loss, codes, probabilities, weight) == expected
