"""Survival times in every form, and what xgboost is given for them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting.survival import (  # noqa: E402
    AFT,
    BOUNDS,
    COX,
    as_matrix_fields,
    bounds_of,
    read_times,
)

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
