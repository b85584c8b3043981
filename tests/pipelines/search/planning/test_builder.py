"""The plan: what it shares, what it says, and that it is quick and touches no data."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import Ridge
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from gridfold.estimators.shared import Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV
from gridfold.pipelines.search.display.describe import fits_planned, fits_without_sharing
from gridfold.pipelines.search.planning.builder import make_plan

META = Meta(n_samples=100, n_features=5)
SCALED = make_pipeline(StandardScaler(), Ridge())


def plan_of(estimator, grid, **options):
    options = {"n_splits": 5, "repeats": [range(5)], **options}
    return make_plan(estimator, list(ParameterGrid(grid)), META, **options)


def groups(plan):
    return [(type(group.prototype).__name__, len(group.members)) for _, group in plan.walk()]


def test_candidates_that_differ_in_alpha_are_one_group_over_all_folds():
    plan = plan_of(SCALED, {"ridge__alpha": [1.0, 2.0, 3.0]})
    assert groups(plan) == [("StandardScaler", 1), ("Ridge", 3)]
    assert [g.across_folds for _, g in plan.walk()] == [False, True]
    assert (fits_without_sharing(plan), fits_planned(plan)) == (30, 6)


def test_folds_that_are_no_partition_are_fitted_one_by_one():
    plan = plan_of(SCALED, {"ridge__alpha": [1.0, 2.0]}, repeats=[])
    assert [g.across_folds for _, g in plan.walk()] == [False, False]
    assert fits_planned(plan) == 10


def test_a_default_given_and_a_default_left_out_are_alike():
    pipeline = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
    grid = [{"model__alpha": [1.0]}, {"scale": [StandardScaler()]}, {"model": [Ridge(alpha=1.0)]}]
    plan = plan_of(pipeline, grid)
    assert groups(plan) == [("StandardScaler", 1), ("Ridge", 1)]
    assert plan.groups[0].n_candidates == 3


def test_equal_looking_values_of_another_type_are_not_alike():
    plan = plan_of(SCALED, {"ridge__alpha": [1, 1.0], "ridge__max_iter": [None]})
    assert groups(plan)[1] == ("Ridge", 2)


def test_what_a_shared_fit_declines_is_fitted_alone_with_the_reason():
    plan = plan_of(SCALED, {"ridge__alpha": [1.0, 2.0], "ridge__solver": ["lsqr"]})
    assert [g.shared for _, g in plan.walk()] == [None] * 3
    assert "solver='lsqr' is another algorithm" in str(plan)


def test_steps_in_front_of_what_is_fitted_alone_are_fitted_once_per_fold():
    pipeline = make_pipeline(StandardScaler(), DecisionTreeRegressor())
    plan = plan_of(pipeline, {"decisiontreeregressor__max_depth": [1, 2, 3]})
    assert fits_without_sharing(plan) - fits_planned(plan) == 10
    assert "no other candidate differs from it only in what can be shared" in str(plan)


def test_a_grid_that_shares_nothing_goes_to_scikit_learns_routine():
    plan = plan_of(DecisionTreeRegressor(), {"max_depth": [1, 2, 3]})
    assert plan.groups == []
    assert sorted(plan.alone) == [0, 1, 2]
    assert "0 saved" in str(plan)


@pytest.mark.parametrize(
    ("estimator", "grid", "reason"),
    [
        (make_pipeline(Ridge(), verbose=True), {"ridge__alpha": [1.0, 2.0]}, "reports"),
        (SCALED, {"ridge__alpha": [1.0, 2.0], "verbose": [True]}, "pipeline itself"),
        (SCALED, {"ridge": ["passthrough"]}, "no estimator"),
        (SCALED, {"ridge__beta": [1.0, 2.0]}, "not one of its step"),
    ],
)
def test_what_is_not_taken_apart_says_why(estimator, grid, reason):
    plan = plan_of(estimator, grid)
    assert plan.groups == []
    assert reason in str(plan)


def test_sharing_off_and_exact():
    assert plan_of(SCALED, {"ridge__alpha": [1.0, 2.0]}, sharing="off").groups == []
    assert fits_planned(plan_of(SCALED, {"ridge__alpha": [1.0, 2.0]}, sharing="exact")) == 6


def test_lambdas_are_alike_only_to_themselves():
    square, cube = (lambda X: X**2), (lambda X: X**3)
    pipeline = make_pipeline(FunctionTransformer(), Ridge())
    grid = {"functiontransformer__func": [square, cube], "ridge__alpha": [1.0, 2.0]}
    names = groups(plan_of(pipeline, grid))
    assert names == [("FunctionTransformer", 1), ("Ridge", 2)] * 2


def test_ten_thousand_candidates_are_planned_without_a_clone(monkeypatch):
    from sklearn import base

    grid = {"ridge__alpha": np.logspace(-3, 3, 5000), "ridge__fit_intercept": [True, False]}
    candidates = list(ParameterGrid(grid))
    monkeypatch.setattr(base, "_clone_parametrized", None)  # a clone would call it and fail
    plan = make_plan(SCALED, candidates, META, n_splits=5, repeats=[range(5)])
    assert groups(plan) == [("StandardScaler", 1), ("Ridge", 10_000)]


def test_the_plan_of_a_search_fits_nothing():
    class NeverFitted(Ridge):
        def fit(self, X, y, sample_weight=None):
            raise AssertionError("the plan fitted it")

    search = GridSearchCV(make_pipeline(StandardScaler(), NeverFitted()), {})
    before = dict(vars(search))
    plan = search.plan(np.zeros((20, 2)), np.zeros(20))
    assert plan.n_candidates == 1
    assert vars(search) == before


def test_the_plan_prints_as_a_tree():
    pipeline = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
    grid = [
        {"model__alpha": [1.0, 2.0]},
        {"model": [DecisionTreeRegressor()], "model__max_depth": [1, 2]},
    ]
    assert str(plan_of(pipeline, grid)) == "\n".join(
        [
            "4 candidates x 5 folds: 40 fits of single steps become 16, 24 saved",
            "└─ scale: StandardScaler: one fit per fold, 5 fits instead of 20",
            "   ├─ model: Ridge: 2 members in one shared fit for all 5 folds, "
            "1 fit instead of 10 (differ in alpha)",
            "   └─ 2 x model: DecisionTreeRegressor: one fit per fold each (differ in max_depth; "
            "alone: no other candidate differs from it only in what can be shared)",
        ]
    )


def test_behind_a_transformer_only_the_number_of_rows_is_known(monkeypatch):
    seen = []
    shared = type(shared_fit_for(Ridge))
    monkeypatch.setattr(shared, "declines", lambda self, params, meta: seen.append(meta))
    meta = Meta(n_samples=100, n_features=50, sparse=True, weights=True, n_bytes=10)
    for step in (StandardScaler(with_mean=False), TruncatedSVD()):
        pipeline = make_pipeline(step, Ridge())
        make_plan(pipeline, [{"ridge__alpha": 2.0}], meta, n_splits=5, repeats=[range(5)])
    assert seen == [meta, Meta(n_samples=100, weights=True)]
