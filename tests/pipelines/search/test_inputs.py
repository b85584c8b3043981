"""What a search is given: every splitter and every kind of data, as scikit-learn takes them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from helpers.searches import ALPHAS, SCALED_RIDGE, assert_same, both, regression
from numpy.testing import assert_array_equal
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, KFold, LeaveOneOut, ShuffleSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    OneHotEncoder,
    StandardScaler,
)
from sklearn.tree import DecisionTreeRegressor

SPLITTERS = [
    3,
    KFold(4, shuffle=True, random_state=0),
    ShuffleSplit(3, random_state=0),
    LeaveOneOut(),
    [(np.arange(60), np.arange(60, 120)), (np.arange(40, 120), np.arange(40))],
    [(np.arange(120) >= 60, np.arange(120) < 60)],
]


@pytest.mark.parametrize("cv", SPLITTERS, ids=lambda cv: re.sub(r"\W.*", "", str(cv)))
def test_every_splitter(cv):
    X, y = regression()
    theirs, ours = both(
        SCALED_RIDGE,
        {"ridge__alpha": ALPHAS},
        X,
        y,
        cv=cv,
        scoring="neg_mean_squared_error",
    )
    assert_same(theirs, ours, atol=1e-8)


def test_groups_and_sample_weights():
    X, y = regression()
    weight = np.random.default_rng(0).uniform(0.1, 3, len(y))
    groups = np.arange(len(y)) % 10
    theirs, ours = both(
        Ridge(),
        {"alpha": ALPHAS},
        X,
        y,
        {"sample_weight": weight, "groups": groups},
        cv=GroupKFold(5),
    )
    assert_same(theirs, ours)
    theirs, ours = both(
        SCALED_RIDGE, {"ridge__alpha": ALPHAS}, X, y, {"ridge__sample_weight": weight}
    )
    assert_same(theirs, ours)


@pytest.mark.parametrize("kind", ["frame", "list", "float32", "integers", "sparse", "2-d target"])
def test_every_kind_of_data(kind):
    X, y = regression(n_targets=2 if kind == "2-d target" else 1)
    if kind == "frame":
        X, y = pd.DataFrame(X, columns=list("abcdefg")), pd.Series(y, index=np.arange(len(y)) + 7)
    elif kind == "list":
        X, y = X.tolist(), y.tolist()
    elif kind == "float32":
        X, y = X.astype(np.float32), y.astype(np.float32)
    elif kind == "integers":
        X = np.round(X * 3).astype(int)
    elif kind == "sparse":
        from scipy.sparse import csr_matrix

        X = csr_matrix(np.where(np.abs(X) > 1, X, 0))
    pipeline = make_pipeline(StandardScaler(with_mean=kind != "sparse"), Ridge())
    theirs, ours = both(pipeline, {"ridge__alpha": ALPHAS}, X, y)
    assert_same(theirs, ours, atol=1e-5 if kind == "float32" else 1e-9)
    if kind == "frame":
        assert_array_equal(ours.feature_names_in_, theirs.feature_names_in_)


def test_a_table_with_text_in_front_of_many_models():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=90), "kind": rng.choice(list("abc"), 90)})
    y = frame["x"] + (frame["kind"] == "a") + 0.1 * rng.normal(size=90)
    columns = ColumnTransformer([("text", OneHotEncoder(), ["kind"])], remainder="passthrough")
    pipeline = Pipeline([("columns", columns), ("model", Ridge())])
    grid = [
        {"model": [Ridge()], "model__alpha": ALPHAS},
        {"model": [DecisionTreeRegressor(random_state=0)], "model__max_depth": [2, 3]},
    ]
    theirs, ours = both(pipeline, grid, frame, y)
    assert_same(theirs, ours)
    assert "ColumnTransformer: one fit per fold" in str(ours.plan_)
