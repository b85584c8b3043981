"""The shared fit of MLPs: members trained as one batch are what separate fits are."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV as TheirGridSearchCV
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from estimators.mlp.alike import SMALL, assert_same_training, fitted, pair, table
from gridfold.estimators import MLPClassifier, MLPRegressor, config_context
from gridfold.estimators.arrays import to_numpy
from gridfold.estimators.mlp.engine.training import Training
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV

KINDS = ("binary", "classes", "labels", "numbers", "outputs", "counts")
MEMBERS = (
    {"learning_rate_init": 0.01},
    {"learning_rate_init": 0.03, "alpha": 0.5},
    {"learning_rate_init": 0.003, "random_state": 8},
)
SETTINGS: dict[str, dict[str, Any]] = {
    "adam": {},
    "sgd": {"solver": "sgd", "learning_rate": "invscaling", "max_iter": 12},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 3},
    "stops by loss": {"tol": 0.02, "n_iter_no_change": 2, "max_iter": 60},
    "in order": {"shuffle": False, "batch_size": 32},
}
OURS: dict[str, dict[str, Any]] = {
    "dropout": {"dropout": 0.3},
    "normalised": {"normalization": "batch", "solver": "adamw"},
    "float64": {"dtype": "float64", "normalization": "layer"},
}


@pytest.fixture(autouse=True)
def _unfinished():
    """Epochs that run out, and small validation parts, are none of these tests' matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "The part split off for validation")
        yield


def members_of(cls: type, overrides: Any = MEMBERS, **params: Any) -> Members:
    """Return members of a small network."""
    return Members(cls(**{**SMALL, **params}), list(overrides))


def loss_of(kind: str) -> dict[str, Any]:
    """Return the parameter that goes with counts."""
    return {"loss": "poisson"} if kind == "counts" else {}


def weights_of(n: int) -> np.ndarray:
    return np.random.default_rng(5).uniform(0.2, 3.0, n)


@pytest.mark.parametrize("setting", SETTINGS | OURS)
@pytest.mark.parametrize("kind", KINDS)
def test_ours_are_their_own_fits_bit_for_bit(kind, setting):
    X, y = table(kind)
    cls, params = pair(kind)[0], {**(SETTINGS | OURS)[setting], **loss_of(kind)}
    weight = weights_of(len(X)) if setting in ("adam", "early stopping") else None
    members, family = members_of(cls, **params), shared_fit_for(cls)
    state = family.fit(members, X, y, **({} if weight is None else {"sample_weight": weight}))
    for i in range(len(members)):
        alone = fitted(cls, X, y, weight, **params, **MEMBERS[i])
        member = family.materialise(state, i)
        assert vars(member).keys() == vars(alone).keys()
        assert_same_training(member, alone, rtol=0)
        for method in ("predict", "predict_proba"):
            if hasattr(alone, method):
                found = family.respond(state, X, method, [i])[0]
                expected = getattr(alone, method)(X)
                assert found.dtype == expected.dtype
                if found.dtype.kind == "f":
                    assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
                else:
                    assert_array_equal(found, expected)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_theirs_are_their_own_fits_to_rounding(kind, setting):
    X, y = table(kind)
    cls, params = pair(kind)[1], {**SETTINGS[setting], **loss_of(kind)}
    members, family = members_of(cls, **params), shared_fit_for(cls)
    state = family.fit(members, X, y, sample_weight=weights_of(len(X)))
    for i in range(len(members)):
        alone = fitted(cls, X, y, weights_of(len(X)), **params, **MEMBERS[i])
        assert_same_training(family.materialise(state, i), alone, rtol=1e-9)


def test_float32_rows_train_and_answer_in_float32():
    X, y = table("numbers")
    X = X.astype(np.float32)
    members, family = members_of(MLPRegressor), shared_fit_for(MLPRegressor)
    state = family.fit(members, X, y)
    alone = fitted(MLPRegressor, X, y, **MEMBERS[1])
    answer = family.respond(state, X, "predict", [1])[0]
    assert answer.dtype == np.float32
    assert_allclose(answer, alone.predict(X), rtol=1e-5, atol=1e-6)
    assert family.materialise(state, 1).coefs_[0].dtype == np.float32


