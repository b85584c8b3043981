"""As estimators of scikit-learn: parameters, tags, meta-estimators, as xgboost's own."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.base import is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, StackingRegressor, VotingRegressor
from sklearn.feature_selection import RFECV, SelectFromModel
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .pairs import (
    X,
    Y,
    assert_same_model,
    each_class,
    fitted_pair,
    keywords,
    pair,
    train_data,
)

Z = np.nan_to_num(X)


@each_class
def test_is_one_of_xgboost(name):
    ours, theirs = pair(name)
    assert isinstance(ours, type(theirs))
    assert type(ours).__name__ == name
    assert is_classifier(ours) == is_classifier(theirs)
    assert is_regressor(ours) == is_regressor(theirs)
    assert ours._get_type() == theirs._get_type()


@each_class
def test_parameters_have_the_defaults_of_xgboost(name):
    ours, theirs = pair(name)
    found, expected = ours.get_params(), theirs.get_params()
    assert {key: found[key] for key in expected} == pytest.approx(expected, nan_ok=True)
    assert keywords(type(ours).__init__) - {"kwargs"} <= set(found)


@each_class
def test_parameters_for_the_booster_are_those_of_xgboost(name):
    ours, theirs = pair(name, eta=0.2, subsample=0.5)
    assert ours.get_xgb_params() == pytest.approx(theirs.get_xgb_params(), nan_ok=True)


@each_class
def test_parameters_are_set_by_name_and_unknown_ones_kept_for_xgboost(name):
    ours, theirs = pair(name)
    for each in (ours, theirs):
        each.set_params(max_depth=2, sketch_ratio=3, gamma=1.0)
    assert ours.get_params()["sketch_ratio"] == 3
    assert ours.kwargs == theirs.kwargs == {"sketch_ratio": 3}
    assert ours.max_depth == 2
    assert ours.set_params() is ours


@each_class
def test_a_parameter_given_twice_is_an_error(name):
    with pytest.raises(TypeError):
        type(pair(name)[0])(n_jobs=1, **{"n_jobs": 2})


@each_class
def test_an_unknown_parameter_is_told_by_xgboost(name):
    for each in pair(name, foo="bar", validate_parameters=True, verbosity=1):
        with pytest.warns(UserWarning, match='"foo"'):
            each.fit(**train_data(name))


@each_class
def test_fit_returns_itself_and_leaves_the_parameters(name):
    ours, theirs = pair(name, subsample=0.5, random_state=4)
    before = ours.get_params()
    assert ours.fit(**train_data(name)) is ours
    theirs.fit(**train_data(name))
    changed = {key for key, value in theirs.get_params().items() if value is not before[key]}
    found = ours.get_params()
    assert {key for key in before if found[key] is not before[key]} <= changed | {"missing"}


@each_class
def test_copies_stand_alone(name):
    ours = fitted_pair(name)[0]
    deep = copy.deepcopy(ours)
    expected = ours.predict(X)
    ours.fit(**train_data(name) | {"X": -train_data(name)["X"]})
    assert_array_equal(deep.predict(X), expected)


@each_class
def test_tags(name):
    for params in ({}, {"enable_categorical": True}):
        ours, theirs = (each.__sklearn_tags__() for each in pair(name, **params))
        assert ours.input_tags.allow_nan and ours.input_tags.sparse
        assert ours.target_tags == theirs.target_tags
        assert ours.classifier_tags == theirs.classifier_tags
        assert ours.regressor_tags == theirs.regressor_tags


def test_metadata_is_routed():
    with config_context(enable_metadata_routing=True):
        for ours, theirs in map(pair, ("XGBRegressor", "XGBClassifier")):
            found, expected = (each.get_metadata_routing() for each in (ours, theirs))
            for method in ("fit", "predict", "score"):
                asked = set(getattr(found, method).requests)
                assert asked >= set(getattr(expected, method).requests), method
            ours.set_fit_request(sample_weight=True).set_predict_request(iteration_range=True)


@pytest.mark.parametrize("name", ["XGBRegressor", "XGBClassifier"])
def test_cross_validation_and_search(name):
    ours, theirs = pair(name)
    assert_array_equal(cross_val_score(ours, X, Y[name]), cross_val_score(theirs, X, Y[name]))
    grid = {"max_depth": [1, 3], "max_leaves": [2, 0], "max_cached_hist_node": [9]}
    found, expected = (GridSearchCV(each, grid, cv=3).fit(X, Y[name]) for each in (ours, theirs))
    assert_array_equal(
        found.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )
    assert found.best_params_ == expected.best_params_
    assert_same_model(found.best_estimator_, expected.best_estimator_)


@pytest.mark.parametrize("name", ["XGBRegressor", "XGBClassifier"])
@pytest.mark.filterwarnings("ignore:.*`booster=gblinear` is deprecated:UserWarning")
def test_selection_of_features(name):
    for params in ({}, {"booster": "gblinear", "max_depth": None, "updater": "coord_descent"}):
        kept = [RFECV(each, cv=2).fit(Z, Y[name]).support_ for each in pair(name, **params)]
        assert_array_equal(*kept)
    kept = [
        SelectFromModel(each, max_features=2).fit(X, Y[name]).get_support() for each in pair(name)
    ]
    assert_array_equal(*kept)
    assert kept[0].sum() <= 2


def test_inside_other_estimators():
    y = Y["XGBRegressor"]
    for wrap in (
        lambda each: StackingRegressor([("a", each)], RidgeCV(), cv=2),
        lambda each: VotingRegressor([("a", each), ("b", RidgeCV())]),
        lambda each: make_pipeline(StandardScaler(), each),
        lambda each: MultiOutputRegressor(each),
    ):
        target = np.column_stack([y, y**2]) if "Multi" in type(wrap(None)).__name__ else y
        found, expected = (wrap(each).fit(Z, target).predict(Z) for each in pair("XGBRegressor"))
        assert_array_equal(found, expected)


def test_inside_other_classifiers():
    y = Y["XGBClassifier"]
    for wrap in (
        lambda each: StackingClassifier([("a", each)], LogisticRegression(), cv=2),
        lambda each: CalibratedClassifierCV(each, cv=2),
    ):
        found, expected = (wrap(each).fit(Z, y) for each in pair("XGBClassifier"))
        assert_array_equal(found.predict_proba(Z), expected.predict_proba(Z))


def test_permutation_importance():
    found, expected = (
        permutation_importance(each, X, Y["XGBRegressor"], n_repeats=2, random_state=0)
        for each in fitted_pair("XGBRegressor")
    )
    assert_array_equal(found.importances, expected.importances)
