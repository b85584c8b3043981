"""NearestNeighbors against scikit-learn: searches, radii and graphs, on every library."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import neighbors

from gridfold.estimators import NearestNeighbors


def problem(n_features=3):
    rng = np.random.default_rng(0)
    return rng.normal(size=(150, n_features)), rng.normal(size=(40, n_features))


def both(library, X, **params):
    ours = NearestNeighbors(**params).fit(library.put(X))
    assert ours.fallback_ is None
    return ours, neighbors.NearestNeighbors(**params).fit(X)


@pytest.mark.parametrize("queries", [True, False])
@pytest.mark.parametrize("p", [1, 2])
def test_the_nearest_rows(library, p, queries):
    X, Q = problem()
    ours, theirs = both(library, X, p=p)
    asked = (library.put(Q), Q) if queries else (None, None)
    distances, indices = ours.kneighbors(asked[0])
    assert library.owns(distances)
    assert library.owns(indices)
    expected = theirs.kneighbors(asked[1])
    assert_allclose(library.host(distances), expected[0], rtol=1e-12)
    assert_array_equal(library.host(indices), expected[1])
    assert_array_equal(library.host(ours.kneighbors(asked[0], return_distance=False)), expected[1])


@pytest.mark.parametrize("queries", [True, False])
@pytest.mark.parametrize("p", [1, 2])
def test_the_rows_within_a_radius(library, p, queries):
    X, Q = problem()
    ours, theirs = both(library, X, p=p, radius=0.8)
    asked = (library.put(Q), Q) if queries else (None, None)
    expected = theirs.radius_neighbors(asked[1], sort_results=True)
    found = ours.radius_neighbors(asked[0], sort_results=True)
    for arrays, others in zip(found, expected, strict=True):
        assert arrays.dtype == object
        assert arrays.shape == (40 if queries else 150,)
        for array, other in zip(arrays, others, strict=True):
            assert library.owns(array)
            assert_allclose(library.host(array), other, rtol=1e-12)
    indices = ours.radius_neighbors(asked[0], return_distance=False)
    for array, other in zip(indices, expected[1], strict=True):
        assert_array_equal(np.sort(library.host(array)), np.sort(other))
    with pytest.raises(ValueError, match="return_distance must be True"):
        ours.radius_neighbors(asked[0], sort_results=True, return_distance=False)


@pytest.mark.parametrize("mode", ["connectivity", "distance"])
def test_graphs(library, mode):
    X, Q = problem()
    ours, theirs = both(library, X, radius=0.8)
    for name in ("kneighbors_graph", "radius_neighbors_graph"):
        for asked in ((library.put(Q), Q), (None, None)):
            graph = getattr(ours, name)(asked[0], mode=mode)
            expected = getattr(theirs, name)(asked[1], mode=mode)
            assert graph.shape == expected.shape
            assert graph.nnz == expected.nnz
            assert_allclose(graph.toarray(), expected.toarray(), rtol=1e-12, atol=1e-12)
        with pytest.raises(ValueError, match="Unsupported mode"):
            getattr(ours, name)(library.put(Q), mode="both")


def test_a_metric_without_a_kernel_is_searched_by_scikit_learn(foreign):
    X, Q = problem()
    ours = NearestNeighbors(metric="chebyshev", radius=0.5).fit(foreign.put(X))
    assert "chebyshev" in ours.fallback_
    theirs = neighbors.NearestNeighbors(metric="chebyshev", radius=0.5).fit(X)
    found = ours.radius_neighbors(foreign.put(Q), return_distance=False)
    for array, other in zip(found, theirs.radius_neighbors(Q)[1], strict=True):
        assert foreign.owns(array)
        assert_array_equal(np.sort(foreign.host(array)), np.sort(other))
    graph = ours.radius_neighbors_graph(foreign.put(Q))
    assert_array_equal(graph.toarray(), theirs.radius_neighbors_graph(Q).toarray())


def test_fitted_trees_and_sparse_rows():
    from scipy.sparse import csr_array

    X, Q = problem()
    expected = neighbors.NearestNeighbors().fit(X).kneighbors(Q)[1]
    tree = NearestNeighbors().fit(neighbors.KDTree(X))
    assert tree.fallback_ is None
    assert_array_equal(tree.kneighbors(Q)[1], expected)
    sparse = NearestNeighbors().fit(csr_array(X))
    assert sparse.fallback_ == "sparse X"
    assert_array_equal(sparse.kneighbors(csr_array(Q))[1], expected)
