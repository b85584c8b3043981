"""MLPClassifier and MLPRegressor: the numbers of scikit-learn's, epoch by epoch."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from estimators.mlp.alike import assert_same_training, fitted, pair, table
from gridfold.estimators import MLPClassifier, MLPRegressor

KINDS = ("binary", "classes", "labels", "numbers", "outputs")
SETTINGS = {
    "adam": {},
    "adam, other moments": {"beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-3, "alpha": 0.5},
    "sgd": {"solver": "sgd", "learning_rate_init": 0.05},
    "sgd without momentum": {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.1},
    "momentum without nesterov": {"solver": "sgd", "nesterovs_momentum": False},
    "invscaling": {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.1},
    "adaptive": {
        "solver": "sgd",
        "learning_rate": "adaptive",
        "learning_rate_init": 0.1,
        "tol": 0.05,
        "n_iter_no_change": 2,
        "max_iter": 60,
    },
    "plans that adam ignores": {"learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 2},
    "in order": {"shuffle": False, "batch_size": 32},
    "odd batches": {"batch_size": 17},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 3, "learning_rate_init": 0.05},
    "logistic": {"activation": "logistic"},
    "tanh": {"activation": "tanh"},
    "identity": {"activation": "identity"},
    "stops by loss": {"tol": 0.01, "n_iter_no_change": 2, "max_iter": 100},
    "no hidden unit to spare": {"hidden_layer_sizes": (1,)},
    "one number": {"hidden_layer_sizes": 6},
}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_each_epoch_is_scikit_learns(kind, setting):
    X, y = table(kind)
    cls, parent = pair(kind)
    theirs = fitted(parent, X, y, **SETTINGS[setting])
    ours = fitted(cls, X, y, **SETTINGS[setting], dtype="float64")
    assert_same_training(ours, theirs)
    assert ours.fallback_ is None
    answer, expected = ours.predict(X), theirs.predict(X)
    if y.dtype.kind == "f":
        assert_allclose(answer, expected, rtol=1e-9, atol=1e-9)
    else:
        assert_array_equal(answer, expected)


@pytest.mark.parametrize("kind", [*KINDS, "counts"])
def test_sample_weights_are_scikit_learns(kind):
    X, y = table(kind)
    cls, parent = pair(kind)
    weight = np.random.default_rng(0).uniform(0.1, 3.0, len(X))
    for more in ({}, {"early_stopping": True}, {"solver": "lbfgs", "max_iter": 8}):
        ours = fitted(cls, X, y, weight, **more, dtype="float64")
        assert_same_training(ours, fitted(parent, X, y, weight, **more), rtol=1e-8)


@pytest.mark.parametrize("setting", ["adam", "early stopping"])
def test_the_poisson_loss_is_scikit_learns(setting):
    X, y = table("counts")
    cls, parent = pair("counts")
    params = {**SETTINGS[setting], "loss": "poisson"}
    ours = fitted(cls, X, y, **params, dtype="float64")
    assert_same_training(ours, fitted(parent, X, y, **params))
    assert ours.out_activation_ == "exp"


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_batch_goes_where_scikit_learns_goes(kind):
    X, y = table(kind)
    cls, parent = pair(kind)
    # Few steps: in a step that overshoots, scikit-learn cuts the log of tiny probabilities.
    ours, theirs = (fitted(c, X, y, solver="lbfgs", max_iter=7) for c in (cls, parent))
    assert_same_training(ours, theirs, rtol=1e-7)
    assert ours.coefs_[0].dtype == np.float64


def test_float32_follows_the_same_path_for_tens_of_epochs():
    X, y = table("classes")
    ours, theirs = (fitted(cls, X, y, max_iter=40) for cls in pair("classes"))
    assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-4)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-3)


@pytest.mark.parametrize(
    ("dtype", "given", "kept"),
    [
        ("auto", "float64", "float64"),
        ("auto", "float32", "float32"),
        (None, "float32", "float32"),
        (None, "float64", "float64"),
        ("float32", "float64", "float32"),
        ("float64", "float32", "float64"),
    ],
)
@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_dtypes_of_weights(cls, dtype, given, kept):
    X, y = table("binary" if cls is MLPClassifier else "numbers")
    model = fitted(cls, X.astype(given), y, dtype=dtype, max_iter=2)
    assert {part.dtype for part in model.coefs_ + model.intercepts_} == {np.dtype(kept)}


def test_auto_computes_in_float32():
    X, y = table("numbers")
    auto, narrow = (fitted(MLPRegressor, X, y, dtype=d) for d in ("auto", "float32"))
    for one, other in zip(auto.coefs_, narrow.coefs_, strict=True):
        assert_array_equal(one, other.astype(np.float64))


def test_verbose_lines_are_scikit_learns(capsys):
    X, y = table("classes")
    for params in (
        {"early_stopping": True, "n_iter_no_change": 2, "tol": 0.1},
        {"n_iter_no_change": 2, "tol": 0.1},
        SETTINGS["adaptive"],
        {"max_iter": 3},
    ):
        printed = []
        for cls, own in zip(pair("classes"), ({"dtype": "float64"}, {}), strict=True):
            fitted(cls, X, y, verbose=True, **{**SETTINGS["adam"], **params}, **own)
            printed.append(capsys.readouterr().out)
        assert printed[0] == printed[1]
        assert "Iteration 3, loss = " in printed[0]


def test_the_random_state_instance_is_used_up_as_scikit_learn_does():
    X, y = table("binary")
    states = [np.random.RandomState(5) for _ in range(2)]
    for cls, state in zip(pair("binary"), states, strict=True):
        fitted(cls, X, y, random_state=state, early_stopping=True)
    assert states[0].randint(10**9) == states[1].randint(10**9)
