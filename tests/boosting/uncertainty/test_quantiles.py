"""Quantiles: levels that are checked, and predictions that never cross."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.metrics import mean_pinball_loss

from gridfold.boosting.uncertainty.quantiles import quantile_levels, rearrange


@pytest.mark.parametrize(
    ("given", "levels"),
    [
        (0.5, [0.5]),
        ([0.9, 0.1], [0.9, 0.1]),
        ((0.1, np.float32(0.5)), [0.1, 0.5]),
        (np.array([0.25, 0.75]), [0.25, 0.75]),
        (np.float64(0.3), [0.3]),
    ],
)
def test_levels_of_any_form(given, levels):
    assert quantile_levels("reg:quantileerror", given) == levels


@pytest.mark.parametrize("objective", [None, "reg:squarederror", lambda y, p: (y, p)])
def test_other_objectives_have_no_levels(objective):
    assert quantile_levels(objective, [7]) is None


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
    ],
)
def test_a_level_outside_is_named(given, message):
    with pytest.raises(ValueError, match=message):
        quantile_levels("reg:quantileerror", given)


@pytest.mark.parametrize("levels", [[0.1, 0.5, 0.9], [0.9, 0.1, 0.5], [0.5, 0.5, 0.2], [0.3]])
def test_no_quantile_is_below_one_of_a_lower_level(levels):
    prediction = np.random.default_rng(0).normal(size=(50, len(levels))).astype(np.float32)
    before = prediction.copy()
    found = rearrange(prediction, levels)
    assert_array_equal(prediction, before)
    assert found.dtype == np.float32
    assert (np.diff(found[:, np.argsort(levels)], axis=1) >= 0).all()
    assert_array_equal(np.sort(found, axis=1), np.sort(prediction, axis=1))


def test_quantiles_that_do_not_cross_are_left():
    prediction = np.array([[3.0, -1.0, 0.5], [9.0, 2.0, 2.0]])
    assert_array_equal(rearrange(prediction, [0.8, 0.1, 0.4]), prediction)


def test_the_loss_never_grows():
    rng = np.random.default_rng(1)
    levels = [0.2, 0.7, 0.4]
    y, prediction = rng.normal(size=300), rng.normal(size=(300, 3))

    def loss(prediction):
        return sum(
            mean_pinball_loss(y, each, alpha=level)
            for each, level in zip(prediction.T, levels, strict=True)
        )

    assert loss(rearrange(prediction, levels)) < loss(prediction)


def test_levels_of_xgboost_are_the_quantiles_of_large_leaves():
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, size=(4000, 1))
    y = rng.exponential(size=4000) * (1 + 2 * X[:, 0])
    levels = [0.9, 0.1, 0.5]
    model = xgboost.XGBRegressor(
        objective="reg:quantileerror",
        quantile_alpha=levels,
        n_estimators=60,
        reg_lambda=0,
        n_jobs=1,
    )
    found = rearrange(clone(model).fit(X, y).predict([[0], [1]]), levels)
    expected = [np.quantile(y[X[:, 0] == value], levels) for value in (0, 1)]
    assert_allclose(found, expected, rtol=0.02)
