"""RealMLPClassifier and RealMLPRegressor: what they promise beyond scikit-learn's checks."""

from __future__ import annotations

import pickle
from io import BytesIO

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

from gridfold.estimators import RealMLPClassifier, RealMLPRegressor
from gridfold.estimators.arrays import to_numpy
from gridfold.estimators.mlp.realmlp.recipe import n_epochs_for

from .conftest import QUICK, numbers, quick_classifier, quick_regressor

RECIPES = pytest.mark.parametrize("recipe", ["td", "td-s"])
MODELS = pytest.mark.parametrize("make", [quick_classifier, quick_regressor])


def target(make, value, label):
    return label if make is quick_classifier else value


def answer(model, X):
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


# --- scikit-learn's checks -------------------------------------------------------------------


def expected_failures(estimator):
    one_by_one = "float32 products round by how many rows are asked for together"
    return {
        "check_sample_weight_equivalence_on_dense_data": (
            "minibatches and the validation part are drawn: other rows, other draws"
        ),
        "check_methods_subset_invariance": one_by_one,
        "check_methods_sample_order_invariance": one_by_one,
    }


@parametrize_with_checks(
    [
        cls(recipe=recipe, **{**QUICK, "n_epochs": 60, "batch_size": 16})
        for cls in (RealMLPClassifier, RealMLPRegressor)
        for recipe in ("td", "td-s")
    ],
    expected_failed_checks=expected_failures,
    xfail_strict=False,  # the rounding may happen to be the same
)
def test_common_check_of_scikit_learn(estimator, check):
    check(estimator)


# --- learning --------------------------------------------------------------------------------


@RECIPES
@pytest.mark.parametrize("n_members", [1, 3])
def test_a_classifier_learns_what_is_not_linear(recipe, n_members):
    X, _, y = numbers(900)
    model = quick_classifier(recipe=recipe, n_members=n_members, n_epochs=60).fit(X, y)
    new, _, expected = numbers(500, seed=1)
    assert model.score(new, expected) > 0.8
    proba = model.predict_proba(new)
    assert_allclose(proba.sum(axis=1), 1.0)
    assert (proba > 0).all()
    assert_array_equal(model.predict(new), model.classes_[proba.argmax(axis=1)])
    assert_allclose(model.predict_log_proba(new), np.log(proba))


@RECIPES
@pytest.mark.parametrize("n_members", [1, 3])
def test_a_regressor_learns_what_is_not_linear(recipe, n_members):
    X, y, _ = numbers(900)
    model = quick_regressor(recipe=recipe, n_members=n_members, n_epochs=60).fit(X, y)
    new, expected, _ = numbers(500, seed=1)
    assert model.score(new, expected) > 0.85


@RECIPES
@MODELS
def test_tables_of_all_kinds_with_missing_cells_are_learnt_from(make, recipe, table):
    X, value, label = table
    y = target(make, value, label)
    model = make(recipe=recipe, n_epochs=60).fit(X[:180], y[:180])
    assert model.score(X[180:], y[180:]) > 0.7
    strange = pd.DataFrame(
        {
            "area": [np.nan],
            "rooms": [2],
            "city": ["a new one"],
            "size": pd.Categorical([None], categories=["small", "large"]),
            "garden": [True],
        }
    )
    assert np.isfinite(answer(model, strange)).all()


@MODELS
def test_polars_gives_what_pandas_gives(make, table):
    polars = pytest.importorskip("polars", reason="polars is not installed")
    X, value, label = table
    same = polars.DataFrame(
        {
            name: polars.Series([None if pd.isna(cell) else cell for cell in X[name]])
            for name in X.columns
        }
    )
    y = target(make, value, label)
    expected = make(n_epochs=3).fit(X, y)
    found = make(n_epochs=3).fit(same, y)
    assert list(found.feature_names_in_) == list(X.columns)
    assert_array_equal(answer(found, same), answer(expected, X))


def test_several_targets_are_predicted_together():
    X, y, _ = numbers()
    both = np.column_stack([y, 100 - 50 * y])
    model = quick_regressor(n_epochs=60).fit(X, both)
    found = model.predict(X)
    assert found.shape == both.shape
    assert model.score(X, both) > 0.7
    assert_allclose(model.target_scale_[1] / model.target_scale_[0], 50.0)
    assert quick_regressor(n_epochs=1).fit(X, both[:, :1]).predict(X).shape == (len(X), 1)


