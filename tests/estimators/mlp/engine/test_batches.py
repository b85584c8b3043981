"""Row orders and minibatches."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.utils import shuffle

from gridfold.estimators.arrays import place_of
from gridfold.estimators.mlp.engine.batches import Batches, RowOrder, Rows


def table(library, n=12, weight=None):
    X = library.put(np.arange(2.0 * n).reshape(n, 2))
    weight = None if weight is None else library.put(weight)
    return Rows((X,), library.put(np.arange(float(n))[:, None]), weight, place_of(X))


def test_rows_are_shuffled_as_in_scikit_learn():
    numbers = np.array([4, 7, 1, 9, 3])
    order, random_state = RowOrder(numbers, np.random.RandomState(3)), np.random.RandomState(3)
    positions = np.arange(5)
    for _ in range(3):
        positions = shuffle(positions, random_state=random_state)
        np.testing.assert_array_equal(order.next_epoch(), numbers[positions])


def test_without_a_random_state_rows_stay_in_order():
    numbers = np.array([4, 7, 1])
    np.testing.assert_array_equal(RowOrder(numbers, None).next_epoch(), numbers)


@pytest.mark.parametrize("seed", [None, 0])
def test_an_order_goes_on_from_a_snapshot(seed):
    def make():
        return RowOrder(np.arange(9), None if seed is None else np.random.RandomState(seed))

    order = make()
    order.next_epoch()
    saved = order.snapshot()
    expected = [order.next_epoch() for _ in range(2)]
    other = make()
    other.restore(saved)
    for each in expected:
        np.testing.assert_array_equal(other.next_epoch(), each)


def test_every_row_is_in_one_batch(library):
    orders = [np.random.RandomState(i).permutation(12) for i in range(2)]
    batches = Batches(table(library), orders, 5, drop_last=False)
    seen = [library.host(batch.rows) for batch in batches]
    assert [rows.shape for rows in seen] == [(2, 5), (2, 5), (2, 2)]
    np.testing.assert_array_equal(np.concatenate(seen, axis=1), orders)
    assert len(batches) == 3


def test_a_last_batch_that_is_not_full_can_be_left_out(library):
    batches = list(Batches(table(library), [np.arange(12)], 5, drop_last=True))
    assert [batch.counts.tolist() for batch in batches] == [[5], [5]]


def test_shorter_models_are_filled_up_with_rows_that_count_nothing(library):
    orders = [np.arange(12), np.arange(10), np.arange(3)]
    batches = list(Batches(table(library), orders, 5, drop_last=False))
    assert [batch.counts.tolist() for batch in batches] == [[5, 5, 3], [5, 5, 0], [2, 0, 0]]
    for batch in batches:
        weight = library.host(batch.weight)
        for model, count in enumerate(batch.counts):
            np.testing.assert_allclose(weight[model, :count], 1 / max(count, 1))
            assert not weight[model, count:].any()
    np.testing.assert_array_equal(library.host(batches[0].sums), [5, 5, 3])


def test_weights_sum_to_one_in_each_batch(library):
    weight = np.arange(1.0, 13.0)
    orders = [np.arange(12), np.arange(11)[::-1].copy()]
    for batch in Batches(table(library, weight=weight), orders, 5, drop_last=False):
        rows = library.host(batch.rows)
        for model, count in enumerate(batch.counts):
            own = weight[rows[model, :count]]
            np.testing.assert_allclose(library.host(batch.weight)[model, :count], own / own.sum())
            np.testing.assert_allclose(library.host(batch.sums)[model], own.sum())


def test_rows_are_gathered_for_all_models_at_once(library):
    rows = table(library)
    numbers = np.array([[3, 1], [0, 11]])
    X, y = rows.take(library.put(numbers))
    np.testing.assert_array_equal(library.host(X), np.arange(24.0).reshape(12, 2)[numbers])
    np.testing.assert_array_equal(library.host(y)[..., 0], numbers)


def test_a_batch_without_weight_counts_nothing(library):
    weight = np.r_[np.ones(4), np.zeros(8)]
    first, second, _ = Batches(table(library, weight=weight), [np.arange(12)], 4, drop_last=False)
    np.testing.assert_allclose(library.host(first.weight), 0.25)
    assert not library.host(second.weight).any()
    assert library.host(second.sums) == [1.0]
