"""XGBRegressor with `conformal` and `quantile_alpha`, from fit to interval."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

import gridfold  # noqa: E402
from gridfold.boosting import XGBRegressor  # noqa: E402
from gridfold.boosting.training.held_out import folds, validation_part  # noqa: E402
from gridfold.boosting.training.rows import Rows  # noqa: E402
from gridfold.boosting.uncertainty.conformal import fit_conformal  # noqa: E402

SMALL = {"n_estimators": 30, "max_depth": 3, "n_jobs": 1}
STOPPED = {**SMALL, "early_stopping_rounds": 3, "n_estimators": 200, "validation_fraction": 0.2}
QUANTILES = {"objective": "reg:quantileerror", "quantile_alpha": [0.05, 0.5, 0.95]}


def draw(n_samples, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, 4))
    y = X[:, 0] + X[:, 1] ** 2 + (0.3 + np.abs(X[:, 2])) * rng.normal(size=n_samples)
    return X, y, rng.uniform(0.5, 2, n_samples)


X, Y, WEIGHT = draw(400)
X_NEW, Y_NEW, _ = draw(2000, seed=1)


def coverage_of(model, coverage=0.9, X_new=X_NEW):
    lower, upper = model.predict_interval(X_new, coverage).T
    return np.mean((lower <= Y_NEW) & (upper >= Y_NEW))


@pytest.mark.parametrize("n_bags", [1, 3])
@pytest.mark.parametrize("params", [SMALL, STOPPED, {**SMALL, **QUANTILES}])
def test_split_trains_without_the_part_that_it_learns_from(params, n_bags):
    model = XGBRegressor(**params, conformal="split", n_bags=n_bags).fit(X, Y, sample_weight=WEIGHT)
    kept, apart = validation_part(Rows(X, Y), params.get("validation_fraction", 0.1), 0, ())
    plain = XGBRegressor(**params, n_bags=n_bags).fit(X[kept], Y[kept], sample_weight=WEIGHT[kept])
    assert_array_equal(model.predict(X), plain.predict(X))
    conformal = fit_conformal("split", Y[apart], plain.predict(X[apart]))
    expected = conformal.interval(plain.predict(X_NEW)[None], 0.8)
    assert_array_equal(model.predict_interval(X_NEW, coverage=0.8), expected)


@pytest.mark.parametrize("params", [SMALL, {**SMALL, **QUANTILES}])
def test_cross_is_made_from_the_models_of_the_folds(params):
    model = XGBRegressor(**params, conformal="cross").fit(X, Y, sample_weight=WEIGHT)
    plain = XGBRegressor(**params).fit(X, Y, sample_weight=WEIGHT)
    assert_array_equal(model.predict(X), plain.predict(X))
    oof, fold, members = None, np.empty(400, int), []
    for number, (train, held) in enumerate(folds(Rows(X, Y), 5, 0, ())):
        member = xgboost.XGBRegressor(**params, random_state=number)
        member.fit(X[train], Y[train], sample_weight=WEIGHT[train])
        answer = member.predict(X[held])
        oof = np.empty((400, *answer.shape[1:]), np.float32) if oof is None else oof
        oof[held], fold[held] = answer, number
        members.append(member.predict(X_NEW))
    expected = fit_conformal("cross", Y, oof, fold).interval(np.array(members), 0.8)
    assert_allclose(model.predict_interval(X_NEW, 0.8), expected, rtol=1e-12)


def test_cross_with_bags_trains_no_model_more():
    model = XGBRegressor(**STOPPED, conformal="cross", n_bags=4).fit(X, Y)
    assert len(model.boosters_) == 4
    assert all(a is b for a, b in zip(model.boosters_, model._fold_boosters, strict=True))
    # The fold did not stop its model: each stopped by a part of what it was trained on.
    assert len(set(model.best_iteration_)) > 1
    assert coverage_of(model) > 0.85


@pytest.mark.parametrize(
    "options",
    [
        {"conformal": "split", "validation_fraction": 0.3},
        {"conformal": "cross"},
        {"conformal": "split", "n_bags": 3, "validation_fraction": 0.3},
        {"conformal": "cross", "early_stopping_rounds": 5},
        {"conformal": "split", "early_stopping_rounds": 5, "refit_full": True},
        {"conformal": "split", "validation_fraction": 0.3, **QUANTILES},
        {"conformal": "cross", "n_bags": 3, **QUANTILES},
        {"conformal": "cross", "objective": "absolute_error"},
    ],
)
def test_new_rows_are_held_as_often_as_was_asked(options):
    X, y, weight = draw(1500, seed=2)
    model = XGBRegressor(**{**SMALL, **options}).fit(X, y, sample_weight=weight)
    assert 0.84 <= coverage_of(model, 0.9) <= 0.97
    assert 0.54 <= coverage_of(model, 0.6) <= 0.72
    assert coverage_of(model, 0.6) < coverage_of(model, 0.9)


def test_intervals_of_quantiles_follow_the_spread():
    X, y, _ = draw(1500, seed=2)
    width = {}
    for name, params in (("equal", {}), ("quantiles", QUANTILES)):
        model = XGBRegressor(**SMALL, **params, conformal="split").fit(X, y)
        width[name] = np.ptp(model.predict_interval(X_NEW), axis=1)
    spread = np.abs(X_NEW[:, 2])
    assert np.ptp(width["equal"]) < 1e-4
    assert np.corrcoef(width["quantiles"], spread)[0, 1] > 0.3


def test_sparse_tables_and_frames():
    grid = np.where(np.abs(X) < 0.5, 0, X)
    dense = XGBRegressor(**SMALL, conformal="cross", missing=0.0).fit(grid, Y)
    thin = XGBRegressor(**SMALL, conformal="cross").fit(sparse.csr_matrix(grid), Y)
    found = thin.predict_interval(sparse.csr_matrix(grid))
    assert_allclose(found, dense.predict_interval(grid), rtol=1e-6)

    frame = pd.DataFrame(X, columns=list("abcd"))
    frame["kind"] = np.where(X[:, 0] > 0, "up", "down")
    for kind in ("split", "cross"):
        model = XGBRegressor(**SMALL, conformal=kind).fit(frame, pd.Series(Y))
        found = model.predict_interval(frame[frame.columns[::-1]])
        assert_array_equal(found, model.predict_interval(frame))
        assert np.mean((found[:, 0] <= Y) & (found[:, 1] >= Y)) > 0.8


@pytest.mark.parametrize("kind", ["split", "cross"])
def test_stored_cloned_and_in_a_search(kind, tmp_path):
    model = XGBRegressor(**SMALL, conformal=kind).fit(X, Y)
    interval = model.predict_interval(X_NEW)
    gridfold.save(model, tmp_path / "model.skops")
    for again in (
        pickle.loads(pickle.dumps(model)),
        gridfold.load(tmp_path / "model.skops"),
        clone(model).fit(X, Y),
    ):
        assert_array_equal(again.predict_interval(X_NEW), interval)
    search = GridSearchCV(model, {"n_estimators": [1, 30]}, cv=3).fit(X, Y)
    assert search.best_params_ == {"n_estimators": 30}
    assert_array_equal(search.best_estimator_.predict_interval(X_NEW), interval)
    pipeline = make_pipeline(StandardScaler(), clone(model)).fit(X, Y)
    assert coverage_of(pipeline[-1], X_new=pipeline[:-1].transform(X_NEW)) > 0.8


def test_what_a_fit_left_goes_with_the_next(tmp_path):
    model = XGBRegressor(**SMALL, conformal="cross").fit(X, Y)
    model.save_model(tmp_path / "model.json")
    model.set_params(conformal=None).fit(X, Y)
    with pytest.raises(ValueError, match="set conformal='split' or 'cross'"):
        model.predict_interval(X)
    model.set_params(conformal="split").fit(X, Y).load_model(tmp_path / "model.json")
    with pytest.raises(ValueError, match="set conformal='split' or 'cross'"):
        model.predict_interval(X)


def test_out_of_fold_predictions_are_of_all_rows():
    params = {**SMALL, "n_bags": 3, "keep_oof": True, "validation_fraction": 0.25}
    model = XGBRegressor(**params, conformal="split").fit(X, Y)
    _, apart = validation_part(Rows(X, Y), 0.25, 0, ())
    assert model.oof_prediction_.shape == (400,)
    assert_array_equal(model.oof_prediction_[apart], model.predict(X[apart]))
    assert np.corrcoef(model.oof_prediction_, Y)[0, 1] > 0.6


def test_rows_of_one_group_are_held_out_together():
    groups = np.repeat(np.arange(80), 5)
    for kind in ("split", "cross"):
        model = XGBRegressor(**SMALL, conformal=kind).fit(X, Y, groups=groups)
        sizes = [len(each) for each in model._conformal.scores]
        assert all(size % 5 == 0 for size in sizes)
        assert sum(sizes) == (40 if kind == "split" else 400)


@pytest.mark.parametrize(
    ("params", "y", "message"),
    [
        ({"conformal": "jackknife"}, Y, "conformal='jackknife' is not one of"),
        ({"conformal": "split"}, np.column_stack([Y, Y]), "one target, and y has 2"),
        ({"conformal": "cross", "objective": "survival:cox"}, np.abs(Y) + 1, "may be censored"),
        ({"conformal": "cross", "objective": "cox"}, np.abs(Y) + 1, "may be censored"),
        ({"objective": "quantile", "quantile_alpha": [0.1, 1.5]}, Y, r"the level 1\.5"),
        ({"objective": "reg:quantileerror"}, Y, "needs quantile_alpha"),
        ({"objective": "quantile", "quantile_alpha": [0.9, 0.1]}, Y, "levels must ascend"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_trained(params, y, message):
    with pytest.raises(ValueError, match=message):
        XGBRegressor(**SMALL, **params).fit(X, y)


def test_more_coverage_than_the_rows_allow():
    model = XGBRegressor(**SMALL, conformal="split", validation_fraction=0.1).fit(X, Y)
    with pytest.raises(ValueError, match=r"coverage=0\.99 needs at least 99 rows held out.* 40"):
        model.predict_interval(X, coverage=0.99)


def test_a_model_that_has_seen_the_rows_is_refused():
    before = XGBRegressor(**SMALL).fit(X, Y)
    with pytest.raises(ValueError, match="xgb_model may have been trained on any"):
        XGBRegressor(**SMALL, conformal="split").fit(X, Y, xgb_model=before)


@pytest.mark.parametrize("kind", ["split", "cross"])
def test_margins_to_begin_with_count_out_of_fold_too(kind):
    # Counts of unequal exposure: nothing but its logarithm to learn from.
    rng = np.random.default_rng(0)
    exposure = rng.uniform(1, 60, 800)
    counts, noise = rng.poisson(exposure), rng.normal(size=(800, 2))
    margin = np.log(exposure)
    params = {**SMALL, "objective": "poisson", "n_estimators": 3, "validation_fraction": 0.3}
    model = XGBRegressor(**params, conformal=kind)
    model.fit(noise[:600], counts[:600], base_margin=margin[:600])
    found = model.predict_interval(noise[600:], 0.8, base_margin=margin[600:])
    assert 0.7 < np.mean((found[:, 0] <= counts[600:]) & (found[:, 1] >= counts[600:])) < 0.9
    assert np.ptp(found, axis=1).mean() < 20  # the counts themselves are up to 70


def test_rows_of_files_and_levels_that_are_none_for_files(tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    path, columns = tmp_path / "rows.parquet", list("abcd")
    frame = pd.DataFrame(X, columns=columns)
    frame.assign(y=Y).to_parquet(path)
    model = XGBRegressor(**SMALL, conformal="cross").fit(frame, Y)
    assert_array_equal(model.predict_interval(path), model.predict_interval(frame))
    with pytest.raises(ValueError, match=r"the level 1\.5"):
        XGBRegressor(objective="quantile", quantile_alpha=[0.1, 1.5]).fit(path, "y")


def test_rows_of_dask():
    dask = pytest.importorskip("dask.array", reason="dask is not installed")
    model = XGBRegressor(**SMALL, conformal="split").fit(X, Y)
    lazily = model.predict_interval(dask.from_array(X, chunks=(150, 4)), coverage=0.8)
    assert_array_equal(lazily.compute(), model.predict_interval(X, coverage=0.8))


def test_not_fitted():
    with pytest.raises(NotFittedError):
        XGBRegressor(conformal="split").predict_interval(X)


@pytest.mark.parametrize("objective", ["reg:quantileerror", "quantile"])
def test_quantiles_never_cross(objective, tmp_path):
    # Few rows, deep trees: the quantiles of the trees cross.
    params = {
        "objective": objective,
        "quantile_alpha": [0.4, 0.45, 0.5, 0.55],
        "n_estimators": 20,
        "n_jobs": 1,
    }
    model = XGBRegressor(**params).fit(X, Y)
    plain = xgboost.XGBRegressor(**{**params, "objective": "reg:quantileerror"}).fit(X, Y)
    raw = plain.predict(X_NEW, output_margin=True)
    assert (np.diff(raw, axis=1) < 0).any()
    found = model.predict(X_NEW)
    assert_array_equal(found, np.sort(raw, axis=1))
    assert found.dtype == np.float32
    assert_array_equal(model.predict(X_NEW, output_margin=True), raw)
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X_NEW), found)
    assert clone(model).get_params()["quantile_alpha"] == params["quantile_alpha"]
    for saved in (model, plain):
        saved.save_model(tmp_path / "model.json")
        loaded = XGBRegressor()
        loaded.load_model(tmp_path / "model.json")
        assert_array_equal(loaded.predict(X_NEW), found)
    bags = XGBRegressor(**params, n_bags=3, keep_oof=True).fit(X, Y)
    assert bags.predict(X_NEW).shape == (2000, 4)
    for each in (bags.predict(X_NEW), bags.oof_prediction_):
        assert (np.diff(each, axis=1) >= 0).all()


def test_a_file_of_levels_that_do_not_ascend_is_refused(tmp_path):
    plain = xgboost.XGBRegressor(
        objective="reg:quantileerror", quantile_alpha=[0.9, 0.1], n_estimators=2
    )
    try:
        plain.fit(X, Y)
    except xgboost.core.XGBoostError:
        pytest.skip("this xgboost refuses to train for them")
    plain.save_model(tmp_path / "model.json")
    with pytest.raises(ValueError, match="levels must ascend"):
        XGBRegressor().load_model(tmp_path / "model.json")


def test_levels_are_the_quantiles_of_large_leaves():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, size=(4000, 1))
    y = rng.exponential(size=4000) * (1 + 2 * X[:, 0])
    levels = [0.1, 0.5, 0.9]
    model = XGBRegressor(objective="quantile", quantile_alpha=levels, n_jobs=1, reg_lambda=0)
    expected = [np.quantile(y[X[:, 0] == value], levels) for value in (0, 1)]
    assert_allclose(model.fit(X, y).predict([[0], [1]]), expected, rtol=0.02)


@pytest.mark.parametrize("quantiles", [{}, QUANTILES])
@pytest.mark.parametrize("kind", ["split", "cross"])
def test_coverage_on_a_real_table(kind, quantiles, real_table):
    table = real_table("abalone").sample(frac=1, random_state=0)
    X, y = table.iloc[:, :-1], table.iloc[:, -1].to_numpy(float)
    params = {**SMALL, **quantiles, "conformal": kind, "validation_fraction": 0.3}
    model = XGBRegressor(**params).fit(X[:2000], y[:2000])
    lower, upper = model.predict_interval(X[2000:]).T
    # Standard errors: 0.012 from 600 scores, 0.006 from 2,177 new rows. Whole numbers tie.
    assert 0.86 <= np.mean((lower <= y[2000:]) & (y[2000:] <= upper)) <= 0.95


def test_cross_val_predict_gives_quantiles_in_order():
    model = XGBRegressor(**SMALL, **QUANTILES)
    found = cross_val_predict(model, X, Y, cv=KFold(3))
    assert found.shape == (400, 3)
    assert (np.diff(found, axis=1) >= 0).all()
