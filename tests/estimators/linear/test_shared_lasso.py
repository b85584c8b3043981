"""The shared fit of Lasso and ElasticNet against plain fits that stop late."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import linear_model
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV as TheirGridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV

Lasso, ElasticNet = linear_model.Lasso, linear_model.ElasticNet
LASSO = [{"alpha": 0.5}, {"alpha": 0.01, "fit_intercept": False}, {"alpha": 2}, {"alpha": 0.01}]
NETS = [{"alpha": 0.1, "l1_ratio": r} for r in (0, 0.2, 1)] + [{"alpha": 2.0, "l1_ratio": 0.2}]
TIGHT = {"tol": 1e-12, "max_iter": 200_000}


def problem(n_samples=90, n_features=8, n_targets=None, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.3, 5, n_features) + 3
    shape = (n_features,) if n_targets is None else (n_features, n_targets)
    coef = rng.normal(size=shape) * (rng.uniform(size=shape) < 0.6)
    y = X @ coef + rng.normal(size=(n_samples, *shape[1:]))
    return X, y, rng.uniform(0.0, 2, n_samples)


def fitted(cls, X, y, overrides, weight=None, **common):
    params = {} if weight is None else {"sample_weight": weight}
    members, family = Members(cls(**common), overrides), shared_fit_for(cls)
    return family, members, family.fit(members, X, y, **params)


def plain(members, i, X, y, weight=None, **params):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return members.instance(i).set_params(**params).fit(X, y, weight)


def gap_allowed(X, y, tol, weight=None):
    return tol * np.average((y - np.average(y, axis=0, weights=weight)) ** 2, axis=0)


def assert_members(family, members, state, X, y, same_fitted, weight=None, new=None, rtol=1e-6):
    """Members are the optimum, and have what a plain fit has; `same_fitted` checks attributes."""
    new = X if new is None else new
    answers = family.respond(state, new, "predict", range(len(members)))
    for i, answer in enumerate(answers):
        tight = plain(members, i, X, y, weight, **TIGHT)
        expected = tight.predict(new)
        assert answer.shape == expected.shape
        assert answer.dtype == expected.dtype
        assert_allclose(answer, expected, rtol=0, atol=rtol * np.ptp(y))
        member = family.materialise(state, i)
        same_fitted(
            member.set_params(**TIGHT), tight, atol=rtol * np.ptp(y), but=("n_iter_", "dual_gap_")
        )
        usual = plain(members, i, X, y, weight)
        for name in ("n_iter_", "dual_gap_", "intercept_", "sparse_coef_"):
            assert type(getattr(member, name)) is type(getattr(usual, name)), name
        assert np.shape(member.n_iter_) == np.shape(usual.n_iter_)
        assert member.dual_gap_.dtype == usual.dual_gap_.dtype
        assert np.all(np.asarray(member.dual_gap_) <= np.asarray(usual.dual_gap_) * 1.001 + 1e-9)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_targets", [None, 1, 3])
@pytest.mark.parametrize(("cls", "overrides"), [(Lasso, LASSO), (ElasticNet, NETS)])
def test_members(cls, overrides, n_targets, weighted, same_fitted):
    X, y, weight = problem(n_targets=n_targets)
    weight = weight if weighted else None
    family, members, state = fitted(cls, X, y, overrides, weight)
    assert_members(family, members, state, X, y, same_fitted, weight)


@pytest.mark.parametrize("weighted", [False, True])
def test_positive(weighted, same_fitted):
    X, y, weight = problem()
    weight = weight if weighted else None
    family, members, state = fitted(Lasso, X, y, LASSO, weight, positive=True)
    assert np.min(state.found.coef) == 0.0
    assert_members(family, members, state, X, y, same_fitted, weight)


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_more_columns_than_rows(weighted, positive, same_fitted):
    X, y, weight = problem(40, 120)
    weight = weight if weighted else None
    overrides = [{"alpha": a, "fit_intercept": b} for a in (1.0, 10.0) for b in (True, False)]
    family, members, state = fitted(Lasso, X, y, overrides, weight, positive=positive)
    assert_members(family, members, state, X, y, same_fitted, weight)


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_array])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n_samples", "n_features"), [(90, 12), (40, 120)])
def test_sparse(n_samples, n_features, weighted, form, same_fitted):
    rng = np.random.default_rng(0)
    X = sparse.random(n_samples, n_features, 0.3, format="csr", rng=rng) * 3
    y = X @ rng.normal(size=n_features) + rng.normal(size=n_samples) + 5
    weight = rng.uniform(0, 2, n_samples) if weighted else None
    overrides = [{"alpha": a, "fit_intercept": b} for a in (0.1, 0.6) for b in (True, False)]
    family, members, state = fitted(ElasticNet, form(X), y, overrides, weight)
    assert_members(family, members, state, form(X), y, same_fitted, weight)


def test_float32_is_kept():
    X, y, _ = problem()
    X, y = X.astype(np.float32), y.astype(np.float32)
    family, members, state = fitted(Lasso, X, y, LASSO)
    for i in range(len(members)):
        usual, member = plain(members, i, X, y), family.materialise(state, i)
        for name in ("coef_", "dual_gap_"):
            assert getattr(member, name).dtype == getattr(usual, name).dtype == np.float32
        answer = family.respond(state, X, "predict", [i])[0]
        assert answer.dtype == np.float32
        exact = plain(members, i, X.astype(float), y.astype(float), **TIGHT)
        assert_allclose(answer, exact.predict(X), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("scaler", [None, {}, {"with_mean": False}, {"with_std": False}])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_targets", [None, 2])
def test_all_folds_at_once(n_targets, weighted, scaler, folds_of):
    X, y, weight = problem(n_targets=n_targets)
    X = np.column_stack([X, np.full(90, 3.0)])
    folds, weight = folds_of(90), weight if weighted else None
    family, members = shared_fit_for(ElasticNet), Members(ElasticNet(), NETS)
    scalers, affine = [None] * 3, None
    if scaler is not None:
        scalers = [StandardScaler(**scaler).fit(X[train]) for train, _ in folds]
        affine = [
            (s.mean_ if s.with_mean else None, s.scale_ if s.with_std else None) for s in scalers
        ]
    params = {"sample_weight": weight} if weighted else {}
    states = family.fit_folds(members, X, y, folds, affine, **params)
    for state, (train, test), scaler_ in zip(states, folds, scalers, strict=True):
        rows, new = (X[k] if scaler_ is None else scaler_.transform(X[k]) for k in (train, test))
        part = None if weight is None else weight[train]
        for i in range(len(members)):
            tight = plain(members, i, rows, y[train], part, **TIGHT)
            answer = family.respond(state, X[test], "predict", [i])[0]
            assert_allclose(answer, tight.predict(new), rtol=0, atol=1e-6 * np.ptp(y))
            assert_allclose(family.materialise(state, i).coef_, tight.coef_, atol=1e-6)


def test_sparse_folds_behind_a_scaler(folds_of):
    rng = np.random.default_rng(1)
    X = sparse.random(90, 6, 0.4, format="csr", rng=rng)
    y, folds = X @ rng.normal(size=6), folds_of(90)
    members, family = Members(Lasso(), [{"alpha": 0.001}, {"alpha": 0.02}]), shared_fit_for(Lasso)
    scalers = [MaxAbsScaler().fit(X[train]) for train, _ in folds]
    states = family.fit_folds(members, X, y, folds, [(None, s.scale_) for s in scalers])
    for state, scaler, (train, test) in zip(states, scalers, folds, strict=True):
        for i in range(2):
            tight = plain(members, i, scaler.transform(X[train]), y[train], **TIGHT)
            answer = family.respond(state, X[test], "predict", [i])[0]
            assert_allclose(answer, tight.predict(scaler.transform(X[test])), atol=1e-7)


@pytest.mark.parametrize("copies", [0.0, 1e-9, 1e-5])
def test_collinear_columns_have_the_same_predictions(copies):
    X, y, _ = problem()
    noise = np.random.default_rng(3).normal(size=(90, 3))
    X = np.column_stack([X, X[:, :3] + copies * noise, X[:, 0] - X[:, 1], np.ones(90)])
    X = StandardScaler().fit_transform(X)
    family, members, state = fitted(Lasso, X, y, [{"alpha": a} for a in (1e-4, 0.01, 0.3)])
    for i in range(len(members)):
        member, usual = family.materialise(state, i), plain(members, i, X, y)
        scores = [
            np.mean((m.predict(X) - y) ** 2) / 2 + m.alpha * np.abs(m.coef_).sum()
            for m in (member, usual)
        ]
        assert scores[0] <= scores[1] * (1 + 1e-12)
        assert member.dual_gap_ <= gap_allowed(X, y, 1e-9)


def test_a_member_that_does_not_converge_warns_once():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 400)) + 20 * rng.normal(size=(60, 1))
    y = X[:, :200] @ rng.normal(size=200) + rng.normal(size=60)
    overrides = [{"alpha": 1e-4}, {"alpha": 1e4}]
    with pytest.warns(ConvergenceWarning, match="Duality gap") as seen:
        fitted(Lasso, X, y, overrides, max_iter=100, tol=1e-9)
    assert len(seen) == 1


@pytest.mark.parametrize("n_targets", [1, 3])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("name", ["MultiTaskLasso", "MultiTaskElasticNet"])
def test_joint_targets(name, form, n_targets, same_fitted):
    X, y, _ = problem(n_targets=n_targets)
    cls, X = getattr(linear_model, name), form(X)
    family, members, state = fitted(cls, X, y, LASSO)
    for i, answer in enumerate(family.respond(state, X, "predict", range(4))):
        tight = plain(members, i, X, y, **TIGHT)
        assert_allclose(answer, tight.predict(X), rtol=0, atol=1e-4)
        usual = plain(members, i, X, y)
        member = family.materialise(state, i)
        same_fitted(member, usual, atol=0.1, but=("n_iter_", "dual_gap_"))
        assert_allclose(member.eps_, usual.eps_)
        assert member.dual_gap_ <= usual.dual_gap_ + 1e-9
        assert type(member.n_iter_) is int


def test_joint_targets_of_wide_rows_and_of_all_folds(folds_of):
    X, y, _ = problem(40, 120, 2)
    cls = linear_model.MultiTaskLasso
    family, members, state = fitted(cls, X, y, [{"alpha": 3.0}, {"alpha": 10.0}])
    for i, answer in enumerate(family.respond(state, X, "predict", range(2))):
        assert_allclose(answer, plain(members, i, X, y, **TIGHT).predict(X), atol=1e-3)
    with pytest.raises(Declined, match="sparse"):
        family.fit(members, sparse.csr_matrix(X), y)
    with pytest.raises(Declined, match="one column"):
        family.fit(members, X, y[:, 0])
    with pytest.raises(Declined, match="weights"):
        family.fit(members, X, y, sample_weight=np.ones(40))
    X, y, _ = problem(n_targets=2)
    X[:, 1], X[:, 2], X[:, 3] = X[:, 1] * 1e5, X[:, 2] * 1e-5, 3.0
    for state, (train, test) in zip(
        family.fit_folds(members, X, y, folds_of(90)), folds_of(90), strict=True
    ):
        tight = plain(members, 0, X[train], y[train], **TIGHT)
        answer = family.respond(state, X[test], "predict", [0])[0]
        assert_allclose(answer, tight.predict(X[test]), atol=1e-4)


def test_a_table_with_collinear_columns(real_table):
    table = real_table("elevators")
    y = table.pop("Goal").to_numpy(float) * 1e3
    X = StandardScaler().fit_transform(table.to_numpy(float))
    assert np.linalg.cond(X) > 1e6
    family, members, state = fitted(Lasso, X, y, [{"alpha": a} for a in np.logspace(-2, 0.5, 12)])
    for i in range(12):
        assert family.materialise(state, i).dual_gap_ <= gap_allowed(X, y, 1e-9)
    tight = plain(members, 9, X, y, **TIGHT)
    assert_allclose(family.respond(state, X, "predict", [9])[0], tight.predict(X), atol=1e-5)


@pytest.mark.parametrize("cls", [Lasso, ElasticNet])
def test_search(cls, real_table):
    table = real_table("abalone").select_dtypes("number").dropna().iloc[:600]
    X, y = table.iloc[:, :-1], table.iloc[:, -1]
    model = make_pipeline(StandardScaler(), cls(**TIGHT))
    name = cls.__name__.lower()
    grid = {f"{name}__alpha": np.logspace(-3, 0, 6), f"{name}__fit_intercept": [True, False]}
    ours = GridSearchCV(model, grid, refit=False).fit(X, y)
    theirs = TheirGridSearchCV(model, grid, refit=False).fit(X, y)
    for k in range(5):
        key = f"split{k}_test_score"
        assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], atol=1e-7)
    assert "all 5 folds" in str(ours.plan_)


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": -1.0}, "alpha"),
        ({"alpha": float("inf")}, "alpha"),
        ({"alpha": "1"}, "alpha"),
        ({"l1_ratio": 2.0}, "l1_ratio"),
        ({"selection": "random"}, "random"),
        ({"precompute": np.eye(3)}, "precompute"),
        ({"positive": True, "l1_ratio": 0.0}, "positive"),
        ({"max_iter": 20}, "max_iter"),
        ({"max_iter": None}, "max_iter"),
        ({"tol": 0.1}, "tol"),
    ],
)
def test_declines(params, word):
    everything = {**ElasticNet().get_params(), **params}
    assert word in shared_fit_for(ElasticNet).declines(everything, Meta(100, 4))
    assert shared_fit_for(Lasso).declines(Lasso(precompute=True).get_params(), Meta(9, 4)) is None


def test_declined_when_the_numbers_are_seen(foreign, folds_of):
    X, y, weight = problem()
    with pytest.raises(Declined, match="constant"):
        fitted(Lasso, X, np.full(90, 0.1), LASSO[:1])
    with pytest.raises(Declined, match="constant"):
        fitted(Lasso, np.hstack([X] * 20), np.full(90, 0.1), LASSO[:1])
    with pytest.raises(Declined, match="another array library"):
        wide = np.hstack([X] * 20)
        fitted(Lasso, foreign.put(wide), foreign.put(y), LASSO)
    with pytest.raises(Declined, match="negative"):
        fitted(Lasso, X, y, LASSO, weight - 1)
    with pytest.raises(Declined, match="fewer rows"):
        shared_fit_for(Lasso).fit_folds(Members(Lasso(), LASSO), X[:9], y[:9], folds_of(9))


def test_sums_that_have_lost_their_digits_are_declined(folds_of):
    X, y, _ = problem()
    X[:, 0] = np.where(np.arange(90) < 30, 1e9, np.random.default_rng(0).normal(size=90) * 1e-3)
    folds = [(np.arange(30, 90), np.arange(30)), (np.arange(30), np.arange(30, 90))]
    y = y + 1e4 * X[:, 0] * (np.arange(90) >= 30)
    with pytest.raises(Declined, match="digits"):
        shared_fit_for(Lasso).fit_folds(Members(Lasso(), [{"alpha": 1e-5}]), X, y, folds)


def test_the_rows_are_not_written_and_not_kept():
    X, y, weight = problem(400, 4)
    before = X.copy(), y.copy(), weight.copy()
    _, _, state = fitted(Lasso, X, y, LASSO, weight, copy_X=False)
    for array, copy in zip((X, y, weight), before, strict=True):
        assert_array_equal(array, copy)
    arrays = [v for v in vars(state.found).values() if isinstance(v, np.ndarray)]
    assert max(array.size for array in arrays) < 400
