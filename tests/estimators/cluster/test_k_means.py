"""KMeans against scikit-learn: the same clusters from the same seed, on every library."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import cluster
from sklearn.exceptions import ConvergenceWarning

import gridfold
from gridfold.estimators import KMeans
from gridfold.estimators.arrays import to_numpy
from gridfold.estimators.cluster import k_means, lloyd, plus_plus


def table(n_samples: int = 300, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(6, 4)) * 4
    return centers[rng.integers(0, 6, n_samples)] + rng.normal(size=(n_samples, 4)) + [0, 5, 0, 90]


def weights(n_samples: int = 300) -> np.ndarray:
    return np.random.default_rng(1).uniform(0.2, 3, n_samples)


def assert_same(ours, theirs, library, rtol=1e-10):
    assert_array_equal(library.host(ours.labels_), theirs.labels_)
    assert library.host(ours.labels_).dtype == np.int32
    assert library.owns(ours.cluster_centers_)
    found = library.host(ours.cluster_centers_)
    assert found.dtype == theirs.cluster_centers_.dtype
    assert_allclose(found, theirs.cluster_centers_, rtol=rtol, atol=rtol * 100)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=10 * rtol)
    assert ours.n_iter_ == theirs.n_iter_


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "params",
    [
        {"n_clusters": 1},
        {"n_clusters": 6},
        {"n_clusters": 20, "tol": 0},
        {"n_clusters": 6, "init": "random", "n_init": 3},
        {"n_clusters": 4, "algorithm": "elkan"},
        {"n_clusters": 6, "max_iter": 2},
        {"n_clusters": 3, "init": table()[:3]},
    ],
    ids=lambda params: ",".join(f"{k}={v}" for k, v in params.items() if k != "init" or v is str),
)
def test_the_same_seed_gives_scikit_learns_clusters(library, params, weighted):
    X, weight = table(), weights() if weighted else None
    ours, theirs = KMeans(random_state=3, **params), cluster.KMeans(random_state=3, **params)
    ours.fit(library.put(X), sample_weight=None if weight is None else library.put(weight))
    assert ours.fallback_ is None
    assert_same(ours, theirs.fit(X, sample_weight=weight), library)
    new, new_weight = table(seed=5), weights(300)
    assert_array_equal(library.host(ours.predict(library.put(new))), theirs.predict(new))
    assert_allclose(library.host(ours.transform(library.put(new))), theirs.transform(new))
    score = ours.score(library.put(new), sample_weight=library.put(new_weight))
    assert score == pytest.approx(theirs.score(new, sample_weight=new_weight))
    assert isinstance(score, float)


def test_float32_stays_float32(library):
    X = table().astype(np.float32)
    ours = KMeans(6, random_state=0).fit(library.put(X))
    assert_same(ours, cluster.KMeans(6, random_state=0).fit(X), library, rtol=1e-5)
    again = KMeans(6, random_state=0).fit_transform(library.put(X))
    assert library.host(again).dtype == np.float32
    labels = KMeans(6, random_state=0).fit_predict(library.put(X))
    assert_array_equal(library.host(labels), library.host(ours.labels_))


@pytest.mark.parametrize("fitted_on", [np.float32, np.float64])
def test_rows_of_another_dtype_than_the_centres_are_answered(library, fitted_on):
    """Scikit-learn's own compiled functions refuse them."""
    X = table()
    asked = np.float64 if fitted_on == np.float32 else np.float32
    model = KMeans(6, random_state=0).fit(library.put(X.astype(fitted_on)))
    new = library.put(X.astype(asked))
    assert_array_equal(library.host(model.predict(new)), library.host(model.labels_))
    assert library.host(model.transform(new)).dtype == asked
    assert model.score(new) == pytest.approx(-model.inertia_, rel=1e-5)


@pytest.mark.parametrize("n_empty", [1, 2])
def test_a_cluster_without_rows_gets_the_farthest_row(library, n_empty):
    X = table()
    init = np.concatenate([X[:3], X[:n_empty] + 1e5])
    ours = KMeans(len(init), init=init).fit(library.put(X))
    theirs = cluster.KMeans(len(init), init=init).fit(X)
    assert sorted(np.bincount(library.host(ours.labels_))) == sorted(np.bincount(theirs.labels_))
    assert ours.inertia_ == pytest.approx(theirs.inertia_)
    if n_empty == 1:
        assert_same(ours, theirs, library)


def test_fewer_different_rows_than_clusters_is_a_warning(library):
    X = np.repeat([[0.0, 1.0], [4.0, 3.0]], 10, axis=0)
    with pytest.warns(ConvergenceWarning, match=r"distinct clusters \(2\) found smaller"):
        ours = KMeans(3, random_state=0).fit(library.put(X))
    with pytest.warns(ConvergenceWarning):
        theirs = cluster.KMeans(3, random_state=0).fit(X)
    assert_array_equal(library.host(ours.labels_), theirs.labels_)
    assert ours.inertia_ == 0


def test_fewer_rows_than_clusters_is_an_error(library):
    with pytest.raises(ValueError, match="n_samples=5 should be >= n_clusters=8"):
        KMeans().fit(library.put(table(5)))


