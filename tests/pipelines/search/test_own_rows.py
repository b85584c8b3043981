"""Scorers and steps that write into the rows they are given spoil them for nobody else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import model_selection
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import make_scorer
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from gridfold.pipelines import GridSearchCV


def data(n=60):
    random = np.random.default_rng(0)
    return random.normal(size=(n, 3)), random.normal(size=n)


def assert_same_scores(estimator, grid, X, y, **options):
    options = {"cv": 3, "refit": False, "error_score": "raise", **options}
    theirs = model_selection.GridSearchCV(estimator, grid, **options).fit(X, y)
    ours = GridSearchCV(estimator, grid, **options).fit(X, y)
    for key, expected in theirs.cv_results_.items():
        if key.startswith("split"):
            np.testing.assert_allclose(ours.cv_results_[key], expected, rtol=1e-9, err_msg=key)


def erases(estimator, X, y):
    before = estimator.predict(X).sum()
    if sparse.issparse(X):
        X.data[:] = 0.0
    elif hasattr(X, "iloc"):
        X.iloc[:, :] = 0.0
    else:
        X[...] = 0.0
    return before + estimator.predict(X).sum()


def shifts(y_true, y_pred):
    y_true += 1.0
    y_pred += 2.0
    return float(np.mean((y_true - y_pred) ** 2))


GRID = {"alpha": [0.1, 1.0, 10.0]}


@pytest.mark.parametrize("kind", [np.asarray, pd.DataFrame, sparse.csr_array])
@pytest.mark.parametrize("train", [False, True])
def test_a_scorer_may_write_into_its_rows(kind, train):
    X, y = data()
    untouched = X.copy()
    assert_same_scores(Ridge(), GRID, kind(X), y, scoring=erases, return_train_score=train)
    np.testing.assert_array_equal(X, untouched)


def test_a_metric_may_write_into_its_target_and_its_predictions():
    assert_same_scores(Ridge(), GRID, *data(), scoring=make_scorer(shifts))


def test_scorers_behind_one_that_writes_see_what_it_wrote():
    X, y = data()
    scoring = {"first": "r2", "second": erases, "third": "r2"}
    assert_same_scores(Ridge(), GRID, X, y, scoring=scoring)


def test_steps_that_write_in_place_get_rows_of_their_own_when_a_pipeline_scores_itself():
    X, _ = data()
    steps = [("a", MaxAbsScaler(copy=False)), ("b", StandardScaler()), ("m", KernelDensity())]
    grid = {"b": [MaxAbsScaler(), SimpleImputer(), StandardScaler()]}
    assert_same_scores(Pipeline(steps), grid, X, None)
