"""cross_validate and its kin against scikit-learn's: the same scores, predictions and errors."""

from __future__ import annotations

import inspect
import re
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from helpers.same_results import assert_same_results
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn import model_selection
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, StratifiedKFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from gridfold import pipelines
from gridfold.pipelines import (
    GridSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    validation_curve,
)

NAMES = ("cross_validate", "cross_val_score", "cross_val_predict", "validation_curve")
ESTIMATORS = {
    "ridge": Ridge(),
    "scaled ridge": make_pipeline(StandardScaler(), Ridge()),
    "two scalers": make_pipeline(MinMaxScaler(), StandardScaler(), LinearRegression()),
    "neighbours": KNeighborsRegressor(),
}


@pytest.fixture
def data():
    return make_regression(90, 6, noise=20.0, random_state=0)


@pytest.fixture
def classes():
    return make_classification(120, 6, n_informative=4, n_classes=3, random_state=0)


@pytest.fixture
def shared(monkeypatch):
    """The names of scikit-learn's functions that ours hand over to."""
    handed = []
    for name in NAMES:
        original = getattr(model_selection, name)

        def spy(*args, _name=name, _original=original, **kwargs):
            handed.append(_name)
            return _original(*args, **kwargs)

        spy._skl_parameter_constraints = original._skl_parameter_constraints
        monkeypatch.setattr(model_selection, name, spy)
    return handed


@pytest.mark.parametrize("name", NAMES)
def test_signatures_are_scikit_learns(name):
    def shape(function):
        parameters = inspect.signature(function).parameters.values()
        return [(p.name, p.kind, str(p.default)) for p in parameters]

    assert shape(getattr(pipelines, name)) == shape(getattr(model_selection, name))


OPTIONS = {
    "default": {},
    "all returned": {"return_train_score": True, "return_indices": True, "return_estimator": True},
    "several scores": {"scoring": ["r2", "neg_mean_absolute_error"], "return_train_score": True},
    "a dict": {"scoring": lambda estimator, X, y: {"a": estimator.score(X, y), "b": 1.0}},
    "random splits": {"cv": ShuffleSplit(3, random_state=0)},
    "given splits": {"cv": [(np.arange(45), np.arange(45, 90)), (np.arange(30, 90), range(30))]},
    "groups": {"cv": GroupKFold(3), "groups": np.arange(90) % 7},
    "workers": {"n_jobs": 2},
    "error score": {"error_score": "raise"},
}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_cross_validate_equals_scikit_learns(estimator, options, data):
    X, y = data
    theirs, ours = (
        function(clone(ESTIMATORS[estimator]), X, y, **OPTIONS[options])
        for function in (model_selection.cross_validate, cross_validate)
    )
    assert_same_results(theirs, ours)


def test_folds_are_fitted_at_once_and_what_cannot_be_is_scikit_learns(data, shared):
    X, y = data
    for estimator in ("ridge", "scaled ridge", "two scalers"):
        cross_validate(ESTIMATORS[estimator], X, y)
        cross_val_score(ESTIMATORS[estimator], X, y)
    validation_curve(Ridge(), X, y, param_name="alpha", param_range=[1.0, 2.0])
    assert shared == []
    cross_validate(ESTIMATORS["neighbours"], X, y)
    cross_val_predict(ESTIMATORS["neighbours"], X, y)
    cross_val_score(ESTIMATORS["ridge"], X, y, cv=ShuffleSplit(3, random_state=0))
    assert shared == ["cross_validate", "cross_val_predict", "cross_validate"]


def test_estimators_are_whole_and_fitted(data):
    X, y = data
    frame = pd.DataFrame(X, columns=list("abcdef"))
    theirs, ours = (
        function(ESTIMATORS["scaled ridge"], frame, y, return_estimator=True)["estimator"]
        for function in (model_selection.cross_validate, cross_validate)
    )
    assert len(ours) == 5
    for expected, found in zip(theirs, ours, strict=True):
        assert type(found) is type(expected)
        assert_allclose(found.predict(frame), expected.predict(frame))
        assert_allclose(found[0].mean_, expected[0].mean_)
        assert_array_equal(found.feature_names_in_, list("abcdef"))
        found.fit(frame, y)


