"""`explain` and importances of the estimators, on tables of every kind."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.fixes import parse_version

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting import XGBClassifier, XGBRanker, XGBRegressor  # noqa: E402

EXACT = {"rtol": 0, "atol": 1e-5}
SMALL = {"n_estimators": 8, "max_depth": 3, "n_jobs": 1}
N = 240


def table():
    """Numbers, text, dates, booleans and a pandas category; with missing cells."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size [m]": rng.normal(size=N),
            "colour": rng.choice(["red", "green", "blue"], N),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 500, N), "D"),
            "member": rng.random(N) > 0.5,
            "grade": pd.Categorical(rng.choice(["low", "high"], N)),
        }
    )
    frame.loc[::7, "colour"] = None
    frame.loc[::9, "size [m]"] = np.nan
    frame.loc[::11, "since"] = pd.NaT
    frame.index = [f"row {i}" for i in range(N)]
    return frame


FRAME = table()
SCORE = (
    FRAME["size [m]"].fillna(0)
    + 2 * (FRAME["colour"] == "red")
    + FRAME["member"] * (FRAME["grade"] == "high")
).to_numpy()
NUMBERS = np.random.default_rng(1).normal(size=(N, 4)).astype(np.float32)
TARGET = NUMBERS[:, 0] + NUMBERS[:, 1] * NUMBERS[:, 2]
CLASSES = np.array(["a", "b", "c"])[np.digitize(TARGET, [-0.5, 0.5])]


def margin(model, X, **options):
    members = model._member_predictions(X, margin=True, **options)
    return np.mean([np.asarray(each) for each in members], axis=0)


def check_sums(model, X, **options):
    """Values sum to the margin, interactions to the values; return the explanation."""
    found = model.explain(X, interactions=True, **options)
    assert_allclose(
        found.values.sum(axis=1) + found.base_values, margin(model, X, **options), **EXACT
    )
    assert_allclose(found.interactions.sum(axis=2), found.values, **EXACT)
    return found


def test_a_frame_with_text_dates_and_categories():
    y = np.where(SCORE > 1, "yes", "no")
    model = XGBClassifier(**SMALL).fit(FRAME, y)
    found = check_sums(model, FRAME)
    assert found.feature_names == ("size [m]", "colour", "since", "member", "grade")
    assert found.output_names == ("yes",)
    assert found.categorical == {"colour", "grade"}
    assert set(found.cells) == {"colour", "since", "grade"}
    assert_array_equal(found.index, FRAME.index)
    assert found.cells["colour"][1] == FRAME["colour"].iloc[1]
    assert np.isnan(found.data[0]).tolist() == [True, True, True, False, False]
    frame = found.to_frame()
    assert frame.shape == FRAME.shape
    assert found.mean_abs().index[0] in ("size [m]", "colour")
    assert_array_equal(found.cells["grade"], np.asarray(FRAME["grade"], dtype=object))


def test_columns_in_another_order_and_others_change_nothing():
    model = XGBRegressor(**SMALL).fit(FRAME, SCORE)
    other = FRAME[FRAME.columns[::-1]].assign(more="text")
    found, expected = model.explain(other), model.explain(FRAME)
    assert_array_equal(found.values, expected.values)
    assert_array_equal(found.data, expected.data)
    for name, cells in expected.cells.items():
        pd.testing.assert_series_equal(pd.Series(found.cells[name]), pd.Series(cells))
    with pytest.raises(ValueError, match="colour"):
        model.explain(FRAME.drop(columns="colour"))


def test_categories_that_were_not_learnt():
    model = XGBRegressor(**SMALL).fit(FRAME, SCORE)
    other = FRAME.assign(colour="violet")
    found = check_sums(model, other)
    assert set(found.cells["colour"]) == {"violet"}


def test_frames_of_polars():
    polars = pytest.importorskip("polars", reason="polars is not installed")
    plain = FRAME.reset_index(drop=True).astype({"grade": object})
    cells = {name: plain[name].astype(object) for name in plain}
    there = polars.DataFrame(
        {name: cells[name].where(plain[name].notna(), None).to_list() for name in plain}
    )
    model = XGBRegressor(**SMALL).fit(there, SCORE)
    found = check_sums(model, there)
    assert found.index is None
    assert set(found.cells) == {"colour", "since", "grade"}
    assert found.cells["colour"].tolist()[1:3] == plain["colour"].tolist()[1:3]
    table = model.permutation_importances(there, SCORE, n_repeats=1, random_state=0)
    assert table.index[0] == "colour"


