"""The shared fit of nearest neighbours against separate fits: the same bits, ties and all."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import neighbors
from sklearn.base import clone, is_classifier
from sklearn.preprocessing import scale
from threadpoolctl import threadpool_limits

from gridfold import estimators
from gridfold.estimators.neighbors.smaller import SmallerSearch
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.estimators.sklearn_private import ArgKmin

COUNTS = (1, 2, 3, 7, 9, 16, 40)


def tables():
    rng = np.random.default_rng(5)
    drawn = rng.normal(size=(160, 18))
    return {
        "drawn": drawn,
        "whole numbers": rng.integers(0, 3, (160, 18)).astype(float),
        "repeated rows": np.repeat(drawn[:40], 4, axis=0)[rng.permutation(160)],
        "float32": drawn.astype(np.float32),
        "integers": rng.integers(0, 4, (160, 18)),
    }


TABLES = tables()


def compare(prototype, X, y, Q, overrides):
    """Compare every member's answers for training rows and others with its own fit, bit by bit."""
    shared_fit = shared_fit_for(type(prototype))
    members = Members(prototype, overrides)
    state = shared_fit.fit(members, X, y)
    methods = ["predict", "predict_proba"] if is_classifier(prototype) else ["predict"]
    for method in methods:
        for rows in (X, Q):
            answers = shared_fit.respond(state, rows, method, range(len(overrides)))
            for params, answer in zip(overrides, answers, strict=True):
                alone = clone(prototype).set_params(**params).fit(X, y)
                equal(answer, getattr(alone, method)(rows))


def equal(answer, expected):
    if isinstance(expected, list):
        for one, other in zip(answer, expected, strict=True):
            equal(one, other)
        return
    assert answer.dtype == expected.dtype
    assert_array_equal(answer, expected)


def grid(counts=COUNTS, weights=("uniform", "distance")):
    return [{"n_neighbors": k, "weights": w} for k in counts for w in weights]


@pytest.mark.parametrize("module", [neighbors, estimators], ids=["scikit-learn", "gridfold"])
@pytest.mark.parametrize("n_features", [3, 18])
@pytest.mark.parametrize("table", list(TABLES))
def test_classifiers_are_equal_to_the_last_bit(module, n_features, table):
    X = np.ascontiguousarray(TABLES[table][:, :n_features])
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, len(X))
    Q = X[rng.permutation(len(X))[:50]].copy()
    Q[::2] += 1
    compare(module.KNeighborsClassifier(), X, y, Q, grid())
    compare(module.KNeighborsClassifier(p=1), X, np.array(["a", "b", "c"])[y], Q, grid((2, 9)))
    two = np.stack([y, y[::-1]], axis=1)
    compare(module.KNeighborsClassifier(), X, two, Q, grid((1, 8, 100)))


@pytest.mark.parametrize("module", [neighbors, estimators], ids=["scikit-learn", "gridfold"])
@pytest.mark.parametrize("n_features", [3, 18])
@pytest.mark.parametrize("table", list(TABLES))
def test_regressors_are_equal_to_the_last_bit(module, n_features, table):
    X = np.ascontiguousarray(TABLES[table][:, :n_features])
    rng = np.random.default_rng(0)
    Q = X[rng.permutation(len(X))[:50]].copy()
    Q[::2] += 1
    y = rng.normal(size=len(X))
    compare(module.KNeighborsRegressor(), X, y, Q, grid(weights=("uniform", "distance", None)))
    whole = rng.integers(-5, 5, len(X))
    compare(module.KNeighborsRegressor(), X, whole, Q, grid((3, 16)))
    two = np.stack([y, y[::-1]], axis=1)
    compare(module.KNeighborsRegressor(), X, two, Q, grid((1, 8, 100)))


@pytest.mark.parametrize(
    "params",
    [
        {"algorithm": "ball_tree"},
        {"algorithm": "brute"},
        {"algorithm": "brute", "p": 1},
        {"metric": "cosine"},
        {"metric": "hamming"},
        {"p": 3},
    ],
    ids=str,
)
def test_other_searches_are_shared_too(params):
    X = TABLES["whole numbers"][:, :6] + 1.0
    y = np.random.default_rng(0).integers(0, 3, len(X))
    compare(neighbors.KNeighborsClassifier(**params), X, y, X[:30] + 0.5, grid((1, 4, 11)))