def test_theirs_are_declined_where_rounding_or_weights_would_tell():
    X, y = table("classes")
    cls = pair("classes")[1]
    members, family = members_of(cls), shared_fit_for(cls)
    with pytest.raises(Declined, match="float32"):
        family.fit(members, X.astype(np.float32), y)
    with pytest.raises(Declined, match="weights sum to zero"):
        family.fit(members, X, y, sample_weight=np.arange(len(X)) % 3)
    with pytest.raises(Declined, match="one class"):
        family.fit(members_of(cls, early_stopping=True), X, np.zeros(len(X), dtype=int))
    counts, members = pair("counts")[1], members_of(pair("counts")[1], loss="poisson")
    with pytest.raises(Declined, match="below 0"):
        shared_fit_for(counts).fit(members, X, X[:, 0])


def test_rates_of_dropout_smoothing_and_schedules_may_differ():
    X, y = table("classes")
    overrides = (
        {"dropout": 0.4, "schedule": "one_cycle"},
        {"dropout": 0.0, "label_smoothing": 0.2},
        {"schedule": "reduce_on_plateau", "random_state": 9},
        {"dropout": 0.1, "schedule": "flat_cos", "alpha": 1.0},
    )
    members, family = members_of(MLPClassifier, overrides), shared_fit_for(MLPClassifier)
    state = family.fit(members, X, y)
    for i, own in enumerate(overrides):
        alone = fitted(MLPClassifier, X, y, **own)
        assert_same_training(family.materialise(state, i), alone, rtol=0)


def test_members_are_answered_in_any_order_and_block():
    X, y = table("classes")
    family = shared_fit_for(MLPClassifier)
    state = family.fit(members_of(MLPClassifier), X, y)
    whole = family.respond(state, X, "predict_proba", [0, 1, 2])
    for i, found in zip([2, 0], family.respond(state, X[:7], "predict_proba", [2, 0]), strict=True):
        assert_allclose(found, whole[i][:7], rtol=1e-12)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("cls", pair("numbers"))
def test_a_member_goes_on_as_its_own_fit_would(cls, solver):
    X, y = table("numbers")
    family, members = shared_fit_for(cls), members_of(cls, solver=solver)
    state = family.fit(members, X, y)
    member = family.materialise(state, 1).partial_fit(X, y)
    alone = fitted(cls, X, y, solver=solver, **MEMBERS[1]).partial_fit(X, y)
    assert_same_training(member, alone, rtol=1e-9)
    again = family.materialise(state, 1)  # what one is trained on with is not the others'
    assert again.t_ == member.t_ - len(X)
    assert np.max(np.abs(again.coefs_[0] - member.coefs_[0])) > 1e-6


def test_one_batch_of_steps_for_all_members(monkeypatch):
    X, y = table("classes")
    epochs = []
    counted = Training.epoch

    def count(self: Training) -> None:
        epochs.append(len(self.models))
        counted(self)

    monkeypatch.setattr(Training, "epoch", count)
    shared_fit_for(MLPClassifier).fit(members_of(MLPClassifier), X, y)
    assert epochs == [3] * SMALL["max_iter"]


@pytest.mark.parametrize("own", [{}, {"shuffle": False}, {"random_state": None}])
def test_a_member_that_diverges_is_given_back_at_once(own, monkeypatch):
    X, y = table("numbers")
    rates = [{"learning_rate_init": 0.01}, {"learning_rate_init": 1e30}, {"alpha": 0.1}]
    members = members_of(MLPRegressor, rates, solver="sgd", **own)
    epochs = []
    monkeypatch.setattr(Training, "epoch", _counted(Training.epoch, epochs))
    with pytest.raises(Declined, match="NaN or infinite") as declined:
        shared_fit_for(MLPRegressor).fit(members, X, y)
    assert declined.value.members == {1}
    assert len(epochs) == 1


