"""The preset: what it sets, what it leaves alone, and that it holds on tables of every kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import load_diabetes, make_classification
from sklearn.metrics import log_loss, root_mean_squared_error

pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting import XGBClassifier, XGBRegressor
from gridfold.boosting.presets import Shape, tabular, with_preset
from gridfold.boosting.targets import Target

QUICK = {"preset": "tabular", "n_estimators": 20, "max_depth": 3, "n_jobs": 1, "random_state": 0}


def resolved(**given):
    defaults = XGBRegressor().get_params(deep=False)
    params = XGBRegressor(preset="tabular", **given).get_params(deep=False)
    return with_preset(params, defaults, Shape(1000))


def test_sets_what_was_left_open_only():
    params = resolved(learning_rate=0.3, min_child_weight=1, n_bags=3)
    settings = tabular("reg:squarederror", Shape(1000))
    assert (params["learning_rate"], params["min_child_weight"], params["n_bags"]) == (0.3, 1, 3)
    for name in settings.keys() - {"learning_rate", "min_child_weight", "n_bags"}:
        assert params[name] == settings[name], name


def test_every_setting_is_a_parameter_of_the_estimators():
    for cls, objective in ((XGBClassifier, "binary:logistic"), (XGBRegressor, "reg:squarederror")):
        assert set(tabular(objective, Shape(1000))) <= set(cls().get_params(deep=False))


def test_refit_full_is_one_model():
    params = resolved(refit_full=True)
    assert params["n_bags"] == 1
    assert params["early_stopping_rounds"] is not None


def test_a_large_table_has_fewer_models():
    few = tabular("binary:logistic", Shape(10_000_000))["n_bags"]
    assert 2 <= few < tabular("binary:logistic", Shape(10_000))["n_bags"]


@pytest.mark.parametrize("shape, most", [(Shape(9), 4), (Shape(1000, n_groups=3), 3)])
def test_no_more_models_than_folds_can_be_made(shape, most):
    assert 2 <= tabular("reg:squarederror", shape)["n_bags"] <= most


def test_the_weight_of_a_leaf_is_set_only_where_its_unit_is_known():
    assert "min_child_weight" not in tabular("survival:cox", Shape(1000))
    assert "min_child_weight" not in tabular(lambda y, p: (p - y, p), Shape(1000))
    assert (
        tabular("binary:logistic", Shape(1000))["min_child_weight"]
        < tabular("reg:squarederror", Shape(1000))["min_child_weight"]
    )


def test_linear_boosters_are_refused():
    with pytest.raises(ValueError, match="gblinear"):
        resolved(booster="gblinear")


@pytest.mark.parametrize(
    "target, outputs",
    [
        (Target(np.zeros(4)), 1),
        (Target(np.zeros((4, 3))), 3),
        (Target(np.zeros(4), labels=np.array(["a", "b"])), 1),
        (Target(np.zeros(4), labels=np.array(["a", "b", "c"])), 3),
    ],
)
def test_shape_counts_the_trees_of_a_round(target, outputs):
    assert Shape.of(target, 4, None) == Shape(4, outputs, None)
    assert Shape.of(target, 4, np.array([0, 0, 7, 7])).n_groups == 2


def test_fit_follows_the_preset_and_keeps_the_parameters():
    X, y = load_diabetes(return_X_y=True)
    model = XGBRegressor(**QUICK)
    before = model.get_params()
    model.fit(X, y)
    assert len(model.boosters_) == tabular("reg:squarederror", Shape(len(y)))["n_bags"]
    assert {name: value for name, value in model.get_params().items() if name != "objective"} == {
        name: value for name, value in before.items() if name != "objective"
    }
    assert max(model.best_iteration_) < 20
    assert model.predict(X).shape == y.shape


def test_is_better_than_the_defaults_on_noisy_classes():
    X, y = make_classification(900, 12, n_informative=4, flip_y=0.3, random_state=0)
    losses = {}
    for preset in (None, "tabular"):
        model = XGBClassifier(preset=preset, n_jobs=1, random_state=0).fit(X[:400], y[:400])
        losses[preset] = log_loss(y[400:], model.predict_proba(X[400:]))
    assert losses["tabular"] < losses[None]


def test_is_better_than_the_defaults_on_numbers():
    X, y = load_diabetes(return_X_y=True)
    errors = {
        preset: root_mean_squared_error(
            y[300:],
            XGBRegressor(preset=preset, n_jobs=1, random_state=0)
            .fit(X[:300], y[:300])
            .predict(X[300:]),
        )
        for preset in (None, "tabular")
    }
    assert errors["tabular"] < errors[None]


def test_three_classes_with_text_columns_and_a_class_of_few_rows():
    rng = np.random.default_rng(0)
    y = np.array(["a"] * 60 + ["b"] * 50 + ["c"] * 3)
    X = pd.DataFrame({"of": rng.choice(["x", "y", None], len(y)), "size": rng.normal(size=len(y))})
    model = XGBClassifier(**QUICK).fit(X, y)
    assert_array_equal(model.classes_, ["a", "b", "c"])
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-5)


def test_groups_stay_together_in_as_many_models_as_there_are_groups():
    X, y = load_diabetes(return_X_y=True)
    model = XGBRegressor(**QUICK).fit(X, y, groups=np.arange(len(y)) % 3)
    assert len(model.boosters_) == 3
