"""Searches on a device: the same scores, X moved there once and never back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from helpers.host_reads import count_reads
from numpy.testing import assert_allclose
from sklearn import linear_model, neighbors, preprocessing, svm
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import gridfold
from gridfold.estimators import (
    KNeighborsClassifier,
    LogisticRegression,
    Ridge,
    StandardScaler,
    arrays,
)
from gridfold.estimators.arrays import HOST, DeviceError, Place, find_place, is_foreign, place_of
from gridfold.pipelines import (
    GridSearchCV,
    HalvingGridSearchCV,
    Pipeline,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
)

ALPHAS = {"alpha": [0.1, 10.0, 1000.0]}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 4)) * [1.0, 2.0, 0.5, 1.0]
    return X, X @ [1.0, -1.0, 2.0, 0.0] + rng.normal(size=150)


@pytest.fixture
def gpu(monkeypatch):
    """A device of another library that NumPy cannot read, in place of a GPU."""
    xp = pytest.importorskip("array_api_strict", reason="array-api-strict is not installed")
    place = Place(xp, xp.Device("device1"))
    monkeypatch.setattr(arrays, "_cuda_place", lambda X, index: place)
    return place


@pytest.fixture
def moved(monkeypatch):
    """The sizes of the arrays that are moved, by the way they go."""
    found = {"to the device": [], "to the host": count_reads(monkeypatch)}
    put = Place.put

    def counted(self, array, dtype=None):
        if place_of(array) == HOST and self != HOST:
            found["to the device"].append(np.size(array))
        if place_of(array) != HOST and self == HOST:
            found["to the host"].append(int(np.prod(array.shape)))
        return put(self, array, dtype)

    monkeypatch.setattr(Place, "put", counted)
    return found


def test_a_search_of_scikit_learns_classes_on_a_device(data, gpu):
    X, y = data
    scaler, model = preprocessing.StandardScaler(), linear_model.Ridge()
    grid = {"ridge__alpha": ALPHAS["alpha"]}
    here = GridSearchCV(make_pipeline(scaler, model), grid).fit(X, y)
    there = GridSearchCV(make_pipeline(scaler, model), grid, device="cuda").fit(X, y)
    for name, scores in here.cv_results_.items():
        if "score" in name and "time" not in name:
            assert_allclose(there.cv_results_[name], scores, rtol=1e-10)
    assert there.cv_results_["params"] == here.cv_results_["params"]
    assert type(there.best_estimator_[-1]) is Ridge
    assert is_foreign(there.best_estimator_[-1].coef_)
    assert_allclose(there.predict(X), here.predict(X), rtol=1e-10)
    assert isinstance(there.predict(X), np.ndarray)
    assert there.score(X, y) == pytest.approx(here.score(X, y), rel=1e-10)


@pytest.mark.parametrize("by", ["parameter", "setting"])
def test_x_is_moved_once_and_never_back(data, gpu, moved, by):
    X, y = data
    device = "cuda" if by == "parameter" else None
    pipeline = make_pipeline(StandardScaler(), Ridge())
    search = GridSearchCV(pipeline, {"ridge__alpha": ALPHAS["alpha"]}, device=device, refit=False)
    with gridfold.config_context(device="cuda" if by == "setting" else None):
        search.fit(X, y)
    assert sum(size > 2 * len(y) for size in moved["to the device"]) == 1
    assert max(moved["to the host"], default=0) <= 2 * len(y)


def test_halving_and_random_searches(data, gpu):
    X, y = data
    for cls, options in (
        (HalvingGridSearchCV, {"random_state": 0}),
        (RandomizedSearchCV, {"n_iter": 2, "random_state": 0}),
    ):
        here = cls(linear_model.Ridge(), ALPHAS, **options).fit(X, y)
        there = cls(linear_model.Ridge(), ALPHAS, device="cuda", **options).fit(X, y)
        name = "mean_test_score"
        assert_allclose(there.cv_results_[name], here.cv_results_[name], rtol=1e-10)


def test_what_computes_on_the_host_keeps_x_there_and_the_plan_says_so(data, gpu):
    X, y = data
    pipeline = make_pipeline(FunctionTransformer(np.cbrt), linear_model.Ridge())
    grid = {"ridge__alpha": ALPHAS["alpha"]}
    there = GridSearchCV(pipeline, grid, device="cuda").fit(X, y)
    assert "X stays on the host: FunctionTransformer computes there" in there.plan_.notes
    here = GridSearchCV(pipeline, grid).fit(X, y)
    name = "mean_test_score"
    assert_allclose(there.cv_results_[name], here.cv_results_[name], rtol=1e-10)
    table = pd.DataFrame(X, columns=list("abcd"))
    there = GridSearchCV(linear_model.Ridge(), ALPHAS, device="cuda").fit(table, y)
    assert any("it is a DataFrame" in note for note in there.plan_.notes)
    assert list(there.feature_names_in_) == list("abcd")
    here = GridSearchCV(linear_model.Ridge(), ALPHAS).fit(table, y)
    assert_allclose(there.cv_results_[name], here.cv_results_[name], rtol=1e-10)


HOST_ONLY = [RandomForestRegressor(5, random_state=0), svm.SVR()]


@pytest.mark.parametrize("model", HOST_ONLY, ids=repr)
@pytest.mark.parametrize("where", ["step", "inner step", "candidate"])
def test_what_computes_on_the_host_keeps_x_there_wherever_it_stands(data, gpu, moved, model, where):
    X, y = data
    scaled = make_pipeline(preprocessing.MinMaxScaler(), model)
    pipeline = Pipeline([("model", scaled if where == "inner step" else model)])
    grid = {"model__C": [1.0, 9.0]} if where == "step" and hasattr(model, "C") else {}
    if where == "candidate":
        pipeline = Pipeline([("model", linear_model.Ridge())])
        grid = {"model": [linear_model.Ridge(), model]}
    search = GridSearchCV(pipeline, grid, device="cuda").fit(X, y)
    (note,) = (note for note in search.plan_.notes if "stays" in note)
    assert f"{type(model).__name__} computes there" in note
    assert ("'model' of a candidate" in note) == (where == "candidate")
    if where == "step":
        assert not moved["to the device"]
    plain = GridSearchCV(pipeline, grid).fit(X, y)
    name = "mean_test_score"
    assert_allclose(search.cv_results_[name], plain.cv_results_[name], rtol=1e-10)


class Drawn:
    """A distribution of which nothing is known before it is asked."""

    def __init__(self, model):
        self.model = model

    def rvs(self, random_state=None):
        return self.model


def test_a_candidate_that_nobody_foresaw(data, gpu):
    X, y = data
    pipeline = Pipeline([("model", linear_model.Ridge())])
    options = {"n_iter": 1, "device": "cuda", "random_state": 0}
    search = RandomizedSearchCV(pipeline, {"model": Drawn(RandomForestRegressor())}, **options)
    with pytest.raises(NotImplementedError, match="'model' to RandomForestRegressor"):
        search.fit(X, y)
    search = RandomizedSearchCV(pipeline, {"model": Drawn(svm.SVR())}, **options).fit(X, y)
    plain = GridSearchCV(svm.SVR(), {}).fit(X, y)
    assert search.best_score_ == pytest.approx(plain.best_score_, rel=1e-10)
    models = {"model": [linear_model.Ridge(), linear_model.LinearRegression()]}
    search = GridSearchCV(pipeline, models, device="cuda").fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert type(search.cv_results_["params"][0]["model"]) is linear_model.Ridge
    assert type(search.best_estimator_[-1]).__module__.startswith("gridfold")


def test_one_process_drives_a_device(data, gpu, monkeypatch):
    from gridfold.pipelines.search.running import evaluate

    def refuse(*args):
        raise AssertionError("workers were started")

    monkeypatch.setattr(evaluate, "_in_workers", refuse)
    X, y = data
    GridSearchCV(KNeighborsClassifier(), {"p": [1, 2]}, n_jobs=2, device="cuda").fit(X, y > 0)


def test_a_gpu_that_is_not_there_is_an_error(data, monkeypatch):
    monkeypatch.setattr(arrays, "_gpu_problem", lambda: "no GPU was found")
    X, y = data
    search = GridSearchCV(linear_model.Ridge(), ALPHAS, device="cuda")
    for call in (search.fit, search.plan):
        with pytest.raises(DeviceError, match="no GPU was found"):
            call(X, y)
    with pytest.raises(ValueError, match="tpu"):
        GridSearchCV(linear_model.Ridge(), ALPHAS, device="tpu").fit(X, y)


def test_the_cpu_by_name_computes_there(data, foreign):
    X, y = data
    search = GridSearchCV(Ridge(), ALPHAS, device="cpu").fit(foreign.put(X), foreign.put(y))
    assert place_of(search.best_estimator_.coef_) == find_place("cpu", foreign.put(X))
    plain = GridSearchCV(linear_model.Ridge(), ALPHAS).fit(X, y)
    name = "mean_test_score"
    assert_allclose(search.cv_results_[name], plain.cv_results_[name], rtol=1e-10)


# --- X of another library ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sharing": "off"},
        {"audit": 3},
        {"scoring": ["r2", "neg_mean_absolute_error"], "refit": "r2"},
        {"scoring": make_scorer(lambda y, p: float(np.sum(y * p)))},
        {"scoring": "neg_mean_absolute_error", "return_train_score": True},
        {"return_predictions": True},
        {"memory_limit": "20 kB", "return_train_score": True},
    ],
    ids=str,
)
def test_options_of_a_search(data, foreign, options):
    X, y = data
    plain = GridSearchCV(Ridge(), ALPHAS, **options).fit(X, y)
    weighted = isinstance(options.get("scoring"), str)
    weight = {"sample_weight": foreign.put(np.ones(len(y)))} if weighted else {}
    search = GridSearchCV(Ridge(), ALPHAS, **options)
    search.fit(foreign.put(X), foreign.put(y), **weight)
    for name, scores in plain.cv_results_.items():
        if "score" in name and "time" not in name:
            assert_allclose(search.cv_results_[name], scores, rtol=1e-10, err_msg=name)
    if "return_predictions" in options:
        assert_allclose(search.predictions_, plain.predictions_, rtol=1e-10)
    assert foreign.owns(search.predict(foreign.put(X)))


def test_a_checkpoint_is_taken_up(data, foreign, tmp_path):
    X, y = data
    options = {"checkpoint": tmp_path / "search.jsonl", "refit": False}
    first = GridSearchCV(Ridge(), ALPHAS, **options).fit(foreign.put(X), y)
    second = GridSearchCV(Ridge(), ALPHAS, **options).fit(foreign.put(X), y)
    assert "15 of 15 results were read from the checkpoint" in second.plan_.notes
    name = "mean_test_score"
    assert_allclose(second.cv_results_[name], first.cv_results_[name], rtol=0)


def test_a_scorer_of_the_users_is_given_the_rows_themselves(data, foreign):
    X, y = data

    def scorer(estimator, X, y):
        assert foreign.owns(X)
        return -mean_absolute_error(y, estimator.predict(X))

    search = GridSearchCV(Ridge(), ALPHAS, scoring=scorer).fit(foreign.put(X), y)
    plain = GridSearchCV(Ridge(), ALPHAS, scoring="neg_mean_absolute_error").fit(X, y)
    name = "mean_test_score"
    assert_allclose(search.cv_results_[name], plain.cv_results_[name], rtol=1e-10)
    with pytest.raises(NotImplementedError, match="make_scorer"):
        GridSearchCV(Ridge(), ALPHAS, scoring=scorer, sharing="off").fit(foreign.put(X), y)


@pytest.mark.parametrize("model", [LogisticRegression(), KNeighborsClassifier()], ids=repr)
def test_cross_validation(data, foreign, model):
    X, y = data
    c = y > 0
    for function, options in (
        (cross_val_score, {}),
        (cross_val_predict, {"method": "predict_proba"}),
    ):
        expected = function(model, X, c, **options)
        found = function(model, foreign.put(X), c, **options)
        assert_allclose(found, expected, rtol=1e-8)
    both = cross_validate(model, foreign.put(X), c, scoring=["accuracy", "roc_auc"])
    assert_allclose(both["test_roc_auc"], cross_val_score(model, X, c, scoring="roc_auc"))


def test_texts_as_labels(data, foreign):
    X, y = data
    words = np.where(y > 0, "high", "low")
    plain = GridSearchCV(neighbors.KNeighborsClassifier(), {"n_neighbors": [3, 9]}).fit(X, words)
    search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [3, 9]})
    search.fit(foreign.put(X), words)
    name = "mean_test_score"
    assert_allclose(search.cv_results_[name], plain.cv_results_[name], rtol=0)
