"""The draw of rows for validation: of each row by itself."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gridfold.boosting.large.draw import Draw, seed_of


@pytest.mark.parametrize("size", [1, 7, 100])
def test_batches_do_not_matter(size):
    draw = Draw(0.3, seed=4)
    whole = draw.held_out(0, 500)
    parts = [draw.held_out(k, min(size, 500 - k)) for k in range(0, 500, size)]
    assert_array_equal(np.concatenate(parts), whole)


def test_the_share_is_the_fraction_and_seeds_differ():
    held = Draw(0.1, seed=0).held_out(0, 100_000)
    assert 0.095 < held.mean() < 0.105
    assert not np.array_equal(held, Draw(0.1, seed=1).held_out(0, 100_000))


def test_seeds_of_random_states():
    assert seed_of(None) == 0
    assert seed_of(np.int64(7)) == 7
    assert seed_of(np.random.RandomState(3)) == seed_of(np.random.RandomState(3)) != 0
    assert seed_of(np.random.default_rng(3)) == seed_of(np.random.default_rng(3)) != 0
