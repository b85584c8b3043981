"""The k-th smallest of shifted lists, against sorting all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from gridfold.boosting.uncertainty.shifted_lists import kth_smallest


def by_sorting(lists, shifts, k):
    merged = [numbers[:, None] + shift for numbers, shift in zip(lists, shifts, strict=True)]
    return np.sort(np.concatenate(merged), axis=0)[k - 1]


def draw(rng, sizes, m, spread=1.0):
    return [np.sort(rng.normal(size=n)) for n in sizes], spread * rng.normal(size=(len(sizes), m))


@pytest.mark.parametrize("spread", [0.0, 0.01, 1.0, 1e6])
@pytest.mark.parametrize("sizes", [(1,), (40,), (1, 1), (7, 30, 3), (50,) * 10])
def test_every_rank(sizes, spread):
    lists, shifts = draw(np.random.default_rng(0), sizes, 25, spread)
    for k in range(1, sum(sizes) + 1):
        expected = by_sorting(lists, shifts, k)
        assert_allclose(kth_smallest(lists, shifts, k), expected, rtol=1e-14, atol=1e-14)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_whole_numbers_with_many_ties_are_exact(data):
    whole = st.integers(-5, 5).map(float)
    lists = data.draw(st.lists(st.lists(whole, min_size=1, max_size=8), min_size=1, max_size=4))
    lists = [np.sort(each) for each in lists]
    shifts = np.array(data.draw(st.lists(whole, min_size=len(lists), max_size=len(lists))))[:, None]
    k = data.draw(st.integers(1, sum(map(len, lists))))
    assert_array_equal(kth_smallest(lists, shifts, k), by_sorting(lists, shifts, k))


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_numbers_of_any_size(data):
    number = st.floats(-1e300, 1e300, allow_subnormal=False)
    lists = data.draw(st.lists(st.lists(number, min_size=1, max_size=6), min_size=1, max_size=3))
    lists = [np.sort(each) for each in lists]
    shifts = np.array(data.draw(st.lists(number, min_size=len(lists), max_size=len(lists))))
    k = data.draw(st.integers(1, sum(map(len, lists))))
    size = np.abs(shifts).max() + max(np.abs(each).max() for each in lists)
    found = kth_smallest(lists, shifts[:, None], k)
    assert_allclose(found, by_sorting(lists, shifts[:, None], k), rtol=0, atol=1e-14 * size)


def test_lists_and_shifts_are_left_as_they_are():
    lists, shifts = draw(np.random.default_rng(1), (5, 6), 4)
    before = [each.copy() for each in (*lists, shifts)]
    kth_smallest(lists, shifts, 3)
    for now, then in zip((*lists, shifts), before, strict=True):
        assert_array_equal(now, then)


def test_no_column_and_a_column_that_is_not_finite():
    lists, shifts = draw(np.random.default_rng(2), (5, 6), 3)
    assert kth_smallest(lists, shifts[:, :0], 2).shape == (0,)
    shifts[0, 1] = np.nan
    with np.errstate(invalid="ignore"):
        found = kth_smallest(lists, shifts, 2)
    assert_array_equal(np.isfinite(found), [True, False, True])
    assert_allclose(found[[0, 2]], by_sorting(lists, shifts[:, [0, 2]], 2))
