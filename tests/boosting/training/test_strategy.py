"""Early stopping by a part of its own, the refit, and bags, against xgboost trained by hand."""

from __future__ import annotations

from math import ceil

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting import XGBClassifier, XGBRegressor  # noqa: E402
from gridfold.boosting.training.held_out import folds, validation_part  # noqa: E402
from gridfold.boosting.training.rows import Rows  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 5))
Y = X[:, 0] + X[:, 1] ** 2 + RNG.normal(size=300) / 2
CODES = np.digitize(Y, [0.5, 1.5])
LABELS = np.array(["a low", "b middle", "c high"])[CODES]
WEIGHT = RNG.uniform(0.5, 2, 300)
SMALL = {"n_estimators": 60, "max_depth": 3, "n_jobs": 1}
STOPPED = {**SMALL, "early_stopping_rounds": 3, "learning_rate": 0.4}
CASES = [
    (XGBRegressor, xgboost.XGBRegressor, Y, Y),
    (XGBClassifier, xgboost.XGBClassifier, LABELS, CODES),
]


def own_part(codes, fraction=0.1, groups=None):
    strata = codes if codes.dtype.kind == "i" else None
    return validation_part(Rows(X, codes, {}, strata, groups), fraction, 0, ["a", "b", "c"])


def answer(model, X):
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize(("ours", "theirs", "y", "codes"), CASES)
def test_it_stops_by_a_part_of_its_own(ours, theirs, y, codes, weight):
    model = ours(**STOPPED).fit(X, y, sample_weight=weight)
    train, held = own_part(codes)
    sets = {"eval_set": [(X[held], codes[held])], "verbose": False}
    if weight is not None:
        sets |= {"sample_weight": weight[train], "sample_weight_eval_set": [weight[held]]}
    plain = theirs(**STOPPED).fit(X[train], codes[train], **sets)
    assert plain.best_iteration < 59
    assert model.best_iteration_ == model.best_iteration == plain.best_iteration
    assert model.evals_result_ == plain.evals_result_ == model.evals_result()
    assert_array_equal(answer(model, X), answer(plain, X))


@pytest.mark.parametrize(("ours", "theirs", "y", "codes"), CASES)
def test_refit_full_trains_on_all_rows_for_as_many_rounds_more(ours, theirs, y, codes):
    stopped = ours(**STOPPED, validation_fraction=0.25).fit(X, y)
    model = ours(**STOPPED, validation_fraction=0.25, refit_full=True).fit(X, y)
    train, _ = own_part(codes, 0.25)
    rounds = ceil((stopped.best_iteration_ + 1) * 300 / len(train))
    assert model.best_iteration_ == stopped.best_iteration_
    assert model.get_booster().num_boosted_rounds() == rounds > stopped.best_iteration_ + 1
    plain = theirs(**{**STOPPED, "n_estimators": rounds, "early_stopping_rounds": None})
    assert_array_equal(answer(model, X), answer(plain.fit(X, codes), X))
    assert model.evals_result_ == stopped.evals_result_


@pytest.mark.parametrize(("ours", "theirs", "y", "codes"), CASES)
def test_a_given_validation_set_by_the_names_of_scikit_learn(ours, theirs, y, codes, capsys):
    model = ours(**STOPPED).fit(
        X[:200], y[:200], X_val=X[200:], y_val=y[200:], sample_weight_val=WEIGHT[200:]
    )
    plain = theirs(**STOPPED).fit(
        X[:200],
        codes[:200],
        eval_set=[(X[200:], codes[200:])],
        sample_weight_eval_set=[WEIGHT[200:]],
        verbose=False,
    )
    assert capsys.readouterr().out == ""
    assert model.best_iteration_ == plain.best_iteration
    assert_array_equal(answer(model, X), answer(plain, X))


def test_groups_are_held_out_whole():
    groups = np.arange(300) // 10
    model = XGBRegressor(**STOPPED).fit(X, Y, groups=groups)
    train, held = own_part(Y, 0.1, groups)
    assert not set(groups[train]) & set(groups[held])
    plain = xgboost.XGBRegressor(**STOPPED)
    plain.fit(X[train], Y[train], eval_set=[(X[held], Y[held])], verbose=False)
    assert_array_equal(model.predict(X), plain.predict(X))


def test_in_a_pipeline_a_search_and_cross_validation():
    pipeline = make_pipeline(StandardScaler(), XGBClassifier(**STOPPED))
    assert cross_val_score(pipeline, X, LABELS, cv=3).min() > 0.5
    search = GridSearchCV(pipeline, {"xgbclassifier__max_depth": [2, 3]}, cv=3).fit(X, LABELS)
    assert search.best_estimator_[-1].best_iteration_ < 59
    with config_context(enable_metadata_routing=True):
        model = XGBClassifier(**STOPPED).set_fit_request(X_val=True, y_val=True)
        routed = make_pipeline(StandardScaler(), model, transform_input=["X_val"])
        routed.fit(X[:200], LABELS[:200], X_val=X[200:], y_val=LABELS[200:])
        scaler = StandardScaler().fit(X[:200])
        alone = clone(model).fit(
            scaler.transform(X[:200]),
            LABELS[:200],
            X_val=scaler.transform(X[200:]),
            y_val=LABELS[200:],
        )
        assert_array_equal(routed.predict_proba(X), alone.predict_proba(scaler.transform(X)))


def test_an_early_stopping_callback_gets_a_part_too():
    callback = xgboost.callback.EarlyStopping(rounds=3, save_best=True)
    params = {**SMALL, "learning_rate": 0.4}
    by_callback = XGBRegressor(**params, callbacks=[callback])
    first, again = (clone(by_callback).fit(X, Y).predict(X) for _ in range(2))
    stopped = XGBRegressor(**STOPPED).fit(X, Y)
    assert_array_equal(first, stopped.predict(X))
    assert_array_equal(first, again)


