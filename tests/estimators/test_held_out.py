"""The validation part."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gridfold.estimators.held_out import held_out_rows


def split(n_rows, fraction, codes=None, seed=0):
    return held_out_rows(n_rows, fraction, np.random.RandomState(seed), codes)


@pytest.mark.parametrize(
    ("n_rows", "fraction", "n_held"),
    [(100, 0.2, 20), (101, 0.2, 20), (4, 0.2, 0), (2, 0.2, 0), (9, 0.0, 0)],
)
def test_its_size_is_rounded_down(n_rows, fraction, n_held):
    train, held = split(n_rows, fraction)
    assert len(held) == n_held
    assert_array_equal(np.sort(np.concatenate([train, held])), np.arange(n_rows))


def test_every_class_is_held_out_in_its_share():
    codes = np.repeat([0, 1, 2], [700, 250, 50])
    _, held = split(1000, 0.2, codes)
    assert_array_equal(np.bincount(codes[held]), [140, 50, 10])


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("fraction", [0.2, 0.9])
def test_every_class_has_a_row_to_train_on(fraction, seed):
    codes = np.array([0] * 20 + [1] * 3 + [2])
    train, held = split(24, fraction, codes, seed)
    assert set(codes[train]) == {0, 1, 2}
    assert len(held) > 0


def test_rows_are_drawn_by_the_random_state():
    assert_array_equal(split(50, 0.3)[1], split(50, 0.3)[1])
    assert set(split(50, 0.3)[1]) != set(split(50, 0.3, seed=1)[1])