def test_td_predicts_nothing_beyond_the_training_targets():
    X, y, _ = numbers()
    model = quick_regressor(validation_fraction=0.0).fit(X, y)
    found = model.predict(1e6 * X)
    assert found.min() >= y.min()
    assert found.max() <= y.max()
    free = quick_regressor(recipe="td-s", validation_fraction=0.0).fit(X, y)
    assert free.clamps_ is False


# --- validation, calibration -------------------------------------------------------------------


def test_the_best_epoch_is_the_latest_of_those_with_the_best_score():
    X, _, y = numbers()
    model = quick_classifier().fit(X, y)
    scores = np.array(model.validation_scores_)
    assert len(scores) == len(model.loss_curve_) == model.n_epochs_ == 20
    assert model.best_epoch_ == 1 + np.flatnonzero(scores == scores.max())[-1]


@pytest.mark.parametrize("n_members", [1, 2])
def test_the_kept_weights_are_those_of_the_best_epoch(n_members):
    X, value, _ = numbers()
    X_val, y_val, _ = numbers(100, seed=1)
    model = quick_regressor(n_members=n_members).fit(X, value, X_val=X_val, y_val=y_val)
    error = np.mean((model.predict(X_val) - y_val) ** 2) / model.target_scale_[0] ** 2
    assert -error == pytest.approx(max(model.validation_scores_), rel=1e-4)


@RECIPES
def test_the_temperature_lowers_the_log_loss_of_the_validation_rows(recipe):
    X, _, y = numbers(600)
    held = numbers(300, seed=1)
    with_it = quick_classifier(recipe=recipe).fit(X, y, X_val=held[0], y_val=held[2])
    without = quick_classifier(recipe=recipe, calibration=None)
    without.fit(X, y, X_val=held[0], y_val=held[2])
    assert without.temperature_ == 1.0
    assert with_it.temperature_ != 1.0
    losses = [log_loss(held[2], m.predict_proba(held[0])) for m in (with_it, without)]
    assert losses[0] < losses[1]
    assert_array_equal(with_it.predict(X), without.predict(X))


def test_with_validation_rows_all_rows_are_trained_on():
    X, value, _ = numbers(40)
    model = quick_regressor(n_epochs=1).fit(X, value, X_val=X[:5], y_val=value[:5])
    assert model.target_mean_[0] == pytest.approx(value.mean())


def test_without_validation_rows_the_last_epoch_is_kept():
    X, _, y = numbers(60)
    model = quick_classifier(validation_fraction=0.0, n_epochs=3).fit(X, y)
    assert model.validation_scores_ == []
    assert model.best_epoch_ == 3
    assert model.temperature_ == 1.0


def test_patience_stops_the_training():
    X, _, y = numbers()
    model = quick_classifier(early_stopping_patience=1, n_epochs=100).fit(X, y)
    assert model.n_epochs_ < 100
    last = model.validation_scores_[-2:]
    assert max(last) < max(model.validation_scores_)


@pytest.mark.parametrize(
    ("n_rows", "n_epochs"), [(400, 256), (100_000, 256), (200_000, 129), (800_000, 32), (10**8, 8)]
)
def test_large_tables_get_fewer_epochs(n_rows, n_epochs):
    assert n_epochs_for(256, n_rows, 256) == n_epochs


def test_few_epochs_stay_few():
    assert n_epochs_for(3, 10**8, 256) == 3
    assert n_epochs_for(256, 10, 256) == 256


# --- weights ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["sample_weight", "class_weight"])
def test_weights_move_probabilities(how):
    """All rows are alike: probabilities are the weighted shares of the classes."""
    X, y = np.zeros((400, 1)), np.tile([0, 1], 200)
    params = {"calibration": None, "label_smoothing": 0.0, "n_epochs": 100, "recipe": "td-s"}
    given = {}
    if how == "sample_weight":
        given = {"sample_weight": np.where(y == 1, 3.0, 1.0)}
    else:
        params["class_weight"] = {0: 1.0, 1: 3.0}
    model = quick_classifier(validation_fraction=0.0, **params).fit(X, y, **given)
    assert model.predict_proba(X[:1])[0, 1] == pytest.approx(0.75, abs=0.03)


@MODELS
def test_rows_without_weight_are_left_out(make):
    X, value, label = numbers(90)
    y, weight = target(make, value, label), np.ones(90)
    weight[60:] = 0.0
    whole = make(n_epochs=3).fit(X, y, sample_weight=weight)
    part = make(n_epochs=3).fit(X[:60], y[:60], sample_weight=weight[:60])
    assert_allclose(answer(whole, X), answer(part, X), rtol=1e-5, atol=1e-7)


