"""GaussianMixture against scikit-learn: the same steps from the same seed, on every library."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import mixture
from sklearn.exceptions import ConvergenceWarning

import gridfold
from gridfold.estimators import GaussianMixture
from gridfold.estimators.arrays import to_numpy
from gridfold.estimators.mixture import em, initial

KINDS = ("full", "tied", "diag", "spherical")
PARAMETERS = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")


def table(n_samples: int = 400, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    means = np.random.default_rng(0).normal(size=(3, 4)) * 3 + [0, 2, 0, 5]
    mixing = np.random.default_rng(1).normal(size=(3, 4, 4))
    labels = rng.integers(0, 3, n_samples)
    return means[labels] + np.einsum("ij,ijk->ik", rng.normal(size=(n_samples, 4)), mixing[labels])


def assert_same(ours, theirs, library, rtol=1e-9):
    for name in PARAMETERS:
        found, expected = library.host(getattr(ours, name)), getattr(theirs, name)
        assert library.owns(getattr(ours, name)), name
        assert found.dtype == expected.dtype, name
        atol = rtol * np.abs(expected).max()
        assert_allclose(found, expected, rtol=100 * rtol, atol=atol, err_msg=name)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.converged_ == theirs.converged_
    assert_allclose(ours.lower_bounds_, theirs.lower_bounds_, rtol=rtol)
    assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_, rel=rtol)


@pytest.mark.parametrize("init", ["kmeans", "k-means++", "random", "random_from_data"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore:Best performing:sklearn.exceptions.ConvergenceWarning")
def test_the_same_seed_gives_scikit_learns_mixture(library, kind, init):
    X = table()
    params = {"covariance_type": kind, "init_params": init, "max_iter": 20, "random_state": 2}
    ours, theirs = GaussianMixture(3, **params), mixture.GaussianMixture(3, **params)
    ours.fit(library.put(X))
    assert ours.fallback_ is None
    # From single rows it starts with squares that scikit-learn has by subtraction.
    few = init in ("k-means++", "random_from_data")
    assert_same(ours, theirs.fit(X), library, rtol=1e-6 if few else 1e-9)
    new = table(seed=7)
    assert_array_equal(library.host(ours.predict(library.put(new))), theirs.predict(new))
    for method in ("predict_proba", "score_samples"):
        found = getattr(ours, method)(library.put(new))
        assert library.owns(found)
        expected = getattr(theirs, method)(new)
        assert_allclose(library.host(found), expected, rtol=1e-7, atol=1e-10)
    for method in ("score", "aic", "bic"):
        found = getattr(ours, method)(library.put(new))
        assert isinstance(found, float)
        assert found == pytest.approx(getattr(theirs, method)(new))


@pytest.mark.parametrize("kind", KINDS)
def test_of_several_starts_the_likeliest(library, kind):
    params = {"n_components": 3, "covariance_type": kind, "n_init": 3, "init_params": "random"}
    params |= {"max_iter": 30, "tol": 0.1, "random_state": 0}
    ours, theirs = GaussianMixture(**params), mixture.GaussianMixture(**params)
    assert_same(ours.fit(library.put(table())), theirs.fit(table()), library)


@pytest.mark.filterwarnings("ignore:Best performing:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", [1, 2, 4, 3, 7])
def test_parameters_to_start_from(library, kind, given):
    X = table()
    source = mixture.GaussianMixture(3, covariance_type=kind, random_state=5, max_iter=1, tol=9)
    source.fit(X)
    values = {
        "weights_init": source.weights_ / source.weights_.sum(),
        "means_init": source.means_ + 0.1,
        "precisions_init": source.precisions_,
    }
    params = {name: v for i, (name, v) in enumerate(values.items()) if given & 2**i}
    theirs = mixture.GaussianMixture(3, covariance_type=kind, random_state=0, **params).fit(X)
    moved = {name: library.put(value) for name, value in params.items()}
    ours = GaussianMixture(3, covariance_type=kind, random_state=0, **moved).fit(library.put(X))
    assert_same(ours, theirs, library)
    assert all(getattr(ours, name) is value for name, value in moved.items())


@pytest.mark.parametrize("kind", KINDS)
def test_no_step_from_given_parameters_draws_nothing(library, kind, monkeypatch):
    """Scikit-learn has no covariances then, and fails."""
    source = mixture.GaussianMixture(2, covariance_type=kind, random_state=5).fit(table())

    def none(*_):
        raise AssertionError

    monkeypatch.setattr(initial, "responsibilities", none)
    ours = GaussianMixture(
        2,
        covariance_type=kind,
        max_iter=0,
        weights_init=source.weights_,
        means_init=source.means_,
        precisions_init=source.precisions_,
    ).fit(library.put(table()))
    for name in PARAMETERS:
        found, expected = library.host(getattr(ours, name)), getattr(source, name)
        assert_allclose(found, expected, rtol=1e-7, atol=1e-9, err_msg=name)
    assert ours.lower_bounds_ == []
    assert ours.n_iter_ == 0
    assert not ours.converged_


@pytest.mark.parametrize("kind", KINDS)
def test_a_warm_start_goes_on(library, kind):
    params = {"n_components": 3, "covariance_type": kind, "max_iter": 2, "tol": 1e-12}
    params |= {"warm_start": True, "random_state": 0, "init_params": "random"}
    ours, theirs = GaussianMixture(**params), mixture.GaussianMixture(**params)
    for _ in range(3):
        with pytest.warns(ConvergenceWarning, match="did not converge"):
            ours.fit(library.put(table()))
        with pytest.warns(ConvergenceWarning):
            theirs.fit(table())
        assert_same(ours, theirs, library)


@pytest.mark.parametrize("kind", KINDS)
def test_float32_stays_float32(library, kind):
    X = table().astype(np.float32)
    params = {"n_components": 3, "covariance_type": kind, "random_state": 0}
    exact = mixture.GaussianMixture(**params).fit(X.astype(np.float64))
    theirs = mixture.GaussianMixture(**params).fit(X)
    ours = GaussianMixture(**params).fit(library.put(X))
    for name in PARAMETERS:
        found, expected = library.host(getattr(ours, name)), getattr(exact, name)
        assert found.dtype == np.float32
        scale = np.abs(expected).max()
        allowed = np.abs(getattr(theirs, name) - expected).max() / scale
        assert np.abs(found - expected).max() / scale <= 4 * allowed + 1e-6, name
    shares = ours.predict_proba(library.put(X))
    assert library.host(shares).dtype == np.float32


@pytest.mark.parametrize("kind", KINDS)
def test_small_blocks_of_rows_give_the_same(library, kind):
    X, params = library.put(table()), {"covariance_type": kind, "random_state": 0}
    whole = GaussianMixture(3, **params).fit(X)
    with gridfold.config_context(working_memory=0.02):
        blocks = GaussianMixture(3, **params).fit(X)
        shares = library.host(blocks.predict_proba(X))
    assert_allclose(library.host(blocks.means_), library.host(whole.means_), rtol=1e-9)
    assert_allclose(shares, library.host(whole.predict_proba(X)), rtol=1e-6, atol=1e-9)


def test_no_rows_pass_through_the_host(foreign, monkeypatch):
    def few(array):
        assert to_numpy(array).size < 400
        return to_numpy(array)

    monkeypatch.setattr(em, "to_numpy", few)
    fitted = GaussianMixture(3, random_state=0).fit(foreign.put(table()))
    assert foreign.owns(fitted.fit_predict(foreign.put(table())))


@pytest.mark.parametrize("kind", KINDS)
def test_rows_drawn_from_the_mixture_are_scikit_learns(library, kind):
    params = {"n_components": 3, "covariance_type": kind, "random_state": 4}
    ours = GaussianMixture(**params).fit(library.put(table()))
    X, y = ours.sample(20)
    expected_X, expected_y = mixture.GaussianMixture(**params).fit(table()).sample(20)
    assert library.owns(X)
    assert library.owns(y)
    assert_allclose(library.host(X), expected_X, rtol=1e-6)
    assert_array_equal(library.host(y), expected_y)


@pytest.mark.parametrize("kind", KINDS)
def test_a_covariance_of_no_extent_is_an_error(library, kind):
    X = np.ones_like(table()) if kind == "spherical" else table()
    X[:, 1] = 1.0
    params = {"covariance_type": kind, "reg_covar": 0, "random_state": 0}
    with pytest.raises(ValueError, match="ill-defined empirical covariance"):
        GaussianMixture(**params).fit(library.put(X))
    with pytest.raises(ValueError, match="passing float64 data"):
        GaussianMixture(**params).fit(library.put(X.astype(np.float32)))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_a_far_offset_costs_no_digits(library, kind, seed):
    """The likelihood does not depend on where the origin is."""
    X = table(seed=seed)
    params = {"n_components": 3, "covariance_type": kind, "random_state": 0}
    near = GaussianMixture(**params).fit(library.put(X))
    far = GaussianMixture(**params).fit(library.put(X + 1e6))
    assert far.lower_bound_ == pytest.approx(near.lower_bound_, abs=1e-6)


def test_errors_are_scikit_learns(library):
    with pytest.raises(ValueError, match="minimum of 2 is required by GaussianMixture"):
        GaussianMixture().fit(library.put(table(1)))
    with pytest.raises(ValueError, match="n_components = 5, n_samples = 4"):
        GaussianMixture(5).fit(library.put(table(4)))
    with pytest.raises(ValueError, match="'means' should have the shape"):
        GaussianMixture(2, means_init=np.zeros((3, 4))).fit(library.put(table()))
    with pytest.raises(TypeError, match="Sparse data was passed"):
        GaussianMixture().fit(sparse.csr_array(table()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["phoneme", "pendigits", "california_housing"])
def test_the_likelihood_of_real_tables_is_at_least_scikit_learns(real_table, library, name, kind):
    X = real_table(name).select_dtypes("number").dropna().to_numpy(dtype=float)[:3000]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    params = {"n_components": 4, "covariance_type": kind, "random_state": 0, "max_iter": 30}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = mixture.GaussianMixture(**params).fit(X)
        ours = GaussianMixture(**params).fit(library.put(X))
    assert ours.lower_bound_ >= theirs.lower_bound_ - 1e-9 * abs(theirs.lower_bound_)
