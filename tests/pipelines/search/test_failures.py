"""Data that a step, a model or a metric refuses score as in scikit-learn's search."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.linear_model import LassoLars, Ridge
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from gridfold.pipelines import GridSearchCV

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4))
y = X @ [1.0, 2.0, 0.0, -1.0] + 0.3 * rng.normal(size=60)
HOLED = X.copy()
HOLED[3, 2] = np.nan
HALVES = [(np.arange(30, 60), np.arange(30))]


def scores_and_warnings(cls, estimator, grid, X, y, **options):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        search = cls(clone(estimator), grid, refit=False, error_score=-7.0, **options).fit(X, y)
    results = {k: v for k, v in search.cv_results_.items() if k.startswith(("split", "mean"))}
    times = {k for k in results if k.endswith("_time")}
    scores = {k: v for k, v in results.items() if k not in times}
    return scores, {warning.category for warning in seen}


def assert_same(estimator, grid, X, y, **options):
    both = (model_selection.GridSearchCV, GridSearchCV)
    theirs, ours = (scores_and_warnings(cls, estimator, grid, X, y, **options) for cls in both)
    assert any(np.any(scores == -7.0) for scores in theirs[0].values())
    for key, expected in theirs[0].items():
        np.testing.assert_allclose(ours[0][key], expected, rtol=1e-9, err_msg=key)
    assert ours[1] == theirs[1]


CASES = {
    "ridge": (Ridge(), {"alpha": [1.0, 2.0]}),
    "scaled ridge": (make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [1.0, 2.0]}),
    "neighbours": (KNeighborsRegressor(), {"n_neighbors": [1, 3]}),
    "components": (make_pipeline(PCA(), LassoLars()), {"pca__n_components": [1, 2]}),
}


@pytest.mark.parametrize("scoring", [None, "neg_max_error"])
@pytest.mark.parametrize("cv", [4, HALVES], ids=["folds", "only in the test part"])
@pytest.mark.parametrize("case", CASES)
def test_a_missing_value_fails_where_it_is(case, cv, scoring):
    assert_same(*CASES[case], HOLED, y, cv=cv, scoring=scoring)


@pytest.mark.parametrize("cv", [4, HALVES], ids=["folds", "only in the test part"])
def test_a_missing_target_fails_where_it_is(cv):
    assert_same(*CASES["ridge"], X, np.where(np.arange(60) == 3, np.nan, y), cv=cv)


@pytest.mark.parametrize("model", [Ridge(), LassoLars()])
def test_an_unknown_category_fails_the_score_and_not_the_search(model):
    frame = pd.DataFrame({"kind": np.repeat(["a", "b", "c"], 20), "x": X[:, 0]})
    columns = ColumnTransformer([("kind", OneHotEncoder(), ["kind"])], remainder="passthrough")
    grid = {f"{type(model).__name__.lower()}__alpha": [0.1, 1.0]}
    assert_same(make_pipeline(columns, model), grid, frame, y, cv=KFold(3))


def test_a_metric_that_is_not_for_this_kind_of_model():
    assert_same(*CASES["ridge"], X, (y > 0).astype(int), scoring="accuracy")


def test_one_bad_member_is_not_the_shared_fits_fault():
    from xgboost import XGBRegressor

    grid = {"n_estimators": [2, 4], "max_depth": [2, -3]}
    assert_same(XGBRegressor(n_jobs=1), grid, X, y, cv=3)


def test_an_error_of_a_members_own_does_not_seem_to_come_from_a_shared_fit():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        GridSearchCV(KNeighborsRegressor(), {"n_neighbors": [1, 500]}, refit=False).fit(X, y)
    texts = [str(warning.message) for warning in seen]
    assert any("Expected n_neighbors <= n_samples_fit" in text for text in texts)
    assert not any("During handling" in text or "Declined" in text for text in texts)