@pytest.mark.parametrize("kind", ["list", "frame", "float32", "sparse", "two targets"])
def test_every_kind_of_data(kind, data):
    X, y = data
    if kind == "list":
        X, y = X.tolist(), y.tolist()
    elif kind == "frame":
        X, y = pd.DataFrame(X, columns=list("abcdef")), pd.Series(y, index=range(7, 97))
    elif kind == "float32":
        X = X.astype(np.float32)
    elif kind == "sparse":
        X = csr_array(np.where(np.abs(X) > 1, X, 0))
    elif kind == "two targets":
        y = np.c_[y, y**2]
    atol = 1e-5 if kind == "float32" else 1e-9
    assert_same_results(
        model_selection.cross_validate(Ridge(), X, y), cross_validate(Ridge(), X, y), atol
    )
    theirs, ours = (
        model_selection.cross_val_predict(Ridge(), X, y),
        cross_val_predict(Ridge(), X, y),
    )
    assert ours.dtype == theirs.dtype
    assert_allclose(ours, theirs, rtol=1e-3 if kind == "float32" else 1e-9)


def test_polars_tables(data):
    polars = pytest.importorskip("polars")
    X, y = polars.DataFrame(data[0], schema=list("abcdef")), polars.Series("target", data[1])
    model, grid = ESTIMATORS["scaled ridge"], {"ridge__alpha": [0.1, 1.0, 10.0]}
    assert_same_results(
        model_selection.cross_validate(model, X, y, return_train_score=True),
        cross_validate(model, X, y, return_train_score=True),
    )
    theirs, ours = (
        cls(model, grid, return_train_score=True).fit(X, y)
        for cls in (model_selection.GridSearchCV, GridSearchCV)
    )
    assert_same_results(theirs.cv_results_, ours.cv_results_)
    assert_array_equal(ours.feature_names_in_, theirs.feature_names_in_)


@pytest.mark.parametrize("method", ["predict", "decision_function"])
@pytest.mark.parametrize("labels", ["numbers", "text"])
def test_predictions_of_classes(labels, method, classes):
    X, y = classes
    if labels == "text":
        y = np.array(["no", "yes", "maybe"])[y]
    model = make_pipeline(StandardScaler(), RidgeClassifier())
    theirs = model_selection.cross_val_predict(model, X, y, method=method)
    ours = cross_val_predict(model, X, y, method=method)
    assert ours.dtype == theirs.dtype
    if method == "predict":
        assert_array_equal(ours, theirs)
    else:
        assert_allclose(ours, theirs, atol=1e-10)


@pytest.mark.parametrize("method", ["predict_proba", "predict_log_proba", "decision_function"])
def test_probabilities(method, classes):
    model = LogisticRegression(tol=1e-10)
    theirs = model_selection.cross_val_predict(model, *classes, method=method)
    assert_allclose(cross_val_predict(model, *classes, method=method), theirs, atol=1e-4)


def test_classes_that_a_fold_lacks_are_scikit_learns_to_place(classes):
    X, y = classes
    order = np.argsort(y, kind="stable")
    X, y, cv = X[order], y[order] * 2, KFold(4)
    found = []
    for function in (model_selection.cross_val_predict, cross_val_predict):
        with pytest.warns(RuntimeWarning, match="Number of classes in training fold"):
            found.append(function(RidgeClassifier(), X[:100], y[:100], cv=cv, method="predict"))
            with pytest.raises(ValueError, match="in training fold, but 3") as error:
                function(RidgeClassifier(), X, y, cv=KFold(3), method="decision_function")
        found.append(str(error.value))
    assert_array_equal(found[0], found[2])
    assert found[1] == found[3]


def test_predictions_want_a_partition(data):
    for function in (model_selection.cross_val_predict, cross_val_predict):
        with pytest.raises(ValueError, match="only works for partitions"):
            function(Ridge(), *data, cv=ShuffleSplit(3, random_state=0))


@pytest.mark.parametrize("estimator", ["ridge", "scaled ridge", "neighbours"])
def test_validation_curve_equals_scikit_learns(estimator, data):
    model = ESTIMATORS[estimator]
    name, values = {
        "ridge": ("alpha", np.logspace(-3, 3, 7)),
        "scaled ridge": ("ridge__alpha", [0.1, 1, 10]),
        "neighbours": ("n_neighbors", range(1, 9)),
    }[estimator]
    varied = {"param_name": name, "param_range": values, "cv": 3}
    theirs = model_selection.validation_curve(model, *data, **varied)
    ours = validation_curve(model, *data, **varied, n_jobs=2)
    for expected, found in zip(theirs, ours, strict=True):
        assert_allclose(found, expected, atol=1e-9)


