"""Conformal intervals: by their definition, and how often they hold the truth."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest
import skops.io
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import binom
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.tree import DecisionTreeRegressor

from gridfold.boosting.uncertainty.conformal import Conformal, check_conformal, fit_conformal
from gridfold.pipelines.trusted_types import untrusted


def draw(rng, n_samples):
    X = rng.normal(size=(n_samples, 2))
    return X, X[:, 0] + (0.2 + np.abs(X[:, 1])) * rng.standard_t(4, size=n_samples)


class Line:
    """Least squares through the origin; scikit-learn's would check each of thousands of fits."""

    def fit(self, X, y):
        self.coef = np.linalg.lstsq(X, y)[0]
        return self

    def predict(self, X):
        return X @ self.coef


def folds(n_samples, n_folds=5, seed=0):
    fold = np.empty(n_samples, dtype=int)
    splitter = KFold(n_folds, shuffle=True, random_state=seed)
    for number, (_, held) in enumerate(splitter.split(np.empty(n_samples))):
        fold[held] = number
    return fold


def cross(model, X, y, fold):
    """The models of the folds, and what each says of the rows that it has not seen."""
    models = [model().fit(X[fold != i], y[fold != i]) for i in range(fold.max() + 1)]
    oof = np.empty(len(y))
    for i, each in enumerate(models):
        oof[fold == i] = each.predict(X[fold == i])
    return models, oof


def test_split_is_the_quantile_of_lei_and_others():
    conformal = fit_conformal("split", np.array([1.0, -4, 2, 3, 0, 9, -7, 5, 6]), np.zeros(9))
    prediction = np.array([[10.0, 20.0]])
    # Of 9 scores the ceil(10 * 0.5)-th is 4, the ceil(10 * 0.9)-th is the last, 9.
    assert_array_equal(conformal.interval(prediction, 0.5), [[6, 14], [16, 24]])
    assert_array_equal(conformal.interval(prediction, 0.9), [[1, 19], [11, 29]])
    assert_array_equal(conformal.interval(prediction, 0.51), [[5, 15], [15, 25]])


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.95])
def test_cross_is_the_definition_of_barber_and_others(coverage):
    rng = np.random.default_rng(0)
    (X, y), (X_new, _), fold = draw(rng, 103), draw(rng, 40), folds(103)
    models, oof = cross(DecisionTreeRegressor, X, y, fold)
    predictions = np.array([each.predict(X_new) for each in models])
    found = fit_conformal("cross", y, oof, fold).interval(predictions, coverage)

    score, of_row = np.abs(y - oof)[:, None], predictions[fold]
    k_upper, k_lower = int(np.ceil(coverage * 104)), int(np.floor((1 - coverage) * 104 + 1e-9))
    lower = np.sort(of_row - score, axis=0)[k_lower - 1]
    upper = np.sort(of_row + score, axis=0)[k_upper - 1]
    assert_allclose(found, np.column_stack([lower, upper]), rtol=1e-13)


def test_quantiles_are_conformalised_by_the_outermost_pair():
    y = np.array([0.0, 1, 2, 3])
    quantiles = np.array([[2, -1, 0.5], [2, -1, 0.5], [1, -1, 0.5], [1, -1, 0.5]])  # any order
    conformal = fit_conformal("split", y, quantiles)
    assert_array_equal(conformal.scores[0], [-1, -1, 1, 2])  # max(low - y, y - high)
    new = np.array([[[5.0, 1.0, 3.0], [0.5, 0.0, 0.2]]])
    assert_array_equal(conformal.interval(new, 0.8), [[-1, 7], [-2, 2.5]])
    # 1 inside each end is more than there is of the second: no more than its middle is left.
    assert_array_equal(conformal.interval(new, 0.4), [[2, 4], [0.25, 0.25]])


