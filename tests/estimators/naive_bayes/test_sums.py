"""Sums of columns against NumPy's sums of rows: the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.fitted_alone import assert_close
from numpy.testing import assert_array_equal
from scipy.special import logsumexp

from gridfold.estimators.naive_bayes.sums import log_probabilities, row_sums, rows_in_one_piece


@pytest.mark.parametrize("n_columns", [1, 2, 7, 8, 9, 16, 23, 128, 129, 300])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_sums_are_numpys_to_the_last_bit(n_columns, dtype, order):
    rng = np.random.default_rng(n_columns)
    rows = np.asarray(rng.lognormal(0, 5, (20, n_columns)), dtype=dtype, order=order)
    columns = np.ascontiguousarray(rows.T)
    before = columns.copy()
    assert_array_equal(row_sums(columns, rows_in_one_piece(rows)), rows.sum(axis=1))
    assert_array_equal(columns, before)


def test_a_single_row_lies_in_one_piece_in_either_order():
    rows = np.random.default_rng(0).lognormal(0, 5, (1, 30))
    for one in (rows, np.asfortranarray(rows)):
        assert_array_equal(row_sums(one.T.copy(), rows_in_one_piece(one)), one.sum(axis=1))


@pytest.mark.parametrize("n_classes", [1, 2, 5, 11])
def test_log_probabilities_sum_to_one_and_keep_equal_scores_equal(n_classes):
    rng = np.random.default_rng(n_classes)
    joint = rng.normal(size=(n_classes, 3, 40)) * rng.choice([1, 50, 1e4], (1, 3, 40))
    joint[:, :, :5] = joint[:1, :, :5]
    found = log_probabilities(joint, pairwise=False)
    assert_close(found, joint - logsumexp(joint, axis=0), 1e-14, "log probabilities")
    assert_close(np.exp(found).sum(axis=0), np.ones((3, 40)), 1e-9, "sums")
    assert_array_equal(found[:, :, :5], np.broadcast_to(found[:1, :, :5], (n_classes, 3, 5)))
