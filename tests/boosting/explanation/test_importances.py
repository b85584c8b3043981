"""Importances: xgboost's counts for every column, and scikit-learn's permutation importance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.inspection import permutation_importance
from sklearn.linear_model import Ridge

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting.explanation.importances import (  # noqa: E402
    KINDS,
    permutation_importances,
    split_importances,
)

NAMES = ["a", "b", "constant", "d"]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4)).astype(np.float32)
X[:, 2] = 1.0
Y = X[:, 0] + 3 * X[:, 1] * (X[:, 3] > 0)


def model(**params):
    return xgboost.XGBRegressor(**{"n_estimators": 10, "max_depth": 3, "n_jobs": 1, **params})


def test_every_kind_for_every_column_the_largest_gain_on_top():
    booster = model().fit(X, Y).get_booster()
    table = split_importances([booster], NAMES)
    assert tuple(table.columns) == KINDS
    assert set(table.index) == set(NAMES)
    assert_array_equal(table["gain"], np.sort(table["gain"])[::-1])
    assert table.loc["constant"].tolist() == [0] * 5
    for kind in KINDS:
        found = booster.get_score(importance_type=kind)
        for key, name in (("f0", "a"), ("f1", "b"), ("f3", "d")):
            assert table.loc[name, kind] == found[key]


def test_names_of_the_booster_may_be_others():
    frame = pd.DataFrame(X, columns=["p", "q", "r", "s"])
    named, plain = model().fit(frame, Y), model().fit(X, Y)
    pd.testing.assert_frame_equal(
        split_importances([named.get_booster()], NAMES),
        split_importances([plain.get_booster()], NAMES),
    )


def test_normalised_is_what_xgboost_calls_feature_importances():
    fitted = model().fit(X, Y)
    table = split_importances([fitted.get_booster()], NAMES, normalize=True)
    assert_allclose(table.loc[NAMES, "gain"], fitted.feature_importances_, rtol=1e-6)
    assert_allclose(table.sum(), 1)


def test_a_model_without_a_split_has_zeros():
    fitted = model().fit(X, np.zeros(300))
    table = split_importances([fitted.get_booster()], NAMES, normalize=True)
    assert_array_equal(table, np.zeros((4, 5)))


def test_several_boosters_give_the_mean():
    boosters = [model(random_state=s, subsample=0.5).fit(X, Y).get_booster() for s in range(3)]
    expected = np.mean([split_importances([b], NAMES).loc[NAMES] for b in boosters], axis=0)
    assert_allclose(split_importances(boosters, NAMES).loc[NAMES], expected)


@pytest.mark.filterwarnings("ignore:.*`booster=.*` is deprecated:UserWarning")
@pytest.mark.parametrize("booster", ["gbtree", "dart"])
def test_rounds_after_the_best_one_do_not_count(booster):
    noise = np.random.default_rng(3).normal(size=300)
    params = {"n_estimators": 60, "learning_rate": 0.9, "booster": booster}
    stopped = model(early_stopping_rounds=5, **params)
    stopped.fit(X[:200], noise[:200], eval_set=[(X[200:], noise[200:])], verbose=False)
    rounds = stopped.best_iteration + 1
    assert rounds < stopped.get_booster().num_boosted_rounds()
    short = model(**{**params, "n_estimators": rounds}).fit(X[:200], noise[:200])
    pd.testing.assert_frame_equal(
        split_importances([stopped.get_booster()], NAMES),
        split_importances([short.get_booster()], NAMES),
    )


@pytest.mark.filterwarnings("ignore:.*`booster=.*` is deprecated:UserWarning")
@pytest.mark.parametrize("classes", [2, 3])
def test_a_linear_booster_has_the_size_of_its_coefficients(classes):
    y = np.digitize(Y, np.quantile(Y, np.linspace(0, 1, classes + 1)[1:-1]))
    fitted = xgboost.XGBClassifier(booster="gblinear", n_estimators=5, n_jobs=1).fit(X, y)
    table = split_importances([fitted.get_booster()], NAMES)
    # Not by `coef_`, in which xgboost 3.2 and 3.4 mix up classes and columns.
    rows = np.vstack([np.eye(4), np.zeros(4)])
    margins = fitted.predict(rows, output_margin=True).reshape(5, -1)
    expected = np.abs(margins[:4] - margins[4]).mean(axis=1)
    assert_allclose(table.loc[NAMES, "weight"], expected, atol=1e-6)
    assert list(table.columns) == ["weight"]


def test_permutation_importances_are_those_of_scikit_learn():
    fitted = Ridge().fit(X, Y)
    options = {"n_repeats": 3, "random_state": 0, "scoring": "neg_mean_absolute_error"}
    table = permutation_importances(fitted, X, Y, NAMES, **options)
    expected = permutation_importance(fitted, X, Y, **options)
    assert_array_equal(table.loc[NAMES, "mean"], expected.importances_mean)
    assert_array_equal(table.loc[NAMES, "std"], expected.importances_std)
    assert_array_equal(table["mean"], np.sort(table["mean"])[::-1])