def _counted(function: Any, calls: list[int]) -> Any:
    def counting(*arguments: Any) -> Any:
        calls.append(1)
        return function(*arguments)

    return counting


def test_members_whose_parameters_are_refused_are_given_back():
    X, y = table("classes")
    family = shared_fit_for(MLPClassifier)
    for wrong in ({"alpha": -1.0}, {"schedule": "one_cycle"}):
        with pytest.raises(Declined) as declined:
            members = members_of(MLPClassifier, [{}, wrong], solver="sgd", learning_rate="adaptive")
            family.fit(members, X, y)
        assert declined.value.members == {1}


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"solver": "lbfgs"}, "lbfgs"),
        ({"warm_start": True}, "warm_start"),
        ({"verbose": True}, "verbose"),
        ({"hidden_layer_sizes": (5, 0)}, "> 0"),
        ({"checkpoint": "file"}, "checkpoint"),
    ],
)
def test_what_follows_one_network_is_declined(params, reason):
    family, meta = shared_fit_for(MLPClassifier), Meta(100, 4)
    assert reason in family.declines({**MLPClassifier().get_params(), **params}, meta)


def test_sparse_rows_and_other_fit_parameters_are_declined():
    X, y = table("classes")
    family, members = shared_fit_for(MLPClassifier), members_of(MLPClassifier)
    assert family.declines(members.params(0), Meta(100, 4, sparse=True)) == "X is sparse"
    with pytest.raises(Declined, match="X_val"):
        family.fit(members, X, y, X_val=X, y_val=y)
    with pytest.raises(Declined, match="batch_size=500"):
        family.fit(members_of(MLPClassifier, batch_size=500), X, y)


def test_folds_are_one_batch_where_the_parameters_name_a_gpu():
    family, params = shared_fit_for(MLPClassifier), MLPClassifier().get_params()
    assert not family.for_params(params).shares_folds
    assert not family.for_params({**params, "device": "cpu"}).shares_folds
    assert family.for_params({**params, "device": "cuda:1"}).shares_folds
    with config_context(device="cuda"):
        assert family.for_params(params).shares_folds
    theirs = pair("classes")[1]
    assert not shared_fit_for(theirs).for_params(theirs().get_params()).shares_folds


@pytest.mark.parametrize("setting", ["adam", "early stopping"])
@pytest.mark.parametrize("kind", ["classes", "binary", "outputs"])
def test_all_folds_as_one_batch(kind, setting, library):
    X, y = table(kind, 101)  # folds of different size
    cls, params = pair(kind)[0], {"dtype": "float64", "dropout": 0.2, **SETTINGS[setting]}
    folds = list(KFold(3).split(X))
    members, family = members_of(cls, **params), shared_fit_for(cls)
    target = y if cls is MLPClassifier else library.put(y)
    states = family.fit_folds(members, library.put(X), target, folds, sample_weight=weights_of(101))
    for state, (train, test) in zip(states, folds, strict=True):
        part, own = library.put(X[train]), y[train]
        alone = family.fit(
            members,
            part,
            own if cls is MLPClassifier else library.put(own),
            sample_weight=weights_of(101)[train],
        )
        assert library.owns(state.flat)
        _assert_same_answers(family, state, alone, library.put(X[test]))
        for i in range(len(members)):
            one, other = (to_curve(family.materialise(s, i)) for s in (state, alone))
            assert_allclose(one, other, rtol=1e-9)


def to_curve(model: Any) -> list[float]:
    return [*model.loss_curve_, *(model.validation_scores_ or ())]


