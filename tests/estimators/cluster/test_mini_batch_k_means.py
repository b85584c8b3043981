"""MiniBatchKMeans against scikit-learn: the same steps from the same seed, on every library."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import cluster

from gridfold.estimators import MiniBatchKMeans

from .test_k_means import table, weights


def assert_same(ours, theirs, library, rtol=1e-10):
    found = library.host(ours.cluster_centers_)
    assert library.owns(ours.cluster_centers_)
    assert found.dtype == theirs.cluster_centers_.dtype
    assert_allclose(found, theirs.cluster_centers_, rtol=rtol, atol=rtol * 100)
    assert_allclose(ours._counts, theirs._counts, rtol=1e-6)
    assert ours.n_steps_ == theirs.n_steps_
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=10 * rtol)
    assert hasattr(ours, "labels_") == hasattr(theirs, "labels_")
    if hasattr(theirs, "labels_"):
        assert_array_equal(library.host(ours.labels_), theirs.labels_)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "params",
    [
        {"n_clusters": 6, "batch_size": 50},
        {"n_clusters": 30, "batch_size": 40, "reassignment_ratio": 0.5},
        {"n_clusters": 8, "batch_size": 10, "init": "random", "max_iter": 3},
        {"n_clusters": 6, "batch_size": 50, "tol": 0.01, "max_no_improvement": None},
        {"n_clusters": 6, "batch_size": 50, "compute_labels": False},
        {"n_clusters": 3, "batch_size": 30, "init": table()[:3]},
        {"n_clusters": 6},
    ],
    ids=range(7),
)
def test_the_same_seed_gives_scikit_learns_centres(library, params, weighted):
    X, weight = table(), weights() if weighted else None
    ours = MiniBatchKMeans(random_state=3, **params)
    theirs = cluster.MiniBatchKMeans(random_state=3, **params).fit(X, sample_weight=weight)
    ours.fit(library.put(X), sample_weight=None if weight is None else library.put(weight))
    assert ours.fallback_ is None
    assert ours.n_iter_ == theirs.n_iter_
    assert_same(ours, theirs, library)
    assert set(vars(ours)) == set(vars(theirs)) | {"device", "fallback_"}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("params", [{}, {"reassignment_ratio": 0.6}, {"init": table()[:7]}])
def test_batches_one_by_one(library, params, weighted):
    params = {"n_clusters": 7, "random_state": 0, **params}
    ours, theirs = MiniBatchKMeans(**params), cluster.MiniBatchKMeans(**params)
    for seed in range(5):
        X, weight = table(60, seed), weights(60) if weighted else None
        theirs.partial_fit(X, sample_weight=weight)
        ours.partial_fit(
            library.put(X), sample_weight=None if weight is None else library.put(weight)
        )
        assert ours.fallback_ is None
        assert_same(ours, theirs, library)
        assert_array_equal(X, table(60, seed))


def test_a_batch_may_have_another_dtype_or_library(foreign):
    model = MiniBatchKMeans(5, random_state=0).partial_fit(table(60))
    model.partial_fit(foreign.put(table(60, 1)))
    assert foreign.owns(model.cluster_centers_)
    model.partial_fit(foreign.put(table(60, 2).astype(np.float32)))
    assert foreign.host(model.cluster_centers_).dtype == np.float32
    model.partial_fit(table(60, 3))
    assert isinstance(model.cluster_centers_, np.ndarray)
    reference = cluster.MiniBatchKMeans(5, random_state=0)
    for seed in range(4):
        reference.partial_fit(table(60, seed))
    assert_allclose(model.cluster_centers_, reference.cluster_centers_, rtol=1e-4, atol=1e-4)


def test_sparse_batches_are_scikit_learns():
    X = sparse.csr_array(np.where(table(60) > 3, table(60), 0.0))
    ours = MiniBatchKMeans(3, random_state=0).partial_fit(X)
    assert ours.fallback_ == "sparse X"
    theirs = cluster.MiniBatchKMeans(3, random_state=0).partial_fit(X)
    assert_array_equal(ours.cluster_centers_, theirs.cluster_centers_)
    assert_array_equal(ours.predict(X), theirs.predict(X))


def test_float32_stays_float32(library):
    X = table().astype(np.float32)
    params = {"n_clusters": 6, "batch_size": 50, "random_state": 0}
    ours = MiniBatchKMeans(**params).fit(library.put(X))
    assert_same(ours, cluster.MiniBatchKMeans(**params).fit(X), library, rtol=1e-4)


@pytest.mark.parametrize("name", ["phoneme", "electricity"])
def test_real_tables_give_scikit_learns_inertia(real_table, library, name):
    X = real_table(name).select_dtypes("number").dropna().to_numpy(dtype=float)[:6000].copy()
    theirs = cluster.MiniBatchKMeans(8, random_state=0).fit(X)
    ours = MiniBatchKMeans(8, random_state=0).fit(library.put(X))
    assert ours.inertia_ <= theirs.inertia_ * (1 + 1e-9)
