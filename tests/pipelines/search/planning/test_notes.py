"""What a plan says of random numbers: who draws once for several, and only those who draw."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.plans_to_show import plan_of
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_selection import SelectFromModel
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import Lasso, Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, QuantileTransformer, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from gridfold.estimators.shared import Meta
from gridfold.pipelines.search.planning.notes import shared_draws

ALPHAS = {"model__alpha": [1.0, 2.0]}


class Jitter(TransformerMixin, BaseEstimator):
    """A user's own transformer that draws random numbers."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X


def behind(step):
    return Pipeline([("first", step), ("model", Ridge())])


def draws(estimator, grid, **options):
    """The titles of the notes."""
    notes = shared_draws(plan_of(estimator, grid, **options))
    assert all(" has random_state=None: " in note for note in notes)
    return [note.split(" has random_state=None: ")[0] for note in notes]


@pytest.mark.parametrize(
    ("step", "who"),
    [
        (TruncatedSVD(), "first: TruncatedSVD"),
        (Nystroem(), "first: Nystroem"),
        (PCA(svd_solver="randomized"), "first: PCA"),
        (Jitter(), "first: Jitter"),
        (
            SelectFromModel(RandomForestRegressor()),
            "first: SelectFromModel (estimator: RandomForestRegressor)",
        ),
        (
            ColumnTransformer([("a", TruncatedSVD(), [0, 1, 2]), ("b", StandardScaler(), [3])]),
            "first: ColumnTransformer (a: TruncatedSVD)",
        ),
        (TruncatedSVD(random_state=0), None),
        (TruncatedSVD(random_state=np.random.RandomState(0)), None),
        (SelectFromModel(RandomForestRegressor(random_state=0)), None),
        (PCA(), None),
        (StandardScaler(), None),
        (QuantileTransformer(), None),
        (SelectFromModel(Lasso()), None),
    ],
    ids=lambda value: str(value).partition(" at 0x")[0],  # addresses differ between workers
)
def test_a_step_in_front_of_several_candidates(step, who):
    assert draws(behind(step), ALPHAS) == ([] if who is None else [who])


def test_one_candidate_shares_nothing():
    grid = {"first__n_components": [2, 3]}
    assert draws(behind(Nystroem()), grid, repeats=[]) == []


def test_each_step_is_named_once():
    grid = {"first__n_components": [2, 3, 4], **ALPHAS}
    assert draws(behind(TruncatedSVD()), grid) == ["first: TruncatedSVD"]


def test_a_candidate_that_sets_the_seed():
    grid = {"first__random_state": [0, 1], **ALPHAS}
    assert draws(behind(TruncatedSVD()), grid) == []
    grid = {"first__random_state": [0, None], **ALPHAS}
    assert draws(behind(TruncatedSVD()), grid) == ["first: TruncatedSVD"]
    grid = {"first__estimator__random_state": [None], **ALPHAS}
    assert draws(behind(SelectFromModel(RandomForestRegressor(random_state=0))), grid)


def test_a_last_step_is_named_where_candidates_are_the_same():
    tree = make_pipeline(StandardScaler(), DecisionTreeRegressor())
    assert draws(tree, {"decisiontreeregressor__max_depth": [1, 2]}) == []
    same = {"decisiontreeregressor__max_depth": [2, 2]}
    assert draws(tree, same) == ["DecisionTreeRegressor"]


@pytest.mark.parametrize("n_samples", [1_000, 1_000_000])
def test_rows_decide_whether_a_sample_is_drawn(n_samples):
    meta = Meta(n_samples=n_samples, n_features=5)
    large = n_samples > 200_000
    for step in (QuantileTransformer(), KBinsDiscretizer()):
        expected = [f"first: {type(step).__name__}"] if large else []
        assert draws(behind(step), ALPHAS, meta=meta) == expected


def test_pca_draws_where_scikit_learn_takes_the_randomized_solver():
    wide = Meta(n_samples=2_000, n_features=1_500)
    assert draws(behind(PCA(n_components=5)), ALPHAS, meta=wide) == ["first: PCA"]
    assert draws(behind(PCA()), ALPHAS, meta=wide) == []
    long = Meta(n_samples=20_000, n_features=15)
    assert draws(behind(PCA(n_components=5)), ALPHAS, meta=long) == []


def test_ridge_draws_with_stochastic_solvers_only():
    same = {"ridge__alpha": [1.0, 1.0], "ridge__solver": ["sag"]}
    assert draws(make_pipeline(StandardScaler(), Ridge()), same) == ["Ridge"]
    same["ridge__solver"] = ["cholesky"]
    assert draws(make_pipeline(StandardScaler(), Ridge()), same) == []


def test_the_boosters_of_other_packages_have_a_seed_of_their_own():
    xgboost = pytest.importorskip("xgboost")
    grid = {"n_estimators": [5, 10, 20], "random_state": [None]}
    plan = plan_of(xgboost.XGBRegressor(), grid)
    assert plan.groups and shared_draws(plan) == []


def test_the_plan_says_so():
    text = str(plan_of(behind(TruncatedSVD()), ALPHAS))
    assert "note: first: TruncatedSVD has random_state=None: candidates that share its fit" in text


def test_members_that_draw_each_for_themselves_are_not_named():
    assert draws(MLPRegressor(), {"alpha": [1e-4, 1e-2]}) == []
    pipeline = Pipeline([("noise", Jitter()), ("model", MLPRegressor())])
    assert draws(pipeline, {"model__alpha": [1e-4, 1e-2]}) == ["noise: Jitter"]
