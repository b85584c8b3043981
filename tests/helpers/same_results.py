"""Compares the results of a search or a cross-validation of ours with scikit-learn's."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal


def assert_same_results(theirs, ours, atol=1e-9):
    """Every entry agrees: the times are times, scores to rounding, all else exactly."""
    assert list(theirs) == list(ours)
    for key, expected in theirs.items():
        found = ours[key]
        if key.endswith("_time"):
            assert np.shape(found) == np.shape(expected)
            assert np.all(np.asarray(found) >= 0)
        elif key.startswith(("split", "mean", "std", "test_", "train_")):
            assert_allclose(found, expected, rtol=0, atol=atol, err_msg=key)
        elif key == "indices":
            for part in ("train", "test"):
                for a, b in zip(expected[part], found[part], strict=True):
                    assert_array_equal(a, b)
        elif key != "estimator":
            assert_array_equal(found, expected, err_msg=key)