def _assert_same_answers(family: Any, one: Any, other: Any, X: Any) -> None:
    method = "predict_proba" if hasattr(one.models[0], "predict_proba") else "predict"
    answers = [family.respond(state, X, method, [0, 1, 2]) for state in (one, other)]
    for found, expected in zip(*answers, strict=True):
        assert_allclose(to_numpy(found), to_numpy(expected), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_folds_as_one_batch_behind_a_scaler(dtype, monkeypatch):
    X, y = table("numbers", 90)
    X = (X * [1, 10, 0.1, 5] + 3).astype(dtype)
    folds = list(KFold(3).split(X))
    members, family = members_of(MLPRegressor, dtype="float64"), shared_fit_for(MLPRegressor)
    scalers = [StandardScaler().fit(X[train]) for train, _ in folds]
    affine = [(scaler.mean_, scaler.scale_) for scaler in scalers]
    states = family.fit_folds(members, X, y, folds, affine)
    for state, (train, test), scaler in zip(states, folds, scalers, strict=True):
        alone = family.fit(members, scaler.transform(X[train]).astype(float), y[train])
        for i in range(len(members)):
            found = family.respond(state, X[test], "predict", [i])[0]
            expected = family.respond(alone, scaler.transform(X[test]), "predict", [i])[0]
            assert_allclose(found, expected, rtol=1e-3 if dtype == "float32" else 1e-9)
    monkeypatch.setattr("gridfold.estimators.mlp.shared_mlp._STACKED_BYTES", 1000)
    with pytest.raises(Declined, match="too many bytes"):
        family.fit_folds(members, X, y, folds, affine)


def test_folds_that_lack_a_class_or_are_balanced_each_are_declined():
    X, y = table("classes", 60)
    y[:] = np.where(np.arange(60) < 20, "ash", "oak")
    folds, family = list(KFold(3).split(X)), shared_fit_for(MLPClassifier)
    with pytest.raises(Declined, match="lacks a class"):
        family.fit_folds(members_of(MLPClassifier), X, y, folds)
    with pytest.raises(Declined, match="balanced"):
        y = table("classes", 60)[1]
        family.fit_folds(members_of(MLPClassifier, class_weight="balanced"), X, y, folds)


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("kind", ["classes", "labels", "outputs"])
def test_searches(kind, ours):
    X, y = table(kind)
    cls = pair(kind)[0 if ours else 1]
    pipeline = make_pipeline(StandardScaler(), cls(**{**SMALL, "max_iter": 8}))
    name = cls.__name__.lower()
    grid = {
        f"{name}__hidden_layer_sizes": [(6,), (9, 5)],
        f"{name}__alpha": [1e-4, 0.3],
        f"{name}__learning_rate_init": [0.003, 0.02],
    }
    found = GridSearchCV(pipeline, grid, cv=3).fit(X, y)
    expected = TheirGridSearchCV(pipeline, grid, cv=3).fit(X, y)
    scores = [search.cv_results_["mean_test_score"] for search in (found, expected)]
    assert_allclose(*scores, rtol=1e-9)
    assert found.best_params_ == expected.best_params_
    shared = [group for _, group in found.plan_.walk() if group.shared is not None]
    assert [len(group.members) for group in shared if not group.across_folds] == [4, 4]


def test_a_search_goes_on_without_a_member_that_diverges():
    X, y = table("numbers")
    model = MLPRegressor(**SMALL, solver="sgd")
    grid = {"learning_rate_init": [0.01, 0.02, 1e30]}
    search = GridSearchCV(model, grid, cv=2, error_score=-9.0, refit=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    assert scores[2] == -9.0
    assert np.all(scores[:2] > -9.0)
    assert any("1 of 3 members" in note for note in search.plan_.notes)


def test_scores_on_a_real_table(real_table):
    frame = real_table("phoneme").iloc[:1500]
    X, y = frame.iloc[:, :-1].to_numpy(dtype=float), frame.iloc[:, -1].to_numpy()
    grid = {"alpha": [1e-4, 1.0], "learning_rate_init": [1e-3, 1e-2]}
    theirs = pair("classes")[1]
    for cls, largest in ((MLPClassifier, 0.0), (theirs, 1e-12)):
        model = cls(hidden_layer_sizes=(32,), max_iter=20, random_state=0)
        scores = [
            search(model, grid, cv=3, refit=False).fit(X, y).cv_results_["mean_test_score"]
            for search in (GridSearchCV, TheirGridSearchCV)
        ]
        assert np.max(np.abs(scores[0] - scores[1])) <= largest