def test_cross_with_quantiles_is_its_definition():
    rng = np.random.default_rng(3)
    y, fold, oof = rng.normal(size=60), folds(60, 4), rng.normal([-1, 1], size=(60, 2))
    predictions = rng.normal([-1, 1], size=(4, 7, 2))
    found = fit_conformal("cross", y, oof, fold).interval(predictions, 0.9)
    low, high = oof.min(axis=1), oof.max(axis=1)
    score = np.maximum(low - y, y - high)[:, None]
    upper = np.sort(predictions[fold].max(axis=2) + score, axis=0)[int(np.ceil(0.9 * 61)) - 1]
    lower = -np.sort(-predictions[fold].min(axis=2) + score, axis=0)[int(np.ceil(0.9 * 61)) - 1]
    assert_allclose(found, np.column_stack([lower, upper]), rtol=1e-13)


def hits_of(kind, seed, coverage, n_train=90, n_new=1):
    """Whether the intervals of one drawn table hold new rows of it."""
    rng = np.random.default_rng(seed)
    (X, y), (X_new, y_new) = draw(rng, n_train), draw(rng, n_new)
    if kind == "split":
        half = n_train // 2
        model = Line().fit(X[:half], y[:half])
        conformal = fit_conformal("split", y[half:], model.predict(X[half:]))
        predictions = model.predict(X_new)[None]
    else:
        fold = folds(n_train, seed=seed)
        models, oof = cross(Line, X, y, fold)
        conformal = fit_conformal("cross", y, oof, fold)
        predictions = np.array([each.predict(X_new) for each in models])
    lower, upper = conformal.interval(predictions, coverage).T
    return (lower <= y_new) & (y_new <= upper)


@pytest.mark.parametrize("coverage", [0.6, 0.9])
@pytest.mark.parametrize("kind", ["split", "cross"])
def test_coverage_over_many_tables(kind, coverage):
    # One new row of each of many tables: the guarantee is over both.
    n_tables = 600
    hits = sum(hits_of(kind, seed, coverage)[0] for seed in range(n_tables))
    most = coverage + (1 / 46 if kind == "split" else 0.03)
    assert binom.ppf(1e-4, n_tables, coverage) <= hits <= binom.ppf(1 - 1e-4, n_tables, most)


def test_coverage_of_quantiles_over_many_tables():
    n_tables, hits, coverage = 600, 0, 0.8
    for seed in range(n_tables):
        rng = np.random.default_rng(seed)
        X, y = draw(rng, 60)
        # Quantiles of another distribution, far too narrow.
        quantiles = X[:, :1] + [0.1, -0.1] * (0.2 + np.abs(X[:, 1:]))
        conformal = fit_conformal("split", y[:-1], quantiles[:-1])
        lower, upper = conformal.interval(quantiles[None, -1:], coverage)[0]
        hits += lower <= y[-1] <= upper
    bounds = binom.ppf([1e-4, 1 - 1e-4], n_tables, [coverage, coverage + 1 / 60])
    assert bounds[0] <= hits <= bounds[1]


def test_more_coverage_is_a_wider_interval():
    rng = np.random.default_rng(1)
    X, y = draw(rng, 400)
    fold = folds(400)
    models, oof = cross(DecisionTreeRegressor, X, y, fold)
    conformal = fit_conformal("cross", y, oof, fold)
    predictions = np.array([each.predict(X) for each in models])
    intervals = [conformal.interval(predictions, c) for c in (0.6, 0.8, 0.9, 0.99)]
    for narrow, wide in pairwise(intervals):
        assert (wide[:, 0] <= narrow[:, 0]).all() and (narrow[:, 1] <= wide[:, 1]).all()
        assert np.ptp(wide, axis=1).mean() > np.ptp(narrow, axis=1).mean()


def test_a_y_right_on_the_end_is_held():
    y = np.repeat([0.1, 0.2, 0.3], 7)
    prediction = np.full(21, 0.2, dtype=np.float32)
    conformal = fit_conformal("split", y, prediction)
    lower, upper = conformal.interval(prediction[None, :1], 0.9)[0]
    assert lower <= 0.1 and upper >= 0.3


def test_rows_by_the_block_and_none(monkeypatch):
    from gridfold.boosting.uncertainty import conformal as module

    rng = np.random.default_rng(1)
    conformal = fit_conformal("cross", rng.normal(size=40), np.zeros(40), folds(40))
    predictions = rng.normal(size=(5, 23)).astype(np.float32)
    whole = conformal.interval(predictions, 0.8)
    monkeypatch.setattr(module, "_BLOCK", 4)
    assert_array_equal(conformal.interval(predictions, 0.8), whole)
    assert conformal.interval(predictions[:, :0], 0.8).shape == (0, 2)