@pytest.mark.parametrize("stopped", [False, True])
@pytest.mark.parametrize(("ours", "theirs", "y", "codes"), CASES)
def test_bags_are_the_mean_of_models_of_folds(ours, theirs, y, codes, stopped):
    params = (
        {**STOPPED, "subsample": 0.8} if stopped else {**SMALL, "n_estimators": 7, "subsample": 0.8}
    )
    model = ours(**params, n_bags=3, keep_oof=True).fit(X, y, sample_weight=WEIGHT)
    strata = codes if ours is XGBClassifier else None
    answers, oof = [], np.empty_like(answer(model, X))
    for number, (train, held) in enumerate(
        folds(Rows(X, codes, {}, strata), 3, 0, ["a", "b", "c"])
    ):
        plain = theirs(**params, random_state=number)
        sets = {"eval_set": [(X[held], codes[held])], "sample_weight_eval_set": [WEIGHT[held]]}
        plain.fit(
            X[train],
            codes[train],
            sample_weight=WEIGHT[train],
            verbose=False,
            **(sets if stopped else {}),
        )
        answers.append(answer(plain, X))
        oof[held] = answer(plain, X[held])
    assert len(model.boosters_) == 3
    assert_allclose(answer(model, X), np.mean(answers, axis=0), rtol=1e-6)
    assert_array_equal(model.oof_prediction_, oof)
    assert model.n_features_in_ == 5
    assert_allclose(model.feature_importances_.sum(), 1, rtol=1e-6)
    if stopped:
        assert len(model.best_iteration_) == len(model.evals_result_) == 3
    with pytest.raises(ValueError, match=r"3 boosters: see boosters_"):
        model.get_booster()
    assert not hasattr(model, "best_iteration")
    model.set_params(n_jobs=2)
    assert_allclose(answer(model, X), np.mean(answers, axis=0), rtol=1e-6)


def test_bags_of_frames_sparse_rows_and_several_targets():
    frame = pd.DataFrame(X, columns=list("abcde")).assign(f=LABELS)
    model = XGBRegressor(**STOPPED, n_bags=2).fit(frame, Y)
    assert np.corrcoef(model.predict(frame), Y)[0, 1] > 0.8
    several = XGBRegressor(**STOPPED, n_bags=2).fit(sparse.csr_matrix(X), np.column_stack([Y, -Y]))
    assert several.predict(sparse.csc_matrix(X)).shape == (300, 2)
    multilabel = XGBClassifier(**STOPPED, n_bags=2).fit(
        X, np.column_stack([CODES > 0, CODES > 1]).astype(int)
    )
    assert multilabel.predict(X).shape == (300, 2)


def test_a_refit_forgets_what_an_earlier_fit_left():
    model = XGBRegressor(**STOPPED, n_bags=2, keep_oof=True).fit(X, Y)
    model.set_params(n_bags=1, keep_oof=False, early_stopping_rounds=None).fit(X, Y)
    for name in ("oof_prediction_", "best_iteration_", "evals_result_"):
        assert not hasattr(model, name)
    assert len(model.boosters_) == 1


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"validation_fraction": 1.0}, r"validation_fraction=1.0 must be a number between 0 and 1"),
        ({"n_bags": 0}, r"n_bags=0 must be a whole number of at least 1"),
        ({"n_bags": 2.5}, r"n_bags=2.5"),
        ({"n_bags": 2, "refit_full": True}, r"refit_full=True is for one model"),
        ({"refit_full": True}, r"refit_full=True needs early stopping"),
        ({"keep_oof": True}, r"keep_oof=True keeps .* set n_bags"),
        ({"preset": "best"}, r"preset='best' is not one of None, 'tabular'"),
    ],
)
def test_parameters_that_cannot_be(params, message):
    with pytest.raises(ValueError, match=message):
        XGBRegressor(**SMALL, **params).fit(X, Y)


@pytest.mark.parametrize(
    ("fit_params", "message"),
    [
        ({"X_val": X}, "go together"),
        ({"X_val": X, "y_val": Y, "eval_set": [(X, Y)]}, "not both"),
        ({"eval_set": (X, Y)}, "list of pairs"),
        ({"sample_weight_val": WEIGHT}, "without X_val"),
        ({"sample_weight": WEIGHT[:5]}, "for each of the 300 rows"),
        ({"X_val": X[:, :3], "y_val": Y}, r"In eval_set\[0\]: X has 3 features"),
    ],
)
def test_fit_parameters_that_cannot_be(fit_params, message):
    with pytest.raises(ValueError, match=message):
        XGBRegressor(**STOPPED).fit(X, Y, **fit_params)
    with pytest.raises(TypeError, match="unexpected keyword argument 'weights'"):
        XGBRegressor(**SMALL).fit(X, Y, weights=WEIGHT)


def test_a_part_that_lacks_a_class_names_it():
    rare = np.where(np.arange(300) == 0, "rare", LABELS)
    with pytest.raises(ValueError, match=r"no row of class 'rare', which has 1"):
        XGBClassifier(**STOPPED).fit(X, rare)


def test_the_split_of_scikit_learn_is_not_needed_first():
    """The use that xgboost's own classes refuse."""
    train, test, y_train, y_test = train_test_split(X, LABELS, random_state=0)
    assert XGBClassifier(**STOPPED).fit(train, y_train).score(test, y_test) > 0.6
    with pytest.raises(ValueError, match="validation"):
        xgboost.XGBClassifier(**STOPPED).fit(train, (y_train == "a low").astype(int))
