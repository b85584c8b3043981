"""TruncatedSVD against scikit-learn: both algorithms, every shape, every library."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn import decomposition

from gridfold.estimators import TruncatedSVD, config_context

from .test_pca import table

ATTRIBUTES = (
    "components_",
    "explained_variance_",
    "explained_variance_ratio_",
    "singular_values_",
)


@pytest.mark.parametrize(
    ("shape", "params"),
    [
        ((80, 6), {}),  # more random vectors than columns
        ((80, 6), {"n_components": 6, "n_iter": 0}),
        ((600, 80), {}),
        ((80, 600), {"n_components": 5}),
        ((600, 590), {"n_iter": 2}),
        ((600, 80), {"n_iter": 3, "power_iteration_normalizer": "QR"}),
    ],
)
def test_equals_scikit_learn(library, shape, params):
    X, params = table(*shape), {"random_state": 0, **params}
    ours, theirs = TruncatedSVD(**params), decomposition.TruncatedSVD(**params)
    projected, expected = ours.fit_transform(library.put(X)), theirs.fit_transform(X)
    assert ours.fallback_ is None
    assert library.owns(projected)
    assert_allclose(library.host(projected), expected, rtol=1e-9, atol=1e-8)
    again = TruncatedSVD(**params).fit(library.put(X))
    for name in ATTRIBUTES:
        for found in (library.host(getattr(each, name)) for each in (ours, again)):
            assert_allclose(found, getattr(theirs, name), rtol=1e-9, atol=1e-10, err_msg=name)
    restored = library.host(ours.inverse_transform(projected))
    assert_allclose(restored, theirs.inverse_transform(expected), rtol=1e-9, atol=1e-8)


def test_variances_are_not_lost_in_large_means(library):
    X = table(600, 30) + 1e7
    ours = TruncatedSVD(3, random_state=0).fit(library.put(X))
    projected = X @ library.host(ours.components_).T
    ratio = projected.var(axis=0) / X.var(axis=0).sum()
    assert_allclose(library.host(ours.explained_variance_ratio_), ratio, rtol=1e-4)


def test_float32_is_kept(library):
    X = table(600, 80).astype(np.float32)
    ours = TruncatedSVD(3, random_state=0).fit(library.put(X))
    theirs = decomposition.TruncatedSVD(3, random_state=0).fit(X)
    for name in ATTRIBUTES:
        found, expected = library.host(getattr(ours, name)), getattr(theirs, name)
        assert found.dtype == expected.dtype == np.float32
        assert_allclose(found, expected, rtol=2e-3, atol=1e-4, err_msg=name)


def test_memory_in_blocks_gives_the_same(library):
    X = table(600, 500)
    whole = TruncatedSVD(3, random_state=0, n_iter=1).fit(library.put(X))
    with config_context(working_memory=0.01):
        parts = TruncatedSVD(3, random_state=0, n_iter=1).fit(library.put(X))
    for name in ATTRIBUTES:
        found, expected = (library.host(getattr(each, name)) for each in (parts, whole))
        assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


def test_lanczos_is_scipys(library):
    params = {"n_components": 3, "algorithm": "arpack", "random_state": 0}
    ours, theirs = TruncatedSVD(**params), decomposition.TruncatedSVD(**params)
    projected = ours.fit_transform(library.put(table(60, 8)))
    assert library.owns(projected)
    assert_allclose(library.host(projected), theirs.fit_transform(table(60, 8)))
    for fitted in (ours, TruncatedSVD(**params).fit(library.put(table(60, 8)))):
        assert (fitted.fallback_ is None) == (library.name == "numpy")
        assert fitted.fallback_ is None or "arpack" in fitted.fallback_


def test_sparse_rows_are_scikit_learns():
    X = sparse.csr_array(np.where(table(60, 8) > 5, table(60, 8), 0.0))
    ours = TruncatedSVD(2, random_state=0)
    projected = ours.fit_transform(X)
    assert ours.fallback_ == "sparse X"
    assert_allclose(projected, decomposition.TruncatedSVD(2, random_state=0).fit_transform(X))
    assert_allclose(ours.transform(X), projected)


def test_too_many_components_or_too_few_columns_are_errors(library):
    with pytest.raises(ValueError, match=r"n_components\(7\) must be <= n_features\(6\)"):
        TruncatedSVD(7).fit(library.put(table(80, 6)))
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        TruncatedSVD(1).fit(library.put(table(80, 1)))


@pytest.mark.parametrize("name", ["covertype_7class", "satimage", "california_housing"])
def test_real_tables(real_table, name):
    X = real_table(name).select_dtypes("number").to_numpy(dtype=float)[:20000]
    X = X[:, ~np.isnan(X).any(axis=0)]
    ours = TruncatedSVD(3, random_state=0).fit(X)
    theirs = decomposition.TruncatedSVD(3, random_state=0).fit(X)
    assert ours.fallback_ is None
    for attribute in ATTRIBUTES:
        found, expected = getattr(ours, attribute), getattr(theirs, attribute)
        assert_allclose(found, expected, rtol=1e-8, atol=1e-9, err_msg=attribute)