def test_only_ratios_of_weights_count():
    X, y, _ = numbers(60)
    weight = np.linspace(1.0, 2.0, 60)
    small, large = (
        quick_regressor(n_epochs=2).fit(X, y, sample_weight=factor * weight).weights_
        for factor in (1e-200, 1e300)
    )
    assert_allclose(small, large, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="at least one non-zero"):
        quick_regressor().fit(X, y, sample_weight=np.zeros(60))


def test_targets_of_any_size_are_learnt():
    X, y, _ = numbers(300)
    model = quick_regressor(n_epochs=40).fit(X, 1e100 * y)
    assert model.score(X, 1e100 * y) > 0.5


def test_validation_rows_without_weight_choose_nothing():
    X, _, _ = numbers(50)
    y = (np.arange(50) == 7).astype(int)  # its only row is trained on
    model = quick_classifier(class_weight={0: 0.0, 1: 1.0}, n_epochs=3).fit(X, y)
    assert model.validation_scores_ == []
    assert model.best_epoch_ == 3
    assert model.temperature_ == 1.0


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_class_weights_must_be_weights(bad):
    X, _, y = numbers(40)
    with pytest.raises(ValueError, match="class_weight must be >= 0 and finite"):
        quick_classifier(class_weight={0: bad}).fit(X, y)


def test_negative_weights_are_an_error():
    X, y, _ = numbers(40)
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        quick_regressor().fit(X, y, sample_weight=-np.ones(40))


# --- libraries, storage ------------------------------------------------------------------------


@RECIPES
@MODELS
def test_other_libraries_give_what_numpy_gives(make, recipe, foreign):
    """To float32's rounding, which training makes larger; masks of dropout differ."""
    X, value, label = numbers(200)
    y = target(make, value, label)
    params = {"recipe": recipe, "dropout": 0.0, "n_epochs": 4}
    expected = make(**params).fit(X, y)
    model = make(**params).fit(foreign.put(X), foreign.put(y))
    assert foreign.owns(model.weights_)
    found = answer(model, foreign.put(X))
    assert foreign.owns(found)
    assert foreign.owns(model.predict(foreign.put(X)))
    assert_allclose(foreign.host(found), answer(expected, X), rtol=2e-2, atol=2e-2)
    # A model answers for arrays of any library, in that library.
    moved = answer(expected, foreign.put(X))
    assert foreign.owns(moved)
    assert_allclose(foreign.host(moved), answer(expected, X), rtol=1e-4, atol=1e-5)
    assert isinstance(answer(model, X), np.ndarray)


@MODELS
def test_numbers_may_be_categories_in_every_library(make, foreign):
    X, value, label = numbers(200)
    X[:, 1] = np.arange(200) % 12
    X[:, 3] = np.arange(200) % 3
    y = target(make, value, label)
    params = {"categorical_features": [1, 3], "dropout": 0.0, "n_epochs": 3, "n_members": 2}
    expected = make(**params).fit(X, y)
    assert expected.architecture_.cardinalities == (13,)
    model = make(**params).fit(foreign.put(X), foreign.put(y))
    found = foreign.host(answer(model, foreign.put(X)))
    assert_allclose(found, answer(expected, X), rtol=2e-2, atol=2e-2)


@MODELS
def test_dropout_trains_in_other_libraries_too(make, foreign):
    X, value, label = numbers(200)
    model = make().fit(foreign.put(X), foreign.put(target(make, value, label)))
    assert np.isfinite(model.loss_curve_).all()
    assert model.loss_curve_[-1] < model.loss_curve_[0]


@MODELS
def test_float32_in_float32_out(make, library):
    X, value, label = numbers(100)
    X = library.put(X.astype(np.float32))
    model = make(n_epochs=2).fit(X, library.put(target(make, value, label)))
    assert to_numpy(answer(model, X)).dtype == np.float32
    assert to_numpy(answer(model, library.put(np.zeros((2, 4))))).dtype == np.float64


@MODELS
@pytest.mark.parametrize("module", [pickle, joblib], ids=["pickle", "joblib"])
def test_a_stored_model_answers_the_same(make, module, table):
    X, value, label = table
    model = make(n_epochs=2).fit(X, target(make, value, label))
    stream = BytesIO()
    module.dump(model, stream)
    stream.seek(0)
    assert_array_equal(answer(module.load(stream), X), answer(model, X))


