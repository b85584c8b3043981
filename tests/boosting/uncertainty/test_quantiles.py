"""Quantiles: levels that are checked, and predictions that never cross."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.metrics import mean_pinball_loss

from gridfold.boosting.uncertainty.quantiles import OBJECTIVE, check_levels, rearrange


@pytest.mark.parametrize(
    "given", [0.5, [0.1, 0.9], (0.1, np.float32(0.5)), np.array([0.25, 0.75]), [0.5, 0.5]]
)
def test_levels_of_any_form_pass(given):
    assert check_levels(OBJECTIVE, given) is None


@pytest.mark.parametrize("objective", [None, "reg:squarederror", lambda y, p: (y, p)])
def test_other_objectives_have_no_levels(objective):
    assert check_levels(objective, [7]) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "needs quantile_alpha"),
        ([], "needs quantile_alpha"),
        (0, "level 0:"),
        (1.0, r"level 1\.0:"),
        ([0.1, 1.5], r"level 1\.5:"),
        ([0.1, -0.2], r"level -0\.2:"),
        (np.array([0.5, np.nan]), "level nan:"),
        ("half", "level 'half':"),
        ([0.5, None], "level None:"),
        ([True], "level True:"),
        ([0.2, 0.9, 0.5], r"0\.5 after 0\.9: .* Take quantile_alpha=\[0\.2, 0\.5, 0\.9\]"),
    ],
)
def test_what_is_no_level_is_named(given, message):
    with pytest.raises(ValueError, match=message):
        check_levels(OBJECTIVE, given)


def test_no_quantile_is_below_one_of_a_lower_level():
    prediction = np.array([[3, 1, 2], [1, 2, 3], [0, 0, -1]], dtype=np.float32)
    before = prediction.copy()
    found = rearrange(prediction)
    assert_array_equal(found, [[1, 2, 3], [1, 2, 3], [-1, 0, 0]])
    assert found.dtype == np.float32
    assert_array_equal(prediction, before)


def test_the_loss_never_grows():
    rng = np.random.default_rng(1)
    levels = [0.2, 0.4, 0.7]
    y, prediction = rng.normal(size=300), rng.normal(size=(300, 3))

    def losses(prediction):
        return sum(
            mean_pinball_loss(y, each, alpha=level)
            for each, level in zip(prediction.T, levels, strict=True)
        )

    assert losses(rearrange(prediction)) < losses(prediction)
