"""SHAP values and interactions: by definition, by the shap package, and their sums."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.utils.fixes import parse_version

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from boosting.explanation.by_enumeration import (  # noqa: E402
    margin_parts,
    shapley_interactions,
    shapley_values,
)
from gridfold.boosting.explanation import contributions  # noqa: E402
from gridfold.boosting.explanation.contributions import (  # noqa: E402
    n_outputs,
    shap_interactions,
    shap_values,
)

# From xgboost 3.4 on.
pytestmark = pytest.mark.filterwarnings("ignore:.*`booster=.*` is deprecated:UserWarning")

TYPES = ["q", "q", "q", "c", "c"]
EXACT = {"rtol": 0, "atol": 1e-5}


def table(n=300, seed=0):
    """Numbers with missing cells; the fourth column has 3 categories and the fifth 12."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 5)).astype(np.float32)
    X[:, 3], X[:, 4] = rng.integers(0, 3, n), rng.integers(0, 12, n)
    X[rng.random(X.shape) < 0.1] = np.nan
    numbers = np.nan_to_num(X)
    y = numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + np.isin(X[:, 4], [1, 5, 7])
    return X, y + (X[:, 3] == 1) * numbers[:, 0]


X, Y = table()
SMALL = {"max_depth": 3, "max_cat_to_onehot": 4, "nthread": 1}
MODELS = {
    "regression": ({}, Y),
    "binary": ({"objective": "binary:logistic"}, Y > 0.5),
    "multiclass": (
        {"objective": "multi:softprob", "num_class": 3},
        np.digitize(Y, [0, 1]),
    ),
    "two targets": ({}, np.column_stack([Y, -Y + X[:, 1] ** 2])),
    "quantiles": ({"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.5, 0.9]}, Y),
    "poisson": ({"objective": "count:poisson"}, np.floor(np.abs(Y))),
    "forests": ({"num_parallel_tree": 2, "subsample": 0.7, "seed": 1}, Y),
    "leafwise": ({"grow_policy": "lossguide", "max_leaves": 6, "max_depth": 0}, Y),
    "dart": ({"booster": "dart", "rate_drop": 0.5, "seed": 2}, Y),
}


def trained(name, rounds=4, types=TYPES, X=X):
    params, y = MODELS[name]
    y = np.nan_to_num(y)
    data = xgboost.DMatrix(X, y, feature_types=types, enable_categorical=True)
    return xgboost.train({**SMALL, **params}, data, rounds)


def margins(booster, X, **info):
    data = xgboost.DMatrix(X, feature_types=TYPES, enable_categorical=True, **info)
    return booster.predict(data, output_margin=True, strict_shape=True)


@pytest.mark.parametrize("name", MODELS)
def test_values_and_interactions_are_those_of_the_definition(name):
    booster = trained(name)
    rows = np.vstack([X[:6], [[0, np.nan, 1, 3, 12]]]).astype(np.float32)  # unseen categories
    parts = margin_parts(booster, rows)
    values, base_values = shap_values([booster], rows)
    assert_allclose(values, shapley_values(parts), **EXACT)
    assert_allclose(shap_interactions([booster], rows), shapley_interactions(parts), **EXACT)
    begin = margins(booster, rows) - parts[:, -1]  # the intercept, of each output
    assert_allclose(base_values, parts[:, 0] + begin, **EXACT)


@pytest.mark.parametrize("name", MODELS)
def test_values_sum_to_the_margin_and_interactions_to_the_values(name):
    booster = trained(name, rounds=20)
    values, base_values = shap_values([booster], X)
    assert values.dtype == base_values.dtype == np.float32
    assert values.shape == (*X.shape, n_outputs(booster, X))
    assert_allclose(values.sum(axis=1) + base_values, margins(booster, X), **EXACT)
    interactions = shap_interactions([booster], X[:50])
    assert interactions.dtype == np.float32
    assert_allclose(interactions.sum(axis=2), values[:50], **EXACT)
    assert_allclose(interactions, interactions.transpose(0, 2, 1, 3), **EXACT)


@pytest.mark.parametrize("name", ["regression", "binary", "multiclass", "two targets"])
def test_the_values_of_the_shap_package(name, shap):
    booster = trained(name, rounds=20)
    values, base_values = shap_values([booster], X)
    # With an xgboost booster the package asks xgboost ...
    found = shap.TreeExplainer(booster)(
        xgboost.DMatrix(X, feature_types=TYPES, enable_categorical=True)
    )
    assert_allclose(np.reshape(found.values, values.shape), values, **EXACT)
    assert_allclose(np.reshape(found.base_values, base_values.shape), base_values, **EXACT)


@pytest.mark.parametrize("name", ["regression", "binary", "multiclass", "leafwise"])
def test_the_values_of_the_shap_package_by_its_own_algorithm(name, shap):
    booster = trained(name, rounds=20, types=None)  # which reads no categories
    explainer = shap.TreeExplainer(booster)
    explainer.model.model_type = "internal"  # ... and this way it does not
    values, _ = shap_values([booster], X)
    # Its check would compare the intercept, which it takes for a margin and not a probability.
    found = explainer.shap_values(X, check_additivity=False)
    assert_allclose(np.reshape(found, values.shape), values, **EXACT)
    interactions = shap_interactions([booster], X[:20])
    found = explainer.shap_interaction_values(X[:20])
    assert_allclose(np.reshape(found, interactions.shape), interactions, **EXACT)


def test_a_linear_booster_adds_coefficient_times_cell():
    data = xgboost.DMatrix(X, Y, nthread=1)
    params = {"booster": "gblinear", "nthread": 1, "updater": "coord_descent"}
    booster = xgboost.train(params, data, 10)
    weights = booster.get_score(importance_type="weight")
    values, base_values = shap_values([booster], X)
    expected = np.nan_to_num(X * np.array([weights[f"f{j}"] for j in range(5)]))
    assert_allclose(values[..., 0], expected, **EXACT)
    margin = booster.predict(data, output_margin=True)
    assert_allclose(values[..., 0].sum(axis=1) + base_values[:, 0], margin, **EXACT)
    interactions = shap_interactions([booster], X)
    assert_array_equal(interactions.sum(axis=2), values)
    assert np.count_nonzero(interactions[:, ~np.eye(5, dtype=bool)]) == 0


@pytest.mark.parametrize("name", ["regression", "multiclass"])
def test_a_margin_to_begin_with_takes_the_place_of_the_intercept(name):
    booster = trained(name)
    k = n_outputs(booster, X)
    given = np.random.default_rng(1).normal(size=(len(X), k)).astype(np.float32)
    values, base_values = shap_values([booster], X, base_margin=given)
    plain, plain_base = shap_values([booster], X)
    assert_array_equal(values, plain)
    intercept = plain_base - (base_values - given)
    assert_allclose(intercept, np.broadcast_to(intercept[0], (len(X), k)), **EXACT)
    assert_allclose(
        values.sum(axis=1) + base_values, margins(booster, X, base_margin=given), **EXACT
    )


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix], ids=["dense", "sparse"])
def test_blocks_of_rows_change_nothing(kind, monkeypatch):
    booster = trained("multiclass", types=None)
    rows = kind(np.nan_to_num(X))
    given = np.linspace(-1, 1, 3 * len(X)).reshape(-1, 3).astype(np.float32)
    whole = shap_values([booster], rows, base_margin=given)
    pairs = shap_interactions([booster], rows)
    monkeypatch.setattr(contributions, "_BLOCK_BYTES", 1)
    monkeypatch.setattr(contributions, "_MIN_ROWS", 7)  # the last block is shorter
    for found, expected in zip(shap_values([booster], rows, base_margin=given), whole, strict=True):
        assert_array_equal(found, expected)
    assert_array_equal(shap_interactions([booster], rows), pairs)


