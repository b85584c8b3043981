"""Poisson, gamma and Tweedie regression against scikit-learn's objective, on every library."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.linalg import LinAlgWarning
from sklearn import linear_model
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from gridfold.estimators import GammaRegressor, PoissonRegressor, TweedieRegressor, config_context
from gridfold.estimators.arrays import to_numpy

MODELS = [
    (PoissonRegressor, {}),
    (GammaRegressor, {}),
    (TweedieRegressor, {}),
    (TweedieRegressor, {"power": 1.5}),
    (TweedieRegressor, {"power": 1, "link": "log"}),
    (TweedieRegressor, {"power": 2}),
]
model = pytest.mark.parametrize(("cls", "params"), MODELS, ids=str)


def problem(n_samples: int = 300, n_features: int = 4, seed: int = 0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.3, 2, n_features) + 1
    y = np.exp(0.3 * X @ rng.normal(size=n_features)) * rng.gamma(2.0, 0.5, n_samples)
    return X, y, rng.uniform(0.1, 2, n_samples)


def parent(cls):
    return getattr(linear_model, cls.__name__)


def tight(cls, params, X, y, weight=None, **more):
    """Scikit-learn's class, taken to the minimum."""
    one = parent(cls)(solver="newton-cholesky", tol=1e-12, max_iter=1000, **{**params, **more})
    return one.fit(X, y, weight)


def gradient(one, X, y, weight=None) -> tuple[float, np.ndarray]:
    """The objective, as scikit-learn documents it, less a perfect fit's, and its gradient."""
    coef = np.asarray(to_numpy(one.coef_), dtype=float)
    z = X @ coef + float(one.intercept_)
    base = one._get_loss()
    weight = np.ones(len(y)) if weight is None else weight
    lost = base(y, z, sample_weight=weight) + np.average(
        base.constant_to_optimal_zero(y), weights=weight
    )
    slopes = weight * base.gradient(y, z) / weight.sum()
    by_coef = X.T @ slopes + one.alpha * coef
    return lost + 0.5 * one.alpha * coef @ coef, np.append(by_coef, slopes.sum())


@model
@pytest.mark.parametrize("n_samples", [300, 36_000])  # many rows start from a part of them
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_equals_the_minimum_of_scikit_learn(cls, params, n_samples, fit_intercept, weighted):
    X, y, weight = problem(n_samples)
    weight = weight if weighted else None
    ours = cls(tol=1e-9, fit_intercept=fit_intercept, alpha=0.1, **params).fit(X, y, weight)
    theirs = tight(cls, params, X, y, weight, fit_intercept=fit_intercept, alpha=0.1)
    assert ours.fallback_ is None
    assert type(ours.intercept_) is type(theirs.intercept_)
    assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6, atol=1e-8)
    assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-6, atol=1e-8)
    assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-6)
    assert ours.score(X, y, weight) == pytest.approx(theirs.score(X, y, weight), rel=1e-9)


@model
@pytest.mark.parametrize("n_samples", [300, 36_000])
@pytest.mark.parametrize("weighted", [False, True])
def test_every_library_gives_the_numbers_of_numpy(cls, params, n_samples, weighted, foreign):
    X, y, weight = problem(n_samples)
    weight = weight if weighted else None
    one, other = (cls(tol=1e-10, **params) for _ in range(2))
    one.fit(X, y, weight)
    moved = None if weight is None else foreign.put(weight)
    other.fit(foreign.put(X), foreign.put(y), moved)
    assert foreign.owns(other.coef_) and other.fallback_ is None
    assert_allclose(foreign.host(other.coef_), one.coef_, rtol=1e-10, atol=1e-13)
    assert_allclose(float(other.intercept_), one.intercept_, rtol=1e-10)
    assert_allclose(foreign.host(other.predict(foreign.put(X))), one.predict(X), rtol=1e-10)
    score = other.score(foreign.put(X), foreign.put(y), moved)
    assert type(score) is float
    assert score == pytest.approx(one.score(X, y, weight), rel=1e-9)


@model
def test_float32_is_solved_with_the_digits_of_float64(cls, params, library):
    X, y, _ = problem(36_000)
    X, y = X.astype(np.float32), y.astype(np.float32)
    ours = cls(**params).fit(library.put(X), library.put(y))
    assert library.host(ours.coef_).dtype == np.float32
    assert library.host(ours.predict(library.put(X))).dtype == np.float32
    theirs = tight(cls, params, X.astype(float), y.astype(float))
    assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("table", ["bike_sharing_hour", "diamonds", "abalone", "elevators"])
