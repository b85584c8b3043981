"""Pipeline: scikit-learn's behaviour, and the device that the data enter once."""

from __future__ import annotations

import logging
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import pipeline
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from gridfold import config_context, get_config
from gridfold.estimators import Ridge, RidgeClassifier
from gridfold.estimators.arrays import place_of
from gridfold.pipelines.pipeline import Pipeline, make_pipeline
from gridfold.pipelines.tabular_preprocessor import TabularPreprocessor

# scikit-learn's own Pipeline fails these two as well: it fits copies of its steps in place.
SCIKIT_LEARN_FAILS = {
    "check_estimators_overwrite_params": "fit changes the steps",
    "check_dont_overwrite_parameters": "fit changes the steps",
}


@parametrize_with_checks(
    [make_pipeline(StandardScaler(), RidgeClassifier())],
    expected_failed_checks=lambda estimator: SCIKIT_LEARN_FAILS,
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


METHODS = [
    "fit_transform",
    "fit_predict",
    "transform",
    "inverse_transform",
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "score_samples",
    "score",
]


@pytest.mark.parametrize("last", [LogisticRegression(), Ridge(), KMeans(2), StandardScaler()])
def test_methods_are_there_when_scikit_learns_are(last):
    ours = make_pipeline(StandardScaler(), last)
    theirs = pipeline.make_pipeline(StandardScaler(), last)
    for method in METHODS:
        assert hasattr(ours, method) == hasattr(theirs, method), method


def test_answers_are_scikit_learns():
    X, y = load_iris(return_X_y=True)
    ours = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    theirs = pipeline.make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        assert_array_equal(getattr(ours, method)(X), getattr(theirs, method)(X))
    assert ours.score(X, y) == theirs.score(X, y)
    assert_array_equal(ours[:-1].transform(X), theirs[:-1].transform(X))
    scaler = make_pipeline(StandardScaler())
    assert_array_equal(scaler.fit_transform(X), theirs[0].transform(X))


def test_parameters_slices_and_copies_keep_the_device():
    model = make_pipeline(StandardScaler(), Ridge(alpha=2.0), memory=None, device="cpu")
    assert [name for name, _ in model.steps] == ["standardscaler", "ridge"]
    assert model.get_params()["device"] == "cpu"
    assert model.get_params()["ridge__alpha"] == 2.0
    for copy in (clone(model), pickle.loads(pickle.dumps(model)), model[:-1], model[0:1]):
        assert type(copy) is Pipeline
        assert copy.device == "cpu"
    assert model.set_params(device=None, ridge__alpha=1.0).device is None
    assert model["ridge"] is model[-1] is model.named_steps.ridge
    assert "device" in repr(make_pipeline(Ridge(), device="cpu"))
    assert "Ridge" in model._repr_html_()


class Witness(TransformerMixin, BaseEstimator):
    """Passes X on and remembers where it was; stands for one of our transformers."""

    __module__ = "gridfold.witness"

    def __init__(self, device=None):
        self.device = device

    def fit(self, X, y=None):
        self.fitted_ = place_of(X)
        self.config_ = get_config()["device"]
        return self

    def transform(self, X):
        self.seen_ = place_of(X)
        return X


class Foreigner(Witness):
    """The same from another library."""

    __module__ = "elsewhere"


def elsewhere(foreign, X):
    """X on another device than the one that device="cpu" means, where the library has two."""
    array = foreign.put(X)
    return array, place_of(array)


def test_an_array_enters_the_device_once_and_comes_home(foreign):
    X, y = load_iris(return_X_y=True)
    array, home = elsewhere(foreign, X)
    model = make_pipeline(Witness(), Witness(), Ridge(), device="cpu").fit(array, y.astype(float))
    if foreign.name == "strict":  # its test device is not its CPU
        assert model[0].fitted_ != home
    assert model[0].fitted_ == model[1].fitted_ == place_of(model[-1].coef_)
    assert model[0].config_ == "cpu"
    answer = model.predict(array)
    assert place_of(answer) == home
    assert model[1].seen_ == model[1].fitted_
    expected = Ridge().fit(X, y.astype(float)).predict(X)
    assert_allclose(foreign.host(answer), expected)
    assert_allclose(model.predict(X), expected)
    assert place_of(model[:-1].transform(array)) == home


def test_a_step_of_another_library_gets_x_as_it_is(foreign, caplog):
    X, y = load_iris(return_X_y=True)
    array, home = elsewhere(foreign, X)
    model = make_pipeline(Witness(), Foreigner(), Ridge(), device="cpu")
    with caplog.at_level(logging.INFO, logger="gridfold"):
        model.fit(array, y.astype(float))
    assert model[0].fitted_ == model[1].fitted_ == home
    if foreign.name == "strict":
        assert "foreigner" in caplog.text
    assert model[0].config_ == "cpu"


def test_the_device_of_the_context_serves_where_the_pipeline_has_none(foreign):
    X, y = load_iris(return_X_y=True)
    array, home = elsewhere(foreign, X)
    model = make_pipeline(Witness(), Ridge())
    with config_context(device="cpu"):
        model.fit(array, y.astype(float))
        assert place_of(model.predict(array)) == home
    if foreign.name == "strict":
        assert model[0].fitted_ != home
    assert model.fit(array, y.astype(float))[0].fitted_ == home


def test_labels_that_are_no_numbers_stay_numpy(foreign):
    X, y = load_iris(return_X_y=True)
    labels = np.array(["a", "b", "c"])[y]
    model = make_pipeline(Witness(), RidgeClassifier(), device="cpu").fit(foreign.put(X), labels)
    found = model.predict(foreign.put(X))
    assert isinstance(found, np.ndarray)
    assert set(found) == {"a", "b", "c"}


class NumpyOnly(ClassifierMixin, BaseEstimator):
    """A last step that answers in NumPy whatever it gets."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return np.ones((X.shape[0], len(self.classes_)))


def test_answers_of_a_numpy_step_come_back_where_x_was(foreign):
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(NumpyOnly()).fit(foreign.put(X), y)
    assert foreign.owns(model.predict_proba(foreign.put(X)))


def test_a_table_goes_through():
    X = pd.DataFrame({"a": [1.0, 2.0, None, 4.0], "b": ["x", "y", "x", None]})
    model = make_pipeline(TabularPreprocessor(), Ridge(), device="cpu").fit(X, [1.0, 2.0, 3.0, 4.0])
    assert isinstance(model.predict(X), np.ndarray)
    assert list(model.feature_names_in_) == ["a", "b"]


def test_a_wrong_device_is_an_error():
    with pytest.raises(ValueError, match="no device name"):
        make_pipeline(Ridge(), device="gpu").fit([[0.0], [1.0]], [0.0, 1.0])
