"""What our MLPs have beyond scikit-learn's: dropout, normalisation, schedules, losses, weights."""

from __future__ import annotations

import pickle
import tracemalloc
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import neural_network
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning

from estimators.mlp.alike import SMALL, assert_same_training, fitted, pair, table
from gridfold.estimators import MLPClassifier, MLPRegressor
from gridfold.estimators.mlp.engine.schedules import SCHEDULES
from gridfold.estimators.mlp.engine.training import Training
from gridfold.estimators.mlp.members import new_member

SETTINGS = {
    "dropout": {"dropout": 0.2},
    "layer": {"normalization": "layer"},
    "batch": {"normalization": "batch"},
    "adamw": {"solver": "adamw", "alpha": 0.1},
    "rmsprop": {"solver": "rmsprop"},
    "gelu": {"activation": "gelu"},
    "mish": {"activation": "mish"},
    "silu": {"activation": "silu"},
    "selu": {"activation": "selu"},
    "leaky_relu": {"activation": "leaky_relu"},
    "one_cycle": {"schedule": "one_cycle"},
    "plateau": {"schedule": "reduce_on_plateau"},
    "all": {
        "dropout": 0.1,
        "normalization": "layer",
        "solver": "adamw",
        "activation": "silu",
        "schedule": "flat_cos",
    },
}
ANSWERS = ("predict", "predict_proba")


def answers(model, X):
    return {name: getattr(model, name)(X) for name in ANSWERS if hasattr(model, name)}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("kind", ["binary", "outputs"])
def test_training_brings_the_loss_down(kind, setting):
    X, y = table(kind)
    model = fitted(pair(kind)[0], X, y, **SETTINGS[setting], learning_rate_init=0.01, max_iter=60)
    assert model.loss_curve_[-1] < 0.85 * model.loss_curve_[0]
    assert model.score(X, y) > 0.4


@pytest.mark.parametrize("setting", [name for name in SETTINGS if name not in ("dropout", "all")])
@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_array_libraries_agree_and_pickles_answer_the_same(kind, setting, foreign):
    X, y = table(kind)
    cls, params = pair(kind)[0], {**SETTINGS[setting], "dtype": "float64", "max_iter": 6}
    expected = answers(fitted(cls, X, y, **params), X)
    model = fitted(cls, foreign.put(X), y if kind == "classes" else foreign.put(y), **params)
    for one in (model, pickle.loads(pickle.dumps(model))):
        for name, answer in answers(one, foreign.put(X)).items():
            if expected[name].dtype.kind == "f":
                assert foreign.owns(answer)
                assert_allclose(foreign.host(answer), expected[name], rtol=1e-8, atol=1e-9)
            else:
                assert_array_equal(answer, expected[name])


@pytest.mark.parametrize("setting", ["dropout", "batch", "adamw", "one_cycle"])
@pytest.mark.parametrize("kind", ["binary", "labels", "numbers"])
def test_scikit_learns_object_predicts_the_same(kind, setting):
    X, y = table(kind)
    cls, parent = pair(kind)
    model = fitted(cls, X, y, **SETTINGS[setting], dtype="float64")
    plain = model.to_sklearn()
    assert type(plain) is parent
    assert plain.get_params() == clone(plain).get_params()
    for name, answer in answers(model, X).items():
        assert_allclose(getattr(plain, name)(X), answer, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("setting", "named"), [("layer", "layer normalisation"), ("gelu", "gelu")])
def test_what_scikit_learn_cannot_predict_is_told(setting, named):
    model = fitted(MLPRegressor, *table("numbers"), **SETTINGS[setting])
    with pytest.raises(ValueError, match=f"{named}.*no plain object predicts"):
        model.to_sklearn()


