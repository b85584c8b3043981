"""Fits on Parquet files: the numbers of a fit in memory, and errors that name file and column."""

from __future__ import annotations

import pickle
import tempfile
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from gridfold.boosting import XGBClassifier, XGBRanker, XGBRegressor  # noqa: E402
from gridfold.boosting.large import budget  # noqa: E402

from .parquet import SMALL, TARGETS, features, make_table, write  # noqa: E402

MODELS = {"classes": (XGBClassifier, "predict_proba"), "numbers": (XGBRegressor, "predict")}


@pytest.fixture(params=MODELS)
def case(request, tmp_path, monkeypatch):
    """Return the class, the method, the table, its target, and its folder; batches are small."""
    monkeypatch.setattr(budget, "_MOST_ROWS", 70)
    monkeypatch.setattr(budget, "_LEAST_ROWS", 70)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    cls, method = MODELS[request.param]
    table = make_table()
    folder = write(table, tmp_path / "rows", request.param)
    yield cls, method, table, TARGETS[request.param], folder
    assert not list((tmp_path / "cache").iterdir())


def test_one_batch_equals_a_fit_in_memory_bit_for_bit(case, tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "_MOST_ROWS", 10_000)
    cls, method, table, target, _ = case
    X = features(table)
    table.drop(columns=[n for n in TARGETS.values() if n != target]).to_parquet(tmp_path / "1.pq")
    within = cls(**SMALL).fit(X, table[target], sample_weight=table["weight"])
    model = cls(**SMALL).fit(tmp_path / "1.pq", target, sample_weight="weight")
    assert_array_equal(getattr(model, method)(X), getattr(within, method)(X))


def test_batches_equal_a_fit_in_memory_to_rounding(case):
    cls, method, table, target, folder = case
    X = features(table)
    within = cls(**SMALL).fit(X, table[target], sample_weight=table["weight"])
    model = cls(**SMALL).fit(folder, target, sample_weight="weight")
    assert_allclose(getattr(model, method)(X), getattr(within, method)(X), rtol=1e-5)
    assert_array_equal(getattr(model, method)(folder), getattr(model, method)(X))
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.predict(X), model.predict(X))
    assert list(model.feature_names_in_) == list(X)
    if cls is XGBClassifier:
        assert_array_equal(model.classes_, within.classes_)


def test_validation_sets_in_files_and_in_memory(case):
    cls, _, table, target, folder = case
    params = {**SMALL, "n_estimators": 60, "early_stopping_rounds": 2, "learning_rate": 1.0}
    X = table.drop(columns=list(TARGETS.values()))
    within = cls(**params).fit(X, table[target], X_val=X[:300], y_val=table[target][:300])
    held = [(X[:300], table[target][:300]), (folder / "first.parquet", target)]
    for X_val, y_val in held:
        model = cls(**params).fit(folder, target, X_val=X_val, y_val=y_val)
        assert model.best_iteration_ == within.best_iteration_
        assert model.evals_result_ == within.evals_result_


def test_a_part_of_its_own_and_a_refit(case):
    cls, _, table, target, folder = case
    params = {**SMALL, "n_estimators": 60, "early_stopping_rounds": 2, "learning_rate": 1.0}
    part = cls(**params).fit(folder, target)
    assert part.best_iteration_ < 59
    assert part.score(features(table).assign(weight=table["weight"]), table[target]) > 0.7
    again = cls(**params).fit(folder, target)
    assert part.evals_result_ == again.evals_result_
    full = cls(**params, refit_full=True).fit(folder, target)
    assert full.best_iteration_ == part.best_iteration_
    rounds = full.get_booster().num_boosted_rounds()
    assert part.best_iteration_ + 1 < rounds < 1.5 * (part.best_iteration_ + 2)


def test_numbers_that_are_chosen_as_categories(case):
    cls, method, table, target, folder = case
    X = table.drop(columns=list(TARGETS.values()))
    params = {**SMALL, "categorical_features": ["b"]}
    within, model = cls(**params).fit(X, table[target]), cls(**params).fit(folder, target)
    assert_allclose(getattr(model, method)(X), getattr(within, method)(X), rtol=1e-5)
    assert_array_equal(getattr(model, method)(folder), getattr(model, method)(X))


@pytest.mark.parametrize(
    "cells",
    [
        pd.to_timedelta(np.arange(200) % 7, "h"),
        pd.Timestamp("2020", tz="Europe/Rome") + pd.to_timedelta(np.arange(200) % 7, "D"),
        [Decimal(k % 7) / 10 for k in range(200)],
    ],
    ids=["durations", "dates of a time zone", "decimals"],
)
def test_cells_of_other_types_are_read_as_in_memory(cells, tmp_path):
    table = pd.DataFrame({"cell": cells, "y": np.arange(200) % 7 > 3})
    table.to_parquet(tmp_path / "rows.parquet")
    within = XGBClassifier(**SMALL).fit(table[["cell"]], table["y"])
    model = XGBClassifier(**SMALL).fit(tmp_path / "rows.parquet", "y")
    assert_array_equal(model.predict_proba(table), within.predict_proba(table))
    assert_array_equal(model.predict_proba(tmp_path / "rows.parquet"), model.predict_proba(table))
    assert model.score(table, table["y"]) == 1


def test_unseen_categories_of_a_validation_set_are_in_no_set(case, tmp_path):
    cls, _, table, target, folder = case
    new = table.assign(c="new", d="new")[:200]
    new.to_parquet(tmp_path / "new.parquet")
    X = table.drop(columns=list(TARGETS.values()))
    within = cls(**SMALL).fit(
        X, table[target], eval_set=[(new[X.columns], new[target])], verbose=False
    )
    sets = [(tmp_path / "new.parquet", target)]
    model = cls(**SMALL).fit(folder, target, eval_set=sets, verbose=False)
    assert model.evals_result_ == within.evals_result_


