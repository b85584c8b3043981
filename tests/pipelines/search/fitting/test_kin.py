"""Transformers inside branches that differ only in what a shared fit serves: one fit per fold."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import decomposition, model_selection
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from gridfold.estimators.shared import Declined, shared_fit_for
from gridfold.pipelines import GridSearchCV
from gridfold.pipelines.search import SharedFitWarning

PCA = decomposition.PCA
RNG = np.random.default_rng(3)
X = RNG.normal(size=(90, 6)) * [1, 2, 3, 4, 5, 6]
Y = X @ RNG.normal(size=6) + RNG.normal(size=90)
GRID = {"both__pca__n_components": [1, 2, 4], "model__alpha": [0.1, 10.0]}


def union():
    parts = [("pca", PCA()), ("squares", PolynomialFeatures())]
    return Pipeline([("both", FeatureUnion(parts)), ("model", Ridge())])


@pytest.fixture
def fits(monkeypatch):
    """The number of members of every shared fit of PCA."""
    found = []
    shared = type(shared_fit_for(PCA))
    fit = shared.fit

    def counted(self, members, *args, **kwargs):
        found.append(len(members))
        return fit(self, members, *args, **kwargs)

    monkeypatch.setattr(shared, "fit", counted)
    return found


def same(model, grid, **options):
    options = {"cv": 3, "return_train_score": True, **options}
    theirs = model_selection.GridSearchCV(model, grid, **options).fit(X, Y)
    ours = GridSearchCV(model, grid, **options).fit(X, Y)
    for key in ("mean_test_score", "mean_train_score"):
        np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], atol=1e-9)
    return ours


def test_one_fit_per_fold_serves_all_counts(fits):
    same(union(), GRID)
    assert fits == [3, 3, 3]


def test_the_plan_counts_one_fit_for_all_of_them():
    plan = str(GridSearchCV(union(), GRID, cv=3).plan(X, Y))
    assert "pca, squares: one fit per fold for 3 configurations" in plan


def test_transformers_of_a_pipeline_in_a_branch(fits):
    branch = make_pipeline(StandardScaler(), PCA(), StandardScaler())
    columns = ColumnTransformer([("some", branch, [0, 1, 2, 3]), ("rest", "passthrough", [4, 5])])
    model = Pipeline([("columns", columns), ("model", LinearRegression())])
    same(model, {"columns__some__pca__n_components": [1, 2, 3]})
    assert fits == [3, 3, 3]


def test_they_need_the_same_rows_and_columns(fits):
    columns = ColumnTransformer([("a", PCA(), [0, 1, 2]), ("b", PCA(), [3, 4, 5])])
    model = Pipeline([("columns", columns), ("model", LinearRegression())])
    same(model, {"columns__a__n_components": [1, 2], "columns__b__n_components": [1, 3]})
    assert fits == [2, 2] * 3


def test_other_parameters_that_differ_are_other_fits(fits):
    grid = {"both__pca__n_components": [1, 2], "both__pca__svd_solver": ["full", "covariance_eigh"]}
    same(union(), grid)
    assert fits == [2, 2] * 3


def test_the_estimator_kept_is_a_plain_one():
    ours = same(union(), GRID)
    pca = ours.best_estimator_["both"]["pca"]
    assert type(pca) is PCA
    assert pca.components_.shape[0] == ours.best_params_["both__pca__n_components"]


def test_what_declines_is_fitted_alone_and_told(monkeypatch):
    monkeypatch.setattr(type(shared_fit_for(PCA)), "fit", declining([]))
    assert "PCA in a branch fitted alone: odd" in str(same(union(), GRID).plan_)


def test_members_that_decline_leave_the_others_together(monkeypatch):
    fit = type(shared_fit_for(PCA)).fit
    monkeypatch.setattr(type(shared_fit_for(PCA)), "fit", declining([0], fit))
    assert "PCA in a branch fitted alone: odd" in str(same(union(), GRID).plan_)


def declining(which, fit=None):
    """A fit that declines some of three members; with those gone, what `fit` does."""

    def declined(self, members, *args, **kwargs):
        if fit is None or len(members) == 3:
            raise Declined("odd", which)
        return fit(self, members, *args, **kwargs)

    return declined


def test_a_fault_of_the_shared_fit_is_told(monkeypatch):
    def broken(self, *args, **kwargs):
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(type(shared_fit_for(PCA)), "fit", broken)
    with pytest.raises(RuntimeError, match="Strict mode: the shared fit of PCA in a branch"):
        same(union(), GRID, error_score="raise")
    monkeypatch.setenv("GRIDFOLD_STRICT", "0")
    with pytest.warns(SharedFitWarning, match="a fault of ours"):
        same(union(), GRID)


def test_exact_sharing_leaves_out_what_is_not(monkeypatch, fits):
    monkeypatch.setattr(type(shared_fit_for(PCA)), "exact", False)
    GridSearchCV(union(), GRID, cv=3, sharing="exact").fit(X, Y)
    assert fits == []
