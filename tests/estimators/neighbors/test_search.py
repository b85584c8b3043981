"""The search by brute force: exact answers, ties in order, and blocks that memory holds."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.distance import cdist

from gridfold.estimators import config_context
from gridfold.estimators.neighbors.product import ProductSearch
from gridfold.estimators.neighbors.radius import within
from gridfold.estimators.neighbors.search import nearest, nearest_by_column
from gridfold.estimators.neighbors.smallest import smallest


def exactly(X, Y, k):
    distances = cdist(X, Y)
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(distances, order, axis=1), order


def drawn(n_samples, n_features, seed=0):
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(n_samples, n_features)) * rng.lognormal(size=n_features) + 100
    return Y, Y[rng.integers(0, n_samples, 40)] + rng.normal(size=(40, n_features)) / 3


@pytest.mark.parametrize("k", [1, 4, 40])
@pytest.mark.parametrize("n_columns", [40, 41, 300])
def test_the_smallest_are_a_stable_sort(library, n_columns, k):
    values = np.random.default_rng(k).integers(0, 9, (50, n_columns)).astype(float)
    found = smallest(library.put(values), k, library.xp)
    expected = np.argsort(values, axis=1, kind="stable")[:, :k]
    assert_array_equal(library.host(found), expected)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_features", [4, 24, 300])
def test_the_product_finds_the_nearest_and_is_certain_of_them(library, n_features, dtype):
    Y, X = (a.astype(dtype) for a in drawn(2500, n_features))
    distances, indices = exactly(X.astype(float), Y.astype(float), 5)
    search = ProductSearch.of(library.put(Y), 5, library.xp)
    _, _, certain = search.nearest(library.put(X.astype(float)))
    assert library.host(certain).mean() > 0.9
    found = nearest(library.put(X), library.put(Y), 5, 2, library.xp)
    assert_array_equal(library.host(found[1]), indices)
    assert_allclose(library.host(found[0]), distances, rtol=1e-12)


@pytest.mark.parametrize("n_features", [3, 20])
def test_what_the_product_leaves_in_doubt_is_searched_for_anew(library, n_features):
    rng = np.random.default_rng(0)
    Y = np.tile(rng.integers(0, 2, (60, n_features)), (15, 1)) + 1e5  # each row 15 times
    X = Y[::30] + 0.25 * (np.arange(n_features) == 0)
    search = ProductSearch.of(library.put(Y), 3, library.xp)
    assert not np.all(library.host(search.nearest(library.put(X))[2]))
    found = nearest(library.put(X), library.put(Y), 3, 2, library.xp)
    distances, indices = exactly(X - 1e5, Y - 1e5, 3)  # there squares are exact
    assert_array_equal(library.host(found[1]), indices)
    assert_array_equal(library.host(found[0]), distances)


@pytest.mark.parametrize("size", [1e-140, 1e-30, 1e30, 1e150])
def test_very_large_and_very_small_rows(library, size):
    Y, X = drawn(400, 20)
    distances, indices = exactly(X - 100, Y - 100, 3)
    X, Y = (library.put((a - 100) * size) for a in (X, Y))
    found = nearest(X, Y, 3, 2, library.xp)
    assert_array_equal(library.host(found[1]), indices)
    assert_allclose(library.host(found[0]), distances * size, rtol=1e-7)


def test_a_row_far_from_all_others_does_no_harm(library):
    Y, X = drawn(1000, 20)
    Y[0] *= 1e6
    found = nearest(library.put(X), library.put(Y), 4, 2, library.xp)
    assert_array_equal(library.host(found[1]), exactly(X, Y, 4)[1])


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("n_features", [3, 24])
def test_small_blocks_find_the_same(library, n_features, p, monkeypatch):
    from gridfold.estimators.neighbors import product, search

    Y, X = (library.put(a) for a in drawn(700, n_features))
    whole = nearest(X, Y, 6, p, library.xp)
    monkeypatch.setattr(product, "_BLOCK_ROWS", 160)
    monkeypatch.setattr(search, "BLOCK_ROWS", 90)
    with config_context(working_memory=0.3):
        blocks = nearest(X, Y, 6, p, library.xp)
    assert_array_equal(library.host(whole[1]), library.host(blocks[1]))
    assert_allclose(library.host(whole[0]), library.host(blocks[0]), rtol=1e-12)


def test_a_block_that_does_not_fit_is_halved(monkeypatch):
    from array_api_compat import numpy as xp

    Y, X = drawn(700, 3)
    expected = nearest(X, Y, 6, 2, xp)
    inner = ProductSearch.nearest

    def short_of_memory(self, block):
        if block.shape[0] > 6:
            raise MemoryError
        return inner(self, block)

    monkeypatch.setattr(ProductSearch, "nearest", short_of_memory)
    assert_array_equal(nearest(X, Y, 6, 2, xp)[1], expected[1])


@pytest.mark.parametrize("p", [1, 2])
def test_within_a_radius(library, p, monkeypatch):
    from gridfold.estimators.neighbors import radius

    monkeypatch.setattr(radius, "BLOCK_ROWS", 90)
    Y, X = drawn(300, 3)
    metric = {1: "cityblock", 2: "euclidean"}[p]
    for rows, own in ((X, False), (Y, True)):
        near = cdist(rows, Y, metric) <= 1.0
        if own:
            np.fill_diagonal(near, False)
        found = list(within(library.put(rows), library.put(Y), 1.0, p, library.xp, own))
        assert len(found) == len(rows)
        for (distances, indices), row, at in zip(found, near, rows, strict=True):
            assert_array_equal(library.host(indices), np.flatnonzero(row))
            expected = cdist(at[None, :], Y[row], metric)[0]
            assert_allclose(library.host(distances), expected, rtol=1e-12)


_MEASURE = """
import resource, sys
import numpy as np
from gridfold.estimators import NearestNeighbors, config_context

n, queries, memory, library = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
rng = np.random.default_rng(0)
X = rng.standard_normal((n, 50))
put = np.asarray
if library == "torch":
    import torch
    torch.set_num_threads(1)
    put = torch.from_numpy
model = NearestNeighbors().fit(put(X))
model.kneighbors(put(X[:9]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with config_context(working_memory=memory):
    model.kneighbors(put(X[:queries] + 0.1))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_the_memory_of_a_search_is_bounded(library):
    """All distances at once would be 137 MiB."""
    if library == "torch":
        pytest.importorskip("torch", reason="PyTorch is not installed")
    if sys.platform != "linux":
        pytest.skip("the unit of ru_maxrss differs")
    command = [sys.executable, "-c", _MEASURE, "12000", "1500", "16", library]
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=paths, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 16 + 16


def test_uncertain_rows_are_searched_for_in_blocks_too(library):
    Y, X = drawn(500, 3)
    with config_context(working_memory=0.05):
        found = nearest_by_column(library.put(X), library.put(Y), 3, 2, library.xp)
    assert_array_equal(library.host(found[1]), exactly(X, Y, 3)[1])
