"""Frames of all sorts through the estimators: fit, predict, files, search, and what goes wrong."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.metrics import log_loss

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

import gridfold  # noqa: E402
from gridfold.boosting import XGBClassifier, XGBRanker, XGBRegressor  # noqa: E402
from gridfold.boosting.columns import Columns  # noqa: E402
from gridfold.pipelines.search import GridSearchCV  # noqa: E402

rng = np.random.default_rng(0)
N = 240
FRAME = pd.DataFrame(
    {
        "x[1]": rng.normal(size=N),
        "text": rng.choice(np.array(["ä", "bя", "яb", None], dtype=object), N),
        "date": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 400, N), "D"),
        "flag": rng.random(N) < 0.5,
        "cut": pd.cut(rng.normal(size=N), 4),
        "group": rng.integers(0, 5, N),
    }
)
CODES = np.where(FRAME["text"].isna(), 2, FRAME["group"] % 2)
LABELS = np.array(["no", "yes", "perhaps"])[CODES]
SMALL = {"n_estimators": 6, "max_depth": 3, "n_jobs": 1}
CHOSEN = {**SMALL, "categorical_features": ["group"]}
NEW = FRAME.head(60).assign(text="never seen", group=99)


@pytest.fixture(scope="module")
def model():
    return XGBClassifier(**CHOSEN).fit(FRAME, LABELS)


def test_a_frame_is_taken_as_it_is(model):
    assert model.score(FRAME, LABELS) > 0.95
    assert list(model.feature_names_in_) == list(FRAME.columns)
    assert model.n_features_in_ == 6
    shuffled = FRAME.assign(more=1)[["more", *FRAME.columns[::-1]]]
    assert_array_equal(model.predict_proba(shuffled), model.predict_proba(FRAME))
    assert_array_equal(model.predict_proba(FRAME.iloc[[7]])[0], model.predict_proba(FRAME)[7])


def test_the_numbers_are_those_of_xgboost_on_pandas_categories():
    frame = FRAME[["flag", "group"]].assign(
        x=FRAME["x[1]"], text=FRAME["text"].map({"ä": "a", "bя": "b", "яb": "c"}).astype("category")
    )
    ours = XGBClassifier(**SMALL).fit(frame, LABELS)
    codes = ours.classes_.searchsorted(LABELS)
    theirs = xgboost.XGBClassifier(enable_categorical=True, **SMALL).fit(frame, codes)
    assert_array_equal(ours.predict_proba(frame), theirs.predict_proba(frame))
    assert ours.get_booster().get_dump() == theirs.get_booster().get_dump()
    assert ours.get_booster().feature_types == theirs.get_booster().feature_types


def test_early_stopping_scores_unseen_categories_as_they_are_predicted():
    params = {**CHOSEN, "n_estimators": 60, "early_stopping_rounds": 3, "eval_metric": "mlogloss"}
    model = XGBClassifier(**params).fit(FRAME, LABELS, X_val=NEW, y_val=LABELS[:60], verbose=False)
    scores = model.evals_result()["validation_0"]["mlogloss"]
    own = log_loss(LABELS[:60], model.predict_proba(NEW), labels=model.classes_)
    assert scores[model.best_iteration] == pytest.approx(own, rel=1e-6)


def test_early_stopping_and_bags_on_a_part_of_the_rows():
    params = {**CHOSEN, "n_estimators": 40, "early_stopping_rounds": 3, "random_state": 0}
    one = XGBClassifier(**params).fit(FRAME, LABELS, verbose=False)
    bag = XGBClassifier(**params, n_bags=2).fit(FRAME, LABELS, verbose=False)
    for model in (one, bag):
        assert model.score(FRAME, LABELS) > 0.9
        assert model.predict_proba(NEW).shape == (60, 3)


def test_a_search_shares_fits_on_a_frame():
    grid = {"n_estimators": [2, 5], "max_depth": [2, 3]}
    search = GridSearchCV(XGBClassifier(**CHOSEN), grid, cv=3, audit=3).fit(FRAME, LABELS)
    alone = clone(search.best_estimator_).fit(FRAME, LABELS)
    assert_array_equal(search.predict_proba(NEW), alone.predict_proba(NEW))


@pytest.mark.parametrize("ending", ["json", "ubj", "skops", "pickle"])
def test_every_file_keeps_the_columns(model, ending, tmp_path):
    path = tmp_path / f"model.{ending}"
    if ending == "pickle":
        again = pickle.loads(pickle.dumps(model))
    elif ending == "skops":
        gridfold.save(model, path)
        again = gridfold.load(path)
    else:
        model.save_model(path)
        again = XGBClassifier()
        again.load_model(path)
    assert again._columns == model._columns
    for X in (FRAME, NEW, FRAME.to_numpy(dtype=object)):
        assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert_array_equal(again.predict(NEW), model.predict(NEW))


def test_a_file_of_plain_xgboost_brings_its_categories(tmp_path):
    frame = pd.DataFrame({"c": pd.Categorical(FRAME["flag"].map({True: "t", False: "f"}))})
    theirs = xgboost.XGBRegressor(enable_categorical=True, **SMALL).fit(frame, FRAME["group"])
    theirs.save_model(tmp_path / "model.json")
    ours = XGBRegressor()
    ours.load_model(tmp_path / "model.json")
    expected = theirs.predict(frame)
    assert_array_equal(ours.predict(frame), expected)
    assert_array_equal(ours.predict(frame.astype(object)), expected)
    assert_array_equal(
        ours.predict(frame["c"].cat.reorder_categories(["t", "f"]).to_frame()), expected
    )


def test_plain_xgboost_takes_the_encoded_rows(model):
    encoded = Columns.learn(FRAME, ["group"]).for_training(FRAME)
    assert_array_equal(model.to_xgboost().predict_proba(encoded), model.predict_proba(FRAME))


def test_constraints_by_name_in_a_frame_with_categories():
    params = {"monotone_constraints": {"x[1]": 1}, "interaction_constraints": [["x[1]", "date"]]}
    target = FRAME["x[1]"] + rng.normal(size=N)
    model = XGBRegressor(**SMALL, **params, feature_weights={"group": 0}).fit(FRAME, target)
    rising = FRAME.iloc[[0] * 50].assign(**{"x[1]": np.linspace(-3, 3, 50)})
    assert (np.diff(model.predict(rising)) >= 0).all()
    with pytest.raises(ValueError, match="column 'text', which is a category"):
        XGBRegressor(**SMALL, monotone_constraints={"text": 1}).fit(FRAME, target)


def test_a_ranker_takes_text():
    queries = np.repeat(np.arange(24), 10)
    X = FRAME[["text", "x[1]"]]
    model = XGBRanker(**SMALL).fit(X, FRAME["group"], qid=queries)
    assert_array_equal(model.predict(X[["x[1]", "text"]]), model.predict(X))


def test_training_goes_on_with_the_same_codes(model):
    part = FRAME[FRAME["text"] != "ä"]
    more = XGBClassifier(**CHOSEN).fit(part, LABELS[part.index], xgb_model=model)
    assert more._columns == model._columns
    with pytest.raises(ValueError, match="Column 'text' has the category 'never seen', which"):
        XGBClassifier(**CHOSEN).fit(NEW, LABELS[:60], xgb_model=model)


@pytest.mark.parametrize(
    ("X", "params", "error", "message"),
    [
        (FRAME.assign(text=[["a"]] * N), {}, TypeError, r"column 'text' has \['a'\] of type list"),
        (FRAME.assign(text=[1, *["a"] * (N - 1)]), {}, ValueError, "Column 'text' mixes types"),
        (FRAME, {"categorical_features": ["grup"]}, ValueError, "names the column 'grup'"),
        (FRAME, {"missing": 0}, ValueError, "missing=0 would also make a category missing"),
    ],
)
def test_a_fit_that_fails_leaves_the_model_as_it_was(X, params, error, message):
    model = XGBClassifier(**CHOSEN).fit(FRAME, LABELS)
    before = model.predict_proba(NEW)
    with pytest.raises(error, match=message):
        model.set_params(**params).fit(X, LABELS)
    assert_array_equal(model.set_params(**CHOSEN, missing=np.nan).predict_proba(NEW), before)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (FRAME.drop(columns=["text", "cut"]), "X lacks the columns 'text', 'cut'"),
        (FRAME.assign(flag="yes"), "Column 'flag' held numbers .* 'yes'"),
        (FRAME.assign(date=3), "Column 'date' held dates .* numbers now"),
        (FRAME.to_numpy(dtype=object)[:, :3], "X has 3 features, but XGBoost is expecting 6"),
    ],
)
def test_predicting_on_another_table_is_an_error(model, X, message):
    with pytest.raises(ValueError, match=message):
        model.predict(X)
