"""Columns as JSON, and those that a booster of plain xgboost knows."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gridfold.boosting.columns import Columns
from gridfold.boosting.columns.kinds import Category, Dates, Durations, Numbers
from gridfold.boosting.columns.levels import _keeps_text

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

ROWS = np.arange(60)


@pytest.mark.parametrize(
    "columns",
    [
        Columns((Numbers(), Dates(), Durations(), Category(())), ("a", "ä", "", "d")),
        Columns((Category(("b", "a", "", "ж", "\0", '"')), Category((3, -1, 2**60)))),
        Columns((Category((0.1, 2.5)), Category((1, 0))), ("a[1]", "x")),
        Columns(()),
    ],
)
def test_json_brings_everything_back(columns):
    again = Columns.from_json(columns.to_json())
    assert again == columns
    assert [type(level) for kind in again.kinds for level in getattr(kind, "levels", ())] == [
        type(level) for kind in columns.kinds for level in getattr(kind, "levels", ())
    ]


def test_json_of_learnt_columns_holds_plain_values():
    frame = pd.DataFrame(
        {
            "text": np.array(["a", "b"], dtype=np.str_),
            "small": np.array([1, 2], dtype=np.int8),
            "flag": [True, False],
            "date": pd.to_datetime(["2020", "2021"]),
        }
    )
    columns = Columns.learn(frame, list(frame.columns))
    assert json.loads(columns.to_json())["columns"][2] == {"kind": "category", "levels": [0, 1]}
    assert Columns.from_json(columns.to_json()) == columns


def trained(X, **params):
    params = {"n_estimators": 3, "n_jobs": 1, "enable_categorical": True, **params}
    return xgboost.XGBRegressor(**params).fit(X, np.sin(ROWS)).get_booster()


@pytest.mark.filterwarnings("ignore:.*`booster=.*is deprecated:UserWarning")  # from 3.4
@pytest.mark.parametrize("booster", ["gbtree", "dart"])
def test_a_booster_tells_its_names_and_levels(booster):
    frame = pd.DataFrame(
        {
            "text": pd.Categorical.from_codes(ROWS % 3, ["ccc", "a", "bb"]),
            "number": ROWS / 7,
            "small": pd.Categorical.from_codes(ROWS % 2, pd.Index([200, 5], dtype="u1")),
            "large": pd.Categorical.from_codes(ROWS % 2, [2**40, -5]),
            "flag": ROWS % 5 > 2,
        }
    )
    model = trained(frame, booster=booster)
    columns = Columns.of_booster(model)
    assert columns == Columns.learn(frame)
    other = frame.assign(text=frame["text"].astype(str))[list(frame.columns[::-1])]
    assert_array_equal(
        model.inplace_predict(columns.for_predict(other), validate_features=False),
        model.inplace_predict(frame),
    )


@pytest.mark.filterwarnings("ignore:.*`booster=.*is deprecated:UserWarning")
def test_a_booster_of_an_array_knows_numbers_only():
    X = np.column_stack([ROWS % 3, ROWS])
    assert Columns.of_booster(trained(X)) == Columns((Numbers(), Numbers()))
    codes = trained(X, feature_types=["c", "q"])
    assert Columns.of_booster(codes) == Columns((Numbers(), Numbers()))
    linear = trained(pd.DataFrame(X, columns=["a", "b"]), booster="gblinear")
    assert Columns.of_booster(linear) == Columns((Numbers(), Numbers()), ("a", "b"))


def test_levels_that_are_not_ascii_are_read_or_refused():
    levels = ["aя", "яa", "é"]
    frame = pd.DataFrame({"a": ROWS, "c": pd.Categorical.from_codes(ROWS % 3, levels)})
    model = trained(frame)
    if _keeps_text():
        assert Columns.of_booster(model) == Columns.learn(frame)
    else:
        with pytest.raises(ValueError, match=r"column 1 are not ASCII, and xgboost 3\.\d\.\d, wh"):
            Columns.of_booster(model)
