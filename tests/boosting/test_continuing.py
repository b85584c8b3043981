"""Training that goes on from an earlier model: its categories, its labels and its rounds."""

from __future__ import annotations

from math import ceil

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting import XGBClassifier, XGBRegressor  # noqa: E402

SMALL = {"n_estimators": 8, "max_depth": 3, "n_jobs": 1}
NOTHING = {"n_estimators": 1, "n_jobs": 1, "learning_rate": 1e-9}  # a round that changes nothing
RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 3, 200)
TABLE = pd.DataFrame({"kind": np.array(["x", "y", "z"])[CODES], "size": RNG.normal(size=200)})
Y = 5.0 * CODES + TABLE["size"].to_numpy()
FORMS = ("estimator", "booster", "file")


def in_form(model, form, tmp_path):
    model.save_model(tmp_path / "model.ubj")
    return {
        "estimator": model,
        "booster": model.get_booster(),
        "file": str(tmp_path / "model.ubj"),
    }[form]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("as_category", [False, True])
def test_categories_are_coded_as_the_earlier_model_knows_them(form, as_category, tmp_path):
    table = TABLE.astype({"kind": "category"}) if as_category else TABLE
    before = XGBRegressor(**SMALL).fit(table, Y)
    part = table[table["kind"] != "x"].copy()
    if as_category:
        part["kind"] = part["kind"].cat.remove_unused_categories()
    earlier = in_form(before, form, tmp_path)
    more = XGBRegressor(**NOTHING).fit(part, Y[part.index], xgb_model=earlier)
    assert_allclose(more.predict(table), before.predict(table), atol=1e-5)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("values", [["Zürich", "Köln", "東京"], [0.5, 1.5, 2.5], [30, 10, 20]])
def test_levels_that_a_booster_holds_in_another_form(values, form, tmp_path):
    table = TABLE.assign(kind=pd.Categorical(np.array(values)[CODES]))
    before = XGBRegressor(**SMALL).fit(table, Y)
    earlier = in_form(before, form, tmp_path)
    part = table[CODES > 0].astype({"kind": type(values[0])}).astype({"kind": "category"})
    more = XGBRegressor(**NOTHING).fit(part, Y[CODES > 0], xgb_model=earlier)
    assert_allclose(more.predict(table), before.predict(table), atol=1e-5)


def test_categories_of_a_model_of_plain_xgboost():
    table = TABLE.astype({"kind": "category"})
    before = xgboost.XGBRegressor(**SMALL, enable_categorical=True).fit(table, Y)
    part = TABLE[TABLE["kind"] != "x"]
    more = XGBRegressor(**NOTHING).fit(part, Y[part.index], xgb_model=before)
    assert_allclose(more.predict(TABLE), before.predict(table), atol=1e-5)


@pytest.mark.parametrize("form", ["estimator", "file"])
def test_other_labels_are_refused(form, tmp_path):
    labels = np.array(["a", "b"])[(CODES > 0).astype(int)]
    before = XGBClassifier(**SMALL).fit(TABLE, labels)
    earlier = in_form(before, form, tmp_path)
    with pytest.raises(ValueError, match=r"labels \['b', 'c'\], and the model .* has \['a', 'b'\]"):
        XGBClassifier(**SMALL).fit(TABLE, np.where(labels == "a", "c", "b"), xgb_model=earlier)
    more = XGBClassifier(**SMALL).fit(TABLE, labels, xgb_model=earlier)
    assert more.get_booster().num_boosted_rounds() == 16


@pytest.mark.parametrize("form", FORMS)
def test_a_refit_scales_the_rounds_that_were_added(form, tmp_path):
    X, y = TABLE[["size"]].to_numpy(), Y
    before = XGBRegressor(n_estimators=30, learning_rate=0.1, n_jobs=1).fit(X, y)
    model = XGBRegressor(
        n_estimators=60, learning_rate=0.1, n_jobs=1, early_stopping_rounds=3, refit_full=True
    ).fit(X, y, xgb_model=in_form(before, form, tmp_path))
    added = model.best_iteration_ + 1 - 30
    assert 0 <= added < 60
    assert model.get_booster().num_boosted_rounds() == 30 + ceil(added * 200 / 180)


def test_out_of_fold_predictions_are_refused_of_a_model_that_may_know_the_rows():
    before = XGBRegressor(**SMALL).fit(TABLE, Y)
    with pytest.raises(ValueError, match="keep_oof need rows that no model was trained on"):
        XGBRegressor(**SMALL, n_bags=2, keep_oof=True).fit(TABLE, Y, xgb_model=before)
