"""Blocks of rows, and products in which equal rows get equal answers."""

from __future__ import annotations

import platform

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gridfold.estimators.discriminant.products import padded, row_blocks

SIZES = [(0, 1), (1, 1), (267, 500), (1000, 3), (5000, 2000), (98765, 7)]


@pytest.mark.parametrize(("n_samples", "n_members"), SIZES)
def test_blocks_follow_one_another_to_the_end(n_samples, n_members):
    blocks = list(row_blocks(n_samples, n_members))
    rows = np.arange(n_samples)
    assert_array_equal(np.concatenate([rows[:0], *(rows[block] for block in blocks)]), rows)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="measured on x86-64")
@pytest.mark.parametrize("n_members", [1, 5, 8, 13])
@pytest.mark.parametrize("n_samples", [1, 20, 77, 267, 534])
def test_equal_rows_have_equal_products(n_members, n_samples):
    rng = np.random.default_rng(n_members)
    coef = rng.normal(size=(n_members, 9))
    wide = padded(coef)
    assert len(wide) % 16 == 0
    found = wide @ np.tile(rng.normal(size=9), (n_samples, 1)).T
    assert_array_equal(found, np.repeat(found[:, :1], n_samples, axis=1))
    assert not found[n_members:].any()
    assert padded(wide) is wide
    assert padded(coef, axis=1).shape == (n_members, 16)
