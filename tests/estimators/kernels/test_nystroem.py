"""Nystroem: the rows that scikit-learn draws, its features, in blocks."""

from __future__ import annotations

import tracemalloc
from threading import current_thread, main_thread

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import kernel_approximation
from sklearn.metrics.pairwise import rbf_kernel

from gridfold.estimators import Nystroem, sklearn_private
from gridfold.estimators.kernels import kernel_rows, nystroem
from gridfold.estimators.kernels.kernel_rows import KERNELS, KernelRows

PARENT = kernel_approximation.Nystroem
SETTINGS = {
    "poly": {"degree": 2, "coef0": 0.5},
    "polynomial": {"degree": 2.5, "coef0": 20},
    "rbf": {"gamma": 0.3},
    "sigmoid": {"gamma": 0.1},
}


def rows(n: int = 80, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 6))


@pytest.mark.parametrize("kernel", KERNELS)
def test_attributes_and_features_are_the_parents(kernel, library):
    X = rows()
    params = {"n_components": 5, "random_state": 3, "kernel": kernel, **SETTINGS.get(kernel, {})}
    model = Nystroem(**params).fit(library.put(X))
    plain = PARENT(**params).fit(X)
    assert model.fallback_ is None
    assert_array_equal(library.host(model.component_indices_), plain.component_indices_)
    assert_array_equal(library.host(model.components_), plain.components_)
    for found, expected in (
        (model.normalization_, plain.normalization_),
        (model.transform(library.put(X)), plain.transform(X)),
    ):
        assert library.owns(found)
        assert_allclose(library.host(found), expected, atol=1e-9 * np.abs(expected).max())


def test_all_rows_give_the_kernel_itself(library):
    X = rows(30)
    features = library.host(Nystroem(n_components=30).fit(library.put(X)).transform(library.put(X)))
    assert_allclose(features @ features.T, rbf_kernel(X), atol=1e-8)


@pytest.mark.parametrize("n_threads", [1, 3])
def test_rows_are_transformed_in_blocks_of_bounded_memory(library, monkeypatch, n_threads):
    X = rows(500)
    model = Nystroem(n_components=20, random_state=0).fit(library.put(X))
    whole = library.host(model.transform(library.put(X)))
    monkeypatch.setattr(kernel_rows, "_FEWEST", 7)
    monkeypatch.setattr(kernel_rows, "_CACHE", 1)
    monkeypatch.setattr(kernel_rows, "blas_threads", lambda: n_threads)
    assert_allclose(library.host(model.transform(library.put(X))), whole, atol=1e-12)


def test_threads_of_their_own_work_on_blocks_and_products_have_one(monkeypatch):
    X, seen = rows(500), []

    def block(self, X, upto=None):
        seen.append((current_thread(), sklearn_private.blas_threads()))
        return KernelRows.block(self, X, upto)

    monkeypatch.setattr(kernel_rows, "_FEWEST", 7)
    monkeypatch.setattr(kernel_rows, "_CACHE", 1)
    monkeypatch.setattr(kernel_rows, "blas_threads", lambda: 3)
    model = Nystroem(n_components=20, random_state=0).fit(X)
    before = sklearn_private.blas_threads()
    with monkeypatch.context() as during:
        during.setattr(nystroem, "KernelRows", type("Spy", (KernelRows,), {"block": block}))
        model.transform(X)
    assert {n for _, n in seen} == {1}
    assert main_thread() not in {thread for thread, _ in seen}
    assert len(seen) == -(-500 // 7)
    assert sklearn_private.blas_threads() == before


def test_the_last_of_several_gives_the_threads_of_products_back():
    before = sklearn_private.blas_threads()
    first, second = sklearn_private.one_blas_thread(), sklearn_private.one_blas_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert sklearn_private.blas_threads() == 1
    second.__exit__(None, None, None)
    assert sklearn_private.blas_threads() == before


def test_a_transform_takes_little_more_memory_than_its_result(monkeypatch):
    monkeypatch.setattr(kernel_rows, "blas_threads", lambda: 2)
    X = rows(20000)
    model = Nystroem(n_components=100, random_state=0).fit(X)
    tracemalloc.start()
    result = model.transform(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * result.nbytes


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"kernel": np.dot}, "kernel is a function"),
        ({"kernel": "chi2"}, "kernel='chi2' has no kernel here"),
    ],
)
def test_what_is_scikit_learns_says_so(params, reason, library):
    X = np.abs(rows())
    params = {**params, "n_components": 4, "random_state": 0}
    model = Nystroem(**params).fit(library.put(X))
    assert model.fallback_ == reason
    found = model.transform(library.put(X))
    assert library.owns(found)
    assert_allclose(library.host(found), PARENT(**params).fit_transform(X), atol=1e-9)


def test_sparse_rows_are_scikit_learns():
    X = rows()
    model = Nystroem(n_components=5, random_state=0).fit(sparse.csr_array(X))
    assert model.fallback_ == "sparse X"
    dense = Nystroem(n_components=5, random_state=0).fit(X)
    assert_allclose(model.transform(X), dense.transform(sparse.csr_array(X)), atol=1e-9)


def test_more_components_than_rows_are_warned_of(library):
    with pytest.warns(UserWarning, match="n_components > n_samples"):
        model = Nystroem(n_components=50).fit(library.put(rows(10)))
    assert model.transform(library.put(rows(10))).shape == (10, 10)


def test_names_of_features_and_frames_are_the_parents():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(rows(), columns=list("abcdef"))
    ours, theirs = (
        cls(n_components=3, random_state=0).set_output(transform="pandas").fit_transform(frame)
        for cls in (Nystroem, PARENT)
    )
    assert list(ours) == list(theirs)
    assert_allclose(ours.to_numpy(), theirs.to_numpy(), atol=1e-9)


def test_settings_of_the_model_come_before_those_in_kernel_params(library):
    X = rows()
    params = {"gamma": 0.3, "kernel_params": {"gamma": 2.0, "other": 1}, "n_components": 5}
    found = Nystroem(**params, random_state=0).fit(library.put(X)).transform(library.put(X))
    expected = PARENT(n_components=5, gamma=0.3, random_state=0).fit_transform(X)
    assert_allclose(library.host(found), expected, atol=1e-9)
    assert params["kernel_params"] == {"gamma": 2.0, "other": 1}
