"""What a fitted estimator answers: as xgboost's wrapper, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.exceptions import NotFittedError

from .pairs import (
    SMALL,
    X,
    Y,
    each_class,
    fitted_pair,
    keywords,
    margins,
    pair,
    train_data,
    valid_data,
    xgboost,
)

ALL = slice(None)

OF_PREDICT = {
    "base_margin": lambda name: {"base_margin": margins(name, ALL)},
    "iteration_range": lambda name: {"iteration_range": (1, 3)},
    "output_margin": lambda name: {"output_margin": True},
    "validate_features": lambda name: {"validate_features": False},
}


def same(ours, theirs):
    assert_array_equal(ours, theirs)
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape


def test_every_parameter_of_predict_is_listed_here():
    assert keywords(xgboost.XGBModel.predict) == set(OF_PREDICT)


@each_class
@pytest.mark.parametrize("parameter", OF_PREDICT)
def test_predict(name, parameter):
    ours, theirs = fitted_pair(name)
    params = OF_PREDICT[parameter](name)
    same(ours.predict(X, **params), theirs.predict(X, **params))
    same(ours.predict(X), theirs.predict(X))
    if parameter in ("base_margin", "iteration_range"):
        assert np.any(ours.predict(X, **params) != ours.predict(X))


@pytest.mark.parametrize("parameter", sorted(set(OF_PREDICT) - {"output_margin"}))
@pytest.mark.parametrize("objective", ["multi:softprob", "multi:softmax"])
def test_predict_proba(parameter, objective):
    ours, theirs = fitted_pair("XGBClassifier", objective=objective)
    params = OF_PREDICT[parameter]("XGBClassifier")
    same(ours.predict_proba(X, **params), theirs.predict_proba(X, **params))
    by_place = (X, False, None, (0, 2))
    same(ours.predict_proba(*by_place), theirs.predict_proba(*by_place))


@each_class
def test_the_best_iteration_answers_unless_told_otherwise(name):
    params = {"early_stopping_rounds": 3, "n_estimators": 200, "learning_rate": 1.0}
    ours, theirs = fitted_pair(name, valid_data(name), **params)
    same(ours.predict(X, output_margin=True), theirs.predict(X, output_margin=True))
    best = ours.best_iteration + 1
    for params in ({}, {"iteration_range": (0, 0)}, {"iteration_range": (0, best)}):
        same(ours.predict(X, output_margin=True, **params), ours.predict(X, output_margin=True))
    every = {"iteration_range": (0, best + 3), "output_margin": True}
    same(ours.predict(X, **every), theirs.predict(X, **every))
    assert np.any(ours.predict(X, **every) != ours.predict(X, output_margin=True))
    same(ours.apply(X), theirs.apply(X))
    assert ours.apply(X).shape[1] % best == 0


@each_class
def test_leaves(name):
    ours, theirs = fitted_pair(name, num_parallel_tree=2)
    same(ours.apply(X), theirs.apply(X))
    same(ours.apply(X, (0, 2)), theirs.apply(X, iteration_range=(0, 2)))


@each_class
@pytest.mark.parametrize("convert", [sparse.csr_matrix, sparse.csc_matrix, sparse.coo_array])
def test_sparse_rows(name, convert):
    data = train_data(name)
    data["X"] = convert(np.nan_to_num(data["X"]))
    ours, theirs = (estimator.fit(**data) for estimator in pair(name))
    same(ours.predict(data["X"]), theirs.predict(data["X"]))


@each_class
@pytest.mark.parametrize("dtype", ["float64", "float16", "int32", "uint8", "bool"])
def test_numbers_of_every_size(name, dtype):
    data = train_data(name)
    data["X"] = np.nan_to_num(np.abs(data["X"])).astype(dtype)
    ours, theirs = (estimator.fit(**data) for estimator in pair(name))
    same(ours.predict(data["X"]), theirs.predict(data["X"]))


@each_class
def test_missing_is_what_was_said(name):
    ours, theirs = fitted_pair(name, missing=-9.0)
    same(ours.predict(X), theirs.predict(X))
    with_nan = np.where(X == -9, np.nan, X)
    same(ours.predict(X), ours.predict(with_nan))


@each_class
@pytest.mark.parametrize("kind", ["weight", "gain", "cover", "total_gain", "total_cover"])
def test_importances(name, kind):
    ours, theirs = fitted_pair(name, importance_type=kind)
    same(ours.feature_importances_, theirs.feature_importances_)
    assert ours.feature_importances_.sum() == pytest.approx(1)


@each_class
def test_attributes(name):
    ours, theirs = fitted_pair(name)
    assert ours.n_features_in_ == theirs.n_features_in_ == 5
    same(ours.intercept_, theirs.intercept_)
    for estimator in (ours, theirs):
        with pytest.raises(AttributeError, match="feature_names_in_"):
            estimator.feature_names_in_  # noqa: B018
        with pytest.raises(AttributeError, match="not defined for Booster type"):
            estimator.coef_  # noqa: B018
    assert isinstance(ours.get_booster(), xgboost.Booster)
    assert ours.get_num_boosting_rounds() == SMALL["n_estimators"]
    assert type(ours)().get_num_boosting_rounds() == 100


@each_class
@pytest.mark.filterwarnings("ignore:.*`booster=gblinear` is deprecated:UserWarning")
def test_the_linear_booster(name):
    params = {"booster": "gblinear", "max_depth": None, "updater": "coord_descent"}
    ours, theirs = fitted_pair(name, valid_data(name), **params, early_stopping_rounds=3)
    same(ours.predict(X), theirs.predict(X))
    same(ours.coef_, theirs.coef_)
    same(ours.intercept_, theirs.intercept_)
    same(ours.feature_importances_, theirs.feature_importances_)


@each_class
def test_what_is_not_fitted_says_so(name):
    for estimator in pair(name):
        for ask in (estimator.predict, estimator.apply):
            with pytest.raises(NotFittedError):
                ask(X)
        with pytest.raises(NotFittedError):
            estimator.get_booster()
        assert not hasattr(estimator, "n_features_in_")


@pytest.mark.parametrize("name", ["XGBRegressor", "XGBClassifier"])
def test_score(name):
    ours, theirs = fitted_pair(name)
    assert ours.score(X, Y[name]) == theirs.score(X, Y[name])
    weight = np.linspace(0.1, 2, len(X))
    assert ours.score(X, Y[name], weight) == theirs.score(X, Y[name], weight)
