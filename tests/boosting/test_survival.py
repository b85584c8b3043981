"""Survival times in every form, and what xgboost is given for them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn.model_selection
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

import gridfold  # noqa: E402
from gridfold.boosting import XGBRegressor  # noqa: E402
from gridfold.boosting.concordance import concordance_index  # noqa: E402
from gridfold.boosting.survival import (  # noqa: E402
    AFT,
    BOUNDS,
    COX,
    as_matrix_fields,
    bounds_of,
    read_times,
)
from gridfold.pipelines import GridSearchCV  # noqa: E402

RNG = np.random.default_rng(0)
TIME = RNG.uniform(0.5, 9, 80).astype(np.float32)
DIED = RNG.uniform(size=80) < 0.6
UPPER = np.where(DIED, TIME, np.inf)
SIGNED = np.where(DIED, TIME, -TIME)


def structured(names=("event", "time")):
    y = np.empty(80, dtype=[(names[0], bool), (names[1], float)])
    y[names[0]], y[names[1]] = DIED, TIME
    return y


def polars_frame():
    polars = pytest.importorskip("polars", reason="polars is not installed")
    return polars.DataFrame({"died": DIED, "months": TIME})


FORMS = {
    "structured": structured,
    "structured, other names": lambda: structured(("status", "days")),
    "frame of event and time": lambda: pd.DataFrame({"died": DIED, "months": TIME}),
    "frame of time and event": lambda: pd.DataFrame({"months": TIME, "died": DIED}),
    "frame of nullable types": lambda: pd.DataFrame(
        {"died": pd.array(DIED, dtype="boolean"), "months": pd.array(TIME, dtype="Float32")}
    ),
    "objects": lambda: pd.DataFrame({"died": DIED.astype(object), "months": TIME}),
    "polars": polars_frame,
    "bounds": lambda: np.column_stack([TIME, UPPER]),
    "frame of bounds": lambda: pd.DataFrame({"from": TIME, "to": UPPER}),
    "signed": lambda: SIGNED,
    "signed series": lambda: pd.Series(SIGNED, index=np.arange(80)[::-1]),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same(form):
    cox, aft = (read_times(FORMS[form](), objective) for objective in (COX, AFT))
    assert cox.dtype == np.float32 and aft.dtype == BOUNDS
    assert_array_equal(cox, SIGNED)
    assert_array_equal(aft["label_lower_bound"], TIME)
    assert_array_equal(aft["label_upper_bound"], UPPER.astype(np.float32))
    for found in (cox, aft):
        lower, upper = bounds_of(found)
        assert_array_equal(lower, TIME)
        assert_array_equal(upper, UPPER.astype(np.float32))


def test_rows_keep_both_bounds():
    rows = [5, 2, 60]
    taken = read_times(structured(), AFT)[rows]
    assert_array_equal(bounds_of(taken), (TIME[rows], UPPER[rows].astype(np.float32)))


@pytest.mark.parametrize("cls", [xgboost.DMatrix, xgboost.QuantileDMatrix])
def test_a_matrix_gets_both_bounds(cls):
    y = read_times(structured(), AFT)
    X = RNG.normal(size=(80, 2))
    matrix = cls(**as_matrix_fields({"data": X, "label": y, "weight": None}))
    assert_array_equal(matrix.get_float_info("label_lower_bound"), TIME)
    assert_array_equal(matrix.get_float_info("label_upper_bound"), UPPER.astype(np.float32))
    assert as_matrix_fields({"label": SIGNED, "data": X})["label"] is SIGNED
    assert as_matrix_fields({"label": None}) == {"label": None}


def changed(column, row, value):
    y = np.column_stack([TIME, UPPER]).astype(float)
    y[row, column] = value
    return y


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (changed(0, 3, np.nan), "must be a finite number; row 3 has nan"),
        (changed(0, 3, np.inf), "must be a finite number; row 3 has inf"),
        (changed(1, 4, np.nan), "upper bound in y is missing; row 4 has nan"),
        (changed(0, 3, -1.0), "lower bound in y must be at least 0; row 3 has -1"),
        (changed(1, 4, 0.1), "upper bound in y is below the lower one; row 4 has 0.1"),
        (np.ones((80, 3)), "has 3 columns"),
        (np.column_stack([DIED, TIME]), "holds 0 and 1 only.*make it boolean"),
        (np.column_stack([DIED, DIED]), "Both columns of y are booleans"),
        (pd.DataFrame({"died": DIED, "time": -TIME}), "at least 0; row 0 has -"),
        (np.array(["soon"] * 80), "must hold times: could not convert"),
        (
            np.full(80, "5", dtype="timedelta64[D]"),
            "times as numbers, in any unit, not as timedelta",
        ),
    ],
)
@pytest.mark.parametrize("objective", [COX, AFT])
def test_times_that_cannot_be(y, message, objective):
    with pytest.raises(ValueError, match=message):
        read_times(y, objective)


def test_what_only_one_objective_takes():
    interval = changed(1, 4, TIME[4] + 1)
    with pytest.raises(ValueError, match=r"takes no intervals.*row 4 has"):
        read_times(interval, COX)
    assert read_times(interval, AFT)["label_upper_bound"][4] == TIME[4] + 1
    at_zero = structured()
    at_zero["time"][7], at_zero["event"][7] = 0.0, True
    with pytest.raises(ValueError, match="a death at time 0; row 7"):
        read_times(at_zero, COX)
    with pytest.raises(ValueError, match="must be above 0; row 7"):
        read_times(at_zero, AFT)


# --- through the regressor -------------------------------------------------------------------

ROWS = RNG.normal(size=(80, 4)) + np.column_stack([TIME, -TIME, np.zeros(80), np.zeros(80)]) / 3
SMALL = {"n_estimators": 6, "max_depth": 2, "n_jobs": 1}
TRAIN, VALID = slice(0, 60), slice(60, None)


def by_hand(objective, params=None, part=TRAIN):
    """Train by xgboost.train on bounds or signed times, and watch the other rows."""

    def matrix(rows, ref=None):
        info = {"label": SIGNED[rows]}
        if objective == AFT:
            info = {"label_lower_bound": TIME[rows], "label_upper_bound": UPPER[rows]}
        return xgboost.QuantileDMatrix(ROWS[rows], **info, nthread=1, ref=ref)

    train = matrix(part)
    params = {"objective": objective, "max_depth": 2, "n_jobs": 1} | (params or {})
    log: dict = {}
    sets = [(matrix(VALID, train), "validation_0")]
    booster = xgboost.train(params, train, 6, evals=sets, evals_result=log, verbose_eval=False)
    return booster, log


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("objective", ["cox", "aft"])
def test_a_fit_is_that_by_hand(objective, form):
    y = FORMS[form]()
    part = (lambda rows: y[rows]) if not hasattr(y, "iloc") else (lambda rows: y.iloc[rows])
    model = XGBRegressor(**SMALL, objective=objective)
    model.fit(ROWS[TRAIN], part(TRAIN), eval_set=[(ROWS[VALID], part(VALID))], verbose=False)
    booster, log = by_hand(f"survival:{objective}")
    assert model.get_booster().save_raw() == booster.save_raw()
    assert model.evals_result() == log
    assert list(log["validation_0"]) == [f"{objective}-nloglik"]
    assert model.objective == clone(model).objective == objective
    assert_array_equal(model.predict(ROWS), booster.inplace_predict(ROWS))


def test_parameters_of_the_distribution():
    params = {"aft_loss_distribution": "extreme", "aft_loss_distribution_scale": 2.0}
    model = XGBRegressor(**SMALL, objective="aft", **params).fit(ROWS[TRAIN], structured()[TRAIN])
    assert model.get_booster().save_raw() == by_hand(AFT, params)[0].save_raw()


@pytest.mark.parametrize("objective", ["cox", "aft", COX, AFT])
def test_folds_and_validation_parts_keep_both_columns(objective):
    model = XGBRegressor(
        **SMALL | {"n_estimators": 200, "learning_rate": 1.0},
        objective=objective,
        early_stopping_rounds=3,
    )
    y = structured()
    model.fit(ROWS, y)
    assert model.best_iteration_ < 150
    assert list(model.evals_result_["validation_0"]) == [f"{objective.split(':')[-1]}-nloglik"]
    scores = cross_val_score(model, ROWS, y, cv=3, error_score="raise")
    assert (scores > 0.6).all()
    bags = XGBRegressor(**SMALL, objective=objective, n_bags=3, keep_oof=True).fit(ROWS, y)
    assert bags.oof_prediction_.shape == (80,)
    refit = model.set_params(refit_full=True).fit(ROWS, y)
    assert refit.get_booster().num_boosted_rounds() >= model.best_iteration_ + 1


@pytest.mark.parametrize("objective", ["cox", "aft"])
def test_the_score_is_the_concordance_index(objective):
    model = XGBRegressor(**SMALL, objective=objective).fit(ROWS, structured())
    predicted = model.predict(ROWS)
    risk = predicted if objective == "cox" else -predicted
    assert model.score(ROWS, SIGNED) == concordance_index(TIME, UPPER, risk) > 0.8
    weight = np.linspace(0.1, 1, 80)
    expected = concordance_index(TIME, UPPER, risk, weight)
    assert model.score(ROWS, structured(), sample_weight=weight) == expected


def test_times_of_a_validation_set_are_checked():
    model = XGBRegressor(**SMALL, objective="aft")
    bad = changed(1, 4, 0.1)
    with pytest.raises(ValueError, match=r"In eval_set\[0\].*row 4 has 0.1|eval_set\[0\] is below"):
        model.fit(ROWS, structured(), eval_set=[(ROWS, bad)])
    with pytest.raises(ValueError, match="In survival times"):
        model.fit(ROWS, bad)


def test_files_and_copies_of_a_survival_model(tmp_path):
    model = XGBRegressor(**SMALL, objective="aft").fit(ROWS, structured())
    model.save_model(tmp_path / "model.ubj")
    loaded, plain = XGBRegressor(), xgboost.XGBRegressor()
    for each in (loaded, plain):
        each.load_model(tmp_path / "model.ubj")
        assert_array_equal(each.predict(ROWS), model.predict(ROWS))
        assert each.objective == AFT
    assert model.to_xgboost().objective == AFT
    assert model.set_params(max_depth=2).get_xgb_params()["objective"] == AFT


def test_times_for_an_objective_of_numbers():
    with pytest.raises(ValueError, match=r"fields \(event, time\).*objective='cox' or 'aft'"):
        XGBRegressor(**SMALL).fit(ROWS, structured())


@pytest.mark.parametrize("objective", ["cox", "aft"])
def test_a_search_takes_survival_times_and_shares_the_trees(objective):
    grid = {"n_estimators": [2, 6], "max_depth": [1, 3]}
    found, expected = (
        cls(XGBRegressor(**SMALL, objective=objective), grid, cv=3).fit(ROWS, structured())
        for cls in (GridSearchCV, sklearn.model_selection.GridSearchCV)
    )
    scores = found.cv_results_["mean_test_score"]
    assert_array_equal(scores, expected.cv_results_["mean_test_score"])
    assert "4 members in one shared fit per fold" in str(found.plan_)


def test_a_survival_model_is_stored(tmp_path):
    model = XGBRegressor(**SMALL, objective="cox").fit(ROWS, structured())
    gridfold.save(model, tmp_path / "model.skops")
    loaded = gridfold.load(tmp_path / "model.skops")
    assert loaded.objective == "cox"
    assert_array_equal(loaded.predict(ROWS), model.predict(ROWS))
