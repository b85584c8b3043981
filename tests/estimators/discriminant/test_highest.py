"""The class of the highest score against `argmax`, and its lead."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gridfold.estimators.discriminant.highest import highest


@pytest.mark.parametrize("n_classes", [2, 3, 9])
def test_codes_are_those_of_argmax_also_where_scores_are_equal(n_classes):
    rng = np.random.default_rng(n_classes)
    scores = rng.integers(0, 4, (n_classes, 5, 60)).astype(float)
    before = scores.copy()
    codes, best, lead = highest(scores)
    assert_array_equal(codes, scores.argmax(axis=0))
    assert_array_equal(best, scores.max(axis=0))
    ranked = np.sort(scores, axis=0)
    assert_array_equal(lead, ranked[-1] - ranked[-2])
    assert_array_equal(scores, before)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_score_that_is_no_number_leaves_the_lead_open(place):
    scores = np.array([[1.0], [2.0], [3.0]])
    scores[place] = np.nan
    assert not highest(scores)[2] > 0
