"""Reductions of columns by long rows are those of NumPy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gridfold.estimators.preprocessing.long_rows import reduced


@pytest.mark.parametrize("shape", [(1000, 3), (64, 8), (1, 5), (7, 300), (5, 600), (100, 1)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_reductions_are_numpys(shape, order):
    X = np.array(np.random.default_rng(0).normal(size=shape), order=order)
    assert_allclose(reduced(np.add, X), X.sum(axis=0), rtol=1e-12, atol=1e-12)
    assert_array_equal(reduced(np.fmin, X), X.min(axis=0))
    X[::2, 0] = np.nan
    assert_array_equal(reduced(np.fmax, X), np.fmax.reduce(X, axis=0))


def test_equal_columns_have_equal_sums():
    X = np.repeat(np.random.default_rng(0).normal(size=(9999, 1)), 37, axis=1)
    assert len(np.unique(reduced(np.add, X))) == 1
