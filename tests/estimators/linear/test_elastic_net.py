"""Lasso and ElasticNet: the optimum's conditions, scikit-learn's objective, and every library."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import linear_model
from sklearn.exceptions import ConvergenceWarning

from gridfold.estimators import ElasticNet, Lasso, config_context
from gridfold.estimators.shared import Members, shared_fit_for

PAIRS = [(Lasso, linear_model.Lasso), (ElasticNet, linear_model.ElasticNet)]
TIGHT = {"tol": 1e-10, "max_iter": 20_000}


def problem(n_samples=150, n_features=8, n_targets=None, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.3, 5, n_features) + 3
    shape = (n_features,) if n_targets is None else (n_features, n_targets)
    coef = rng.normal(size=shape) * (rng.uniform(size=shape) < min(0.6, 20 / n_features))
    return X, X @ coef + rng.normal(size=(n_samples, *shape[1:])), rng.uniform(0.1, 2, n_samples)


def objective(model, X, y, weight=None) -> float:
    coef, ratio = np.asarray(model.coef_, dtype=float), getattr(model, "l1_ratio", 1.0)
    squares = np.average((y - X @ coef - model.intercept_) ** 2, weights=weight)
    penalty = ratio * np.abs(coef).sum() + (1 - ratio) / 2 * (coef @ coef)
    return squares / 2 + model.alpha * penalty


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("params", [{}, {"fit_intercept": False}, {"positive": True}])
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_equals_scikit_learn(library, ours, theirs, params, weighted):
    X, y, weight = problem()
    params = {"alpha": 0.2, **TIGHT, **params}
    weight = weight if weighted else None
    found = ours(**params).fit(
        library.put(X), library.put(y), None if weight is None else library.put(weight)
    )
    expected = theirs(**params).fit(X, y, weight)
    assert found.fallback_ is None
    assert library.owns(found.coef_)
    assert_allclose(library.host(found.coef_), expected.coef_, rtol=1e-6, atol=1e-7)
    assert_allclose(library.host(found.intercept_), expected.intercept_, rtol=1e-6, atol=1e-6)
    assert found.dual_gap_ <= 1.1 * TIGHT["tol"] * np.average(y**2, weights=weight)
    assert abs(found.n_iter_ - expected.n_iter_) <= 2
    assert library.owns(found.predict(library.put(X)))


@pytest.mark.parametrize("shape", [(150, 8), (40, 300)])
@pytest.mark.parametrize("alpha", [0.05, 1.0])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.02])
def test_the_optimality_conditions_hold(library, shape, alpha, l1_ratio):
    X, y, _ = problem(*shape)
    model = ElasticNet(alpha=alpha, l1_ratio=l1_ratio, tol=1e-12, max_iter=100_000)
    model.fit(library.put(X), library.put(y))
    coef = library.host(model.coef_)
    residual = y - X @ coef - float(model.intercept_)
    pull = (X - X.mean(axis=0)).T @ residual / len(X) - alpha * (1 - l1_ratio) * coef
    size = np.sqrt(np.var(y)) * X.std(axis=0)
    l1 = alpha * l1_ratio
    used = coef != 0
    assert np.all(np.abs(pull - l1 * np.sign(coef))[used] <= 1e-5 * size[used])
    assert np.all(np.abs(pull)[~used] <= l1 + 1e-5 * size[~used])
    assert abs(residual.mean()) <= 1e-9 * np.abs(y).max()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("weighted", [False, True])
def test_more_columns_than_rows_in_blocks(foreign, weighted, dtype):
    X, y, weight = problem(60, 400)
    X = X.astype(dtype)
    weight = weight if weighted else None
    with config_context(working_memory=0.01):
        found = Lasso(alpha=0.1, **TIGHT).fit(foreign.put(X), foreign.put(y), weight)
    assert found.fallback_ is None
    expected = linear_model.Lasso(alpha=0.1, **TIGHT).fit(X.astype(float), y, weight)
    loss, best = (objective(m, X.astype(float), y, weight) for m in (found.to_sklearn(), expected))
    assert loss <= best * (1 + (1e-9 if dtype == np.float64 else 1e-6))


def test_working_sets_may_be_fewer_columns_than_are_used(foreign, monkeypatch):
    monkeypatch.setattr("gridfold.estimators.linear.lasso_descent.MOST_COLUMNS", 20)
    X, y, _ = problem(50, 120)
    params = {"alpha": 0.5, "l1_ratio": 0.05, "tol": 1e-4, "max_iter": 10_000}
    found = ElasticNet(**params).fit(foreign.put(X), foreign.put(y)).to_sklearn()
    expected = linear_model.ElasticNet(**params).fit(X, y)
    assert np.count_nonzero(expected.coef_) > 20
    assert objective(found, X, y) - objective(expected, X, y) <= 1e-4 * np.var(y)


def test_several_targets_and_shapes(library):
    for n_targets in (1, 3):
        X, y, _ = problem(n_targets=n_targets)
        found = Lasso(alpha=0.1).fit(library.put(X), library.put(y))
        expected = linear_model.Lasso(alpha=0.1).fit(X, y)
        for name in ("coef_", "intercept_", "dual_gap_"):
            assert np.shape(getattr(found, name)) == np.shape(getattr(expected, name)), name
        assert type(found.n_iter_) is type(expected.n_iter_)
        assert_allclose(library.host(found.coef_), expected.coef_, rtol=1e-9, atol=1e-12)
        assert_allclose(found.sparse_coef_.toarray(), expected.sparse_coef_.toarray(), atol=1e-12)
        answer, theirs = library.host(found.predict(library.put(X))), expected.predict(X)
        assert_allclose(answer, theirs, rtol=1e-9)


def test_random_steps_are_scikit_learns(library):
    X, y, _ = problem()
    params = {"alpha": 0.1, "selection": "random", "random_state": 3, "tol": 1e-3}
    found = Lasso(**params).fit(library.put(X), library.put(y))
    expected = linear_model.Lasso(**params).fit(X, y)
    assert found.n_iter_ == expected.n_iter_
    assert_allclose(library.host(found.coef_), expected.coef_, rtol=1e-9, atol=1e-12)


def test_a_warm_start_goes_on(library):
    X, y, _ = problem()
    X, y = library.put(X), library.put(y)
    model = Lasso(alpha=0.01, tol=1e-8, warm_start=True).fit(X, y)
    cold = model.n_iter_
    assert cold > 2
    assert model.fit(X, y).n_iter_ <= 2


def test_too_few_rounds_warn(library):
    X, y, _ = problem()
    model = Lasso(alpha=1e-3, max_iter=1, tol=1e-12)
    with pytest.warns(ConvergenceWarning, match="Duality gap"):
        model.fit(library.put(X), library.put(y))
    assert model.n_iter_ == 1


def test_too_few_rounds_of_many_columns_warn(foreign):
    X, y, _ = problem(40, 200)
    with pytest.warns(ConvergenceWarning, match="Duality gap"):
        Lasso(alpha=1e-3, max_iter=2, tol=1e-12).fit(foreign.put(X), foreign.put(y))


def test_what_is_scikit_learns_to_fit(foreign):
    X, y, _ = problem()
    assert Lasso().fit(sparse.csr_array(X), y).fallback_ == "sparse X"
    gram = (X - X.mean(axis=0)).T @ (X - X.mean(axis=0))
    centred = X - X.mean(axis=0)
    assert Lasso(precompute=gram).fit(centred, y).fallback_ is None
    found = Lasso(precompute=gram).fit(foreign.put(centred), foreign.put(y))
    assert "Gram matrix" in found.fallback_
    assert_allclose(found.coef_, linear_model.Lasso().fit(centred, y).coef_, rtol=1e-3)


def test_columns_of_unlike_scale_lose_no_digits(library):
    X, y, _ = problem(200, 4)
    X = np.column_stack([X, X[:, 0] * (1 + 1e-9) + 1e-9 * np.arange(200)])
    X[:, 0] += 1e7
    params = {"alpha": 1e-3, "max_iter": 100}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = Lasso(**params).fit(library.put(X), library.put(y)).to_sklearn()
        expected = linear_model.Lasso(**params).fit(X, y)
    assert objective(found, X, y) <= objective(expected, X, y) * (1 + 1e-9)


def test_bad_input(library):
    X, y, weight = problem()
    with pytest.raises(ValueError, match="Negative"):
        Lasso().fit(library.put(X), library.put(y), weight - 1)
    with pytest.raises(ValueError, match="alpha"):
        Lasso(alpha=-1.0).fit(library.put(X), library.put(y))
    with pytest.warns(UserWarning, match="alpha=0"):
        Lasso(alpha=0, tol=1e-3).fit(library.put(X), library.put(y))


@pytest.mark.parametrize("name", ["california_housing", "diamonds", "bike_sharing_hour"])
@pytest.mark.parametrize("alpha", [1e-3, 0.1, 1.0])
@pytest.mark.parametrize("scaled", [False, True])
def test_objective_on_a_real_table_is_at_most_scikit_learns(real_table, name, alpha, scaled):
    table = real_table(name).select_dtypes("number").dropna()
    target = {"california_housing": "median_house_value", "diamonds": "price"}.get(name, "cnt")
    y = table.pop(target).to_numpy(dtype=float)
    X = table.to_numpy(dtype=float)
    X = (X - X.mean(axis=0)) / X.std(axis=0) if scaled else X
    y = y / y.std() if scaled else y
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for ours, theirs in PAIRS:
            found, expected = ours(alpha=alpha).fit(X, y), theirs(alpha=alpha).fit(X, y)
            assert objective(found, X, y) <= objective(expected, X, y) * (1 + 1e-9)


def test_the_shared_fit_of_another_library_answers_there(foreign):
    X, y, _ = problem()
    members = Members(Lasso(tol=1e-10), [{"alpha": 0.01}, {"alpha": 0.3, "fit_intercept": False}])
    family = shared_fit_for(Lasso)
    state = family.fit(members, foreign.put(X), foreign.put(y))
    answers = family.respond(state, foreign.put(X), "predict", [0, 1])
    for i in range(2):
        alone = members.instance(i).fit(X, y)
        member = family.materialise(state, i)
        assert foreign.owns(member.coef_) and foreign.owns(answers[i, ...])
        assert member.fallback_ is None
        assert_allclose(foreign.host(member.coef_), alone.coef_, rtol=1e-5, atol=1e-7)
        assert_allclose(foreign.host(answers[i, ...]), alone.predict(X), rtol=1e-5, atol=1e-5)


def test_rows_of_the_host_are_left_as_they_are():
    X, y, _ = problem()
    before = X.copy()
    Lasso(copy_X=False).fit(X, y)
    assert_array_equal(X, before)


def test_many_rows_of_which_some_tell_little_of_the_others(library):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(8192, 5))
    X[:, 1] = 1e5 + 0.1  # constant
    X[:, 2] = 1e3 + (np.arange(8192) % 8 == 0)  # constant in every eighth row
    X[:, 3] = np.sort(X[:, 3])
    X[0, 4] = 1e4
    y = X @ [1.0, 0.0, 2.0, -1.0, 0.01] + rng.normal(size=8192)
    params = {"alpha": 0.01, "tol": 1e-12, "max_iter": 50_000}
    found = Lasso(**params).fit(library.put(X), library.put(y)).to_sklearn()
    theirs = linear_model.Lasso(**params).fit(X, y)
    assert_allclose(found.predict(X), theirs.predict(X), rtol=1e-6, atol=1e-6)
    assert found.coef_[1] == 0.0
