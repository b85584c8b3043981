"""The shared fit of nearest neighbours against separate fits: the same bits, ties and all."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import neighbors
from sklearn.base import clone, is_classifier
from sklearn.preprocessing import scale

from gridfold import estimators
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for

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


def compare(prototype, X, y, Q, overrides, exact=True):
    """Compare every member's answers for training rows and others with its own fit."""
    shared_fit = shared_fit_for(type(prototype))
    members = Members(prototype, overrides)
    state = shared_fit.fit(members, X, y)
    methods = ["predict", "predict_proba"] if is_classifier(prototype) else ["predict"]
    for method in methods:
        for rows in (X, Q):
            answers = shared_fit.respond(state, rows, method, range(len(overrides)))
            for params, answer in zip(overrides, answers, strict=True):
                alone = clone(prototype).set_params(**params).fit(X, y)
                equal(answer, getattr(alone, method)(rows), exact)


def equal(answer, expected, exact):
    if isinstance(expected, list):
        for one, other in zip(answer, expected, strict=True):
            equal(one, other, exact)
        return
    assert answer.dtype == expected.dtype
    if exact or expected.dtype.kind != "f":
        assert_array_equal(answer, expected)
    else:
        assert_allclose(answer, expected, rtol=1e-13, atol=1e-13)


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
def test_regressors_are_equal_up_to_the_order_of_equal_distances(module, n_features, table):
    X = np.ascontiguousarray(TABLES[table][:, :n_features])
    rng = np.random.default_rng(0)
    Q = X[rng.permutation(len(X))[:50]].copy()
    Q[::2] += 1
    exact = table in ("drawn", "float32")
    y = rng.normal(size=len(X))
    compare(
        module.KNeighborsRegressor(), X, y, Q, grid(weights=("uniform", "distance", None)), exact
    )
    two = np.stack([y, y[::-1]], axis=1)
    compare(module.KNeighborsRegressor(), X, two, Q, grid((1, 8, 100)), exact)


@pytest.mark.parametrize("params", [{"algorithm": "ball_tree"}, {"metric": "cosine"}, {"p": 3}])
def test_other_searches_are_shared_too(params):
    X = TABLES["whole numbers"][:, :6] + 1.0
    y = np.random.default_rng(0).integers(0, 3, len(X))
    compare(neighbors.KNeighborsClassifier(**params), X, y, X[:30] + 0.5, grid((1, 4, 11)))


def test_each_member_has_the_search_structure_that_it_would_choose_alone():
    X, y = TABLES["drawn"][:, :3], np.arange(160) % 3
    overrides = grid((3, 79, 80, 160))
    shared_fit = shared_fit_for(neighbors.KNeighborsClassifier)
    members = Members(neighbors.KNeighborsClassifier(), overrides)
    state = shared_fit.fit(members, X, y)
    for i, params in enumerate(overrides):
        whole = shared_fit.materialise(state, i)
        alone = neighbors.KNeighborsClassifier(**params).fit(X, y)
        assert whole._fit_method == alone._fit_method
        assert vars(whole).keys() == vars(alone).keys()
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
    assert "sparse" in shared_fit.declines({}, Meta(n_samples=100, sparse=True))


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