def test_dropout_follows_the_seed_and_keeps_scikit_learns_draws():
    X, y = table("numbers")
    one, same, other = (
        fitted(MLPRegressor, X, y, dropout=0.3, random_state=seed) for seed in (3, 3, 4)
    )
    assert_array_equal(one.predict(X), same.predict(X))
    assert not np.allclose(one.predict(X), other.predict(X))
    none = fitted(MLPRegressor, X, y)
    assert not np.allclose(one.predict(X), none.predict(X))
    assert_array_equal(one.predict(X), one.predict(X))


def test_class_weights_are_row_weights():
    X, y = table("classes")
    weights = {"ash": 3.0, "elm": 0.5, "oak": 1.0}
    rows = np.array([weights[label] for label in y])
    given = np.linspace(0.5, 1.5, len(X))
    assert_same_training(
        fitted(MLPClassifier, X, y, given, class_weight=weights),
        fitted(MLPClassifier, X, y, given * rows),
    )
    balanced = fitted(MLPClassifier, X, y, class_weight="balanced")
    counts = {label: len(y) / (3 * np.sum(y == label)) for label in weights}
    assert_same_training(balanced, fitted(MLPClassifier, X, y, class_weight=counts))


def test_rare_classes_are_found_with_balanced_weights():
    X, _ = table("binary")
    y = X[:, 0] > 1.6
    plain, balanced = (fitted(MLPClassifier, X, y, class_weight=w) for w in (None, "balanced"))
    assert balanced.predict(X)[y].mean() > plain.predict(X)[y].mean()


def test_smoothed_labels_keep_probabilities_from_the_ends():
    X, y = table("classes", 60)
    params = {"max_iter": 400, "learning_rate_init": 0.03, "n_iter_no_change": 400}
    sharp, smooth = (fitted(MLPClassifier, X, y, label_smoothing=s, **params) for s in (0.0, 0.3))
    assert sharp.predict_proba(X).max() > 0.99
    assert 0.7 < np.median(smooth.predict_proba(X).max(axis=1)) < 0.9


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_the_pinball_loss_gives_quantiles(level):
    X, _ = table("numbers", 2000)
    y = X[:, 0] + np.random.default_rng(0).normal(size=2000)
    model = fitted(
        MLPRegressor, X, y, loss="pinball", quantile=level, max_iter=60, learning_rate_init=0.01
    )
    assert abs(np.mean(y <= model.predict(X)) - level) < 0.04


def test_hubers_loss_bears_outliers():
    X, y = table("numbers")
    outlying = np.where(np.arange(len(y)) % 20 == 0, 200.0, y)
    params = {"max_iter": 200, "learning_rate_init": 0.01}
    robust = fitted(MLPRegressor, X, outlying, loss="huber", delta=0.2, **params)
    squared = fitted(MLPRegressor, X, outlying, **params)
    usual = np.arange(len(y)) % 20 != 0
    errors = [np.abs(m.predict(X) - y)[usual].mean() for m in (robust, squared)]
    assert errors[0] < 0.5 < errors[1]


def test_a_schedule_shapes_the_rates_of_the_steps(monkeypatch):
    X, y = table("numbers")
    seen = []
    epoch = Training.epoch

    def watched(training):
        seen.append(training.problem.recipe.schedules[0])
        epoch(training)

    monkeypatch.setattr(Training, "epoch", watched)
    fitted(MLPRegressor, X, y, schedule="coslog4", max_iter=2)
    assert seen == [SCHEDULES["coslog4"]] * 2


def test_a_plateau_lowers_the_rate_of_any_solver_until_it_is_tiny():
    X, y = table("numbers")
    params = {"tol": 10.0, "n_iter_no_change": 1, "max_iter": 100, "schedule": "reduce_on_plateau"}
    model = MLPRegressor(**{**SMALL, **params}).fit(X, y)
    assert model._optimizer.learning_rate_init <= 1e-6
    assert model.n_iter_ < 40