@pytest.mark.parametrize("algorithm", ["lloyd", "elkan"])
def test_small_blocks_of_rows_give_the_same(library, algorithm):
    X, params = library.put(table()), {"algorithm": algorithm, "random_state": 0}
    whole = KMeans(6, **params).fit(X)
    with gridfold.config_context(working_memory=0.005):
        blocks = KMeans(6, **params).fit(X, sample_weight=library.put(np.ones(300)))
        assert_array_equal(library.host(blocks.predict(X)), library.host(whole.labels_))
        distances = library.host(blocks.transform(X))
    assert blocks.n_iter_ == whole.n_iter_
    assert blocks.inertia_ == pytest.approx(whole.inertia_, rel=1e-12)
    assert_allclose(library.host(blocks.cluster_centers_), library.host(whole.cluster_centers_))
    assert_allclose(distances, library.host(whole.transform(X)))


@pytest.mark.parametrize(
    ("dtype", "offset", "order", "compiled"),
    [
        (np.float64, 0, "C", True),
        (np.float64, 1e4, "C", False),
        (np.float64, 0, "F", False),
        (np.float32, 0, "C", False),
        (np.float32, [0, 0, 0, -90], "C", True),
    ],
)
def test_rows_beyond_the_memory_are_centred_where_they_are_far_from_0(
    monkeypatch, dtype, offset, order, compiled
):
    centred = []

    def spy(rows, *arguments):
        centred.append(rows.shift is not None)
        return lloyd.lloyd(rows, *arguments)

    monkeypatch.setattr(k_means, "lloyd", spy)
    X = np.asarray(table() - [0, 5, 0, 0] + offset, dtype=dtype, order=order)
    theirs = cluster.KMeans(6, random_state=0).fit(X)
    with gridfold.config_context(working_memory=0.004):
        ours = KMeans(6, random_state=0).fit(X)
    assert centred == ([] if compiled else [True])
    assert_array_equal(ours.labels_, theirs.labels_)
    rtol = 1e-10 if dtype == np.float64 else 1e-5
    assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=rtol, atol=rtol * 100)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=rtol)
    assert ours.n_iter_ == theirs.n_iter_


def test_a_large_table_is_not_copied_on_the_host():
    X = np.random.default_rng(0).normal(size=(20_000, 50))
    tracemalloc.start()
    with gridfold.config_context(working_memory=1):
        KMeans(4, random_state=0, max_iter=2).fit(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Labels, distances to candidates and probabilities of rows take up to 20 numbers a row.
    assert peak < 0.6 * X.nbytes


def test_no_rows_pass_through_the_host(foreign, monkeypatch):
    def few(array):
        assert to_numpy(array).size < 300
        return to_numpy(array)

    monkeypatch.setattr(lloyd, "to_numpy", few)
    monkeypatch.setattr(plus_plus, "to_numpy", few)
    fitted = KMeans(6, random_state=0).fit(foreign.put(table()))
    assert foreign.owns(fitted.labels_)
    assert foreign.owns(fitted.predict(foreign.put(table())))


def test_a_function_as_init_is_for_numpy_rows(library):
    def init(X, n_clusters, random_state):
        assert isinstance(X, np.ndarray)
        return X[random_state.permutation(len(X))[:n_clusters]]

    X = table()
    ours = KMeans(5, init=init, n_init=2, random_state=0).fit(library.put(X))
    theirs = cluster.KMeans(5, init=init, n_init=2, random_state=0).fit(X)
    assert (ours.fallback_ is None) == (library.name == "numpy")
    assert_array_equal(ours.labels_, theirs.labels_)


@pytest.mark.parametrize("order", ["C", "F"])
def test_x_is_not_written_to_without_a_copy(library, order):
    X = library.put(np.asarray(table(), order=order))
    KMeans(5, copy_x=False).fit(X)
    assert_array_equal(library.host(X), table())


@pytest.mark.parametrize("tol", [0, 1e-2])
def test_what_is_told_is_what_scikit_learn_tells(library, capsys, tol):
    X, params = table(), {"n_clusters": 6, "random_state": 0, "verbose": 1, "tol": tol}
    cluster.KMeans(**params).fit(X)
    expected = capsys.readouterr().out.splitlines()
    KMeans(**params).fit(library.put(X))
    found = capsys.readouterr().out.splitlines()
    assert len(found) == len(expected)
    assert found[0] == "Initialization complete"
    assert [line[:17] for line in found] == [line[:17] for line in expected]


@pytest.mark.parametrize("name", ["phoneme", "pendigits", "california_housing"])
def test_the_inertia_of_real_tables_is_at_most_scikit_learns(real_table, library, name):
    X = real_table(name).select_dtypes("number").dropna().to_numpy(dtype=float)[:6000].copy()
    theirs = cluster.KMeans(8, random_state=0).fit(X)
    ours = KMeans(8, random_state=0).fit(library.put(X))
    assert ours.inertia_ <= theirs.inertia_ * (1 + 1e-9)
    assert_array_equal(library.host(ours.labels_), theirs.labels_)