@pytest.mark.parametrize("module", [neighbors, estimators], ids=["scikit-learn", "gridfold"])
@pytest.mark.parametrize("name", ["KNeighborsClassifier", "KNeighborsRegressor"])
@pytest.mark.parametrize("table", ["whole numbers", "repeated rows"])
def test_members_may_differ_in_metric_algorithm_and_leaf_size(module, name, table):
    X = TABLES[table][:, :3].copy()
    y = np.random.default_rng(2).integers(0, 3, len(X))
    differences = [
        {"p": 1},
        {"p": 2},
        {"p": 3.5},
        {"metric": "chebyshev"},
        {"metric": "manhattan", "p": 7},
        {"algorithm": "kd_tree", "leaf_size": 4},
        {"algorithm": "ball_tree", "leaf_size": 9},
        {"algorithm": "brute", "leaf_size": 9},
    ]
    overrides = [{**o, **d} for o in grid((3, 9), ("distance", "uniform")) for d in differences]
    compare(getattr(module, name)(), X, y, X[:40] + 0.5, overrides)


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("n_queries", [300, 2300])
@pytest.mark.parametrize("kind", ["whole numbers", "tenths", "float32"])
def test_ties_are_broken_as_by_a_search_of_all_rows(n_threads, n_queries, kind):
    """Rows go through brute force in blocks of 256, and in an order that depends on how many."""
    rng = np.random.default_rng(3)
    rows = rng.integers(0, 4, (600 + n_queries, 16)) / (1 if kind == "whole numbers" else 10)
    rows = rows.astype(np.float32 if kind == "float32" else np.float64)
    X, Q = rows[:600], rows[600:]
    prototype = neighbors.KNeighborsClassifier()
    shared_fit, overrides = shared_fit_for(type(prototype)), grid((2, 9))
    y = rng.integers(0, 3, len(X))
    with threadpool_limits(n_threads, user_api="openmp"):
        state = shared_fit.fit(Members(prototype, overrides), X, y)
        answers = shared_fit.respond(state, Q, "predict_proba", range(len(overrides)))
        for params, answer in zip(overrides, answers, strict=True):
            alone = clone(prototype).set_params(**params).fit(X, y)
            assert_array_equal(answer, alone.predict_proba(Q))


def test_only_rows_with_ties_are_searched_for_again(monkeypatch):
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(400, 20)), np.arange(400) % 3
    X[100] = X[200] = 9.0
    Q = rng.normal(size=(600, 20))
    Q[300] = 9.0
    asked = []
    search = ArgKmin.compute

    def counted(X, *args, **kwargs):
        asked.append(len(X))
        return search(X, *args, **kwargs)

    monkeypatch.setattr(ArgKmin, "compute", counted)
    shared_fit, overrides = shared_fit_for(neighbors.KNeighborsClassifier), grid((1, 5, 11))
    for rows in (Q, np.rint(10 * Q)):
        asked.clear()
        train = X if rows is Q else np.rint(10 * X)
        state = shared_fit.fit(Members(neighbors.KNeighborsClassifier(), overrides), train, y)
        for method in ("predict", "predict_proba"):
            shared_fit.respond(state, rows, method, range(len(overrides)))
        assert asked[0] == 600
        # The products of drawn numbers round by the shape of a block; those of whole ones do not.
        assert 0 < max(asked[1:]) <= (256 if rows is Q else 20)


@pytest.mark.parametrize("name", ["KNeighborsClassifier", "KNeighborsRegressor"])
@pytest.mark.parametrize("params", [{}, {"metric": "cosine"}, {"metric": "manhattan"}], ids=str)
def test_sparse_rows_are_searched_as_by_scikit_learn(name, params):
    dense = np.maximum(TABLES["whole numbers"] - 1, 0) + 0.1 * np.eye(160, 18)
    y = np.random.default_rng(0).integers(0, 3, len(dense))
    for X in (sparse.csr_array(dense), sparse.csr_matrix(dense.astype(np.float32))):
        compare(getattr(neighbors, name)(**params), X, y.astype(X.dtype), X[:50], grid((1, 4, 11)))


def test_each_member_has_the_search_structure_that_it_would_choose_alone():
    X, y = TABLES["drawn"][:, :3], np.arange(160) % 3
    overrides = grid((3, 79, 80, 160))
    overrides += [{"n_neighbors": 3, "weights": "uniform", "leaf_size": 7, "p": 1}]
    shared_fit = shared_fit_for(neighbors.KNeighborsClassifier)
    members = Members(neighbors.KNeighborsClassifier(), overrides)
    state = shared_fit.fit(members, X, y)
    for i, params in enumerate(overrides):
        whole = shared_fit.materialise(state, i)
        alone = neighbors.KNeighborsClassifier(**params).fit(X, y)
        assert whole._fit_method == alone._fit_method
        assert vars(whole).keys() == vars(alone).keys()
        assert whole.effective_metric_ == alone.effective_metric_
        if alone._tree is not None:
            assert whole._tree.get_arrays()[2].shape == alone._tree.get_arrays()[2].shape
        assert whole.get_params() == alone.get_params()
        assert_array_equal(whole.predict_proba(X), alone.predict_proba(X))
    compare(neighbors.KNeighborsClassifier(), X, y, X[:20] + 0.1, overrides)


@pytest.mark.parametrize("name", ["KNeighborsClassifier", "KNeighborsRegressor"])
def test_answers_on_other_libraries_are_those_of_separate_fits(foreign, name):
    cls = getattr(estimators, name)
    for table in ("drawn", "whole numbers"):
        X = foreign.put(TABLES[table][:, :5])
        y = foreign.put(np.arange(160) % 3)
        overrides = grid((1, 4, 30))
        shared_fit = shared_fit_for(cls)
        state = shared_fit.fit(Members(cls(), overrides), X, y)
        methods = ["predict", "predict_proba"] if "Class" in name else ["predict"]
        for method in methods:
            answers = shared_fit.respond(state, X, method, range(len(overrides)))
            for params, answer in zip(overrides, answers, strict=True):
                alone = cls(**params).fit(X, y)
                assert alone.fallback_ is None
                assert foreign.owns(answer)
                expected = foreign.host(getattr(alone, method)(X))
                assert_allclose(foreign.host(answer), expected, rtol=1e-14)