def test_a_stored_model_holds_numpy_arrays_only(foreign):
    X, y, _ = numbers(60)
    model = quick_regressor(n_epochs=1).fit(foreign.put(X), foreign.put(y))
    loaded = pickle.loads(pickle.dumps(model))
    assert isinstance(loaded.weights_, np.ndarray)
    assert_allclose(loaded.predict(X), model.predict(X), rtol=1e-4)


def test_a_fitted_model_is_not_changed_by_new_parameters():
    X, _, y = numbers(100)
    model = quick_classifier(n_epochs=2).fit(X, y)
    before = model.predict_proba(X)
    model.set_params(recipe="td-s", hidden_layer_sizes=(3,), n_members=5)
    assert_array_equal(model.predict_proba(X), before)


def test_clone_keeps_the_parameters():
    model = quick_classifier(n_members=3, class_weight="balanced")
    assert clone(model).get_params() == model.get_params()


def test_a_seed_is_a_result_and_another_seed_another():
    X, y, _ = numbers(100)
    first, again, other = (quick_regressor(random_state=s, n_epochs=2).fit(X, y) for s in (1, 1, 2))
    assert_array_equal(first.weights_, again.weights_)
    assert not np.array_equal(first.weights_, other.weights_)


def test_it_can_be_searched():
    X, _, y = numbers(120)
    search = GridSearchCV(quick_classifier(n_epochs=5), {"recipe": ["td", "td-s"]}, cv=2)
    assert search.fit(X, y).best_score_ > 0.3


@MODELS
def test_what_is_given_is_not_written_to(make):
    X, value, label = numbers(60)
    X[::5, 0] = np.nan
    given = [X, target(make, value, label), np.linspace(0.0, 1.0, 60)]
    before = [array.copy() for array in given]
    for array in given:
        array.flags.writeable = False
    model = make(n_epochs=2).fit(given[0], given[1], sample_weight=given[2])
    answer(model, X)
    for array, copy in zip(given, before, strict=True):
        assert_array_equal(array, copy)


def test_a_model_may_be_moved():
    X, y, _ = numbers(60)
    model = quick_regressor(n_epochs=1, hidden_layer_sizes=8).fit(X, y)
    expected = model.predict(X)
    assert_array_equal(model.to_device("cpu").predict(X), expected)


# --- bad input ---------------------------------------------------------------------------------


@MODELS
@pytest.mark.parametrize("n_rows", [2, 3, 5])
def test_a_few_rows_are_enough(make, n_rows):
    X, value = np.arange(2.0 * n_rows).reshape(n_rows, 2), np.arange(float(n_rows))
    label = np.arange(n_rows) % 2
    found = answer(make().fit(X, target(make, value, label)), X)
    assert np.isfinite(found).all()


@RECIPES
@MODELS
def test_columns_without_anything_to_learn_do_no_harm(make, recipe):
    X, value, label = numbers(100)
    X = pd.DataFrame(X).assign(missing=np.nan, constant=1.0, text=None, same="a")
    X.columns = X.columns.astype(str)
    found = answer(make(recipe=recipe, n_epochs=3).fit(X, target(make, value, label)), X)
    assert np.isfinite(found).all()
    nothing = X[["text"]]
    found = answer(
        make(recipe=recipe, n_epochs=3).fit(nothing, target(make, value, label)), nothing
    )
    assert_allclose(found, np.broadcast_to(found[:1], found.shape), rtol=1e-4, atol=1e-6)


@RECIPES
def test_a_constant_target_is_what_is_predicted(recipe):
    X, _, _ = numbers(50)
    model = quick_regressor(recipe=recipe).fit(X, np.full(50, 7.5))
    assert_array_equal(model.predict(X), np.full(50, 7.5))


def test_targets_too_large_for_their_squares_are_an_error():
    X, y, _ = numbers(50)
    with pytest.raises(ValueError, match="squares overflow"):
        quick_regressor().fit(X, 1e300 * y)


def test_a_fit_that_fails_leaves_the_model_as_it_was():
    X, _, label = numbers(60)
    model = quick_classifier(n_epochs=1).fit(X, label)
    before = dict(vars(model))
    with pytest.raises(ValueError, match="contains NaN"):
        model.fit(X[:, :2], np.where(label == 1, np.nan, label))
    with pytest.raises(ValueError, match="no row of"):
        model.fit(X, label, X_val=X[:1], y_val=label[:1])
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is value for name, value in before.items())


