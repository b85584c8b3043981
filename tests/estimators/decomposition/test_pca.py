"""PCA against scikit-learn: both solvers, every kind of count, every library."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import decomposition

from gridfold.estimators import PCA, arrays, config_context
from gridfold.estimators.decomposition.centred import Centred

ATTRIBUTES = (
    "mean_",
    "components_",
    "explained_variance_",
    "explained_variance_ratio_",
    "singular_values_",
    "noise_variance_",
)


def table(n_samples: int, n_features: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(n_samples, n_features)) * np.linspace(3, 0.3, n_features)
    return mixed @ rng.normal(size=(n_features, n_features)) + 5


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("n_components", [None, 0, 1, 3, 0.5, 0.999])
@pytest.mark.parametrize(
    ("n_samples", "n_features", "solver"),
    [(80, 6, "auto"), (40, 6, "auto"), (40, 6, "covariance_eigh"), (80, 6, "full"), (5, 9, "auto")],
)
def test_equals_scikit_learn(library, n_samples, n_features, solver, n_components, whiten):
    X = table(n_samples, n_features)
    if n_samples < n_features and n_components is None:
        n_components = 4  # the last component of fewer rows than columns is any direction
    params = {"n_components": n_components, "svd_solver": solver, "whiten": whiten}
    ours, theirs = PCA(**params).fit(library.put(X)), decomposition.PCA(**params).fit(X)
    assert ours.fallback_ is None
    assert ours.n_components_ == theirs.n_components_
    assert ours._fit_svd_solver == theirs._fit_svd_solver
    assert library.owns(ours.components_)
    for name in ATTRIBUTES:
        found, expected = library.host(getattr(ours, name)), getattr(theirs, name)
        assert_allclose(found, expected, rtol=1e-9, atol=1e-10, err_msg=name)
    projected = ours.transform(library.put(X))
    assert library.owns(projected)
    assert_allclose(library.host(projected), theirs.transform(X), rtol=1e-9, atol=1e-9)
    again = PCA(**params).fit_transform(library.put(X))
    assert_allclose(library.host(again), theirs.transform(X), rtol=1e-9, atol=1e-9)
    if n_components == 0:
        return
    restored = library.host(ours.inverse_transform(projected))
    assert_allclose(restored, theirs.inverse_transform(theirs.transform(X)), rtol=1e-9)
    assert_array_equal(X, table(n_samples, n_features))


@pytest.mark.parametrize("whiten", [False, True])
def test_the_gaussian_model_is_scikit_learns(library, whiten):
    X = table(80, 6)
    ours = PCA(3, whiten=whiten).fit(library.put(X))
    theirs = decomposition.PCA(3, whiten=whiten).fit(X)
    assert_allclose(library.host(ours.get_covariance()), theirs.get_covariance(), rtol=1e-9)
    precision = library.host(ours.get_precision())
    assert_allclose(precision, theirs.get_precision(), rtol=1e-8, atol=1e-9)
    likelihoods = ours.score_samples(library.put(X))
    assert library.owns(likelihoods)
    assert_allclose(library.host(likelihoods), theirs.score_samples(X), rtol=1e-9)
    assert ours.score(library.put(X)) == pytest.approx(theirs.score(X), rel=1e-9)


def test_float32_is_kept_and_as_exact_as_scikit_learn(library):
    X = table(200, 6) + 300
    exact = decomposition.PCA(4, svd_solver="full").fit(X)
    X32 = X.astype(np.float32)
    ours, theirs = PCA(4).fit(library.put(X32)), decomposition.PCA(4).fit(X32)
    assert library.host(ours.transform(library.put(X32))).dtype == np.float32
    for name in ("components_", "explained_variance_", "singular_values_", "mean_"):
        found = library.host(getattr(ours, name))
        assert found.dtype == np.float32
        off = np.abs(found - getattr(exact, name)).max()
        assert off <= 2 * np.abs(getattr(theirs, name) - getattr(exact, name)).max() + 1e-6, name


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize(
    ("shape", "params"),
    [
        ((600, 80), {}),  # "auto" takes "randomized" here
        ((80, 600), {}),
        ((600, 590), {"iterated_power": 2}),
        ((600, 80), {"power_iteration_normalizer": "none", "iterated_power": 1}),
        ((600, 80), {"power_iteration_normalizer": "QR", "iterated_power": 3}),
        ((40, 20), {"svd_solver": "randomized", "n_components": 15}),
        ((20, 40), {"svd_solver": "randomized", "n_components": 15, "iterated_power": 0}),
    ],
)
def test_random_projections_are_scikit_learns(library, shape, params, whiten):
    X = table(*shape)
    params = {"n_components": 4, "random_state": 0, "whiten": whiten, **params}
    ours, theirs = PCA(**params), decomposition.PCA(**params)
    projected, expected = ours.fit_transform(library.put(X)), theirs.fit_transform(X)
    assert ours.fallback_ is None
    assert ours._fit_svd_solver == "randomized"
    assert library.owns(projected)
    assert_allclose(library.host(projected), expected, rtol=1e-9, atol=1e-9)
    again = PCA(**params).fit(library.put(X))
    for name in ATTRIBUTES:
        for found in (library.host(getattr(each, name)) for each in (ours, again)):
            assert_allclose(found, getattr(theirs, name), rtol=1e-9, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("spread", [1e3, 1e9], ids=["by X'X", "by rows"])
@pytest.mark.parametrize("memory", [256, 1e-3])
def test_blocks_of_rows_and_a_wide_spectrum(library, spread, memory):
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.normal(size=(n, 30)))[0] for n in (400, 30))
    X = (left * np.geomspace(spread, 1, 30)) @ right.T
    params = {"n_components": 5, "svd_solver": "randomized", "random_state": 0}
    theirs = decomposition.PCA(**params).fit(X)
    with config_context(working_memory=memory):
        ours = PCA(**params).fit(library.put(X))
        rows = Centred(library.put(X), library.put(X.mean(axis=0)), library.xp)
        turned = Centred(library.put(X.T), library.put(X.mean(axis=1)), library.xp)
        gram, other = library.host(rows.gram()[0]), library.host(turned.row_gram())
    expected = (X - X.mean(axis=0)).T @ (X - X.mean(axis=0))
    assert_allclose(gram, expected, rtol=1e-9, atol=1e-9 * expected.max())
    expected = (X.T - X.mean(axis=1)) @ (X.T - X.mean(axis=1)).T
    assert_allclose(other, expected, rtol=1e-9, atol=1e-9 * expected.max())
    assert_allclose(library.host(ours.singular_values_), theirs.singular_values_, rtol=1e-9)
    assert_allclose(library.host(ours.components_), theirs.components_, atol=1e-9)


@pytest.mark.parametrize("memory", [256, 0.1])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_all_singular_values_keep_their_digits(library, dtype, memory):
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.normal(size=(n, 20)))[0] for n in (3000, 20))
    X = ((left * np.geomspace(1e9, 1, 20)) @ right.T).astype(dtype)
    exact = decomposition.PCA(svd_solver="full").fit(X.astype(float))
    theirs = decomposition.PCA(svd_solver="full").fit(X)
    with config_context(working_memory=memory):
        ours = PCA(svd_solver="full").fit(library.put(X))
    for name in ("singular_values_", "components_"):
        found = library.host(getattr(ours, name))
        off = np.abs(found - getattr(exact, name)) / np.abs(getattr(exact, name)).max(axis=-1)
        off_theirs = np.abs(getattr(theirs, name) - getattr(exact, name)).max()
        assert off.max() <= 1e-9 + off_theirs, name
    if dtype == np.float64:
        assert_allclose(library.host(ours.singular_values_), exact.singular_values_, rtol=1e-6)


def test_rows_many_times_the_memory_are_decomposed_within_it():
    X = table(60_000, 10)  # 4.8 MB
    PCA(svd_solver="full").fit(X[:500])
    tracemalloc.start()
    with config_context(working_memory=1):
        PCA(svd_solver="full").fit(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.6 * X.nbytes


def test_columns_far_from_0_lose_no_digits(library):
    X = table(400, 6) + 1e6
    exact = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)
    ours = PCA().fit(library.put(X))
    assert ours._fit_svd_solver == "covariance_eigh"
    assert_allclose(library.host(ours.singular_values_), exact, rtol=1e-8)


def test_the_draws_of_a_generator_go_on(library):
    X, ours, theirs = table(600, 80), np.random.RandomState(1), np.random.RandomState(1)
    for _ in range(2):
        found = PCA(3, random_state=ours).fit(library.put(X))
        expected = decomposition.PCA(3, random_state=theirs).fit(X)
        assert_allclose(library.host(found.components_), expected.components_, atol=1e-9)
    assert ours.normal() == theirs.normal()


@pytest.mark.parametrize("solver", ["full", "covariance_eigh"])
def test_minkas_number_of_components(library, solver):
    X = table(60, 20) * np.linspace(1, 1e-3, 20)
    ours = PCA("mle", svd_solver=solver).fit(library.put(X))
    theirs = decomposition.PCA("mle", svd_solver=solver).fit(X)
    assert ours.fallback_ is None
    assert ours.n_components_ == theirs.n_components_
    with pytest.raises(ValueError, match="n_samples >= n_features"):
        PCA("mle", svd_solver=solver).fit(library.put(X.T))


def test_lanczos_is_scipys(library):
    params = {"n_components": 2, "svd_solver": "arpack", "random_state": 0}
    ours, theirs = PCA(**params), decomposition.PCA(**params)
    projected = ours.fit_transform(library.put(table(600, 80)))
    assert library.owns(projected)
    assert_allclose(library.host(projected), theirs.fit_transform(table(600, 80)))
    for fitted in (ours, PCA(**params).fit(library.put(table(600, 80)))):
        assert (fitted.fallback_ is None) == (library.name == "numpy")
        assert fitted.fallback_ is None or "arpack" in fitted.fallback_


def test_random_projections_of_a_share_of_variance_are_an_error(library):
    for n_components, word in ((0.5, "between 1 and"), ("mle", "cannot be a string")):
        with pytest.raises(ValueError, match=word):
            PCA(n_components, svd_solver="randomized").fit(library.put(table(80, 6)))


def test_sparse_rows_are_scikit_learns():
    X = sparse.csr_array(np.where(table(60, 8) > 5, table(60, 8), 0.0))
    ours = PCA(2, random_state=0)
    projected = ours.fit_transform(X)
    assert ours.fallback_ == "sparse X"
    assert_allclose(projected, decomposition.PCA(2, random_state=0).fit_transform(X))


def test_more_components_than_columns_is_an_error(library):
    with pytest.raises(ValueError, match="n_components=7 must be between 0 and"):
        PCA(7).fit(library.put(table(80, 6)))


def test_x_is_not_written_to_without_a_copy(library):
    X = library.put(table(40, 6))
    PCA(copy=False).fit_transform(X)
    assert_array_equal(library.host(X), table(40, 6))


@pytest.mark.parametrize("n_components", [2, "mle"])
def test_a_device_that_is_not_there_is_an_error_of_both_fits(monkeypatch, n_components):
    monkeypatch.setattr(arrays, "_gpu_problem", lambda: "no GPU was found")
    for method in (PCA.fit, PCA.fit_transform):
        with pytest.raises(arrays.DeviceError, match="no GPU was found"):
            method(PCA(n_components, device="cuda"), table(80, 6))