def test_fit_parameters_and_routed_metadata(data):
    X, y = data
    weight = np.random.default_rng(0).uniform(0.1, 3, len(y))
    groups = np.arange(len(y)) % 9
    both = (model_selection.cross_validate, cross_validate)
    assert_same_results(*(f(Ridge(), X, y, params={"sample_weight": weight}) for f in both))
    with sklearn.config_context(enable_metadata_routing=True):
        ridge = Ridge().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        model = make_pipeline(scaler, ridge)
        params = {"sample_weight": weight, "groups": groups}
        assert_same_results(*(f(model, X, y, cv=GroupKFold(3), params=params) for f in both))
        predicted = [
            f(model, X, y, cv=GroupKFold(3), params=params)
            for f in (model_selection.cross_val_predict, cross_val_predict)
        ]
        assert_allclose(*predicted)


def test_splitters_and_generators_are_drawn_from_once(data):
    X, y = data
    splits = [(np.r_[0:30, 60:90], np.r_[30:60]), (np.r_[30:90], np.r_[0:30])]
    for cv in (lambda: iter(splits), lambda: KFold(3, shuffle=True, random_state=draws())):
        theirs = model_selection.cross_validate(Ridge(), X, y, cv=cv())
        assert_same_results(theirs, cross_validate(Ridge(), X, y, cv=cv()))


def draws():
    return np.random.RandomState(0)


class Picky(RegressorMixin, BaseEstimator):
    def fit(self, X, y):
        raise ValueError("not these rows")

    def predict(self, X):
        return X[:, 0]


WRONG = {
    "no fit": (object(), {}),
    "a class": (Ridge, {}),
    "one split": (Ridge(), {"cv": 1}),
    "more splits than rows": (Ridge(), {"cv": 1000}),
    "no such splitter": (Ridge(), {"cv": "five"}),
    "workers in words": (Ridge(), {"n_jobs": "two"}),
    "every fit fails": (Picky(), {}),
    "no such parameter of fit": (Ridge(), {"params": {"sample_wait": [1.0] * 90}}),
    "no such fit parameter of a step": (ESTIMATORS["scaled ridge"], {"params": {"weight": 1}}),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("name", NAMES)
def test_errors_are_scikit_learns(name, case, data):
    estimator, options = WRONG[case]
    if name == "validation_curve":
        varied = {"param_name": "alpha", "param_range": [1.0, 2.0], "error_score": "raise"}
        options = {**options, **varied}
    messages = []
    for module in (model_selection, pipelines):
        with warnings.catch_warnings(), pytest.raises((ValueError, TypeError)) as error:
            warnings.simplefilter("ignore")
            getattr(module, name)(estimator, *data, **options)
        messages.append(re.sub(r"(?m)^ .*\n|0x\w+", "", str(error.value)))
    assert messages[0] == messages[1]


def test_a_table_with_gaps_fails_as_with_scikit_learn(data):
    X, y = data
    X[3, 2] = np.nan  # in the test part of one fold, in the training parts of the others
    found = []
    for function in (model_selection.cross_validate, cross_validate):
        with pytest.warns() as warned:
            found.append(function(Ridge(), X, y, error_score=-1.0, return_estimator=True))
        found.append(sorted(w.category.__name__ for w in warned))
    assert_same_results(found[0], found[2])
    assert found[1] == found[3]
    assert len(found[2]["estimator"]) == 5


def test_searches_of_ours_and_of_scikit_learn_nest_in_both(data):
    grid = {"ridge__alpha": [0.1, 1.0, 10.0]}
    scores = [
        outer(search(ESTIMATORS["scaled ridge"], grid, cv=3), *data, cv=3)
        for outer in (model_selection.cross_val_score, cross_val_score)
        for search in (model_selection.GridSearchCV, GridSearchCV)
    ]
    for found in scores[1:]:
        assert_allclose(found, scores[0], atol=1e-9)


def test_lines_of_a_verbose_call_are_scikit_learns(data, capsys):
    lines = []
    for function in (model_selection.cross_validate, cross_validate):
        function(Ridge(), *data, verbose=3, return_train_score=True, cv=3)
        printed = [line for line in capsys.readouterr().out.splitlines() if line[:3] == "[CV"]
        lines.append([re.sub(r"\.{2,}|total time=.*", "", line) for line in printed])
    assert len(lines[0]) == 3
    assert lines[0] == lines[1]


def test_class_splits_are_stratified_as_scikit_learn_does(classes):
    X, y = classes
    for cv in (None, 4, StratifiedKFold(3, shuffle=True, random_state=1)):
        assert_allclose(
            cross_val_score(RidgeClassifier(), X, y, cv=cv, scoring="balanced_accuracy"),
            model_selection.cross_val_score(
                RidgeClassifier(), X, y, cv=cv, scoring="balanced_accuracy"
            ),
        )
