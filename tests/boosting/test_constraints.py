"""Constraints and weights of columns by name: what xgboost gets, and what it makes of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting.columns import Columns  # noqa: E402
from gridfold.boosting.constraints import resolve  # noqa: E402

rng = np.random.default_rng(0)
FRAME = pd.DataFrame(rng.normal(size=(120, 4)), columns=["a", "b", "c", "d"])
Y = FRAME["a"] - FRAME["b"] ** 2 + FRAME["c"] * FRAME["d"] + rng.normal(size=120) / 3
NAMED, UNNAMED = Columns.learn(FRAME), Columns.learn(FRAME.to_numpy())
MIXED = Columns.learn(FRAME.assign(b="text", c=pd.Categorical([1] * 120)))


def dump(params, X=FRAME):
    model = xgboost.XGBRegressor(n_estimators=6, max_depth=3, n_jobs=1, random_state=3, **params)
    return model.fit(X, Y).get_booster().get_dump(with_stats=True)


@pytest.mark.parametrize(
    ("name", "given", "theirs"),
    [
        ("monotone_constraints", {"a": 1, "c": -1}, {"a": 1, "c": -1}),
        ("monotone_constraints", {"b": -1, 0: 1}, (1, -1, 0, 0)),
        ("monotone_constraints", [1, -1, 0, 0], (1, -1, 0, 0)),
        ("monotone_constraints", np.array([1.0, 0, 0, -1]), (1, 0, 0, -1)),
        ("monotone_constraints", (1, 0, -1, 0), (1, 0, -1, 0)),
        ("monotone_constraints", "(1,-1)", "(1,-1)"),
        ("interaction_constraints", [["a", "c"], ["b", "d"]], [["a", "c"], ["b", "d"]]),
        ("interaction_constraints", [("b", 0), {"c"}], "[[1, 0], [2]]"),
        ("interaction_constraints", "[[0, 1], [2, 3]]", "[[0, 1], [2, 3]]"),
    ],
)
def test_the_trees_are_those_of_xgboost_with_positions(name, given, theirs):
    resolved = resolve({name: given, "gamma": 1}, NAMED)
    assert resolved["gamma"] == 1
    assert dump({name: resolved[name]}) == dump({name: theirs})
    assert dump({name: resolved[name]}) != dump({})


@pytest.mark.parametrize(
    ("given", "theirs"),
    [
        ({"a": 9.0}, [9, 1, 1, 1]),
        ({"b": 0, -1: 2.5}, [1, 0, 1, 2.5]),
        ([1, 2, 3, 4], [1, 2, 3, 4]),
        (np.array([0.0, 1, 0, 1]), [0, 1, 0, 1]),
    ],
)
def test_weights_of_columns_by_name(given, theirs):
    resolved = resolve({"feature_weights": given}, NAMED)["feature_weights"]
    assert_array_equal(resolved, theirs)
    sampled = {"colsample_bytree": 0.5}
    ours = dump({"feature_weights": resolved, **sampled})
    assert ours == dump({"feature_weights": np.array(theirs, "f4"), **sampled})
    assert ours != dump(sampled)


def test_positions_serve_where_there_are_no_names():
    X = FRAME.to_numpy()
    given = {"monotone_constraints": {0: 1, -1: -1}, "interaction_constraints": [[0, 1], [2, 3]]}
    resolved = resolve(given, UNNAMED)
    assert resolved["monotone_constraints"] == (1, 0, 0, -1)
    theirs = {"monotone_constraints": "(1,0,0,-1)", "interaction_constraints": "[[0,1],[2,3]]"}
    assert dump(resolved, X) == dump(theirs, X)


def test_what_is_not_given_stays_out():
    params = {"monotone_constraints": None, "interaction_constraints": None, "max_depth": 3}
    assert resolve(params, NAMED) == params
    assert resolve({}, NAMED) == {}
    given = {"monotone_constraints": {"a": 1}}
    resolve(given, NAMED)
    assert given == {"monotone_constraints": {"a": 1}}


def test_a_category_may_be_free_and_dates_may_be_monotone():
    assert resolve({"monotone_constraints": {"b": 0, "a": 1}}, MIXED) == {
        "monotone_constraints": (1, 0, 0, 0)
    }
    dates = Columns.learn(FRAME.assign(d=pd.Timestamp("2020")))
    assert resolve({"monotone_constraints": {"d": -1}}, dates)["monotone_constraints"][3] == -1


@pytest.mark.parametrize("given", [{"b": 1}, (0, -1, 0, 0), "(0,1)", [0, 0, 1, 0]])
def test_a_category_has_no_order_to_be_monotone_in(given):
    message = r"monotone_constraints has -?1 for column '[bc]', which is a category: .* no order"
    with pytest.raises(ValueError, match=message):
        resolve({"monotone_constraints": given}, MIXED)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("monotone_constraints", {"z": 1}, "names the column 'z', .* X has the columns 'a', 'b'"),
        ("monotone_constraints", {4: 1}, "names the column 4, which is not there"),
        ("monotone_constraints", {"a": 2}, r"has 2 for column 'a': use 1 \(increasing\)"),
        ("monotone_constraints", {"a": "up"}, "has 'up' for column 'a'"),
        ("monotone_constraints", [1, 0.5, 0, 0], r"has 0\.5 for column 'b'"),
        ("monotone_constraints", (1, 0), "has 2 entries, and X has 4 columns"),
        ("monotone_constraints", 1, "has no list of entries, and X has 4 columns"),
        ("monotone_constraints", "up", r"'up' is not of the form \"\(1,0,-1\)\""),
        ("monotone_constraints", "(1,0,0,0,1)", "has 5 entries, and X has 4 columns"),
        ("interaction_constraints", [["a", "z"]], "names the column 'z', which is not there"),
        ("interaction_constraints", ["a", "b"], r"has 'a': give groups .*\[\[\"a\", \"b\"\]"),
        ("interaction_constraints", 3, "has 3: give groups of columns"),
        ("feature_weights", {"z": 1}, "names the column 'z', which is not there"),
        ("feature_weights", [1, 2], "has 2 entries, and X has 4 columns"),
        ("feature_weights", [1, 2, -3, 4], "has -3 for column 'c': weights are numbers, 0 or more"),
        ("feature_weights", {"d": np.nan}, "has nan for column 'd'"),
        ("feature_weights", list("abcd"), "has 'a' for column 'a'"),
    ],
)
def test_what_cannot_be_is_named(name, given, message):
    with pytest.raises(ValueError, match=f"{name}.*{message}"):
        resolve({name: given}, NAMED)


def test_a_name_where_there_are_none_is_an_error():
    with pytest.raises(ValueError, match="X has no names: give positions, 0 to 3"):
        resolve({"monotone_constraints": {"a": 1}}, UNNAMED)
