"""The concordance index against a count of all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from gridfold.boosting.concordance import concordance_index


def by_counting(lower, upper, risk, weight):
    """The definition, pair by pair."""
    concordant = comparable = 0.0
    for i in range(len(risk)):
        for j in range(len(risk)):
            before = upper[i] < lower[j] or (upper[i] == lower[j] and upper[j] > lower[j])
            if before:
                w = weight[i] * weight[j]
                comparable += w
                concordant += w * ((risk[i] > risk[j]) + (risk[i] == risk[j]) / 2)
    return concordant / comparable


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("kind", ["censored", "intervals"])
def test_equals_a_count_of_all_pairs(seed, kind):
    rng = np.random.default_rng(seed)
    n = rng.integers(2, 40)
    lower = rng.integers(1, 8, n).astype(float)  # with ties
    upper = np.where(rng.uniform(size=n) < 0.4, np.inf, lower)
    if kind == "intervals":
        upper = np.where(rng.uniform(size=n) < 0.3, lower + rng.integers(1, 4, n), upper)
    lower[0], upper[0], lower[1], upper[1] = 0.5, 0.5, 3.0, 3.0  # something to compare
    risk = rng.integers(0, 6, n).astype(float)
    weight = rng.integers(1, 4, n).astype(float)
    for w in (np.ones(n), weight):
        expected = by_counting(lower, upper, risk, w)
        assert concordance_index(lower, upper, risk, w) == pytest.approx(expected, rel=1e-12)


def test_a_perfect_order_its_reverse_and_none():
    time = np.arange(1.0, 101.0)
    assert concordance_index(time, time, -time) == 1
    assert concordance_index(time, time, time) == 0
    assert concordance_index(time, time, np.zeros(100)) == 0.5


def test_a_weight_of_two_is_the_row_twice():
    rng = np.random.default_rng(0)
    time, risk, weight = rng.uniform(size=50), rng.normal(size=50), rng.integers(1, 3, 50)
    upper = np.where(rng.uniform(size=50) < 0.3, np.inf, time)
    twice = [np.repeat(each, weight) for each in (time, upper, risk)]
    assert concordance_index(time, upper, risk, weight) == pytest.approx(concordance_index(*twice))


def test_is_that_of_a_receiver_operating_curve_with_two_times():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(1)
    y, risk = rng.integers(0, 2, 300), rng.integers(0, 40, 300)
    time = np.where(y == 1, 1.0, 2.0)
    assert concordance_index(time, time, risk) == pytest.approx(roc_auc_score(y, risk))


def test_without_two_rows_that_can_be_compared():
    for upper in (np.full(3, np.inf), np.full(3, 2.0)):
        with pytest.raises(ValueError, match="Of no two rows it is known which one died first"):
            concordance_index(np.full(3, 2.0), upper, np.arange(3.0))
