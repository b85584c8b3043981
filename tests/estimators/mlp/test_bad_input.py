"""What cannot be trained on: an error that says what was wrong and what to do."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning

from estimators.mlp.alike import SMALL, fitted, pair, table
from gridfold.estimators import MLPClassifier, MLPRegressor

EXPLODING = {**SMALL, "activation": "identity", "solver": "sgd", "learning_rate_init": 30.0}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_good_weights(dtype):
    X, y = table("numbers")
    params = {**EXPLODING, "batch_size": len(X), "dtype": dtype}
    model = MLPRegressor(**{**params, "max_iter": 500})
    with pytest.raises(ValueError, match="NaN or infinite in epoch") as error:
        model.fit(X, y)
    n_good = model.n_iter_
    where = f"in epoch {n_good + 1}, at learning rate 30. Try a smaller learning_rate_init"
    assert where in str(error.value)
    assert 0 < n_good == len(model.loss_curve_)
    before = fitted(MLPRegressor, X, y, **{**params, "max_iter": n_good})
    for mine, his in zip(model.coefs_, before.coefs_, strict=True):
        assert np.isfinite(mine).all()
        assert_array_equal(mine, his)


def test_with_early_stopping_the_best_weights_stay_and_a_warning_tells():
    X, y = table("numbers")
    model = MLPRegressor(**{**EXPLODING, "early_stopping": True, "max_iter": 500})
    with pytest.warns(ConvergenceWarning, match="NaN or infinite in epoch .* are kept"):
        model.set_params(batch_size=len(X) - 23).fit(X, y)
    assert np.isnan(model.validation_scores_[-1])
    assert np.isfinite(model.best_validation_score_)
    assert np.isfinite(model.predict(X)).all()


def test_numbers_too_large_for_float32_are_told():
    X, y = table("numbers")
    with pytest.raises(ValueError, match="may contain large values and need to be preprocessed"):
        fitted(MLPRegressor, X * 1e300, y)
    with pytest.raises(ValueError, match="dtype='float64' bears larger numbers"):
        fitted(MLPRegressor, X, y * 1e39)
    with pytest.raises(ValueError, match="NaN or infinite"):
        fitted(MLPRegressor, X, y, np.where(y > 0, 1e300, 1.0))
    with pytest.raises(ValueError, match="L-BFGS: scale the columns of X"):
        fitted(MLPRegressor, X * 1e300, y, solver="lbfgs")


@pytest.mark.parametrize("sizes", [0, (5, 0), (-1,), (3, 2.5), ("4",)])
@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_layers_have_a_whole_number_of_units(cls, sizes):
    X, y = table("binary")
    with pytest.raises(ValueError, match="hidden_layer_sizes"):
        cls(hidden_layer_sizes=sizes).fit(X, y)


def test_a_batch_larger_than_the_data_is_cut_and_told():
    X, y = table("numbers")
    with pytest.warns(UserWarning, match="larger than sample size. It is going to be clipped"):
        model = fitted(MLPRegressor, X, y, batch_size=1000)
    assert_array_equal(model.predict(X), fitted(MLPRegressor, X, y, batch_size=230).predict(X))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"dropout": 1.0}, "'dropout' parameter"),
        ({"normalization": "group"}, "'normalization' parameter"),
        ({"label_smoothing": -0.1}, "'label_smoothing' parameter"),
        ({"schedule": "cosine"}, "'schedule' parameter"),
        ({"dtype": "float16"}, "'dtype' parameter"),
        ({"activation": "swish"}, "'activation' parameter"),
        ({"solver": "lion"}, "'solver' parameter"),
        ({"checkpoint_every": 0}, "'checkpoint_every' parameter"),
        ({"class_weight": "even"}, "'class_weight' parameter"),
        ({"solver": "lbfgs", "dropout": 0.5}, "does not go with dropout"),
        ({"solver": "lbfgs", "normalization": "batch"}, "does not go with normalization='batch'"),
        ({"solver": "lbfgs", "schedule": "step"}, "does not go with schedule"),
        (
            {"solver": "sgd", "learning_rate": "adaptive", "schedule": "step"},
            "two plans for the learning rate",
        ),
        ({"device": "gpu"}, "is no device name"),
    ],
)
def test_parameters_are_checked_before_any_work(params, message):
    X, y = table("classes")
    with pytest.raises(ValueError, match=message):
        MLPClassifier(**params).fit(X, y)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"quantile": 1.0}, "'quantile' parameter"),
        ({"delta": 0.0}, "'delta' parameter"),
        ({"loss": "absolute_error"}, "'loss' parameter"),
    ],
)
def test_parameters_of_losses_are_checked(params, message):
    with pytest.raises(ValueError, match=message):
        MLPRegressor(**params).fit(*table("numbers"))


def test_partial_fit_has_no_end_for_a_schedule():
    X, y = table("numbers")
    with pytest.raises(ValueError, match="partial_fit has no end that schedule='one_cycle'"):
        MLPRegressor(schedule="one_cycle").partial_fit(X, y)
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        MLPRegressor(early_stopping=True).partial_fit(X, y)


def test_counts_are_not_negative():
    X, y = table("numbers")
    with pytest.raises(ValueError, match="loss='poisson' needs y that is 0 or more"):
        MLPRegressor(loss="poisson").fit(X, y)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_x_and_y_are_finite(bad):
    X, y = table("numbers")
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        MLPRegressor().fit(np.where(X > 1, bad, X), y)
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        MLPRegressor().fit(X, np.where(y > 0.5, bad, y))


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"dropout": 0.1}, "dropout"),
        ({"normalization": "layer", "schedule": "step"}, "normalization, schedule"),
        ({"activation": "gelu"}, "activation"),
        ({"solver": "adamw"}, "solver"),
    ],
)
def test_sparse_rows_are_scikit_learns_and_it_lacks_some_things(params, named):
    X, y = table("numbers")
    with pytest.raises(ValueError, match=rf"has no {named}\. Leave that.*X\.toarray\(\)"):
        fitted(MLPRegressor, csr_matrix(X), y, **params)


@pytest.mark.parametrize("kind", ["classes", "labels", "numbers"])
def test_sparse_rows_are_fitted_by_scikit_learn(kind):
    X, y = table(kind)
    ours, theirs = (fitted(cls, csr_matrix(X), y) for cls in pair(kind))
    assert ours.fallback_ == "sparse X"
    assert_array_equal(ours.predict(csr_matrix(X)), theirs.predict(csr_matrix(X)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for model in (ours, theirs):
            model.partial_fit(csr_matrix(X), y)
    assert_array_equal(ours.coefs_[0], theirs.coefs_[0])


@pytest.mark.parametrize("weight", [np.nan, -1.0, np.inf])
def test_weights_of_classes_are_not_negative(weight):
    X, y = table("binary")
    with pytest.raises(ValueError, match="class_weight must be 0 or more and finite"):
        MLPClassifier(class_weight={True: weight}).fit(X, y)


def test_a_fit_that_fails_before_it_trains_leaves_the_model_as_it_was():
    X, y = table("classes")
    model = fitted(MLPClassifier, X, y, early_stopping=True)
    before, attributes = model.predict_proba(X), dict(vars(model))
    other = np.array(["fir", "yew"])[(X[:, 0] > 2).astype(int)]
    for refit in (
        {"y": other, "X_val": X, "y_val": y},  # classes of another table
        {"y": np.where(np.arange(len(y)) == 0, "yew", "fir")},  # one row: cannot be stratified
        {"y": other, "sample_weight": np.ones(3)},
    ):
        with pytest.raises(ValueError, match=r"y_val has classes|least populated|sample_weight"):
            model.fit(X[:, :3] if "X_val" not in refit else X, **refit)
        assert vars(model) == attributes
        assert_array_equal(model.predict_proba(X), before)
    new = MLPClassifier()
    with pytest.raises(ValueError, match=r"Unknown label|mix of"):
        new.partial_fit(X, X[:, 0], classes=["ash", "elm"])
    assert vars(new) == vars(MLPClassifier())


def test_sparse_rows_leave_nothing_of_a_normalised_network():
    X, y = table("numbers")
    params = {"normalization": "batch", "dtype": None}
    model = fitted(MLPRegressor, X, y, **params)
    model.set_params(normalization=None, warm_start=True)
    for refit in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match="normalization, which the fitted network has"):
            refit(csr_matrix(X), y)
    with pytest.warns(ConvergenceWarning):
        model.set_params(warm_start=False).fit(csr_matrix(X), y)
    assert_array_equal(model.predict(X), fitted(MLPRegressor, csr_matrix(X), y).predict(X))
    with pytest.raises(ValueError, match="has no dtype='float32' for X of float64"):
        MLPRegressor(dtype="float32").fit(csr_matrix(X), y)
