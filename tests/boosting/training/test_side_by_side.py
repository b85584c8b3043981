"""Models trained at once: the answers of models trained in turn, and an end when one fails."""

from __future__ import annotations

import json
from time import sleep

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting import XGBClassifier, XGBRegressor  # noqa: E402
from gridfold.boosting.training import side_by_side  # noqa: E402
from gridfold.boosting.training.recipe import Recipe  # noqa: E402
from gridfold.boosting.training.rows import Rows  # noqa: E402
from gridfold.boosting.training.side_by_side import n_at_once, run_all  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 4))
Y = X[:, 0] + RNG.normal(size=200) / 3
PARAMS = {**xgboost.XGBRegressor().get_params(), "n_jobs": 4}


@pytest.fixture(autouse=True)
def four_threads(monkeypatch):
    monkeypatch.setattr(side_by_side, "openmp_threads", lambda n: n or 4)


def recipe(**params) -> Recipe:
    return Recipe(xgboost.XGBRegressor, {**PARAMS, **params}, 4, 0.1, False)


@pytest.mark.parametrize("stopped", [None, 3])
@pytest.mark.parametrize(("cls", "y"), [(XGBRegressor, Y), (XGBClassifier, Y > 0)])
def test_answers_are_those_of_models_trained_in_turn(cls, y, stopped):
    params = {"n_estimators": 30, "n_bags": 4, "keep_oof": True, "subsample": 0.8}
    at_once, in_turn = (
        cls(**params, early_stopping_rounds=stopped, n_jobs=n).fit(X, y) for n in (4, 1)
    )
    assert_array_equal(at_once.predict(X), in_turn.predict(X))
    assert_array_equal(at_once.oof_prediction_, in_turn.oof_prediction_)
    if stopped:
        assert at_once.best_iteration_ == in_turn.best_iteration_
    threads = [
        json.loads(booster.save_config())["learner"]["generic_param"]["nthread"]
        for booster in at_once.boosters_
    ]
    assert threads == ["4"] * 4


@pytest.mark.parametrize(
    ("params", "fit_params", "expected"),
    [
        ({}, {}, 4),
        ({"n_jobs": 2}, {}, 2),
        ({"eval_metric": "mae"}, {"verbose": False}, 4),
        ({"device": "cuda:0"}, {}, 1),
        ({"objective": lambda y, p: (p - y, np.ones_like(p))}, {}, 1),
        ({"eval_metric": lambda y, p: 0.0}, {}, 1),
        ({"callbacks": [xgboost.callback.EvaluationMonitor()]}, {}, 1),
        ({}, {"verbose": True}, 1),
    ],
)
def test_one_after_the_other_on_a_gpu_and_where_code_of_the_user_runs(params, fit_params, expected):
    assert n_at_once(recipe(**params), Rows(X, Y), fit_params, 8) == expected


def test_large_tables_get_all_threads_for_one_model(monkeypatch):
    monkeypatch.setattr(side_by_side, "_MOST_CELLS", 799)
    assert n_at_once(recipe(), Rows(X, Y), {}, 8) == 1


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_when_one_fails_the_others_end_after_a_round(error):
    """The long ones would take a million rounds."""
    rounds = []

    def run(recipe: Recipe, number: int) -> None:
        if number == 0:
            sleep(0.05)
            raise error("told")
        model = recipe.estimator(n_estimators=1_000_000, max_depth=1).fit(X, Y)
        rounds.append(model.get_booster().num_boosted_rounds())

    with pytest.raises(error, match="told"):
        run_all(run, recipe(), range(8), 3)
    assert 2 <= len(rounds) <= 4  # of the eight: those running, and what a free thread began
    assert max(rounds) < 100_000


def test_settings_of_xgboost_hold_in_the_threads():
    with xgboost.config_context(verbosity=0):
        said = run_all(lambda recipe, _: xgboost.get_config()["verbosity"], recipe(), range(4), 2)
    assert said == [0, 0, 0, 0]


def test_a_share_of_the_threads():
    shares = run_all(lambda recipe, _: recipe.params["n_jobs"], recipe(n_jobs=9), range(4), 4)
    assert shares == [2] * 4
    assert_allclose(run_all(lambda recipe, number: number, recipe(), range(5), 2), range(5))
