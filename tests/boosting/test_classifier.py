"""XGBClassifier: labels of every kind, and xgboost's own numbers."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting import XGBClassifier, XGBRegressor  # noqa: E402
from gridfold.boosting.parameters import OWN  # noqa: E402

SMALL = {"n_estimators": 8, "max_depth": 3, "n_jobs": 1}
X, CODES = load_iris(return_X_y=True)

LABELS = {
    "text": np.array(["setosa", "versicolor", "virginica"]),
    "object": np.array(["b", "c", "d"], dtype=object),
    "gaps": np.array([-5, 10, 200]),
    "floats": np.array([1.0, 2.0, 2.5]) * 2,
    "booleans": np.array([False, True]),
    "two": np.array(["no", "yes"]),
    "codes": np.array([0, 1, 2]),
}


def problem(kind: str):
    labels = LABELS[kind]
    chosen = len(labels) > CODES
    return X[chosen], labels[CODES[chosen]], CODES[chosen], labels


@pytest.mark.parametrize("kind", LABELS)
def test_answers_in_the_labels_and_with_the_numbers_of_xgboost(kind):
    X, y, codes, labels = problem(kind)
    ours, theirs = XGBClassifier(**SMALL).fit(X, y), xgboost.XGBClassifier(**SMALL).fit(X, codes)
    assert_array_equal(ours.classes_, labels)
    assert ours.classes_.dtype == labels.dtype
    predicted = ours.predict(X)
    assert predicted.dtype == labels.dtype
    assert_array_equal(predicted, labels[theirs.predict(X)])
    assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    assert_array_equal(ours.predict(X, output_margin=True), theirs.predict(X, output_margin=True))
    assert ours.score(X, y) == theirs.score(X, codes)
    assert ours.n_classes_ == len(labels)


@pytest.mark.parametrize("kind", ["text", "two"])
def test_scorers_of_scikit_learn_find_the_labels(kind):
    X, y, codes, _ = problem(kind)
    for scoring in ("accuracy", "neg_log_loss", "roc_auc_ovr"):
        ours = cross_val_score(XGBClassifier(**SMALL), X, y, cv=3, scoring=scoring)
        theirs = cross_val_score(xgboost.XGBClassifier(**SMALL), X, codes, cv=3, scoring=scoring)
        assert_array_equal(ours, theirs)


def test_pandas_labels_and_category_columns():
    table = pd.DataFrame(X, columns=list("abcd"))
    table["e"] = pd.Categorical(np.where(X[:, 0] > 5.5, "long", "short"))
    y = pd.Series(np.array(["x", "y", "z"])[CODES], dtype="category")
    model = XGBClassifier(**SMALL, enable_categorical=True).fit(table, y)
    assert model.score(table, y) > 0.9
    assert list(model.feature_names_in_) == list("abcde")


def test_a_column_per_label_is_taken_as_xgboost_takes_it():
    Y = np.column_stack([CODES > 0, CODES > 1]).astype(int)
    ours, theirs = XGBClassifier(**SMALL).fit(X, Y), xgboost.XGBClassifier(**SMALL).fit(X, Y)
    assert_array_equal(ours.predict(X), theirs.predict(X))
    assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    again = ours.fit(X, np.array(["a", "b", "c"])[CODES])
    assert_array_equal(again.classes_, ["a", "b", "c"])


def test_soft_max_objective():
    y = LABELS["text"][CODES]
    params = {**SMALL, "objective": "multi:softmax"}
    ours, theirs = XGBClassifier(**params).fit(X, y), xgboost.XGBClassifier(**params).fit(X, CODES)
    assert_array_equal(ours.predict(X), LABELS["text"][theirs.predict(X)])
    assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))


def test_weights_and_validation_sets_are_those_of_xgboost():
    weight = np.random.default_rng(0).uniform(0.1, 2, len(CODES))
    y = LABELS["text"][CODES]
    params = {**SMALL, "early_stopping_rounds": 2, "n_estimators": 200}
    ours, theirs = XGBClassifier(**params), xgboost.XGBClassifier(**params)
    ours.fit(X, y, sample_weight=weight, eval_set=[(X, y), (X[::2], y[::2])], verbose=False)
    sets = [(X, CODES), (X[::2], CODES[::2])]
    theirs.fit(X, CODES, sample_weight=weight, eval_set=sets, verbose=False)
    assert ours.evals_result() == theirs.evals_result()
    assert ours.best_iteration == theirs.best_iteration
    assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))


@pytest.mark.parametrize(
    ("y", "fit_params", "message"),
    [
        (np.full(150, "a"), {}, "one class only, 'a'"),
        (np.array(["a", None, "b"], dtype=object)[CODES], {}, "50 of 150 labels are missing"),
        (None, {}, "requires y"),
        (
            np.array(["a", "a", "b"])[CODES],
            {"eval_set": [(X, np.array(["a", "b", "c"])[CODES])]},
            r"eval_set\[0\] has labels that y has not: \['c'\]",
        ),
    ],
)
def test_labels_that_cannot_be_are_a_clear_error(y, fit_params, message):
    with pytest.raises(ValueError, match=message):
        XGBClassifier(**SMALL).fit(X, y, **fit_params)


class Interrupt(xgboost.callback.TrainingCallback):
    def after_iteration(self, model, epoch, evals_log):
        raise KeyboardInterrupt


@pytest.mark.parametrize("more", [{}, {"n_bags": 2, "calibration": "sigmoid"}])
def test_a_refit_that_is_interrupted_leaves_the_model(more):
    y = LABELS["text"][CODES]
    model = XGBClassifier(**SMALL, **more).fit(X, y)
    proba, state = model.predict_proba(X), dict(vars(model))
    model.set_params(callbacks=[Interrupt()])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X[:, :2], np.array(["p", "q", "r"])[CODES])
    model.callbacks = None
    assert vars(model) == state
    assert_array_equal(model.predict_proba(X), proba)
    assert_array_equal(model.classes_, LABELS["text"])
    assert set(model.predict(X)) == set(y)


@pytest.mark.parametrize("kind", LABELS)
def test_pickles_and_xgboost_files_keep_the_labels(kind, tmp_path):
    X, y, _, labels = problem(kind)
    model = XGBClassifier(**SMALL).fit(X, y)
    path = tmp_path / "model.json"
    model.save_model(path)
    loaded = XGBClassifier()
    loaded.load_model(path)
    for again in (pickle.loads(pickle.dumps(model)), loaded):
        assert_array_equal(again.classes_, labels)
        assert again.classes_.dtype == labels.dtype
        assert_array_equal(again.predict(X), model.predict(X))
    assert model.get_booster().attributes() == loaded.get_booster().attributes() == {}
    theirs = xgboost.XGBClassifier()
    theirs.load_model(path)
    assert_array_equal(labels[theirs.predict(X)], model.predict(X))


def test_a_file_of_xgboost_answers_with_its_numbers(tmp_path):
    path = tmp_path / "model.ubj"
    xgboost.XGBClassifier(**SMALL).fit(X, CODES).save_model(path)
    model = XGBClassifier(**SMALL).fit(X, LABELS["text"][CODES])
    model.load_model(path)
    assert_array_equal(model.classes_, [0, 1, 2])
    assert set(model.predict(X)) == {0, 1, 2}


def test_parameters_are_those_of_xgboost():
    params = {"max_depth": 2, "eta": 0.3, "max_cached_hist_node": 9, "device": "cpu"}
    ours, theirs = XGBClassifier(**params), xgboost.XGBClassifier(**params)
    shown = {name: value for name, value in ours.get_params().items() if name not in OWN}
    assert shown == pytest.approx(theirs.get_params(), nan_ok=True)
    assert clone(ours).get_params() == pytest.approx(ours.get_params(), nan_ok=True)
    assert ours.set_params(max_depth=5, gamma=1.0).max_depth == 5
    assert ours.get_xgb_params()["eta"] == 0.3


def test_metadata_can_be_routed_by_name():
    from sklearn import config_context

    with config_context(enable_metadata_routing=True):
        model = XGBClassifier().set_fit_request(sample_weight=True, base_margin=False)
        assert model.get_metadata_routing().fit.requests["sample_weight"] is True
        model.set_predict_request(iteration_range=True)


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_a_file_keeps_labels_that_are_dates(unit, tmp_path):
    y = np.array(["2020-01-01", "2021-06-30", "2022-12-31"], dtype=f"M8[{unit}]")[CODES]
    model = XGBClassifier(**SMALL).fit(X, y)
    model.save_model(tmp_path / "model.ubj")
    loaded = XGBClassifier()
    loaded.load_model(tmp_path / "model.ubj")
    assert loaded.classes_.dtype == y.dtype
    assert_array_equal(loaded.predict(X), model.predict(X))


def test_a_file_that_cannot_be_loaded_leaves_the_model(tmp_path):
    model = XGBClassifier(**SMALL, calibration="sigmoid").fit(X, CODES)
    proba, state = model.predict_proba(X), dict(vars(model))
    with pytest.raises(xgboost.core.XGBoostError):
        model.load_model(tmp_path / "absent.ubj")
    XGBRegressor(**SMALL).fit(X, CODES).save_model(tmp_path / "regressor.ubj")
    with pytest.raises(TypeError, match="different type"):
        model.load_model(tmp_path / "regressor.ubj")
    assert vars(model) == state
    assert_array_equal(model.predict_proba(X), proba)


def test_a_loaded_model_has_nothing_of_an_earlier_one(tmp_path):
    stops = {**SMALL, "n_estimators": 80, "early_stopping_rounds": 2}
    saved = XGBClassifier(**stops).fit(X, CODES)
    saved.save_model(tmp_path / "model.ubj")
    model = XGBClassifier(**SMALL, n_bags=2, keep_oof=True).fit(X, CODES)
    model.load_model(tmp_path / "model.ubj")
    assert model.best_iteration_ == saved.best_iteration_
    assert not hasattr(model, "oof_prediction_")
    assert_array_equal(model.predict_proba(X), saved.predict_proba(X))


def test_leaves_up_to_the_best_round():
    model = XGBClassifier(**{**SMALL, "n_estimators": 80}, early_stopping_rounds=2).fit(X, CODES)
    assert model.get_booster().num_boosted_rounds() > model.best_iteration_ + 1
    for asked in (None, (0, 0)):
        assert model.apply(X, asked).shape == (150, 3 * (model.best_iteration_ + 1))


def test_a_fit_on_fewer_classes_follows_one_on_more():
    model = XGBClassifier(**SMALL).fit(X, CODES)
    assert model.objective == "multi:softprob"
    part = CODES < 2
    fresh = XGBClassifier(**SMALL).fit(X[part], CODES[part])
    for again in (clone(model), model):
        again.fit(X[part], CODES[part])
        assert_array_equal(again.predict_proba(X), fresh.predict_proba(X))


@pytest.mark.parametrize("seed", [-1, 2**40])
def test_seeds_that_xgboost_takes_are_taken(seed):
    stops = {**SMALL, "early_stopping_rounds": 2, "random_state": seed}
    assert XGBClassifier(**stops, n_bags=2).fit(X, CODES).score(X, CODES) > 0.9