@pytest.mark.parametrize("alpha", [1.0, 1e-4])
def test_objective_is_at_most_scikit_learns_on_real_tables(real_table, table, alpha):
    target = {"bike_sharing_hour": "cnt", "diamonds": "price", "abalone": "Class_Rings"}
    frame = real_table(table).select_dtypes("number")
    y = frame.pop(target.get(table, "Goal")).to_numpy(float)
    X = StandardScaler().fit_transform(frame.to_numpy(float))
    for cls, params in (MODELS[0], MODELS[1], MODELS[3]):
        kept = y > 0
        ours = cls(alpha=alpha, **params).fit(X[kept], y[kept])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            theirs = parent(cls)(alpha=alpha, **params).fit(X[kept], y[kept])
        (found, slope), (other, _) = (gradient(one, X[kept], y[kept]) for one in (ours, theirs))
        assert found <= other * (1 + 1e-9)
        assert np.abs(slope).max() <= ours.tol


@model
def test_the_gradient_is_below_tol(cls, params):
    X, y, weight = problem(36_000)
    for tol in (1e-4, 1e-8):
        ours = cls(tol=tol, alpha=1e-3, **params).fit(X, y, weight)
        assert np.abs(gradient(ours, X, y, weight)[1]).max() <= tol


@model
@pytest.mark.parametrize("alpha", [0.1, 0.0])
def test_more_columns_than_rows(cls, params, alpha, library):
    X, y, _ = problem(30, 60)
    ours = cls(alpha=alpha, tol=1e-9, **params).fit(library.put(X), library.put(y))
    if alpha > 0:
        theirs = tight(cls, params, X, y, alpha=alpha)
        assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-4, atol=1e-6)
    else:
        assert_allclose(library.host(ours.predict(library.put(X))), y, rtol=1e-3)


@model
def test_columns_far_from_zero_and_of_unlike_scale(cls, params):
    X, y, _ = problem(500)
    scale, shift = np.array([1e4, 1.0, 1e-3, 10.0]), np.array([1e7, 0.0, 5.0, -3000.0])
    ours = cls(alpha=0, **params).fit(X * scale + shift, y)
    plain = cls(alpha=0, **params).fit(X, y)
    assert_allclose(ours.coef_ * scale, plain.coef_, rtol=1e-5, atol=1e-7)


@model
def test_constant_and_equal_columns(cls, params, library):
    X, y, _ = problem(300)
    X = np.column_stack([X, X[:, 0], np.full(300, 0.1)])
    ours = cls(alpha=0.0, **params).fit(library.put(X), library.put(y))
    coef = library.host(ours.coef_)
    assert coef[5] == 0.0
    assert_allclose(coef[0], coef[4], rtol=1e-6)
    assert_allclose(
        library.host(ours.predict(library.put(X))),
        tight(cls, params, X[:, :4], y, alpha=0.0).predict(X[:, :4]),
        rtol=1e-6,
    )


def test_a_hessian_without_an_inverse_is_told_of():
    X, y, _ = problem(300)
    with pytest.warns(LinAlgWarning, match="singular"):
        PoissonRegressor(alpha=0, solver="newton-cholesky").fit(np.column_stack([X, X]), y)


@model
def test_weights_of_zero_leave_rows_out(cls, params):
    X, y, _ = problem(36_000)
    kept = np.arange(len(X)) % 3 != 0
    ours = cls(tol=1e-10, **params).fit(X, y, kept.astype(float))
    alone = cls(tol=1e-10, **params).fit(X[kept], y[kept])
    assert_allclose(ours.coef_, alone.coef_, rtol=1e-7)


@model
def test_blocks_of_rows_add_up(cls, params, library):
    X, y, weight = problem(900)
    arrays = [library.put(a) for a in (X, y, weight)]
    whole = cls(**params).fit(*arrays).coef_
    with config_context(working_memory=0.01):
        parts = cls(**params).fit(*arrays).coef_
    assert_allclose(library.host(parts), library.host(whole), rtol=1e-9)


def test_rows_that_are_not_like_the_others():
    """A part of the rows tells nothing of a column that is zero in nearly all."""
    X, y, _ = problem(40_000)
    rare = np.zeros((40_000, 3))
    rare[7::8001, 0], rare[11::7989, 1], rare[3, 2] = 30.0, 1.0, 1.0
    X, y = np.hstack([X, rare]), y * np.exp(rare @ [0.05, 2.0, -1.0])
    for cls, params in MODELS:
        ours = cls(alpha=1e-6, **params).fit(X, y)
        value, slope = gradient(ours, X, y)
        theirs = tight(cls, params, X, y, alpha=1e-6)
        assert value <= gradient(theirs, X, y)[0] * (1 + 1e-9)
        assert np.abs(slope).max() <= ours.tol


