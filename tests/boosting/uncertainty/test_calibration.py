"""Calibration: scikit-learn's numbers, better probabilities, and what is no calibration."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
import skops.io
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logit, softmax
from sklearn import config_context
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict, train_test_split
from sklearn.naive_bayes import GaussianNB

from gridfold.boosting.uncertainty.calibration import fit_calibrator
from gridfold.pipelines.trusted_types import untrusted

METHODS = ("isotonic", "sigmoid", "temperature")


def too_sure(n_samples: int, n_classes: int, seed: int = 0, sureness: float = 3.0):
    """Probabilities of a model that is too sure of itself, and the classes that came true."""
    rng = np.random.default_rng(seed)
    margin = rng.normal(size=(n_samples, n_classes))
    truth = softmax(margin, axis=1)
    codes = (truth.cumsum(axis=1) < rng.uniform(size=(n_samples, 1))).sum(axis=1)
    return softmax(sureness * margin, axis=1), codes


class ByLogOdds(GaussianNB):
    """Naive Bayes that has a decision function: scikit-learn calibrates that where there is one."""

    def decision_function(self, X):
        odds = logit(np.clip(self.predict_proba(X), 2**-23, 1 - 2**-23))
        return odds[:, 1] if odds.shape[1] == 2 else odds


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("method", METHODS)
def test_the_numbers_are_those_of_scikit_learn(method, n_classes, weighted):
    X, y = make_classification(
        600, 8, n_informative=6, n_classes=n_classes, flip_y=0.2, random_state=1
    )
    weight = np.random.default_rng(2).uniform(0.2, 3, 600) if weighted else None
    model = ByLogOdds() if method == "sigmoid" else GaussianNB()
    cv = StratifiedKFold(5)
    theirs = CalibratedClassifierCV(model, method=method, ensemble=False, cv=cv)
    theirs.fit(X, y, sample_weight=weight)

    params = {} if weight is None else {"sample_weight": weight}
    oof = cross_val_predict(GaussianNB(), X, y, cv=cv, method="predict_proba", params=params)
    calibrator = fit_calibrator(method, oof, y, weight)
    ours = calibrator.apply(GaussianNB().fit(X, y, weight).predict_proba(X))
    assert_allclose(ours, theirs.predict_proba(X), rtol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("method", METHODS)
def test_probabilities_of_new_rows_become_better(method, n_classes):
    proba, codes = too_sure(4000, n_classes)
    new_proba, new_codes = too_sure(4000, n_classes, seed=1)
    before = new_proba.copy()
    calibrated = fit_calibrator(method, proba, codes).apply(new_proba)
    assert_array_equal(new_proba, before)
    assert_allclose(calibrated.sum(axis=1), 1, rtol=1e-12)
    best, before, after = (
        log_loss(new_codes, each)
        for each in (softmax(np.log(new_proba) / 3, axis=1), new_proba, calibrated)
    )
    assert after - best < 0.3 * (before - best)


@pytest.mark.parametrize("method", ["sigmoid", "temperature"])
def test_probabilities_that_are_right_are_left(method):
    proba, codes = too_sure(20_000, 2, sureness=1.0)
    assert_allclose(fit_calibrator(method, proba, codes).apply(proba), proba, atol=0.03)


def test_temperature_keeps_the_order_of_the_classes():
    proba, codes = too_sure(500, 5)
    calibrated = fit_calibrator("temperature", proba, codes).apply(proba)
    assert_array_equal(np.argsort(calibrated), np.argsort(proba))


@pytest.mark.parametrize("method", METHODS)
def test_a_weight_of_two_is_a_row_twice(method):
    proba, codes = too_sure(300, 3)
    weight = np.random.default_rng(0).integers(1, 3, 300)
    repeated = np.repeat(np.arange(300), weight)
    weighted = fit_calibrator(method, proba, codes, weight.astype(float)).apply(proba)
    assert_allclose(
        weighted,
        fit_calibrator(method, proba[repeated], codes[repeated]).apply(proba),
        atol=2e-4,
    )
    assert np.abs(weighted - fit_calibrator(method, proba, codes).apply(proba)).max() > 1e-3


@pytest.mark.parametrize("method", METHODS)
def test_float32_stays_and_a_probability_a_hair_above_one_is_no_logit(method):
    proba, codes = too_sure(400, 3)
    exact = fit_calibrator(method, proba, codes).apply(proba)
    proba = proba.astype(np.float32)
    proba[0] = [np.nextafter(np.float32(1), np.float32(2)), 0, 0]
    codes[0] = 0
    calibrated = fit_calibrator(method, proba, codes).apply(proba)
    assert calibrated.dtype == np.float32
    # One row has changed, and the rounding of the others: neighbours in isotonic blocks move.
    assert np.median(np.abs(calibrated - exact)) < 1e-2
    assert np.isfinite(calibrated).all() and calibrated.max() <= 1


@pytest.mark.parametrize("method", METHODS)
def test_certain_and_rare_classes(method):
    rng = np.random.default_rng(0)
    codes = np.r_[np.zeros(60, int), np.ones(40, int), [2]]
    proba = np.eye(3)[rng.permutation(codes)]  # answers of 0 and 1 only, many of them wrong
    calibrated = fit_calibrator(method, proba, codes).apply(proba)
    assert np.isfinite(calibrated).all()
    assert_allclose(calibrated.sum(axis=1), 1)
    assert log_loss(codes, calibrated) < 2 < log_loss(codes, proba)


@pytest.mark.parametrize("method", METHODS)
def test_pickled_and_stored_without_code(method):
    proba, codes = too_sure(200, 3)
    calibrator = fit_calibrator(method, proba, codes)
    stored = skops.io.dumps(calibrator)
    unknown = skops.io.get_untrusted_types(data=stored)
    assert untrusted(unknown) == []
    loaded = skops.io.loads(stored, trusted=unknown)
    for again in (pickle.loads(pickle.dumps(calibrator)), loaded):
        assert_array_equal(again.apply(proba), calibrator.apply(proba))


def test_no_row_of_the_calibration_is_kept():
    small, large = (
        len(pickle.dumps(fit_calibrator("sigmoid", *too_sure(n, 3)))) for n in (50, 5000)
    )
    assert abs(small - large) < 20


@pytest.mark.parametrize("method", METHODS)
def test_one_row_and_no_row(method):
    calibrator = fit_calibrator(method, *too_sure(100, 3))
    proba = too_sure(7, 3, seed=1)[0]
    assert_array_equal(calibrator.apply(proba[2:3]), calibrator.apply(proba)[2:3])
    assert calibrator.apply(proba[:0]).shape == (0, 3)


def test_settings_of_scikit_learn_make_no_difference():
    proba, codes = too_sure(200, 3)
    weight = np.linspace(1, 2, 200)
    plain = fit_calibrator("temperature", proba, codes, weight).apply(proba)
    with config_context(enable_metadata_routing=True, transform_output="pandas"):
        routed = fit_calibrator("temperature", proba, codes, weight).apply(proba)
    assert_array_equal(routed, plain)


@pytest.mark.parametrize(
    ("method", "change", "message"),
    [
        ("sigmoid", lambda p, y: (p, np.minimum(y, 1)), "class number 2 of 3 .* has none"),
        ("isotonic", lambda p, y: (np.where(p > 0.9, np.nan, p), y), "contains NaN"),
    ],
)
def test_what_cannot_be_calibrated_is_an_error(method, change, message):
    with pytest.raises(ValueError, match=message):
        fit_calibrator(method, *change(*too_sure(100, 3)))


def test_on_a_real_classifier_of_a_table():
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    X, y = make_classification(3000, 10, n_informative=4, flip_y=0.3, random_state=0)
    X, X_new, y, y_new = train_test_split(X, y, random_state=0)
    model = xgboost.XGBClassifier(n_estimators=200, n_jobs=1)
    oof = cross_val_predict(model, X, y, cv=5, method="predict_proba")
    proba = model.fit(X, y).predict_proba(X_new)
    for method in METHODS:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            calibrated = fit_calibrator(method, oof, y).apply(proba)
        assert calibrated.dtype == np.float32
        assert log_loss(y_new, calibrated) < log_loss(y_new, proba) - 0.1
