"""The shared fit of RealMLP: members trained as one batch are what separate fits are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV as TheirGridSearchCV

from gridfold.estimators import RealMLPClassifier, RealMLPRegressor
from gridfold.estimators.mlp.engine.training import Training
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV

from .conftest import QUICK, numbers

MEMBERS: tuple[dict[str, Any], ...] = (
    {"learning_rate": 0.02},
    {"learning_rate": 0.1, "weight_decay": 0.1},
    {"dropout": 0.0},
    {"dropout": 0.3, "random_state": 5},
)
SETTINGS: dict[str, dict[str, Any]] = {
    "td": {},
    "td-s": {"recipe": "td-s"},
    "members": {"n_members": 2},
    "ends early": {"early_stopping_patience": 2},
    "last epoch": {"validation_fraction": 0.0},
    "generator": {"random_state": np.random.RandomState(3)},
}
CLASSES = pytest.mark.parametrize("cls", [RealMLPClassifier, RealMLPRegressor])


def members_of(cls: type, overrides: Any = MEMBERS, **params: Any) -> Members:
    return Members(cls(**{**QUICK, "n_epochs": 6, **params}), list(overrides))


@CLASSES
@pytest.mark.parametrize("setting", SETTINGS)
def test_members_are_their_own_fits_bit_for_bit(setting, cls, table):
    X, value, label = table
    y = label if cls is RealMLPClassifier else value
    weight = np.random.default_rng(0).uniform(0.2, 2.0, len(y)) if setting == "td" else None
    overrides = [*MEMBERS, *([{"label_smoothing": 0.3}] if cls is RealMLPClassifier else [])]
    members, family = members_of(cls, overrides, **SETTINGS[setting]), shared_fit_for(cls)
    state = family.fit(members, X, y, sample_weight=weight)
    for i in range(len(members)):
        alone = members.instance(i).fit(X, y, sample_weight=weight)
        member = family.materialise(state, i)
        assert vars(member).keys() == vars(alone).keys()
        assert_array_equal(member.weights_, alone.weights_)
        for name in ("loss_curve_", "validation_scores_", "n_epochs_", "best_epoch_"):
            assert getattr(member, name) == getattr(alone, name)
        assert getattr(member, "temperature_", None) == getattr(alone, "temperature_", None)
        assert member.architecture_ == alone.architecture_
        for method in ("predict", "predict_proba"):
            if hasattr(alone, method):
                found = family.respond(state, X, method, [i])[0]
                assert_array_equal(found, getattr(alone, method)(X))


def test_members_of_one_seed_train_as_one_batch(monkeypatch):
    X, value, _ = numbers(120)
    batches, counted = [], Training.epoch

    def count(self: Training) -> None:
        batches.append(len(self.models))
        counted(self)

    monkeypatch.setattr(Training, "epoch", count)
    members = members_of(RealMLPRegressor, n_epochs=2)
    shared_fit_for(RealMLPRegressor).fit(members, X, value)
    assert batches == [3, 3, 1, 1]


def test_what_cannot_be_shared_is_declined():
    X, value, _ = numbers(60)
    family = shared_fit_for(RealMLPRegressor)
    params = RealMLPRegressor().get_params()
    assert family.declines(params, Meta(60, 4, sparse=True)) == "X is sparse"
    assert "verbose" in family.declines({**params, "verbose": True}, Meta(60, 4))
    with pytest.raises(Declined, match="X_val"):
        family.fit(members_of(RealMLPRegressor), X, value, X_val=X, y_val=value)
    with pytest.raises(Declined) as declined:
        family.fit(members_of(RealMLPRegressor, [{}, {"dropout": 2.0}]), X, value)
    assert declined.value.members == {1}


def test_a_member_that_diverges_is_given_back():
    X, value, _ = numbers(120)
    members = members_of(RealMLPRegressor, [{}, {"learning_rate": 1e30}])
    with pytest.raises(Declined, match="NaN or infinite") as declined:
        shared_fit_for(RealMLPRegressor).fit(members, X, value)
    assert declined.value.members == {1}


def test_a_search_has_the_scores_of_separate_fits():
    X, _, label = numbers(150)
    model = RealMLPClassifier(**{**QUICK, "n_epochs": 4})
    grid = {"learning_rate": [0.02, 0.1], "dropout": [0.0, 0.2]}
    found = GridSearchCV(model, grid, cv=2).fit(X, label)
    expected = TheirGridSearchCV(model, grid, cv=2).fit(X, label)
    for key in ("split0_test_score", "split1_test_score"):
        assert_array_equal(found.cv_results_[key], expected.cv_results_[key])
    assert found.best_params_ == expected.best_params_
    assert "4 members in one shared fit per fold" in str(found.plan_)