def test_decoupled_decay_shrinks_weights_and_not_biases():
    X, y = table("numbers")
    params = {"max_iter": 1, "batch_size": 230, "learning_rate_init": 0.01, "dtype": "float64"}
    plain = fitted(MLPRegressor, X, y, solver="adam", alpha=0.0, **params)
    decayed = fitted(MLPRegressor, X, y, solver="adamw", alpha=0.5, **params)
    start = fitted(MLPRegressor, X, y, solver="sgd", **{**params, "learning_rate_init": 1e-300})
    for one, other, before in zip(decayed.coefs_, plain.coefs_, start.coefs_, strict=True):
        assert_allclose(other - one, 0.01 * 0.5 * before, rtol=1e-9)
    for one, other in zip(decayed.intercepts_, plain.intercepts_, strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize("setting", ["layer", "batch"])
def test_moving_a_normalised_model_keeps_its_answers(setting, foreign):
    X, y = table("numbers")
    model = fitted(MLPRegressor, foreign.put(X), foreign.put(y), **SETTINGS[setting])
    before = foreign.host(model.predict(foreign.put(X)))
    attributes = [name for name in vars(model) if name.startswith("norm_")]
    assert len(attributes) == (4 if setting == "batch" else 2)
    model.to_device("cpu")
    assert_allclose(foreign.host(model.predict(foreign.put(X))), before, rtol=1e-5)
    assert_allclose(foreign.host(model.predict(X)), before, rtol=1e-5)


def test_a_refit_forgets_the_normalisation_of_the_last():
    X, y = table("numbers")
    model = fitted(MLPRegressor, X, y, normalization="batch", warm_start=False)
    for kind, left in (("layer", 2), (None, 0)):
        with pytest.warns(ConvergenceWarning):
            model.set_params(normalization=kind).fit(X, y)
        assert len([name for name in vars(model) if name.startswith("norm_")]) == left
    model.partial_fit(X, y)
    assert_array_equal(model.predict(X), model.to_sklearn().predict(X))


@pytest.mark.parametrize("kind", ["layer", "batch", None])
def test_answers_follow_the_fitted_network_and_not_the_parameter(kind):
    X, y = table("numbers")
    model = fitted(MLPRegressor, X, y, normalization=kind)
    before = model.predict(X)
    for other in ("layer", "batch", None):
        assert_array_equal(model.set_params(normalization=other).predict(X), before)


def test_a_column_of_labels_is_warned_of_once():
    X, y = table("classes")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted(MLPClassifier, X, y[:, None], class_weight="balanced")
    assert [w.category for w in caught].count(DataConversionWarning) == 1


def test_an_unfitted_model_has_an_unfitted_plain_object():
    plain = MLPClassifier(alpha=0.5, solver="adamw", device="cpu").to_sklearn()
    assert plain.get_params() == neural_network.MLPClassifier(alpha=0.5).get_params()
    assert not hasattr(plain, "coefs_")


@pytest.mark.parametrize("kind", ["binary", "labels", "classes", "numbers"])
def test_many_rows_are_answered_in_blocks(kind):
    X, y = table(kind)
    model = fitted(pair(kind)[0], X, y)
    many = np.tile(X, (100, 1))
    for name, answer in answers(model, X).items():
        whole = getattr(model, name)(many)
        if answer.dtype.kind == "f":
            tiled = np.tile(answer, (100, 1)) if answer.ndim == 2 else np.tile(answer, 100)
            assert_allclose(whole, tiled, rtol=1e-12, atol=1e-12)
            tracemalloc.start()
            getattr(model, name)(many)
            assert tracemalloc.get_traced_memory()[1] < 8192 * 9 * 8 * 5 + 3 * whole.nbytes
            tracemalloc.stop()
        else:
            assert_array_equal(whole[-len(y) :], answer)


def test_dropout_masks_follow_the_random_state():
    params = {**MLPClassifier(dropout=0.5).get_params(), "random_state": 0}
    rows = np.arange(50)
    first, again = (new_member(params, (4, 6, 1), rows).seed for _ in range(2))
    other = new_member({**params, "random_state": 1}, (4, 6, 1), rows).seed
    assert first == again
    assert first != other
