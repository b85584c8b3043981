"""The shared fits of Poisson, gamma and Tweedie regression against plain fits at the minimum."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import linear_model, model_selection
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV

ALPHAS = [1.0, 0.01, 30.0, 1e-5, 1.0]
MODELS = [
    (linear_model.PoissonRegressor, {}),
    (linear_model.GammaRegressor, {}),
    (linear_model.TweedieRegressor, {}),
    (linear_model.TweedieRegressor, {"power": 1}),
    (linear_model.TweedieRegressor, {"power": 1.5}),
    (linear_model.TweedieRegressor, {"power": 2, "link": "log"}),
    (linear_model.TweedieRegressor, {"power": 0, "link": "identity"}),
]
model = pytest.mark.parametrize(("cls", "common"), MODELS, ids=lambda value: str(value))


def problem(n_samples: int = 200, n_features: int = 5, seed: int = 0, scale: float = 1.0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.3, 2, n_features) + 1
    mean = np.exp(0.3 * X @ rng.normal(size=n_features))
    y = scale * mean * rng.gamma(2.0, 0.5, n_samples)
    return X, y, rng.uniform(0.1, 2, n_samples)


def shared_and_plain(
    cls, common, X, y, weight=None, overrides=None, solver="newton-cholesky", tol=1e-11
):
    """Return the family, its state, and plain fits taken to the minimum."""
    members = Members(cls(**common), overrides or [{"alpha": alpha} for alpha in ALPHAS])
    family = shared_fit_for(cls)
    params = {} if weight is None else {"sample_weight": weight}
    state = family.fit(members, X, y, **params)
    plain = []
    for i in range(len(members)):
        one = members.instance(i).set_params(tol=tol, max_iter=10_000, solver=solver)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plain.append(one.fit(X, y, weight))
    return family, state, plain


def assert_equal_to_plain(
    family, state, plain, X, same_fitted, rtol=1e-5, atol=1e-6, coef_rtol=1e-4
):
    answers = family.respond(state, X, "predict", range(len(plain)))
    for i, one in enumerate(plain):
        expected = one.predict(X)
        assert answers[i].dtype == expected.dtype
        assert_allclose(answers[i], expected, rtol=rtol)
        member = family.materialise(state, i)
        one.set_params(tol=1e-4, max_iter=100, solver="lbfgs")
        assert type(member.n_iter_) is int
        assert type(member._base_loss) is type(one._base_loss)
        assert type(member.intercept_) is type(one.intercept_)
        same_fitted(member, one, rtol=coef_rtol, atol=atol, but=("n_iter_", "_base_loss"))
        assert set(vars(member)) == set(vars(one))


@model
@pytest.mark.parametrize("weighted", [False, True])
def test_members_equal_plain_fits(cls, common, weighted, same_fitted):
    X, y, weight = problem()
    found = shared_and_plain(cls, common, X, y, weight if weighted else None)
    assert_equal_to_plain(*found, X[:40], same_fitted)


@model
def test_sparse_rows(cls, common, same_fitted):
    X, y, _ = problem()
    X = sparse.random_array((200, 5), density=0.4, rng=np.random.default_rng(1), format="csc")
    found = shared_and_plain(cls, common, X, y)
    assert_equal_to_plain(*found, X, same_fitted)


@model
def test_float32_rows_give_float32_models(cls, common, same_fitted):
    X, y, _ = problem()
    X = X.astype(np.float32)
    found = shared_and_plain(cls, common, X, y, solver="lbfgs", tol=1e-6)
    assert_equal_to_plain(*found, X, same_fitted, rtol=1e-3, coef_rtol=1e-2, atol=1e-3)


def test_newton_of_float32_rows_is_left_to_plain_fits():
    X, y, _ = problem(50)
    one = linear_model.PoissonRegressor(solver="newton-cholesky")
    family = shared_fit_for(type(one))
    with pytest.raises(Declined, match="float32"):
        family.fit(Members(one, [{"alpha": 1.0}, {"alpha": 2.0}]), X.astype(np.float32), y)


@model
def test_every_library(cls, common, library):
    X, y, weight = problem(100)
    members = Members(cls(**common), [{"alpha": alpha} for alpha in ALPHAS])
    family = shared_fit_for(cls)
    state = family.fit(members, library.put(X), library.put(y), sample_weight=weight)
    expected = family.fit(members, X, y, sample_weight=weight)
    answers = family.respond(state, library.put(X), "predict", [2, 0])
    assert library.owns(answers)
    known = family.respond(expected, X, "predict", [2, 0])
    for k in range(2):
        assert_allclose(library.host(answers[k, ...]), known[k], rtol=1e-6)


@model
@pytest.mark.parametrize("n_samples", [30, 200])
def test_intercepts_and_no_penalty_to_speak_of(cls, common, n_samples, same_fitted):
    X, y, _ = problem(n_samples, 40 if n_samples == 30 else 5)
    low = 1e-3 if n_samples == 30 else 0.0
    overrides = [
        {"alpha": alpha, "fit_intercept": fit_intercept}
        for alpha in (low, 1.0)
        for fit_intercept in (True, False)
    ]
    found = shared_and_plain(cls, common, X, y, None, overrides)
    assert_equal_to_plain(*found, X, same_fitted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("scale", [1e-8, 1e8])
@pytest.mark.parametrize(("cls", "common"), [MODELS[0], MODELS[1], MODELS[4]])
def test_targets_of_any_size(cls, common, scale):
    X, y, _ = problem()
    power = family_power(cls(**common))
    members = [Members(cls(**common), [{"alpha": a} for a in ALPHAS])]
    size = scale ** (2 - power)  # the deviance grows so, and a penalty that grows with it
    members.append(Members(cls(**common), [{"alpha": a * size} for a in ALPHAS]))
    family = shared_fit_for(cls)
    small, large = (family.fit(m, X, c * y) for m, c in zip(members, (1.0, scale), strict=True))
    everyone = range(len(ALPHAS))
    expected = scale * np.asarray(family.respond(small, X, "predict", everyone))
    assert_allclose(family.respond(large, X, "predict", everyone), expected, rtol=1e-5)


def family_power(one) -> float:
    return {"PoissonRegressor": 1, "GammaRegressor": 2}.get(
        type(one).__name__, getattr(one, "power", 0)
    )


def test_targets_of_zero_and_perfect_fits(same_fitted):
    X, _, _ = problem(150)
    y = np.random.default_rng(0).poisson(0.4, 150)
    for cls, common in (MODELS[0], MODELS[4]):
        assert_equal_to_plain(*shared_and_plain(cls, common, X, y), X, same_fitted)
    y = np.exp(X @ np.array([0.1, 0.0, -0.2, 0.3, 0.1]))
    found = shared_and_plain(*MODELS[0], X, y, None, [{"alpha": 0.0}, {"alpha": 0.1}])
    assert_equal_to_plain(*found, X, same_fitted)


def test_scores_of_a_search_on_a_real_table(real_table):
    table = real_table("insurance_charges")
    y = table["charges"].to_numpy()
    X = table.drop(columns="charges").select_dtypes("number").to_numpy(float)
    pipeline = make_pipeline(StandardScaler(), linear_model.GammaRegressor(tol=1e-9))
    grid = {"gammaregressor__alpha": np.logspace(-4, 2, 6)}
    ours = GridSearchCV(pipeline, grid, refit=False).fit(X, y)
    theirs = model_selection.GridSearchCV(pipeline, grid, refit=False).fit(X, y)
    assert "one shared fit" in str(ours.plan_)
    for k in range(5):
        key = f"split{k}_test_score"
        assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], rtol=0, atol=1e-7)


@pytest.mark.parametrize(
    ("cls", "params", "word"),
    [
        (linear_model.PoissonRegressor, {"alpha": "much"}, "alpha"),
        (linear_model.PoissonRegressor, {"alpha": -1.0}, "alpha"),
        (linear_model.GammaRegressor, {"warm_start": True}, "warm_start"),
        (linear_model.GammaRegressor, {"max_iter": 5}, "max_iter=5"),
        (linear_model.GammaRegressor, {"tol": 0.1}, "tol=0.1"),
        (linear_model.GammaRegressor, {"solver": object}, "solver"),
        (linear_model.TweedieRegressor, {"power": 3}, "power=3"),
        (linear_model.TweedieRegressor, {"power": -1}, "power=-1"),
        (linear_model.TweedieRegressor, {"power": 0, "link": "log"}, "link='log'"),
        (linear_model.TweedieRegressor, {"power": 1, "link": "identity"}, "link='identity'"),
    ],
)
def test_declines(cls, params, word):
    reason = shared_fit_for(cls).declines({**cls().get_params(), **params}, Meta(100, 4))
    assert word in reason


@model
def test_default_parameters_are_not_declined(cls, common):
    params = cls(**common).get_params()
    assert shared_fit_for(cls).declines(params, Meta(100, 4)) is None


@pytest.mark.parametrize(
    ("y", "word"),
    [
        (np.r_[-1.0, np.ones(59)], "range"),
        (np.zeros(60), "zero"),
        (np.ones((60, 2)), "column"),
        (np.array(["a"] * 60), "numbers"),
    ],
)
def test_targets_that_plain_fits_are_to_judge(y, word):
    X = problem(60)[0]
    family = shared_fit_for(linear_model.PoissonRegressor)
    members = Members(linear_model.PoissonRegressor(), [{"alpha": 1.0}, {"alpha": 2.0}])
    with pytest.raises(Declined, match=word):
        family.fit(members, X, y)


def test_weights_that_plain_fits_are_to_judge():
    X, y, weight = problem(60)
    family = shared_fit_for(linear_model.GammaRegressor)
    members = Members(linear_model.GammaRegressor(), [{"alpha": 1.0}, {"alpha": 2.0}])
    with pytest.raises(Declined, match="negative"):
        family.fit(members, X, y, sample_weight=-weight)
    with pytest.raises(ValueError, match="at least one non-zero"):  # the error of a plain fit
        family.fit(members, X, y, sample_weight=0 * weight)
    with pytest.raises(Declined, match="offset"):
        family.fit(members, X, y, offset=y)


def test_x_is_never_written():
    X, y, weight = problem(60)
    copies = X.copy(), y.copy(), weight.copy()
    for array in (X, y, weight):
        array.flags.writeable = False
    shared_and_plain(*MODELS[0], X, y, weight)
    for array, copy in zip((X, y, weight), copies, strict=True):
        assert_array_equal(array, copy)