def test_arrays_with_categories_and_arrays_of_objects():
    codes = np.column_stack([NUMBERS, np.arange(N) % 5 * 10.0])
    y = TARGET + (codes[:, 4] == 30)
    model = XGBRegressor(**SMALL, categorical_features=[4]).fit(codes, y)
    found = check_sums(model, codes)
    assert found.feature_names == ("f0", "f1", "f2", "f3", "f4")
    assert found.categorical == {"f4"}
    assert_array_equal(found.cells["f4"], codes[:, 4].astype(object))
    objects = FRAME.drop(columns=["since", "grade"]).to_numpy(dtype=object)
    model = XGBRegressor(**SMALL).fit(objects, SCORE)
    found = check_sums(model, objects)
    assert found.categorical == {"f1"}
    assert model.permutation_importances(objects, SCORE, n_repeats=1).shape == (3, 2)


def test_cells_that_a_sparse_matrix_does_not_hold_are_missing():
    held = sparse.random(N, 6, density=0.4, format="csr", random_state=0, dtype=np.float32)
    y = held.toarray()[:, 0] + 1.0
    for kind in (held, held.tocsc()):
        model = XGBRegressor(**SMALL).fit(kind, y)
        found = check_sums(model, kind)
        assert np.isnan(found.data).sum() == N * 6 - held.nnz
        assert_allclose(np.nan_to_num(found.data), held.toarray())
    with pytest.raises(TypeError, match="X is sparse"):
        model.permutation_importances(held, y)


def test_classes_targets_labels_and_quantiles_are_outputs():
    model = XGBClassifier(**SMALL).fit(NUMBERS, CLASSES)
    found = check_sums(model, NUMBERS)
    assert found.output_names == ("a", "b", "c")
    assert found.values.shape == (N, 4, 3)
    assert found.interactions.shape == (N, 4, 4, 3)
    targets = np.column_stack([TARGET, -TARGET])
    found = check_sums(XGBRegressor(**SMALL).fit(NUMBERS, targets), NUMBERS)
    assert found.output_names == (0, 1)
    labels = np.column_stack([TARGET > 0, TARGET > 1, NUMBERS[:, 3] > 0]).astype(int)
    found = check_sums(XGBClassifier(**SMALL).fit(NUMBERS, labels), NUMBERS)
    assert found.output_names == (0, 1, 2)
    levels = [0.1, 0.5, 0.9]
    params = {**SMALL, "objective": "reg:quantileerror", "quantile_alpha": levels}
    found = check_sums(XGBRegressor(**params).fit(NUMBERS, TARGET), NUMBERS)
    assert found.output_names == (0.1, 0.5, 0.9)


def test_a_number_that_stands_for_missing_cells():
    marked = np.where(NUMBERS > 1, -999, NUMBERS)
    model = XGBRegressor(**SMALL, missing=-999).fit(marked, TARGET)
    found = check_sums(model, marked)
    assert_array_equal(found.data, np.where(NUMBERS > 1, np.nan, NUMBERS))


def test_one_output_has_no_name_and_no_axis():
    model = XGBRegressor(**SMALL).fit(NUMBERS, TARGET)
    found = check_sums(model, NUMBERS)
    assert found.output_names is None
    assert found.values.shape == (N, 4)
    assert found.base_values.shape == (N,)
    assert found.interactions.shape == (N, 4, 4)
    assert model.explain(NUMBERS).interactions is None