def test_several_boosters_give_the_mean_of_theirs():
    boosters = [trained("regression", rounds) for rounds in (2, 5, 9)]
    expected = [shap_values([each], X) for each in boosters]
    values, base_values = shap_values(boosters, X)
    assert_allclose(values, np.mean([v for v, _ in expected], axis=0), **EXACT)
    assert_allclose(base_values, np.mean([b for _, b in expected], axis=0), **EXACT)
    pairs = [shap_interactions([each], X) for each in boosters]
    assert_allclose(shap_interactions(boosters, X), np.mean(pairs, axis=0), **EXACT)


@pytest.mark.parametrize("booster", ["gbtree", "dart", "gblinear"])
def test_training_that_stopped_early_counts_up_to_its_best_round(booster):
    rows = np.nan_to_num(X)
    y = np.random.default_rng(3).normal(size=len(X))  # nothing to learn
    model = xgboost.XGBRegressor(
        n_estimators=50, early_stopping_rounds=4, booster=booster, learning_rate=0.9, n_jobs=1
    )
    model.fit(rows[:200], y[:200], eval_set=[(rows[200:], y[200:])], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    values, base_values = shap_values([model.get_booster()], rows)
    margin = model.predict(rows, output_margin=True)
    assert_allclose(values[..., 0].sum(axis=1) + base_values[:, 0], margin, **EXACT)


def test_another_number_may_stand_for_missing_cells():
    booster = trained("regression", types=None)
    marked = np.where(np.isnan(X), -99, X)
    assert_array_equal(shap_values([booster], marked, missing=-99)[0], shap_values([booster], X)[0])


def test_vector_leaves_are_explained_or_the_error_says_what_to_do():
    params = {"multi_strategy": "multi_output_tree", "max_depth": 3, "nthread": 1}
    targets = np.column_stack([Y, -Y])
    booster = xgboost.train(params, xgboost.DMatrix(X, targets), 5)
    if parse_version(xgboost.__version__) < parse_version("3.4"):
        for function in (shap_values, shap_interactions):
            with pytest.raises(NotImplementedError, match="one_output_per_tree"):
                function([booster], X)
        return
    values, base_values = shap_values([booster], X)
    margin = booster.predict(xgboost.DMatrix(X), output_margin=True)
    assert_allclose(values.sum(axis=1) + base_values, margin, **EXACT)
    assert_allclose(shap_interactions([booster], X).sum(axis=2), values, **EXACT)


def test_other_errors_of_xgboost_stay_as_they_are():
    booster = trained("regression")
    with pytest.raises(xgboost.core.XGBoostError):
        shap_values([booster], X, base_margin=np.zeros((len(X), 3), dtype=np.float32))
