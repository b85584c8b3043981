"""Metrics of predicted numbers equal scikit-learn's, on every array library."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.against_sklearn import check
from sklearn import metrics

from gridfold.pipelines.metrics import batched_score

ANY_NUMBERS = [
    metrics.r2_score,
    metrics.explained_variance_score,
    metrics.mean_squared_error,
    metrics.root_mean_squared_error,
    metrics.mean_absolute_error,
    metrics.median_absolute_error,
    metrics.mean_absolute_percentage_error,
]
POSITIVE_NUMBERS = [
    metrics.mean_squared_log_error,
    metrics.root_mean_squared_log_error,
    metrics.mean_poisson_deviance,
    metrics.mean_gamma_deviance,
]
SEEDS = range(6)


def drawn(seed, positive):
    """Targets, predictions from exact to far off, and weights: none, real, whole, with zeros."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 80))
    y = rng.gamma(1.0, 50, n) + 0.01 if positive else rng.normal(size=n) * 100 + 30
    if seed % 3 == 1:
        y = np.round(y) + positive
    if seed % 3 == 2:
        y = y.astype(np.float32)
    noise = [[0.0], [1e-3], [1.0], [10.0]] * rng.normal(size=(4, n))
    predictions = np.abs(y + noise) + 0.001 if positive else y + noise
    weights = [None, rng.uniform(0.1, 2, n), rng.integers(1, 5, n), rng.integers(0, 3, n) * 0.5]
    weight = weights[seed % 4]
    return y, predictions, None if weight is None or weight.sum() == 0 else weight


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("metric", ANY_NUMBERS)
def test_real_numbers(library, metric, seed):
    y, predictions, weight = drawn(seed, positive=False)
    assert None not in check(library, metric, y, predictions, weight)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("metric", POSITIVE_NUMBERS)
def test_positive_numbers(library, metric, seed):
    y, predictions, weight = drawn(seed, positive=True)
    # y log(y / p) cancels with p - y: another library's logarithm leaves fewer digits.
    deviance = metric in POSITIVE_NUMBERS[2:]
    predictions = predictions if library.name == "numpy" or not deviance else predictions[2:] * 1.5
    assert None not in check(library, metric, y, predictions, weight)


@pytest.mark.parametrize("metric", POSITIVE_NUMBERS)
def test_what_lies_outside_is_left_to_scikit_learn_for_that_member_only(library, metric):
    y, predictions, _ = drawn(0, positive=True)
    predictions[1, 0] = -3.0
    found = check(library, metric, y, predictions)
    assert found[1] is None and found[0] is not None
    assert batched_score(metric, y - 1000, list(predictions)) is None


def test_zero_counts_have_a_poisson_deviance(library):
    y = np.array([0.0, 1.0, 0.0, 4.0])
    check(library, metrics.mean_poisson_deviance, y, np.array([[0.5, 2, 1, 3], [1, 1, 1, 1.0]]))
    check(library, metrics.mean_gamma_deviance, y, np.array([[0.5, 2, 1, 3], [1, 1, 1, 1.0]]))


@pytest.mark.parametrize("power", [0, 1.0, 1.3, 2, 2.5])
def test_deviance_explained(library, power):
    y, predictions, weight = drawn(1, positive=True)
    check(library, metrics.d2_tweedie_score, y, predictions[2:] * 1.5, weight, power=power)
    found = batched_score(metrics.d2_tweedie_score, y, [predictions[2]], power=-1.5)
    assert found is None


@pytest.mark.parametrize("seed", SEEDS)
def test_largest_error(library, seed):
    y, predictions, _ = drawn(seed, positive=False)
    check(library, metrics.max_error, y, predictions)
    assert batched_score(metrics.max_error, y, predictions, np.ones(len(y))) is None


@pytest.mark.parametrize("metric", [*ANY_NUMBERS, metrics.max_error])
def test_whole_numbers(library, metric):
    rng = np.random.default_rng(0)
    y = rng.integers(-5, 6, 30)
    check(library, metric, y, rng.integers(-5, 6, (3, 30)))
    check(library, metric, y, rng.normal(size=(3, 30)))
    check(library, metric, y.astype(float), rng.integers(-5, 6, (3, 30)))


@pytest.mark.parametrize("metric", [*ANY_NUMBERS, *POSITIVE_NUMBERS])
def test_several_outputs(library, metric):
    rng = np.random.default_rng(1)
    y = rng.uniform(1, 9, (20, 3))
    y[:, 1] = 2.0
    predictions = y * rng.uniform(0.7, 1.6, (4, 20, 3))
    predictions[0, :, 1] = 2.0
    for weight in (None, rng.integers(0, 4, 20)):  # sums that are exact: the constant stays one
        check(library, metric, y, predictions, weight)


@pytest.mark.parametrize("metric", ANY_NUMBERS)
def test_a_constant_target(library, metric):
    y = np.full(5, 3.0)
    check(library, metric, y, np.array([[3.0] * 5, [3, 3, 3, 3, 4.0], [1.0] * 5]))


@pytest.mark.parametrize("metric", [*ANY_NUMBERS, *POSITIVE_NUMBERS])
def test_float32_is_computed_as_scikit_learn_does(metric):
    rng = np.random.default_rng(2)
    y = rng.uniform(1, 9, 1000).astype(np.float32)
    predictions = (y * rng.uniform(0.7, 1.6, (3, 1000))).astype(np.float32)
    weight = rng.uniform(0, 1, 1000).astype(np.float32)
    for target in (y, np.round(y).astype(int)):
        for w in (None, weight):
            expected = [metric(target, p, sample_weight=w) for p in predictions]
            assert batched_score(metric, target, predictions, w) == expected


@pytest.mark.parametrize("metric", [*ANY_NUMBERS, *POSITIVE_NUMBERS])
@pytest.mark.parametrize("order", ["C", "F"])
def test_numpy_scores_are_the_same_to_the_last_digit(metric, order):
    """Ties in scores are ties in scikit-learn's ranks."""
    rng = np.random.default_rng(3)
    y = rng.uniform(1, 9, 2000)
    predictions = np.asarray(y * rng.uniform(0.7, 1.6, (40, 2000)), order=order)
    for weight in (None, rng.uniform(0, 1, 2000)):
        expected = [metric(y, p.copy(), sample_weight=weight) for p in predictions]
        assert batched_score(metric, y, predictions, weight) == expected


def test_a_weighted_median_that_is_reached_exactly(library):
    y = np.zeros(6)
    predictions = np.array([[1.0, 2, 3, 4, 5, 6], [3, 3, 3, 1, 1, 1], [6, 5, 4, 3, 2, 1]])
    for weight in ([1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 3], [3, 0, 0, 1, 1, 1], [0, 0, 2, 2, 0, 0]):
        check(library, metrics.median_absolute_error, y, predictions, np.array(weight))


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e200])
@pytest.mark.parametrize("metric", [*ANY_NUMBERS, *POSITIVE_NUMBERS, metrics.max_error])
def test_a_member_that_is_no_finite_number_is_left_out(library, metric, bad):
    y, predictions, _ = drawn(0, positive=True)
    predictions[2, 1] = bad
    check(library, metric, y, predictions)
