"""Callbacks, objectives and metrics that are functions: as xgboost's wrapper, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.metrics import mean_absolute_error

from .pairs import (
    N_TRAIN,
    X,
    Y,
    assert_same_model,
    each_class,
    fitted_pair,
    model_bytes,
    pair,
    train_data,
    valid_data,
    weights,
    xgboost,
)

TRAIN = slice(0, N_TRAIN)


class Recorder(xgboost.callback.TrainingCallback):
    """Writes down the rounds and stops at one."""

    def __init__(self, last: int) -> None:
        self.last, self.rounds, self.ends = last, [], 0

    def after_iteration(self, model, epoch, evals_log):
        self.rounds.append((epoch, {name: list(log) for name, log in evals_log.items()}))
        return epoch == self.last

    def after_training(self, model):
        self.ends += 1
        return model


@each_class
def test_callbacks_see_each_round_and_may_stop(name):
    seen = []
    estimators = pair(name, n_estimators=20)
    for estimator in estimators:
        recorder = Recorder(5)
        estimator.set_params(callbacks=[recorder]).fit(**train_data(name), **valid_data(name))
        seen.append((recorder.rounds, recorder.ends))
        assert estimator.callbacks == [recorder]
    assert seen[0] == seen[1]
    assert [epoch for epoch, _ in seen[0][0]] == [0, 1, 2, 3, 4, 5]
    assert_same_model(*estimators)


@each_class
def test_early_stopping_as_a_callback_that_keeps_the_best(name):
    fitted = []
    for estimator in pair(name, n_estimators=200, learning_rate=1.0):
        stop = xgboost.callback.EarlyStopping(rounds=2, save_best=True)
        estimator.set_params(callbacks=[stop])
        fitted.append(estimator.fit(**train_data(name), **valid_data(name)))
    assert_same_model(*fitted)
    assert fitted[0].get_booster().num_boosted_rounds() == fitted[0].best_iteration + 1
    assert fitted[0].best_iteration == fitted[1].best_iteration


@each_class
def test_learning_rates_that_change(name):
    fitted = []
    for estimator in pair(name):
        schedule = xgboost.callback.LearningRateScheduler(lambda epoch: 0.5 / (epoch + 1))
        fitted.append(estimator.set_params(callbacks=[schedule]).fit(**train_data(name)))
    assert_same_model(*fitted)
    assert model_bytes(fitted[0]) != model_bytes(fitted_pair(name)[1])


def squares(y_true, y_pred):
    return y_pred - y_true, np.ones(len(y_true))


def weighted_squares(y_true, y_pred, sample_weight=None):
    weight = np.ones(len(y_true)) if sample_weight is None else sample_weight
    return (y_pred - y_true) * weight, weight


def soft_max(y_true, y_pred):
    proba = np.exp(y_pred - y_pred.max(axis=1, keepdims=True))
    proba /= proba.sum(axis=1, keepdims=True)
    return proba - np.eye(proba.shape[1])[y_true.astype(int)], 2 * proba * (1 - proba)


@pytest.mark.parametrize(
    ("name", "objective"),
    [
        ("XGBRegressor", squares),
        ("XGBRegressor", weighted_squares),
        ("XGBClassifier", soft_max),
    ],
)
def test_an_objective_that_is_a_function(name, objective):
    fit_params = {"sample_weight": weights(name, TRAIN)} if "weight" in objective.__name__ else {}
    ours, theirs = fitted_pair(name, fit_params, objective=objective)
    assert_same_model(ours, theirs)
    assert ours.objective is theirs.objective is objective
    assert_array_equal(ours.predict(X), theirs.predict(X))


def test_an_objective_of_two_classes_that_is_a_function():
    def logistic(y_true, y_pred):
        proba = 1 / (1 + np.exp(-y_pred))
        return proba - y_true, proba * (1 - proba)

    y = Y["XGBRegressor"] > 0
    ours, theirs = pair("XGBClassifier", objective=logistic)
    assert_same_model(ours.fit(X, y), theirs.fit(X, y))
    assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))


@each_class
def test_an_objective_that_raises_is_heard(name):
    class OwnError(Exception):
        pass

    def objective(y_true, y_pred):
        raise OwnError("by the objective")

    if name == "XGBRanker":
        with pytest.raises(ValueError, match="custom objective"):
            pair(name, objective=objective)
        return
    with pytest.raises(OwnError, match="by the objective"):
        pair(name, objective=objective)[0].fit(**train_data(name))


def spread(y_true, y_pred):
    return float(np.abs(y_true - y_pred.reshape(len(y_true), -1)[:, 0]).max())


@each_class
@pytest.mark.parametrize("as_list", [False, True])
def test_a_metric_that_is_a_function(name, as_list):
    beside = {"XGBRegressor": "rmse", "XGBClassifier": "merror", "XGBRanker": "ndcg"}[name]
    metric = [beside, spread] if as_list else spread
    ours, theirs = fitted_pair(name, valid_data(name), eval_metric=metric)
    assert_same_model(ours, theirs)
    assert ours.evals_result() == theirs.evals_result()
    assert "spread" in ours.evals_result()["validation_0"]
    assert ours.eval_metric is theirs.eval_metric is metric


def test_a_metric_of_scikit_learn_stops_the_training():
    ours, theirs = fitted_pair(
        "XGBRegressor",
        valid_data("XGBRegressor"),
        eval_metric=mean_absolute_error,
        early_stopping_rounds=2,
        n_estimators=200,
        learning_rate=1.0,
    )
    assert_same_model(ours, theirs)
    assert ours.best_score == theirs.best_score > 0
    assert ours.best_iteration == theirs.best_iteration < 100


@each_class
def test_a_metric_that_is_none_is_refused(name):
    for metric in (7, [7]):
        for estimator in pair(name, eval_metric=metric):
            with pytest.raises(TypeError, match="eval_metric"):
                estimator.fit(**train_data(name))
