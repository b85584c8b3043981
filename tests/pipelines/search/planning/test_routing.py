"""Parameters of fit: to which step they go, by name and by scikit-learn's metadata routing."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import config_context, model_selection
from sklearn.base import clone
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from gridfold.pipelines import GridSearchCV
from gridfold.pipelines.search.planning.routing import step_params


def data(n=60):
    random = np.random.default_rng(0)
    return random.normal(size=(n, 3)), random.normal(size=n), random.uniform(0.1, 3.0, size=n)


def assert_same_scores(estimator, grid, X, y, fit_params, **options):
    options = {"cv": 3, "error_score": "raise", **options}
    theirs = model_selection.GridSearchCV(estimator, grid, **options).fit(X, y, **fit_params)
    ours = GridSearchCV(estimator, grid, **options).fit(X, y, **fit_params)
    for k in range(3):
        key = f"split{k}_test_score"
        np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], rtol=1e-8)
    return ours


GRID = {"model__alpha": [0.1, 1.0, 10.0]}


def test_names_say_for_which_step_a_weight_is():
    X, y, weight = data()
    inner = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
    outer = Pipeline([("first", MinMaxScaler()), ("rest", inner)])
    assert step_params(outer, {"rest__model__sample_weight": weight}) == {
        "rest__model": {"sample_weight": weight}
    }
    assert isinstance(step_params(outer, {"nowhere__sample_weight": weight}), str)
    grid = {"rest__model__alpha": [0.1, 1.0, 10.0]}
    for name in ("rest__model__sample_weight", "rest__scale__sample_weight"):
        ours = assert_same_scores(outer, grid, X, y, {name: weight})
        assert "Ridge: 3 members in one shared fit" in str(ours.plan_)


@pytest.mark.parametrize("scaler_asks", [True, False])
@pytest.mark.parametrize("model_asks", [True, False])
def test_routed_weights_go_to_those_who_ask(scaler_asks, model_asks):
    X, y, weight = data()
    with config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=scaler_asks)
        model = Ridge().set_fit_request(sample_weight=model_asks)
        pipeline = Pipeline([("scale", scaler), ("model", model)])
        params = {"sample_weight": weight} if scaler_asks or model_asks else {}
        scorer = get_scorer("r2").set_score_request(sample_weight=False)
        ours = assert_same_scores(pipeline, GRID, X, y, params, scoring=scorer)
    assert "Ridge: 3 members in one shared fit" in str(ours.plan_)


def test_a_replaced_step_that_asks_for_other_metadata_is_scikit_learns_to_route():
    X, y, weight = data()
    with config_context(enable_metadata_routing=True):
        asks = Ridge().set_fit_request(sample_weight=True)
        also = LinearRegression().set_fit_request(sample_weight=True)
        grid = {"model": [asks, also]}
        scorer = get_scorer("r2").set_score_request(sample_weight=False)
        pipeline = Pipeline(
            [("scale", StandardScaler().set_fit_request(sample_weight=False)), ("model", asks)]
        )
        search = GridSearchCV(pipeline, grid, cv=3, scoring=scorer)
        plan = search.plan(X, y, sample_weight=weight)
        assert "metadata is routed, and the candidate replaces an estimator" in str(plan)
        assert_same_scores(pipeline, grid, X, y, {"sample_weight": weight}, scoring=scorer)


def test_a_pipeline_in_place_of_a_step_with_a_weight_fails_as_in_scikit_learn():
    X, y, weight = data()
    pipeline = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
    inner = Pipeline([("scale", StandardScaler()), ("ridge", Ridge())])
    for cls in (model_selection.GridSearchCV, GridSearchCV):
        search = cls(pipeline, {"model": [Ridge(), inner]}, cv=3, error_score="raise")
        with pytest.raises(ValueError, match=r"does not accept the sample_weight parameter"):
            search.fit(X, y, model__sample_weight=weight)


def test_the_memory_of_a_pipeline_keeps_its_transformers_from_one_search_to_the_next(tmp_path):
    X, y, _ = data()
    pipeline = Pipeline([("scale", StandardScaler()), ("model", Ridge())], memory=str(tmp_path))
    # Folds that overlap: each is fitted by itself.
    cv = model_selection.ShuffleSplit(3, random_state=0)
    ours = assert_same_scores(pipeline, GRID, X, y, {}, cv=cv)
    assert "Ridge: 3 members in one shared fit per fold" in str(ours.plan_)
    kept = sorted(tmp_path.rglob("output.pkl"))
    GridSearchCV(pipeline, {"model__alpha": [0.5, 5.0]}, cv=cv, refit=False).fit(X, y)
    assert sorted(tmp_path.rglob("output.pkl")) == kept


def test_weights_reach_a_pipelines_own_score_only_where_its_last_step_asks_for_them():
    X, y, weight = data()
    with config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=True)
        silent = Ridge().set_fit_request(sample_weight=True)
        asks = clone(silent).set_score_request(sample_weight=True)
        pipeline = Pipeline([("scale", scaler), ("model", asks)])
        assert_same_scores(pipeline, GRID, X, y, {"sample_weight": weight})
        pipeline = Pipeline([("scale", scaler), ("model", silent)])
        for cls in (model_selection.GridSearchCV, GridSearchCV):
            search = cls(pipeline, GRID, cv=3, error_score="raise")
            with pytest.raises(UnsetMetadataPassedError, match=r"requested for Ridge\.score"):
                search.fit(X, y, sample_weight=weight)