def test_the_ranker():
    qid = np.repeat(np.arange(N // 10), 10)
    relevance = (TARGET > 0).astype(int)
    model = XGBRanker(**SMALL).fit(NUMBERS, relevance, qid=qid)
    assert check_sums(model, NUMBERS).values.shape == (N, 4)
    assert model.importances().index[0] in ("f0", "f1", "f2")
    options = {"n_repeats": 2, "random_state": 0}
    by_query = model.permutation_importances(NUMBERS, relevance, qid=qid, **options)
    expected = permutation_importance(
        model,
        NUMBERS,
        relevance,
        scoring=lambda model, X, y: model.score(X, y, qid=qid),
        **options,
    )
    names = ["f0", "f1", "f2", "f3"]
    assert_array_equal(by_query.loc[names, "mean"], expected.importances_mean)
    as_one = model.permutation_importances(NUMBERS, relevance, **options)
    assert not as_one.loc[names].equals(by_query.loc[names])
    frame = pd.DataFrame(NUMBERS, columns=names).assign(qid=qid)
    of_frame = XGBRanker(**SMALL).fit(frame, relevance)
    pd.testing.assert_frame_equal(
        of_frame.permutation_importances(frame, relevance, **options), by_query
    )
    assert of_frame.explain(frame).feature_names == tuple(names)


def test_a_margin_to_begin_with():
    model = XGBRegressor(**SMALL).fit(NUMBERS, TARGET)
    begin = np.linspace(-1, 1, N)
    check_sums(model, NUMBERS, base_margin=begin)
    found = model.explain(NUMBERS, base_margin=pd.Series(begin))
    assert_allclose(np.diff(found.base_values), np.diff(begin), **EXACT)
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples.*240.*7"):
        model.explain(NUMBERS, base_margin=np.zeros(7))


def test_bags_and_early_stopping_and_refits():
    for own in (
        {"n_bags": 3},
        {"early_stopping_rounds": 2},
        {"early_stopping_rounds": 2, "refit_full": True},
    ):
        params = {**SMALL, "n_estimators": 40, "learning_rate": 0.8, **own}
        model = XGBRegressor(**params).fit(FRAME, SCORE)
        check_sums(model, FRAME)
        assert set(model.importances().index) == set(FRAME.columns)


def test_the_answer_is_in_the_library_and_on_the_device_of_x(foreign):
    model = XGBClassifier(**SMALL).fit(NUMBERS, CLASSES)
    expected = model.explain(NUMBERS, interactions=True)
    found = model.explain(foreign.put(NUMBERS), interactions=True)
    for name in ("values", "base_values", "interactions", "data"):
        array = getattr(found, name)
        assert foreign.owns(array)
        assert_array_equal(foreign.host(array), getattr(expected, name))
    table = model.permutation_importances(foreign.put(NUMBERS), CLASSES, n_repeats=1)
    assert table.shape == (4, 2)


def test_nothing_is_written_into_x_and_the_model_stays_as_it_is():
    model = XGBClassifier(**SMALL).fit(FRAME, SCORE > 1)
    before, x_before = pickle.dumps(model), FRAME.copy(deep=True)
    model.explain(FRAME, interactions=True)
    model.importances()
    model.permutation_importances(FRAME, SCORE > 1, n_repeats=1)
    assert pickle.dumps(model) == before
    pd.testing.assert_frame_equal(FRAME, x_before)


def test_too_large_results_are_an_error_that_says_the_bytes_and_how_many_rows_fit():
    model = XGBClassifier(**SMALL).fit(NUMBERS, CLASSES)
    needed = 4 * N * 3 * (4 + 16)
    assert model.explain(NUMBERS, interactions=True, max_bytes=needed).interactions is not None
    with pytest.raises(ValueError, match=r"240 rows, 4 columns and 3 output.*take 5.76e.04 "):
        model.explain(NUMBERS, interactions=True, max_bytes=needed - 1)
    with pytest.raises(ValueError, match="at most 100 rows at a time or raise max_bytes"):
        model.explain(NUMBERS, max_bytes=4 * 100 * 3 * 4)


def test_models_that_are_not_fitted_and_tables_without_rows():
    for method in ("explain", "importances", "permutation_importances"):
        given = {"explain": (NUMBERS,), "importances": ()}.get(method, (NUMBERS, TARGET))
        with pytest.raises(NotFittedError):
            getattr(XGBRegressor(), method)(*given)
    model = XGBRegressor(**SMALL).fit(NUMBERS, TARGET)
    with pytest.raises(ValueError, match="0 sample"):
        model.explain(NUMBERS[:0])


def test_rows_by_path_are_an_error_that_says_what_to_do():
    model = XGBRegressor(**SMALL).fit(NUMBERS, TARGET)
    for X in ("table.parquet", Path("table.parquet")):
        with pytest.raises(TypeError, match="read those rows first"):
            model.explain(X)
        with pytest.raises(TypeError, match="read those rows first"):
            model.permutation_importances(X, "y")


def test_vector_leaves_are_explained_or_the_error_says_what_to_do():
    targets = np.column_stack([TARGET, -TARGET])
    model = XGBRegressor(**SMALL, multi_strategy="multi_output_tree").fit(NUMBERS, targets)
    if parse_version(xgboost.__version__) >= parse_version("3.4"):
        assert check_sums(model, NUMBERS).values.shape == (N, 4, 2)
    else:
        with pytest.raises(NotImplementedError, match="one_output_per_tree"):
            model.explain(NUMBERS)
    assert set(model.importances().index) == {"f0", "f1", "f2", "f3"}


def test_calibrated_and_loaded_models_explain_their_margin(tmp_path):
    y = np.where(SCORE > 1, "yes", "no")
    calibrated = XGBClassifier(**SMALL, calibration="sigmoid").fit(FRAME, y)
    check_sums(calibrated, FRAME)
    model = XGBClassifier(**SMALL).fit(FRAME, y)
    model.save_model(tmp_path / "model.json")
    loaded = XGBClassifier()
    loaded.load_model(tmp_path / "model.json")
    found, expected = check_sums(loaded, FRAME), model.explain(FRAME)
    assert_array_equal(found.values, expected.values)
    assert found.output_names == ("yes",)
    assert found.feature_names == expected.feature_names
    pd.testing.assert_frame_equal(loaded.importances(), model.importances())


def test_importances_are_those_of_xgboost():
    model = XGBClassifier(**SMALL).fit(FRAME, SCORE > 1)
    table = model.importances(normalize=True)
    assert_allclose(table.loc[list(FRAME.columns), "gain"], model.feature_importances_, rtol=1e-5)
    assert_array_equal(table["gain"], np.sort(table["gain"])[::-1])


def test_permutation_importances_are_those_of_scikit_learn():
    model = XGBClassifier(**SMALL).fit(FRAME, np.where(SCORE > 1, "yes", "no"))
    y = np.where(SCORE > 1, "yes", "no")
    options = {"scoring": "roc_auc", "n_repeats": 2, "random_state": 0}
    found = model.permutation_importances(FRAME.assign(more=1), y, **options)
    expected = permutation_importance(model, FRAME, y, **options)
    assert_array_equal(found.loc[list(FRAME.columns), "mean"], expected.importances_mean)
    assert_array_equal(found.loc[list(FRAME.columns), "std"], expected.importances_std)
    weights = np.linspace(0.1, 2, N)
    weighted = model.permutation_importances(FRAME, y, **options, sample_weight=weights)
    assert not weighted.equals(found)


def test_a_model_fitted_without_names_takes_columns_by_position():
    model = XGBRegressor(**SMALL).fit(NUMBERS, TARGET)
    frame = pd.DataFrame(NUMBERS, columns=list("wxyz"))
    with pytest.warns(UserWarning, match="fitted without"):
        found = model.explain(frame)
    assert_array_equal(found.values, model.explain(NUMBERS).values)
    options = {"n_repeats": 1, "random_state": 0}
    pd.testing.assert_frame_equal(
        model.permutation_importances(frame, TARGET, **options),
        model.permutation_importances(NUMBERS, TARGET, **options),
    )


def test_the_last_step_of_a_pipeline():
    shift = FunctionTransformer(lambda X: X.assign(twice=2 * X["size [m]"]))
    pipe = make_pipeline(shift, XGBClassifier(**SMALL)).fit(FRAME, SCORE > 1)
    found = pipe[-1].explain(pipe[:-1].transform(FRAME))
    assert found.feature_names[-1] == "twice"
    assert_allclose(
        found.values.sum(axis=1) + found.base_values, pipe.predict(FRAME, output_margin=True),
        **EXACT,
    )  # fmt: skip


def test_the_pictures_know_the_cells():
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")
    pyplot.switch_backend("agg")
    model = XGBClassifier(**SMALL).fit(FRAME, SCORE > 1)
    found = model.explain(FRAME)
    beside = [label.get_text() for label in found.plot_row(1).get_yticklabels()]
    assert f"colour = {FRAME['colour'].iloc[1]}" in beside
    along = [label.get_text() for label in found.plot_dependence("colour").get_xticklabels()]
    assert along == ["blue", "green", "red"]
    pyplot.close("all")


@pytest.mark.gpu
@pytest.mark.parametrize("foreign", ["cupy"], indirect=True)
def test_a_model_on_the_gpu_explains_there(foreign):
    X, there = NUMBERS, foreign.put(NUMBERS)
    on_gpu = XGBClassifier(**SMALL, device="cuda").fit(there, CLASSES)
    expected = on_gpu.set_params(device="cpu").explain(X, interactions=True)
    on_gpu.set_params(device="cuda")
    for given in (there, X):
        found = on_gpu.explain(given, interactions=True)
        assert_allclose(foreign.host(found.values), expected.values, **EXACT)
        assert_allclose(foreign.host(found.interactions), expected.interactions, **EXACT)