def test_one_search_serves_all_methods_for_the_same_rows(monkeypatch):
    X, y = TABLES["drawn"][:, :3], np.arange(160) % 3
    searches = []
    search = neighbors.KNeighborsClassifier.kneighbors

    def counted(self, X, *args, **kwargs):
        searches.append(X)
        return search(self, X, *args, **kwargs)

    monkeypatch.setattr(neighbors.KNeighborsClassifier, "kneighbors", counted)
    shared_fit = shared_fit_for(neighbors.KNeighborsClassifier)
    state = shared_fit.fit(Members(neighbors.KNeighborsClassifier(), grid()), X, y)
    Q = X[:30] + 0.01
    for method in ("predict", "predict_proba", "predict"):
        shared_fit.respond(state, Q, method, range(len(grid())))
    assert len(searches) == 1
    shared_fit.respond(state, Q.copy(), "predict", [0])
    assert len(searches) == 2


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"weights": len}, "function"),
        ({"algorithm": "kd_tree", "metric": "cosine"}, "not known"),
        ({"algorithm": "quick"}, "not known"),
        ({"p": 0.5}, "p is not"),
        ({"leaf_size": 0}, "leaf_size"),
        ({"metric": lambda a, b: 0.0}, "function"),
        ({"metric": "precomputed"}, "precomputed"),
        ({"n_neighbors": 0}, "whole number"),
        ({"n_neighbors": 5.0}, "whole number"),
        ({"n_neighbors": 101}, "more than"),
    ],
)
def test_what_cannot_be_shared_is_declined(params, word):
    shared_fit = shared_fit_for(neighbors.KNeighborsClassifier)
    assert shared_fit.declines({"n_neighbors": 5}, Meta(n_samples=100)) is None
    assert word in shared_fit.declines(params, Meta(n_samples=100))
    tree = {"algorithm": "kd_tree"}
    assert "sparse" in shared_fit.declines(tree, Meta(n_samples=100, sparse=True))


def test_more_neighbours_than_rows_is_declined_at_the_fit():
    members = Members(neighbors.KNeighborsRegressor(), [{"n_neighbors": 3}, {"n_neighbors": 11}])
    with pytest.raises(Declined, match="more than there are rows"):
        shared_fit_for(neighbors.KNeighborsRegressor).fit(members, np.eye(10), np.ones(10))


@pytest.mark.parametrize(("name", "target"), [("phoneme", "class"), ("segment", "class")])
def test_real_tables_are_equal_to_the_last_bit(real_table, name, target):
    table = real_table(name).sample(500, random_state=0)
    X = table.drop(columns=target).astype(float)
    y = table[target].to_numpy(dtype=object if name == "segment" else None).astype(str)
    overrides = grid((1, 5, 20, 50))
    for rows in (X, X.to_numpy(), np.ascontiguousarray(scale(X.to_numpy()))):
        train, test = rows[:400], rows[400:]
        compare(neighbors.KNeighborsClassifier(), train, y[:400], test, overrides)


def test_members_of_one_search_stand_side_by_side():
    overrides = [{"p": p, "n_neighbors": k} for k in (9, 1, 5) for p in (2, 1)]
    shared_fit = shared_fit_for(neighbors.KNeighborsClassifier)
    members = Members(neighbors.KNeighborsClassifier(), overrides)
    ordered = [overrides[i] for i in shared_fit.order(members)]
    assert [one["p"] for one in ordered] == [1, 1, 1, 2, 2, 2]
    assert [one["n_neighbors"] for one in ordered] == [1, 5, 9] * 2
    one, both = (
        shared_fit.cost(Members(members.prototype, part), Meta(1000, 5))
        for part in (ordered[:3], ordered)
    )
    assert both.work == 2 * one.work


def test_labels_that_ties_cannot_change_are_not_searched_for_again(monkeypatch):
    """A row whose neighbours agree but for one at the edge has its label whichever is taken."""
    X = np.array([[0.0], [1], [2], [3], [4], [4], [50], [60]])
    y = np.array([0, 0, 0, 0, 0, 1, 1, 1])
    asked = []
    monkeypatch.setattr(SmallerSearch, "neighbours", lambda *args: asked.append(args))
    shared_fit = shared_fit_for(neighbors.KNeighborsClassifier)
    members = Members(neighbors.KNeighborsClassifier(n_neighbors=5, algorithm="kd_tree"))
    state = shared_fit.fit(members, X, y)
    assert_array_equal(shared_fit.respond(state, np.array([[0.1]]), "predict", [0])[0], [0])
    assert not asked
    with pytest.raises(TypeError):  # its shares are asked for
        shared_fit.respond(state, np.array([[0.1]]), "predict_proba", [0])
    assert len(asked) == 1
