"""XGBClassifier with `calibration`, from labels of text to probabilities."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

import gridfold  # noqa: E402
from gridfold.boosting import XGBClassifier  # noqa: E402
from gridfold.boosting.uncertainty.calibration import fit_calibrator  # noqa: E402

METHODS = ("isotonic", "sigmoid", "temperature")
SURE = {"n_estimators": 40, "learning_rate": 0.7, "n_jobs": 1}  # overfits: far too sure


def draw(n_classes, n_samples=900, seed=0):
    X, codes = make_classification(
        2 * n_samples, 6, n_informative=4, n_classes=n_classes, flip_y=0.3, random_state=seed
    )
    y = np.array(["ape", "bee", "cat"])[codes]
    return X[:n_samples], y[:n_samples], X[n_samples:], y[n_samples:]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("method", METHODS)
def test_the_model_is_the_same_and_its_probabilities_are_better(method, n_classes, weighted):
    X, y, X_new, y_new = draw(n_classes)
    weight = np.random.default_rng(0).uniform(0.2, 2, len(y)) if weighted else None
    plain = XGBClassifier(**SURE).fit(X, y, sample_weight=weight)
    model = XGBClassifier(**SURE, calibration=method).fit(X, y, sample_weight=weight)
    margins = [each.predict(X_new, output_margin=True) for each in (model, plain)]
    assert_array_equal(*margins)
    proba = model.predict_proba(X_new)
    assert proba.dtype == np.float32
    assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)
    assert log_loss(y_new, proba) < log_loss(y_new, plain.predict_proba(X_new)) - 0.1
    assert_array_equal(model.predict(X_new), model.classes_[proba.argmax(axis=1)])


@pytest.mark.parametrize("method", ["isotonic", "temperature"])
def test_equals_scikit_learn_on_xgboost_with_the_same_folds(method):
    X, y, X_new, _ = draw(2)
    codes = np.unique(y, return_inverse=True)[1]
    cv = StratifiedKFold(5, shuffle=True, random_state=0)
    theirs = CalibratedClassifierCV(
        xgboost.XGBClassifier(**SURE), method=method, ensemble=False, cv=cv
    )
    theirs.fit(X, codes)
    ours = XGBClassifier(**SURE, calibration=method).fit(X, y)
    assert_allclose(ours.predict_proba(X_new), theirs.predict_proba(X_new), atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_bags_are_calibrated_by_their_own_out_of_fold_answers(method):
    X, y, X_new, y_new = draw(3)
    weight = np.random.default_rng(0).uniform(0.2, 2, len(y))
    params = {**SURE, "n_bags": 3, "keep_oof": True}
    plain = XGBClassifier(**params).fit(X, y, sample_weight=weight)
    model = XGBClassifier(**params, calibration=method).fit(X, y, sample_weight=weight)
    # What is kept is what the models said.
    assert_array_equal(model.oof_prediction_, plain.oof_prediction_)
    codes = np.searchsorted(model.classes_, y)
    calibrator = fit_calibrator(method, plain.oof_prediction_, codes, weight)
    expected = calibrator.apply(plain.predict_proba(X_new))
    assert_array_equal(model.predict_proba(X_new), expected)
    assert log_loss(y_new, expected) < log_loss(y_new, plain.predict_proba(X_new))


@pytest.mark.parametrize("n_bags", [1, 3])
def test_rows_that_stopped_the_training_do_not_calibrate(n_bags):
    X, y, X_new, y_new = draw(3)
    params = {**SURE, "early_stopping_rounds": 3, "n_bags": n_bags}
    model = XGBClassifier(**params, calibration="temperature").fit(X, y)
    plain = XGBClassifier(**params).fit(X, y)
    if n_bags == 1:
        margins = [each.predict(X_new, output_margin=True) for each in (model, plain)]
        assert_array_equal(*margins)
    else:  # each stops by a part of its own training rows, not by its fold
        assert model.evals_result_ != plain.evals_result_
    assert log_loss(y_new, model.predict_proba(X_new)) < 1.05


@pytest.mark.parametrize("method", METHODS)
def test_stored_cloned_and_in_a_search(method, tmp_path):
    X, y, X_new, _ = draw(3, 300)
    params = {**SURE, "n_estimators": 20, "calibration": method}
    model = XGBClassifier(**params).fit(X, y)
    proba = model.predict_proba(X_new)
    gridfold.save(model, tmp_path / "model.skops")
    for again in (
        pickle.loads(pickle.dumps(model)),
        gridfold.load(tmp_path / "model.skops"),
        clone(model).fit(X, y),
    ):
        assert_array_equal(again.predict_proba(X_new), proba)
        assert_array_equal(again.predict(X_new), model.predict(X_new))
    choices = {"calibration": [None, method]}
    search = GridSearchCV(clone(model), choices, cv=3, scoring="neg_log_loss").fit(X, y)
    assert search.best_params_ == {"calibration": method}
    assert_array_equal(search.best_estimator_.predict_proba(X_new), proba)
    pipeline = make_pipeline(StandardScaler(), clone(model))
    assert cross_val_score(pipeline, X, y, scoring="roc_auc_ovr", cv=3).min() > 0.6


def test_tables_and_sparse_rows():
    X, y, X_new, _ = draw(3, 300)
    frame, frame_new = (pd.DataFrame(each, columns=list("abcdef")) for each in (X, X_new))
    frame["kind"], frame_new["kind"] = y, "cat"
    model = XGBClassifier(**SURE, calibration="sigmoid").fit(frame, pd.Series(y).astype("category"))
    assert model.score(frame, y) == 1
    assert set(model.predict(frame_new)) == {"cat"}
    assert model.predict_proba(frame_new)[:, 2].min() > 0.9


def test_a_file_of_xgboost_is_refused_a_calibration(tmp_path):
    X, y, X_new, _ = draw(3, 300)
    model = XGBClassifier(**SURE).fit(X, y)
    model.save_model(tmp_path / "model.json")
    proba = model.predict_proba(X_new)
    model.set_params(calibration="sigmoid").fit(X, y)
    with pytest.raises(ValueError, match=r"no place for the calibration.* gridfold\.save"):
        model.save_model(tmp_path / "other.json")
    with pytest.raises(ValueError, match="calibration"):
        model.to_xgboost()
    assert not (tmp_path / "other.json").exists()
    model.load_model(tmp_path / "model.json")
    assert_array_equal(model.predict_proba(X_new), proba)
    calibrated = model.fit(X, y).predict_proba(X_new)
    assert np.abs(calibrated - proba).max() > 0.05
    assert_array_equal(model.set_params(calibration=None).fit(X, y).predict_proba(X_new), proba)


@pytest.mark.parametrize(
    ("params", "y", "message"),
    [
        ({"calibration": "platt"}, np.arange(60) % 3, "calibration='platt' is not one of"),
        ({}, np.eye(3, dtype=int)[np.arange(60) % 3][:, :2], "one label a row, and y has 2"),
        ({"objective": "binary:logitraw"}, np.arange(60) % 2, "corrects probabilities"),
        ({}, np.r_[2, np.arange(59) % 2], "Class 2 has one row only"),
    ],
)
def test_what_cannot_be_calibrated_is_a_clear_error(params, y, message):
    model = XGBClassifier(n_estimators=2, **{"calibration": "sigmoid", **params})
    with pytest.raises(ValueError, match=message):
        model.fit(np.random.default_rng(0).normal(size=(60, 2)), y)


def test_a_model_that_has_seen_the_rows_is_refused():
    X, y, _, _ = draw(3, 60)
    before = XGBClassifier(n_estimators=2).fit(X, y)
    with pytest.raises(ValueError, match="xgb_model may have been trained on any"):
        XGBClassifier(n_estimators=2, calibration="sigmoid").fit(X, y, xgb_model=before)


def test_margins_to_begin_with_count_out_of_fold_too():
    X, y, X_new, y_new = draw(2, 600)
    margin, margin_new = (2.0 * (each == "bee") - 1 for each in (y, y_new))
    model = XGBClassifier(n_estimators=2, max_depth=2, n_jobs=1, calibration="temperature")
    model.fit(X, y, base_margin=margin)
    # All is in the margins: a calibration that knows of them makes them far surer.
    found = model.predict_proba(X_new, base_margin=margin_new)
    assert log_loss(y_new, found) < 0.1


def test_soft_max_is_calibrated_by_probabilities():
    X, y, X_new, _ = draw(3, 300)
    found = [
        XGBClassifier(**SURE, objective=objective, calibration="temperature").fit(X, y)
        for objective in ("multi:softmax", "multi:softprob")
    ]
    assert_allclose(*(each.predict_proba(X_new) for each in found), rtol=1e-4)
    assert_array_equal(*(each.predict(X_new) for each in found))


@pytest.mark.parametrize("method", METHODS)
def test_log_loss_of_a_real_table(method, real_table):
    table = real_table("phoneme").sample(frac=1, random_state=0)
    X, y = table.iloc[:, :-1], table.iloc[:, -1]
    model = XGBClassifier(n_jobs=1, calibration=method).fit(X[:2000], y[:2000])
    plain = XGBClassifier(n_jobs=1).fit(X[:2000], y[:2000])
    losses = [log_loss(y[2000:], each.predict_proba(X[2000:])) for each in (model, plain)]
    assert losses[0] < losses[1]
