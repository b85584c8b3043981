"""PCA against scikit-learn: both solvers, every kind of count, every library."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import decomposition

from gridfold.estimators import PCA, arrays

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


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"n_components": "mle"}, "mle"),
        ({"n_components": 2, "svd_solver": "randomized", "random_state": 0}, "randomized"),
        ({"n_components": 2, "svd_solver": "arpack", "random_state": 0}, "arpack"),
        ({"n_components": 2, "random_state": 0}, "takes 'randomized'"),
    ],
)
def test_other_solvers_are_scikit_learns(library, params, word):
    X = table(60, 20) if "mle" in params.values() else table(600, 80)
    ours, theirs = PCA(**params), decomposition.PCA(**params)
    projected = ours.fit_transform(library.put(X))
    assert word in ours.fallback_
    assert library.owns(projected)
    assert_allclose(library.host(projected), theirs.fit_transform(X))
    assert word in PCA(**params).fit(library.put(X)).fallback_


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