@pytest.mark.parametrize(
    ("params", "given", "error", "message"),
    [
        ({}, {"y": "gone"}, ValueError, "lacks the column 'gone', the target"),
        ({}, {"y": np.ones(900)}, TypeError, "y must be the name of a column"),
        ({}, {"sample_weight": "w"}, ValueError, "lacks the column 'w', the weights"),
        ({}, {"sample_weight": "c"}, ValueError, "column 'c' holds text, and weights are numbers"),
        ({}, {"groups": np.ones(900)}, TypeError, "fit takes no groups for a model trained from"),
        ({}, {"memory_limit": "1 kB"}, ValueError, "memory_limit='1 kB' .* is too small"),
        ({"n_bags": 3}, {}, ValueError, "n_bags=3 needs all rows in memory"),
        ({"booster": "gblinear"}, {}, ValueError, "booster='gblinear' cannot be trained from"),
        ({"tree_method": "exact"}, {}, ValueError, "tree_method='exact' cannot be trained from"),
        ({"validation_fraction": 2}, {}, ValueError, "validation_fraction=2 must be"),
        ({"categorical_features": ["q"]}, {}, ValueError, "names the column 'q'"),
    ],
)
def test_what_cannot_be_is_said(case, params, given, error, message):
    cls, _, _, target, folder = case
    with pytest.raises(error, match=message):
        cls(**SMALL, **params).fit(folder, **{"y": target, **given})


def test_a_missing_label_is_named_by_file_and_row(case):
    cls, _, table, target, folder = case
    part = table.iloc[450:].reset_index(drop=True)
    part.loc[7, target] = None
    part = part.drop(columns=[name for name in TARGETS.values() if name != target])
    part.to_parquet(folder / "later" / "part2.parquet")
    model = cls(**SMALL)
    with pytest.raises(ValueError, match=rf"{target} contains NaN.*row 7 .* of '.*part2.parquet'"):
        model.fit(folder, target)
    assert not hasattr(model, "_Booster")


@pytest.mark.parametrize("weight", [-1.0, np.nan])
def test_a_weight_that_is_none_is_named_by_file_and_row(case, weight):
    cls, _, table, target, folder = case
    part = table.iloc[450:].reset_index(drop=True)
    part.loc[107, "weight"] = weight
    part = part.drop(columns=[name for name in TARGETS.values() if name != target])
    part.to_parquet(folder / "later" / "part2.parquet")
    with pytest.raises(ValueError, match=rf"'weight' of '.*part2.parquet'.* row 107 has {weight}"):
        cls(**SMALL).fit(folder, target, sample_weight="weight")


def test_training_goes_on_from_a_model_of_the_same_labels_and_names(case):
    cls, method, table, target, folder = case
    X = table.drop(columns=list(TARGETS.values()))
    before = cls(**SMALL).fit(X, table[target])
    more = cls(**SMALL).fit(folder, target, xgb_model=before)
    assert more.get_booster().num_boosted_rounds() == 20
    again = cls(**SMALL).fit(X, table[target], xgb_model=before)
    assert_allclose(getattr(more, method)(X), getattr(again, method)(X), rtol=1e-5)
    bare = cls(**SMALL).fit(table[["a", "b"]].to_numpy(), table[target])
    with pytest.raises(ValueError, match="xgb_model was fitted on an array, and columns of files"):
        cls(**SMALL).fit(folder, target, xgb_model=bare)
    if cls is XGBClassifier:
        others = cls(**SMALL).fit(X, table[target].replace({"low": "least"}))
        with pytest.raises(ValueError, match="the model given as xgb_model has"):
            cls(**SMALL).fit(folder, target, xgb_model=others)


def test_columns_that_the_model_needs_must_be_there(case, tmp_path):
    cls, _, table, target, folder = case
    model = cls(**SMALL).fit(folder, target)
    table.drop(columns="a").to_parquet(tmp_path / "short.parquet")
    with pytest.raises(ValueError, match="lacks the column 'a', which the model was fitted on"):
        model.predict(tmp_path / "short.parquet")
    bare = cls(**SMALL).fit(table[["a", "b"]].to_numpy(), table[target])
    with pytest.raises(ValueError, match="fitted on an array, and columns of files have names"):
        bare.predict(folder)


def test_text_is_no_target_of_a_regression(tmp_path):
    folder = write(make_table(), tmp_path / "rows", "classes")
    with pytest.raises(ValueError, match="'label' holds text"):
        XGBRegressor(**SMALL).fit(folder, "label")


def test_what_is_only_for_files_or_not_for_them(tmp_path):
    with pytest.raises(ValueError, match="memory_limit is for X by path"):
        XGBRegressor(**SMALL).fit([[1.0], [2.0]], [1, 2], memory_limit="1 GiB")
    with pytest.raises(ValueError, match=r"times\s+with bounds"):
        XGBRegressor(objective="cox").fit(tmp_path, "t")
    with pytest.raises(NotImplementedError, match="rows of a query"):
        XGBRanker().fit(tmp_path, "t")


def test_a_preset_trains_one_model(tmp_path):
    folder = write(make_table(), tmp_path / "rows", "numbers")
    model = XGBRegressor(preset="tabular", n_estimators=20, n_jobs=1).fit(folder, "amount")
    assert len(model.boosters_) == 1
    assert pd.notna(model.best_iteration_)