def test_a_bad_start_is_mended(library):
    X, y, _ = problem(300)
    y[0] = 1e6
    ours = PoissonRegressor(alpha=1e-6).fit(library.put(X), library.put(y))
    theirs = linear_model.PoissonRegressor(alpha=1e-6, tol=1e-9, max_iter=5000).fit(X, y)
    ours = ours.to_sklearn()
    assert gradient(ours, X, y)[0] <= gradient(theirs, X, y)[0] * (1 + 1e-9)


def test_nothing_but_zeros():
    X = problem(50)[0]
    with pytest.warns(ConvergenceWarning):
        fitted = PoissonRegressor().fit(X, np.zeros(50))
    assert fitted.predict(X).max() < 1e-9


@model
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_warm_start_goes_on_from_the_last_fit(cls, params, fit_intercept, library):
    X, y, _ = problem(300)
    one = cls(warm_start=True, tol=1e-7, fit_intercept=fit_intercept, **params)
    one.fit(library.put(X), library.put(y))
    coef = library.host(one.coef_)
    one.fit(library.put(X), library.put(y))
    assert one.n_iter_ == 1
    assert_allclose(library.host(one.coef_), coef, rtol=1e-6)


def test_max_iter_warns():
    X, y, _ = problem()
    with pytest.warns(ConvergenceWarning, match="max_iter=1 "):
        one = PoissonRegressor(max_iter=1, tol=1e-10).fit(X, y)
    assert one.n_iter_ == 1


@pytest.mark.parametrize("power", [0, 1, 3])
def test_other_powers_and_links_are_fitted_by_scikit_learn(power, foreign):
    X, y, _ = problem()
    params = {"power": power, "link": "log" if power == 0 else "auto"}
    params["link"] = "identity" if power == 1 else params["link"]
    X, y = (X, 5.0 + 0.01 * X[:, 0]) if power == 1 else (X, y)
    ours = TweedieRegressor(**params).fit(X, y)
    theirs = linear_model.TweedieRegressor(**params).fit(X, y)
    assert f"power={power}" in ours.fallback_
    assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6)
    moved = ours.predict(foreign.put(X))
    assert foreign.owns(moved)
    assert_allclose(foreign.host(moved), theirs.predict(X), rtol=1e-9)
    score = ours.score(foreign.put(X), foreign.put(y))
    assert score == pytest.approx(theirs.score(X, y), rel=1e-6)


def test_other_solvers_and_sparse_rows_are_fitted_by_scikit_learn():
    from sklearn.linear_model._glm._newton_solver import NewtonCholeskySolver

    X, y, _ = problem()
    assert "another algorithm" in PoissonRegressor(solver=NewtonCholeskySolver).fit(X, y).fallback_
    assert PoissonRegressor().fit(sparse.csr_array(X), y).fallback_ == "sparse X"


@pytest.mark.parametrize(("cls", "low"), [(PoissonRegressor, -1.0), (GammaRegressor, 0.0)])
def test_targets_out_of_range_are_an_error(cls, low, library):
    X, y, _ = problem()
    fitted = cls().fit(library.put(X), library.put(y))
    y[3] = low
    with pytest.raises(ValueError, match=r"Some value\(s\) of y are out of the valid range"):
        cls().fit(library.put(X), library.put(y))
    with pytest.raises((ValueError, AttributeError)):  # scikit-learn's own message is at fault
        fitted.score(library.put(X), library.put(y))


def test_weights_below_zero_are_an_error():
    X, y, weight = problem()
    with pytest.raises(ValueError, match="Negative values"):
        PoissonRegressor().fit(X, y, -weight)


@model
def test_fitted_attributes_are_scikit_learns(cls, params):
    X, y, _ = problem()
    ours, theirs = vars(cls(**params).fit(X, y)), vars(parent(cls)(**params).fit(X, y))
    assert set(ours) - set(theirs) == {"device", "fallback_"}
    assert set(theirs) <= set(ours)
    for name in ("coef_", "intercept_", "n_iter_", "_base_loss"):
        assert type(ours[name]) is type(theirs[name])
    assert_array_equal(ours["coef_"].shape, theirs["coef_"].shape)
