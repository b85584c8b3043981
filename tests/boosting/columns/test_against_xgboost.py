"""Columns and plain xgboost: the same trees, and the same predictions from codes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting.columns import Columns  # noqa: E402

rng = np.random.default_rng(0)
N = 300
Y = rng.normal(size=N)


def drawn(levels, missing=0.1):
    codes = rng.integers(0, len(levels), N)
    codes[rng.random(N) < missing] = -1
    return pd.Categorical.from_codes(codes, levels)


def numbers(missing=0.1):
    return np.where(rng.random(N) < missing, np.nan, rng.normal(size=N))


FRAME = pd.DataFrame(
    {
        "few": drawn(["c", "a", "b"]),
        "many": drawn([f"level {i}" for i in range(40)]),
        "x": numbers(),
        "codes": drawn([30, 10, 20, 40]),
        "flag": rng.random(N) < 0.5,
        "count": rng.integers(0, 1000, N),
        "nullable": pd.array(rng.integers(0, 9, N), dtype="Int64"),
        "unused": drawn(["z", "y", "x", "w"]).set_categories(["v", "z", "y", "x", "w", "u"]),
    }
)


def trained(X, columns=None, **params):
    params = {"n_estimators": 8, "max_depth": 4, "n_jobs": 1, "min_child_weight": 0, **params}
    if columns is not None and columns.names is None:
        params["feature_types"] = columns.feature_types
    return xgboost.XGBRegressor(enable_categorical=True, **params).fit(X, Y)


def answers(model, codes):
    return model.get_booster().inplace_predict(codes, validate_features=False)


@pytest.mark.parametrize("max_cat_to_onehot", [1, 100])
def test_codes_predict_what_xgboost_predicts_for_its_own_frame(max_cat_to_onehot):
    columns = Columns.learn(FRAME)
    assert columns.for_training(FRAME) is FRAME
    model = trained(FRAME, max_cat_to_onehot=max_cat_to_onehot)
    expected = model.predict(FRAME)
    assert_array_equal(answers(model, columns.for_predict(FRAME)), expected)
    other = FRAME.assign(
        few=FRAME["few"].astype(object),
        many=FRAME["many"].cat.reorder_categories(sorted(FRAME["many"].cat.categories)),
        codes=FRAME["codes"].astype(float),
    )
    other = other[rng.permutation(FRAME.columns)]
    assert_array_equal(answers(model, columns.for_predict(other)), expected)


def test_text_trains_as_the_sorted_category_does():
    text = FRAME.assign(few=FRAME["few"].astype(object), many=FRAME["many"].astype("str"))
    columns = Columns.learn(text)
    ours = trained(columns.for_training(text))
    levels = {name: sorted(FRAME[name].cat.categories) for name in ("few", "many")}
    sorted_ = FRAME.assign(**{n: FRAME[n].cat.set_categories(levels[n]) for n in levels})
    theirs = trained(sorted_)
    assert ours.get_booster().get_dump() == theirs.get_booster().get_dump()
    assert_array_equal(answers(ours, columns.for_predict(text)), theirs.predict(sorted_))
    # Plain xgboost keeps the levels, and serves frames of categories.
    assert_array_equal(ours.predict(FRAME), theirs.predict(FRAME))


def test_an_array_of_codes_trains_as_the_frame_does():
    X = np.column_stack([FRAME["codes"].astype(float), FRAME["x"], FRAME["count"]])
    columns = Columns.learn(X, [0])
    ours = trained(columns.for_training(X), columns)
    frame = pd.DataFrame(
        {"a": FRAME["codes"].cat.reorder_categories([10, 20, 30, 40]), "b": X[:, 1], "c": X[:, 2]}
    )
    theirs = trained(frame)
    assert_array_equal(answers(ours, columns.for_predict(X)), theirs.predict(frame))


def test_dates_train_as_their_days_do():
    days = pd.Series(rng.integers(0, 20_000, N).astype(float))
    frame = pd.DataFrame({"d": pd.to_datetime(days, unit="D"), "x": FRAME["x"]})
    columns, numbers = Columns.learn(frame), frame.assign(d=days)
    ours, theirs = trained(columns.for_training(frame)), trained(numbers)
    assert ours.get_booster().get_dump() == theirs.get_booster().get_dump()
    assert_array_equal(answers(ours, columns.for_predict(frame)), theirs.predict(numbers))


@pytest.mark.parametrize(
    "levels",
    [
        ["ab", "aя", "яa", "яя", "é"],
        ["a\0", "\0a", "b"],
        ["", " ", "nan"],
        [1.5, 2.5, np.inf],
        [True, False],
        pd.interval_range(0, 4),
        pd.date_range("2020", periods=3),
        pd.Index([3, 1, 2], dtype="Int64"),
        pd.Index([3, 1, 2], dtype=object),
    ],
    ids=str,
)
def test_levels_that_xgboost_refuses_or_corrupts_train_as_others_do(levels):
    frame = FRAME[["x"]].assign(c=drawn(levels))
    columns = Columns.learn(frame)
    ours = trained(columns.for_training(frame))
    names = [f"level {i}" for i in range(len(levels))]
    simple = frame.assign(c=frame["c"].cat.rename_categories(names))
    theirs = trained(simple)
    expected = theirs.predict(simple)
    assert_array_equal(answers(ours, columns.for_predict(frame)), expected)
    assert_array_equal(ours.predict(columns.for_training(frame)), expected)


@pytest.mark.parametrize("max_cat_to_onehot", [1, 100])
def test_an_unseen_category_is_in_no_set_and_is_not_missing(max_cat_to_onehot):
    codes = np.arange(N) % 6
    frame = pd.DataFrame({"c": np.array(list("abcdef"))[codes]})
    frame.loc[codes == 0, "c"] = None
    columns, like_missing = Columns.learn(frame), set()
    for of_missing in (0.0, 9.0):
        target = np.where(codes == 0, of_missing, np.where(codes == 3, 9.0, 0.0))
        model = xgboost.XGBRegressor(
            n_estimators=1,
            max_depth=1,
            max_cat_to_onehot=max_cat_to_onehot,
            enable_categorical=True,
            n_jobs=1,
        ).fit(columns.for_training(frame), target)
        table = model.get_booster().trees_to_dataframe()
        within = {int(code) for code in table["Category"][0]}
        new = pd.DataFrame({"c": ["new", "other", None, *"bcdef"]})
        unseen, other, missing, *seen = answers(model, columns.for_predict(new))
        outside = {seen[code] for code in range(5) if code not in within}
        inside = {seen[code] for code in within}
        assert outside == {unseen} == {other} != inside
        like_missing.add(bool(unseen == missing))
    assert like_missing == {True, False}


def test_a_column_missing_throughout_can_be_trained_on():
    frame = FRAME[["x"]].assign(none=None, empty=pd.Categorical([None] * N))
    columns = Columns.learn(frame)
    assert columns.feature_types is None
    model = trained(columns.for_training(frame))
    text = frame.assign(none="text", empty="other")
    assert_array_equal(
        answers(model, columns.for_predict(text)), trained(frame[["x"]]).predict(frame[["x"]])
    )


def test_pandas_sparse_columns_train_without_a_warning():
    dense = FRAME[["x", "flag"]].assign(zero=rng.integers(0, 3, N).astype(float))
    frame = dense.assign(zero=pd.arrays.SparseArray(dense["zero"], fill_value=0.0))
    columns = Columns.learn(frame)
    model = trained(columns.for_training(frame))
    assert_array_equal(answers(model, columns.for_predict(frame)), trained(dense).predict(dense))


def test_names_with_brackets_can_be_trained_on():
    frame = FRAME[["x", "count"]].set_axis(["x[0]", "count<9"], axis=1)
    columns = Columns.learn(frame)
    model = trained(columns.for_training(frame))
    expected = trained(FRAME[["x", "count"]]).predict(FRAME[["x", "count"]])
    assert_array_equal(answers(model, columns.for_predict(frame)), expected)