def test_one_class_is_an_error():
    with pytest.raises(ValueError, match=r"at least 2 classes.*'a'"):
        quick_classifier().fit(np.zeros((3, 1)), ["a"] * 3)


def test_a_class_with_one_row_is_trained_on():
    X, _, y = numbers(100)
    y = np.where(np.arange(100) == 50, 9, y)
    model = quick_classifier(n_epochs=2).fit(X, y)
    assert_array_equal(model.classes_, [0, 1, 2, 9])


def test_validation_labels_must_fit():
    X, _, y = numbers(100)
    with pytest.raises(ValueError, match=r"classes that are not in y.*7"):
        quick_classifier().fit(X, y, X_val=X, y_val=np.where(y == 1, 7, y))
    with pytest.raises(ValueError, match="y_val has no row of"):
        quick_classifier().fit(X, y, X_val=X[y > 0], y_val=y[y > 0])
    with pytest.raises(ValueError, match="go together"):
        quick_classifier().fit(X, y, X_val=X)
    with pytest.raises(ValueError, match="2 columns, but y has 1"):
        quick_regressor().fit(X, y * 1.0, X_val=X, y_val=np.zeros((100, 2)))


def test_a_loss_that_is_not_finite_is_an_error_with_what_to_try():
    X, y, _ = numbers(100)
    model = quick_regressor(recipe="td-s", learning_rate=1e38, validation_fraction=0.0)
    with pytest.raises(ValueError, match=r"not finite in epoch 1.*rate of 1e\+38.*smaller"):
        model.fit(X, y)
    assert np.isfinite(model.weights_).all()


def test_the_best_epoch_is_kept_where_the_loss_is_not_finite_later(monkeypatch):
    from gridfold.estimators.mlp.engine.stopping import Progress

    real = Progress.after_epoch

    def broken(self, *args):
        best = real(self, *args)
        if self.n_epochs == 3:
            self.stopped = "error"
        return best

    monkeypatch.setattr(Progress, "after_epoch", broken)
    X, y, _ = numbers(100)
    with pytest.warns(ConvergenceWarning, match=r"The weights of epoch \d.*are kept"):
        model = quick_regressor().fit(X, y)
    assert model.n_epochs_ == 3
    assert model.score(X, y) > 0


def test_an_interrupted_training_keeps_its_best_epoch(monkeypatch):
    from gridfold.estimators.mlp.engine.training import Training

    real = Training.epoch

    def interrupted(self):
        if self.n_epochs == 5:
            raise KeyboardInterrupt
        real(self)

    monkeypatch.setattr(Training, "epoch", interrupted)
    X, y, _ = numbers(100)
    with pytest.warns(UserWarning, match="interrupted by user"):
        model = quick_regressor().fit(X, y)
    assert model.n_epochs_ == 5
    assert model.score(X, y) > 0


@pytest.mark.parametrize(
    "params",
    [
        {"recipe": "tds"},
        {"n_epochs": 0},
        {"batch_size": 0},
        {"dropout": 1.0},
        {"learning_rate": -1.0},
        {"n_members": 0},
        {"validation_fraction": 1.0},
        {"calibration": "platt"},
        {"hidden_layer_sizes": (3, 0)},
        {"hidden_layer_sizes": (2.5,)},
        {"categorical_features": "all"},
        {"early_stopping_patience": 0},
    ],
)
def test_parameters_out_of_range_are_an_error_that_names_them(params):
    X, _, y = numbers(40)
    with pytest.raises(ValueError, match=next(iter(params))):
        quick_classifier(**params).fit(X, y)


def test_other_columns_than_in_fit_are_an_error(table):
    X, value, _ = table
    model = quick_regressor(n_epochs=1).fit(X, value)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(X.rename(columns={"area": "surface"}))
    with pytest.raises(ValueError, match="'area' is taken for numbers"):
        model.predict(X.assign(area="large"))


def test_there_is_nothing_to_convert_to():
    with pytest.raises(NotImplementedError, match="no counterpart"):
        quick_regressor().to_sklearn()


def test_verbose_prints_a_line_per_epoch(capsys):
    X, y, _ = numbers(60)
    quick_regressor(verbose=True, n_epochs=2).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["Epoch 1", "Epoch 2"]
    assert "validation score" in lines[0]
