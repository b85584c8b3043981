"""Checkpoints: what was computed before a break is not computed again, and no other file is."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.pipelines import GridSearchCV, HalvingGridSearchCV

FITS: list[float] = []


class Countdown(RegressorMixin, BaseEstimator):
    """Fits Ridge, counts its fits, and is interrupted at the one numbered `stop`."""

    stop = 10**9

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def fit(self, X, y):
        if len(FITS) == Countdown.stop:
            raise KeyboardInterrupt
        FITS.append(self.alpha)
        self.model_ = Ridge(alpha=self.alpha).fit(X, y)
        return self

    def predict(self, X):
        return self.model_.predict(X)


@pytest.fixture(autouse=True)
def nothing_counted():
    FITS.clear()
    Countdown.stop = 10**9
    yield
    Countdown.stop = 10**9


def data(n=60):
    random = np.random.default_rng(0)
    return random.normal(size=(n, 3)), random.normal(size=n)


GRID = {"alpha": [0.1, 1.0, 10.0, 100.0]}


def assert_equal_results(first, second):
    for key in second.cv_results_:
        if key.startswith(("split", "mean_test", "rank")):
            np.testing.assert_array_equal(first.cv_results_[key], second.cv_results_[key])


def test_an_interrupted_search_goes_on_where_it_was(tmp_path):
    X, y = data()
    path = tmp_path / "search.jsonl"
    search = GridSearchCV(Countdown(), GRID, cv=3, refit=False, checkpoint=path)
    Countdown.stop = 7
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    Countdown.stop = 10**9
    search.fit(X, y)
    assert len(FITS) == 12
    assert_equal_results(search, model_selection.GridSearchCV(Countdown(), GRID, cv=3).fit(X, y))


def test_a_finished_search_is_read_back(tmp_path):
    X, y = data()
    model = make_pipeline(StandardScaler(), Ridge())
    grid = {"ridge__alpha": np.logspace(-2, 2, 5)}
    options = {"cv": 3, "scoring": ["r2", "neg_mean_squared_error"], "refit": "r2"}
    options["checkpoint"] = tmp_path / "ridge.jsonl"
    first = GridSearchCV(model, grid, **options).fit(X, y)
    size = options["checkpoint"].stat().st_size
    second = GridSearchCV(model, grid, **options).fit(X, y)
    assert options["checkpoint"].stat().st_size == size
    assert_equal_results(second, first)
    assert second.best_params_ == first.best_params_
    assert "15 of 15 results were read from the checkpoint" in str(second.plan_)


def test_more_candidates_are_added_to_those_known(tmp_path):
    X, y = data()
    path = tmp_path / "search.jsonl"
    GridSearchCV(Countdown(), {"alpha": [0.1, 1.0]}, cv=3, refit=False, checkpoint=path).fit(X, y)
    more = GridSearchCV(Countdown(), GRID, cv=3, refit=False, checkpoint=path).fit(X, y)
    assert FITS.count(0.1) == 3
    assert len(FITS) == 12
    assert np.isfinite(more.cv_results_["mean_test_score"]).all()


def test_a_line_cut_off_is_computed_again(tmp_path):
    X, y = data()
    path = tmp_path / "search.jsonl"
    search = GridSearchCV(Countdown(), GRID, cv=3, refit=False, checkpoint=path).fit(X, y)
    path.write_bytes(path.read_bytes()[:-10])
    again = GridSearchCV(Countdown(), GRID, cv=3, refit=False, checkpoint=path).fit(X, y)
    assert len(FITS) == 13
    assert_equal_results(again, search)
    assert all(json.loads(line) for line in path.read_text().splitlines())


@pytest.mark.parametrize("change", ["data", "estimator", "scoring"])
def test_the_checkpoint_of_another_search_is_refused(tmp_path, change):
    X, y = data()
    options = {"cv": 3, "refit": False, "checkpoint": tmp_path / "search.jsonl"}
    GridSearchCV(Ridge(), GRID, **options).fit(X, y)
    estimator = Ridge(tol=1e-3) if change == "estimator" else Ridge()
    if change == "scoring":
        options["scoring"] = "neg_mean_absolute_error"
    other = X + 1 if change == "data" else X
    with pytest.raises(ValueError, match="checkpoint of another search"):
        GridSearchCV(estimator, GRID, **options).fit(other, y)


def test_another_file_is_left_alone(tmp_path):
    X, y = data()
    path = tmp_path / "notes.txt"
    path.write_text("mine\n")
    with pytest.raises(ValueError, match="no checkpoint"):
        GridSearchCV(Ridge(), GRID, cv=3, checkpoint=path).fit(X, y)
    assert path.read_text() == "mine\n"
    with pytest.raises(OSError, match="no folder"):
        GridSearchCV(Ridge(), GRID, cv=3, checkpoint=tmp_path / "no" / "where").fit(X, y)


@pytest.mark.filterwarnings("ignore:\\n3 fits failed", "ignore:One or more of the test scores")
def test_failed_fits_and_nan_scores_are_kept_too(tmp_path):
    X, y = data()
    grid = {"alpha": [1.0, -1.0]}
    options = {"cv": 3, "refit": False, "checkpoint": tmp_path / "search.jsonl"}
    for _ in range(2):
        search = GridSearchCV(Ridge(), grid, **options).fit(X, y)
        assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [False, True]


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_halving_search_keeps_each_of_its_rounds(tmp_path, n_jobs):
    X, y = data(200)
    path = tmp_path / "halving.jsonl"
    options = {"cv": 3, "random_state": 0, "n_jobs": n_jobs, "checkpoint": path}
    first = HalvingGridSearchCV(Ridge(), GRID, **options).fit(X, y)
    size = path.stat().st_size
    second = HalvingGridSearchCV(Ridge(), GRID, **options).fit(X, y)
    assert path.stat().st_size == size
    assert_equal_results(second, first)
