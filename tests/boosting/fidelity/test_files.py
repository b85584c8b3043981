"""Files and pickles: xgboost reads ours and we read xgboost's, with the same answers."""

from __future__ import annotations

import pickle
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone

from gridfold import boosting

from .pairs import (
    CLASSES,
    X,
    assert_same_model,
    each_class,
    fitted_pair,
    pair,
    settings,
    train_data,
    valid_data,
    xgboost,
)

each_format = pytest.mark.parametrize("suffix", ["json", "ubj"])


@each_class
@each_format
def test_a_file_of_ours_is_read_by_xgboost(name, suffix, tmp_path):
    ours, theirs = fitted_pair(name)
    path = tmp_path / f"model.{suffix}"
    ours.save_model(path)
    loaded = getattr(xgboost, name)()
    loaded.load_model(path)
    assert_array_equal(loaded.predict(X), theirs.predict(X))
    booster = xgboost.Booster(model_file=path)
    margin = theirs.predict(X, output_margin=True)
    assert_array_equal(booster.predict(xgboost.DMatrix(X), output_margin=True), margin)
    assert booster.num_boosted_rounds() == 4


@each_class
@each_format
def test_a_file_of_xgboost_is_read_by_ours(name, suffix, tmp_path):
    theirs = fitted_pair(name)[1]
    path = tmp_path / f"model.{suffix}"
    theirs.save_model(path)
    ours, loaded = pair(name)
    for each in (ours, loaded):
        each.load_model(path)
    assert_array_equal(ours.predict(X), theirs.predict(X))
    assert_same_model(ours, loaded)
    for attribute in ("objective", "booster", "base_score", "feature_types", "enable_categorical"):
        assert getattr(ours, attribute) == getattr(loaded, attribute), attribute
    assert ours.get_booster().attr("scikit_learn") is None


@each_class
def test_what_a_file_keeps(name, tmp_path):
    ours = fitted_pair(name, valid_data(name), early_stopping_rounds=2, n_estimators=90)[0]
    ours.save_model(tmp_path / "model.json")
    loaded = type(ours)()
    loaded.load_model(tmp_path / "model.json")
    assert loaded.best_iteration == ours.best_iteration
    assert loaded.best_score == pytest.approx(ours.best_score, rel=1e-6)
    assert loaded.n_features_in_ == 5
    assert loaded.n_estimators is None  # as xgboost: a file keeps the model, not the parameters
    assert_array_equal(loaded.predict(X), ours.predict(X))
    if name == "XGBClassifier":
        assert loaded.n_classes_ == 3


def test_a_file_of_another_kind_is_refused(tmp_path):
    ours = fitted_pair("XGBClassifier")[0]
    ours.save_model(tmp_path / "model.json")
    for module in (boosting, xgboost):
        with pytest.raises(TypeError, match="different type"):
            module.XGBRegressor().load_model(tmp_path / "model.json")


@each_class
def test_a_booster_of_xgboost_train_is_read(name, tmp_path):
    theirs = fitted_pair(name)[1]
    theirs.get_booster().save_model(tmp_path / "booster.ubj")
    for source in (tmp_path / "booster.ubj", theirs.get_booster().save_raw("ubj")):
        ours = pair(name)[0]
        ours.load_model(source)
        assert_array_equal(ours.predict(X), theirs.predict(X))


@each_class
def test_a_file_keeps_names_and_categories(name, tmp_path):
    table = pd.DataFrame(X, columns=list("abcde"))
    table["e"] = pd.Categorical.from_codes(X[:, 4].astype(int), list("uvwxyz"))
    data = train_data(name)
    data["X"] = table[: len(data["X"])]
    ours, theirs = (each.fit(**data) for each in pair(name, enable_categorical=True))
    ours.save_model(tmp_path / "model.ubj")
    for cls in (type(ours), type(theirs)):
        loaded = cls(enable_categorical=True)
        loaded.load_model(tmp_path / "model.ubj")
        assert list(loaded.feature_names_in_) == list("abcde")
        assert loaded.feature_types == theirs.get_booster().feature_types
        assert_array_equal(loaded.predict(table), theirs.predict(table))


@each_class
def test_pickles(name, tmp_path):
    ours = fitted_pair(name, valid_data(name), early_stopping_rounds=2)[0]
    joblib.dump(ours, tmp_path / "model.joblib")
    for again in (pickle.loads(pickle.dumps(ours)), joblib.load(tmp_path / "model.joblib")):
        assert_same_model(again, ours)
        assert_array_equal(again.predict(X), ours.predict(X))
        assert again.evals_result() == ours.evals_result()
        assert again.get_params() == pytest.approx(ours.get_params(), nan_ok=True)
        assert again.best_iteration == ours.best_iteration
    fresh = pickle.loads(pickle.dumps(pair(name)[0]))
    assert not fresh.__sklearn_is_fitted__()


def test_pickles_are_read_in_another_process(tmp_path):
    fitted = [fitted_pair(name)[0] for name in CLASSES]
    (tmp_path / "models.pickle").write_bytes(pickle.dumps(fitted))
    np.save(tmp_path / "X.npy", X)
    code = (
        "import pickle, sys, pathlib, numpy\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "models = pickle.loads((folder / 'models.pickle').read_bytes())\n"
        "X = numpy.load(folder / 'X.npy')\n"
        "numpy.save(folder / 'answers.npy', [model.predict(X) for model in models])\n"
    )
    source = next(p for p in boosting.__path__).removesuffix("gridfold/boosting")
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True, env={"PYTHONPATH": source})
    assert_array_equal(np.load(tmp_path / "answers.npy"), [each.predict(X) for each in fitted])


@each_class
def test_a_clone_is_not_fitted_and_fits_alike(name):
    ours, theirs = fitted_pair(name, max_bin=16, eta=0.2)
    again = clone(ours)
    assert not again.__sklearn_is_fitted__()
    assert again.get_params()["eta"] == 0.2
    assert_same_model(again.fit(**train_data(name)), theirs)


@each_class
def test_settings_of_a_fitted_model(name):
    ours, theirs = fitted_pair(name)
    for each in (ours, theirs):
        each.set_params(n_jobs=2, max_leaves=5, nthread=2)
    assert settings(ours) == settings(theirs)
    assert settings(ours)["learner"]["generic_param"]["nthread"] == "2"
    ours.predict(X)
    assert settings(ours)["learner"]["generic_param"]["nthread"] == "2"
