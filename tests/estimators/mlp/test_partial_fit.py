"""partial_fit and warm starts: training goes on from where it ended, as scikit-learn's does."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from estimators.mlp.alike import LISTS, SMALL, assert_same_training, fitted, pair, table
from gridfold.estimators import MLPClassifier, MLPRegressor
from gridfold.estimators.mlp.engine.streams import HostStreams

SOLVERS = {
    "adam": {},
    "sgd": {"solver": "sgd", "learning_rate_init": 0.05},
    "invscaling": {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.1},
    "adaptive": {
        "solver": "sgd",
        "learning_rate": "adaptive",
        "learning_rate_init": 0.1,
        "tol": 0.1,
        "n_iter_no_change": 1,
    },
    "no momentum": {"solver": "sgd", "momentum": 0.0},
}


def classes_of(kind: str, y: np.ndarray) -> dict[str, np.ndarray]:
    """Return what the first call is told of the classes."""
    known = {"binary": [False, True], "classes": ["ash", "elm", "oak"], "labels": [0, 1, 2]}
    return {"classes": np.array(known[kind])} if kind in known else {}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", ["binary", "classes", "labels", "numbers", "outputs"])
def test_calls_in_a_row_are_scikit_learns(kind, solver):
    X, y = table(kind)
    models = [
        cls(**SMALL, **SOLVERS[solver], **own)
        for cls, own in zip(pair(kind), ({"dtype": "float64"}, {}), strict=True)
    ]
    for i, stop in enumerate((120, 60, 230, 200, 90, 230)):
        for model in models:
            model.partial_fit(X[:stop], y[:stop], **(classes_of(kind, y) if i == 0 else {}))
        assert_same_training(*models)
        rates = [model._optimizer.learning_rate for model in models]
        assert_allclose(rates[0], rates[1], rtol=1e-12)


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_partial_fit_goes_on_from_a_fit_and_through_a_pickle(kind):
    X, y = table(kind)
    weight = np.linspace(0.5, 2.0, len(X))
    ours, theirs = (
        fitted(cls, X, y, max_iter=5, **own)
        for cls, own in zip(pair(kind), ({"dtype": "float64"}, {}), strict=True)
    )
    ours = pickle.loads(pickle.dumps(ours))
    for model in (ours, theirs):
        model.partial_fit(X[:99], y[:99], weight[:99])
    assert_same_training(ours, theirs)


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_partial_fit_goes_on_in_scikit_learns_object(kind):
    X, y = table(kind)
    ours = fitted(pair(kind)[0], X, y, max_iter=5, dtype="float64")
    plain = ours.to_sklearn()
    for model in (ours, plain):
        model.partial_fit(X, y)
    assert_same_training(ours, plain)


def test_full_batches_give_what_fit_gives():
    X, y = table("numbers")
    params = {**SMALL, "batch_size": len(X), "dtype": None, "solver": "sgd", "shuffle": False}
    whole, parts = fitted(MLPRegressor, X, y, **params), MLPRegressor(**params)
    for _ in range(SMALL["max_iter"]):
        parts.partial_fit(X, y)
    assert_allclose(parts.predict(X), whole.predict(X), rtol=1e-10)
    assert_allclose(parts.loss_curve_, whole.loss_curve_, rtol=1e-10)


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_warm_starts_are_scikit_learns(kind, early):
    X, y = table(kind)
    params = {**SMALL, "warm_start": True, "max_iter": 6, "early_stopping": early}
    params["n_iter_no_change"] = 100
    models = [
        cls(**params, **own)
        for cls, own in zip(pair(kind), ({"dtype": "float64"}, {}), strict=True)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for _ in range(3):
            for model in models:
                model.fit(X, y)
            assert_same_training(*models)
    assert len(models[0].loss_curve_) == 18


def test_a_warm_start_of_a_full_batch_goes_on():
    X, y = table("numbers")
    models = [fitted(c, X, y, solver="lbfgs", warm_start=True, max_iter=3) for c in pair("numbers")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for model in models:
            model.fit(X, y)
    assert_same_training(*models, rtol=1e-7)


def test_normalised_networks_go_on_with_their_moments():
    X, y = table("numbers")
    for kind in ("batch", "layer"):
        whole = MLPRegressor(**SMALL, normalization=kind, dtype="float64", shuffle=False)
        whole.set_params(batch_size=len(X))
        parts = MLPRegressor(**whole.get_params())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            whole.fit(X, y)
        for _ in range(SMALL["max_iter"]):
            parts.partial_fit(X, y)
        assert_allclose(parts.predict(X), whole.predict(X), rtol=1e-9)


def test_new_classes_are_an_error_and_leave_the_model_as_it_is():
    X, y = table("classes")
    model = MLPClassifier(**SMALL).partial_fit(X, y, classes=["ash", "elm", "oak"])
    before = [part.copy() for part in model.coefs_]
    other = np.where(y == "ash", "yew", y)
    with pytest.raises(ValueError, match=r"classes not in `self.classes_`.*classes=\[\.\.\.\]"):
        model.partial_fit(X, other)
    with pytest.raises(ValueError, match="not the same as on last call"):
        model.partial_fit(X, y, classes=["ash", "elm", "yew"])
    for part, old in zip(model.coefs_, before, strict=True):
        assert_array_equal(part, old)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        MLPClassifier(**SMALL).partial_fit(X, y)


def test_a_warm_start_wants_the_same_classes():
    X, y = table("classes")
    model = fitted(MLPClassifier, X, y, warm_start=True, max_iter=2)
    with pytest.raises(ValueError, match="warm_start can only be used where"):
        model.fit(X[y != "ash"], y[y != "ash"])


def test_weights_of_classes_must_be_known_without_all_rows():
    X, y = table("binary")
    with pytest.raises(ValueError, match="class_weight='balanced' needs the counts of all rows"):
        MLPClassifier(**SMALL, class_weight="balanced").partial_fit(X, y, classes=[False, True])


@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_there_is_no_partial_fit_of_a_full_batch(cls):
    assert hasattr(cls(), "partial_fit")
    assert not hasattr(cls(solver="lbfgs"), "partial_fit")


def test_columns_must_stay_the_same(foreign):
    X, y = table("numbers")
    model = MLPRegressor(**SMALL).partial_fit(X, y)
    for rows in (X[:, :3], foreign.put(X[:, :3])):
        with pytest.raises(ValueError, match="X has 3 features, but MLPRegressor is expecting 4"):
            model.partial_fit(rows, y)


def test_another_network_cannot_go_on():
    X, y = table("numbers")
    model = fitted(MLPRegressor, X, y, warm_start=True, max_iter=2)
    with pytest.raises(ValueError, match=r"layers of \(4, 9, 5, 1\) units.* say \(4, 7, 1\)"):
        model.set_params(hidden_layer_sizes=7).fit(X, y)
    with pytest.raises(ValueError, match=r"say \(4, 9, 5, 2\)"):
        fitted(MLPRegressor, X, y, max_iter=2).partial_fit(X, np.c_[y, y])


@pytest.mark.parametrize("name", LISTS)
def test_another_solver_starts_its_moments_anew(name):
    X, y = table("numbers")
    model = fitted(MLPRegressor, X, y, max_iter=2)
    model.set_params(solver="sgd").partial_fit(X, y)
    assert all(np.isfinite(part).all() for part in getattr(model, name))
    assert type(model._optimizer).__name__ == "SGDOptimizer"


def test_each_call_drops_other_units(monkeypatch):
    X, y = table("numbers")
    masks = []
    keep = HostStreams.keep
    monkeypatch.setattr(
        HostStreams, "keep", lambda *args: (masks.append(keep(*args)), masks[-1].copy())[1]
    )
    model = MLPRegressor(**{**SMALL, "hidden_layer_sizes": 8}, dropout=0.5, batch_size=230)
    for _ in range(3):
        model.partial_fit(X, y)
    first, second, third = (mask > 0 for mask in masks)
    for one, other in ((first, second), (second, third), (first, third)):
        assert 0.4 < np.mean(one == other) < 0.6


@pytest.mark.parametrize("solver", ["sgd", "adam", "rmsprop"])
def test_good_data_after_bad_data_are_learned_from(solver):
    X, y = table("numbers")
    bad = np.where(np.arange(len(y)) == 7, 1e30, y)
    model = fitted(MLPRegressor, X, y, solver=solver, batch_size=20)
    before = model.score(X, y)
    for _ in range(2):
        with pytest.raises(ValueError, match="are kept, and the optimizer would begin anew"):
            model.partial_fit(X, bad * 1e10)
    assert model.score(X, y) == before
    for _ in range(10):
        model.partial_fit(X, y)
    assert model.score(X, y) > before