@pytest.mark.parametrize(
    ("coverage", "needed"), [(0.9, 9), (0.95, 19), (0.99, 99), (0.999, 999), (0.5, 1), (0.55, 2)]
)
def test_too_few_rows_are_told_how_many_are_needed(coverage, needed):
    few = fit_conformal("split", np.arange(needed - 1.0), np.zeros(needed - 1))
    message = f"coverage={coverage} needs at least {needed} rows held out, and there were"
    with pytest.raises(ValueError, match=message):
        few.interval(np.zeros((1, 3)), coverage)
    enough = fit_conformal("split", np.arange(needed * 1.0), np.zeros(needed))
    assert_array_equal(enough.interval(np.zeros((1, 1)), coverage), [[1.0 - needed, needed - 1.0]])


@pytest.mark.parametrize("coverage", [0, 1, 1.5, -0.1, float("nan"), "most", None])
def test_a_coverage_that_is_none_is_an_error(coverage):
    with pytest.raises(ValueError, match="coverage must be a number between 0 and 1"):
        fit_conformal("split", np.arange(9.0), np.zeros(9)).interval(np.zeros((1, 1)), coverage)


@pytest.mark.parametrize(
    ("kind", "y", "objective", "message"),
    [
        ("split", np.zeros((3, 2)), None, "one target, and y has 2"),
        ("cross", np.zeros(3), "survival:cox", "y of 'survival:cox' may be censored"),
    ],
)
def test_what_has_no_intervals_is_an_error(kind, y, objective, message):
    with pytest.raises(ValueError, match=message):
        check_conformal(kind, y, objective)


@pytest.mark.parametrize("y", [np.zeros(3), np.zeros((3, 1)), [1, 2, 3]])
@pytest.mark.parametrize("objective", [None, "reg:quantileerror", lambda y, p: (y, p)])
def test_what_has_intervals_passes(y, objective):
    assert check_conformal("split", y, objective) is None


def test_pickled_and_stored_without_code():
    rng = np.random.default_rng(0)
    conformal = fit_conformal("cross", rng.normal(size=40), np.zeros(40), folds(40))
    predictions = rng.normal(size=(5, 6))
    stored = skops.io.dumps(conformal)
    unknown = skops.io.get_untrusted_types(data=stored)
    assert untrusted(unknown) == []
    for again in (
        pickle.loads(pickle.dumps(conformal)),
        skops.io.loads(stored, trusted=unknown),
    ):
        assert isinstance(again, Conformal)
        assert_array_equal(again.interval(predictions, 0.9), conformal.interval(predictions, 0.9))


@pytest.mark.parametrize("kind", ["split", "cross"])
def test_coverage_on_a_real_table(kind, real_table):
    table = real_table("california_housing").select_dtypes("number").dropna()
    table = table.sample(6000, random_state=0)
    X, y = table.iloc[:, :-1].to_numpy(), table.iloc[:, -1].to_numpy(float)
    X, y, X_new, y_new = X[:3000], y[:3000], X[3000:], y[3000:]

    def model():
        return DecisionTreeRegressor(min_samples_leaf=5, random_state=0)

    if kind == "split":
        fitted = model().fit(X[:2000], y[:2000])
        conformal = fit_conformal("split", y[2000:], fitted.predict(X[2000:]))
        predictions = fitted.predict(X_new)[None]
    else:
        fold = folds(3000)
        models, oof = cross(model, X, y, fold)
        assert_array_equal(
            oof, cross_val_predict(model(), X, y, cv=KFold(5, shuffle=True, random_state=0))
        )
        conformal = fit_conformal("cross", y, oof, fold)
        predictions = np.array([each.predict(X_new) for each in models])
    lower, upper = conformal.interval(predictions, 0.9).T
    # The standard error is 0.011, from 1000 scores and 3000 new rows. Intervals of "cross" are
    # wider than need be where the models of the folds disagree, as single trees do.
    most = 0.94 if kind == "split" else 0.98
    assert 0.86 <= np.mean((lower <= y_new) & (y_new <= upper)) <= most
