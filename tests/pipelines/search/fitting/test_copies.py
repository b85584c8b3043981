"""Scorers and models that write into the rows to be scored disturb no other member."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn import model_selection
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from gridfold.pipelines import GridSearchCV
from gridfold.pipelines.search.fitting.copies import copy_of, same_content

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4)) * 3
y = X @ [1.0, 2.0, 0.0, -1.0] + 0.3 * rng.normal(size=60)


def erases(estimator, X, y):
    """Asks before and after: rows that are changed have other answers."""
    before = estimator.predict(X).sum()
    if hasattr(X, "iloc"):
        X.iloc[:, 0] = 0.0
    elif hasattr(X, "data") and not isinstance(X, np.ndarray):
        X.data[...] = 0.0
    else:
        X[...] = 0.0
    return float(before + 2 * estimator.predict(X).sum())


def erases_targets(estimator, X, y):
    score = float(np.abs(estimator.predict(X) - y).max())
    y[...] = 0.0
    return score


def refits(estimator, X, y):
    return float(estimator.fit(X, y).predict(X)[0])


def assert_same(estimator, grid, X, y=None, **options):
    searches = (
        cls(estimator, grid, refit=False, return_train_score=True, **options).fit(X, y)
        for cls in (model_selection.GridSearchCV, GridSearchCV)
    )
    theirs, ours = (search.cv_results_ for search in searches)
    keys = [key for key in theirs if key.startswith(("split", "mean_test", "mean_train"))]
    assert len(keys) == 12
    for key in keys:
        np.testing.assert_allclose(ours[key], theirs[key], rtol=1e-9)


ALPHAS = {"alpha": [0.1, 10.0, 1000.0]}


@pytest.mark.parametrize("model", [Ridge(), Ridge(solver="lsqr")], ids=["shared", "alone"])
@pytest.mark.parametrize("scorer", [erases, {"own": erases}], ids=["one", "of several"])
@pytest.mark.parametrize("form", [np.array, pd.DataFrame, csr_matrix])
def test_a_scorer_may_write_into_the_rows(form, scorer, model):
    assert_same(model, ALPHAS, form(X), y, scoring=scorer)


def test_a_scorer_may_write_into_the_target():
    assert_same(Ridge(), ALPHAS, X, y, scoring=erases_targets)


def test_a_scorer_may_change_the_estimator_before_the_training_part_is_scored():
    scoring = {"error": "neg_median_absolute_error", "own": refits}
    names = ("test_error", "test_own", "train_error", "train_own")
    for model in (Ridge(), make_pipeline(StandardScaler(), Ridge())):
        grid = {name: [0.1, 1e3] for name in model.get_params() if name.endswith("alpha")}
        theirs, ours = (
            cls(model, grid, scoring=scoring, refit=False, return_train_score=True).fit(X, y)
            for cls in (model_selection.GridSearchCV, GridSearchCV)
        )
        for key in (f"mean_{name}" for name in names):
            np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], rtol=1e-9)


def test_a_pipeline_may_write_into_the_rows_that_it_scores():
    steps = [("a", MaxAbsScaler(copy=False)), ("b", StandardScaler()), ("model", KernelDensity())]
    estimator, grid = Pipeline(steps), {"b": [MaxAbsScaler(), SimpleImputer(), MaxAbsScaler()]}
    scores = [
        cls(estimator, grid, refit=False).fit(X.copy()).cv_results_["mean_test_score"]
        for cls in (model_selection.GridSearchCV, GridSearchCV)
    ]
    np.testing.assert_allclose(scores[1], scores[0], rtol=1e-9)


KINDS = {
    "array": np.asfortranarray(X),
    "with holes": np.where(X > 5, np.nan, X),
    "frame": pd.DataFrame(X),
    "sparse": csr_matrix(X),
    "list": X.tolist(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_has_the_same_content_until_it_is_changed(kind):
    rows = KINDS[kind]
    copy = copy_of(rows)
    assert copy is not rows
    assert same_content(copy, rows)
    if kind == "frame":
        copy.iloc[3, 1] = 7.0
    elif kind == "list":
        copy[3][1] = 7.0
    else:
        copy[3, 1] = 7.0
    assert not same_content(copy, rows)


def test_a_copy_of_an_array_has_its_layout():
    assert copy_of(np.asfortranarray(X)).flags.f_contiguous
