"""The shared fit of Ridge and RidgeClassifier against plain fits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import linear_model
from sklearn.preprocessing import StandardScaler

from gridfold.estimators import Ridge, RidgeClassifier
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for

OVERRIDES = [
    {"alpha": 10.0},
    {"alpha": 0.01, "fit_intercept": False},
    {"alpha": 1},
    {"alpha": 0.01},
]
REGRESSORS, CLASSIFIERS = (
    [linear_model.Ridge, Ridge],
    [linear_model.RidgeClassifier, RidgeClassifier],
)


def problem(n_samples, n_features, n_targets=None, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.1, 30, n_features) + 3
    shape = (n_features,) if n_targets is None else (n_features, n_targets)
    y = X @ rng.normal(size=shape) + rng.normal(size=(n_samples, *shape[1:]))
    return X, y, rng.uniform(0.1, 2, n_samples)


def labels(n_samples, n_features, n_classes, seed=0):
    X, scores, weight = problem(n_samples, n_features, n_classes, seed)
    return X, np.argmax(scores / scores.std(axis=0), axis=1), weight


def fitted(cls, X, y, overrides=OVERRIDES, weight=None, **common):
    params = {} if weight is None else {"sample_weight": weight}
    members = Members(cls(**common), overrides)
    family = shared_fit_for(cls)
    return family, members, family.fit(members, X, y, **params)


def assert_members(family, members, states_and_rows, methods, same_fitted, X, y, weight=None):
    """Compare answers and materialised members with plain fits on the rows of each state."""
    for state, train, test, scaler in states_and_rows:
        part = None if weight is None else weight[train]
        rows = X[train] if scaler is None else scaler.transform(X[train])
        new = X[test] if scaler is None else scaler.transform(X[test])
        for i in range(len(members)):
            plain = members.instance(i).set_params(solver="cholesky").fit(rows, y[train], part)
            for method in methods:
                answer = family.respond(state, X[test], method, [i])[0]
                expected = getattr(plain, method)(new)
                assert answer.shape == expected.shape
                assert answer.dtype == expected.dtype
                if expected.dtype.kind == "f":
                    assert_allclose(answer, expected, rtol=1e-7, atol=1e-8)
                else:
                    assert_array_equal(answer, expected)
            plain.set_params(solver="auto")
            same_fitted(family.materialise(state, i), plain, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("cls", REGRESSORS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_targets", [None, 1, 3])
@pytest.mark.parametrize(("n_samples", "n_features"), [(80, 5), (20, 40)])
def test_regressors(cls, n_samples, n_features, n_targets, weighted, same_fitted):
    X, y, weight = problem(n_samples, n_features, n_targets)
    weight = weight if weighted else None
    family, members, state = fitted(cls, X, y, weight=weight)
    rows = np.arange(n_samples)
    whole = [(state, rows, rows[:15], None)]
    assert_members(family, members, whole, ["predict"], same_fitted, X, y, weight)


@pytest.mark.parametrize("cls", CLASSIFIERS)
@pytest.mark.parametrize("class_weight", [None, "balanced"])
@pytest.mark.parametrize("names", [[5, 2], ["no", "yes"], ["a", "b", "c"], [0, 1, 2]])
def test_classifiers(cls, names, class_weight, same_fitted):
    X, codes, weight = labels(90, 4, len(names))
    y = np.array(names)[codes]
    family, members, state = fitted(cls, X, y, weight=weight, class_weight=class_weight)
    rows = np.arange(90)
    methods = ["predict", "decision_function"]
    whole = [(state, rows, rows[:25], None)]
    assert_members(family, members, whole, methods, same_fitted, X, y, weight)


@pytest.mark.parametrize("cls", CLASSIFIERS)
def test_multilabel(cls):
    X, codes, _ = labels(90, 4, 3)
    Y = np.column_stack([codes == 0, codes != 1, codes == 2]).astype(int)
    family, members, state = fitted(cls, X, Y)
    for i in range(len(members)):
        plain = members.instance(i).fit(X, Y)
        assert_array_equal(family.respond(state, X, "predict", [i])[0], plain.predict(X))
        assert_array_equal(family.materialise(state, i).predict(X), plain.predict(X))
        scores = family.respond(state, X, "decision_function", [i])[0]
        assert_allclose(scores, plain.decision_function(X), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("cls", REGRESSORS)
def test_float32(cls):
    X, y, _ = problem(200, 5)
    X, y = X.astype(np.float32), y.astype(np.float32)
    family, members, state = fitted(cls, X, y)
    for i in range(len(members)):
        plain = members.instance(i).fit(X, y)
        member = family.materialise(state, i)
        assert member.coef_.dtype == plain.coef_.dtype == np.float32
        answer = family.respond(state, X, "predict", [i])[0]
        assert answer.dtype == plain.predict(X).dtype
        assert_allclose(answer, plain.predict(X), rtol=1e-4, atol=1e-3)


def test_every_library(library):
    X, y, weight = problem(80, 5, 2)
    family, members, state = fitted(
        Ridge, library.put(X), library.put(y), weight=library.put(weight)
    )
    answers = family.respond(state, library.put(X), "predict", [3, 0])
    assert library.owns(answers)
    for k, i in enumerate([3, 0]):
        model = family.materialise(state, i)
        assert library.owns(model.coef_)
        plain = members.instance(i).fit(X, y, weight)
        assert_allclose(library.host(answers)[k], plain.predict(X), rtol=1e-9)


def test_constant_and_collinear_columns(same_fitted):
    X, y, _ = problem(80, 4)
    X = np.column_stack([X, X[:, 0], np.full(80, 0.1)])
    overrides = [{"alpha": a} for a in (1e-3, 1.0)]
    family, members, state = fitted(linear_model.Ridge, X, y, overrides)
    rows = np.arange(80)
    assert_members(family, members, [(state, rows, rows, None)], ["predict"], same_fitted, X, y)


@pytest.mark.parametrize("scaler", [None, {}, {"with_mean": False}, {"with_std": False}])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_targets", [None, 2])
def test_all_folds_at_once(n_targets, weighted, scaler, folds_of, same_fitted):
    X, y, weight = problem(90, 4, n_targets)
    X = np.column_stack([X, np.full(90, 3.0)])
    weight = weight if weighted else None
    folds = folds_of(90)
    family, members = shared_fit_for(linear_model.Ridge), Members(linear_model.Ridge(), OVERRIDES)
    params = {"sample_weight": weight} if weighted else {}
    scalers, affine = [None] * 3, None
    if scaler is not None:
        scalers = [StandardScaler(**scaler).fit(X[train]) for train, _ in folds]
        affine = [
            (s.mean_ if s.with_mean else None, s.scale_ if s.with_std else None) for s in scalers
        ]
    states = family.fit_folds(members, X, y, folds, affine, **params)
    rows = [(s, *fold, sc) for s, fold, sc in zip(states, folds, scalers, strict=True)]
    assert_members(family, members, rows, ["predict"], same_fitted, X, y, weight)


@pytest.mark.parametrize("names", [["no", "yes"], [0, 1, 2]])
def test_all_folds_of_a_classifier(names, folds_of, same_fitted):
    X, codes, _ = labels(120, 4, len(names))
    y = np.array(names)[codes]
    folds = folds_of(120)
    family = shared_fit_for(linear_model.RidgeClassifier)
    members = Members(linear_model.RidgeClassifier(), OVERRIDES)
    states = family.fit_folds(members, X, y, folds)
    rows = [(s, *fold, None) for s, fold in zip(states, folds, strict=True)]
    methods = ["predict", "decision_function"]
    assert_members(family, members, rows, methods, same_fitted, X, y)


def test_folds_of_other_libraries(library, folds_of):
    X, y, _ = problem(60, 4)
    folds = folds_of(60)
    family, members = shared_fit_for(Ridge), Members(Ridge(), OVERRIDES)
    affine = [(np.ones(4), np.full(4, 2.0))] * 3
    states = family.fit_folds(members, library.put(X), library.put(y), folds, affine)
    for state, (train, test) in zip(states, folds, strict=True):
        answer = family.respond(state, library.put(X[test]), "predict", [0])
        plain = linear_model.Ridge(alpha=10.0).fit((X[train] - 1) / 2, y[train])
        assert_allclose(library.host(answer)[0], plain.predict((X[test] - 1) / 2), rtol=1e-8)


@pytest.mark.parametrize(
    ("params", "meta", "word"),
    [
        ({"solver": "cholesky"}, {"sparse": True}, "cholesky"),
        ({"solver": "sparse_cg"}, {"sparse": False}, "sparse_cg"),
        ({"positive": True}, {}, "positive"),
        ({"solver": "sag"}, {}, "sag"),
        ({"alpha": [1.0, 2.0]}, {}, "alpha"),
        ({"alpha": -1.0}, {}, "alpha"),
        ({"alpha": float("nan")}, {}, "alpha"),
    ],
)
def test_declines(params, meta, word):
    everything = {**linear_model.Ridge().get_params(), **params}
    reason = shared_fit_for(linear_model.Ridge).declines(everything, Meta(100, 4, **meta))
    assert word in reason


def test_declined_when_the_numbers_are_seen(folds_of):
    X, y, _ = problem(60, 4)
    family, members = shared_fit_for(linear_model.Ridge), Members(linear_model.Ridge(), OVERRIDES)
    with pytest.raises(Declined, match="offset"):
        family.fit(members, X, y, offset=y)
    with pytest.raises(Declined, match="sparse"):
        fitted(linear_model.Ridge, sparse.csr_matrix(X), y, solver="cholesky")
    with pytest.raises(Declined, match="float32"):
        family.fit(members, sparse.csr_matrix(X.astype(np.float32)), y)
    with pytest.raises(Declined, match="many columns"):
        family.fit(members, sparse.csr_matrix(X[:3]), y[:3])
    with pytest.raises(Declined, match="fewer rows"):
        family.fit_folds(members, X[:4], y[:4], folds_of(4, 2))


def test_folds_of_classifiers_are_declined_where_they_differ(folds_of):
    X, codes, _ = labels(60, 3, 2)
    cls = linear_model.RidgeClassifier
    family = shared_fit_for(cls)
    with pytest.raises(Declined, match="balanced"):
        family.fit_folds(Members(cls(class_weight="balanced")), X, codes, folds_of(60))
    lonely = np.zeros(60, dtype=int)
    lonely[0] = 1
    with pytest.raises(Declined, match="lacks a class"):
        family.fit_folds(Members(cls()), X, lonely, folds_of(60))


def test_folds_too_ill_conditioned_are_declined(folds_of):
    X, y, _ = problem(60, 3)
    X[:, 2] = X[:, 0] + 1e-7 * X[:, 2]
    members = Members(linear_model.Ridge(), [{"alpha": 0.0}])
    with pytest.raises(Declined, match="ill-conditioned"):
        shared_fit_for(linear_model.Ridge).fit_folds(members, X, y, folds_of(60))


def constant_in_one_fold(folds):
    """A column constant but in one test part, where it is large, and what the others leave of it.

    Its centred sum of squares in that training part is rounding alone.
    """
    X, y, _ = problem(60, 3)
    X[:, 1] = 0.3
    X[folds[1][1], 1] = 1e3 * X[folds[1][1], 2]
    return X, y


def test_a_column_constant_in_one_fold(folds_of):
    folds = folds_of(60)
    X, y = constant_in_one_fold(folds)
    family, cls = shared_fit_for(linear_model.Ridge), linear_model.Ridge
    with pytest.raises(Declined, match="ill-conditioned"):
        family.fit_folds(Members(cls(), [{"alpha": 1e-6}]), X, y, folds)
    states = family.fit_folds(Members(cls(), [{"alpha": 100.0}]), X, y, folds)
    for state, (train, test) in zip(states, folds, strict=True):
        plain = cls(alpha=100.0).fit(X[train], y[train])
        answer = family.respond(state, X[test], "predict", [0])[0]
        assert_allclose(answer, plain.predict(X[test]), rtol=1e-6)


def test_float32_rows_far_from_zero_behind_a_scaler(folds_of):
    X, y, _ = problem(90, 4)
    X, y, folds = (X + 1e5).astype(np.float32), y.astype(np.float32), folds_of(90)
    scalers = [StandardScaler().fit(X[train]) for train, _ in folds]
    affine = [(s.mean_, s.scale_) for s in scalers]
    family, members = shared_fit_for(linear_model.Ridge), Members(linear_model.Ridge())
    states = family.fit_folds(members, X, y, folds, affine)
    for state, scaler, (train, test) in zip(states, scalers, folds, strict=True):
        exact = linear_model.Ridge().fit(scaler.transform(X[train].astype(float)), y[train])
        answer = family.respond(state, X[test], "predict", [0])[0]
        assert answer.dtype == np.float32
        assert_allclose(answer, exact.predict(scaler.transform(X[test].astype(float))), rtol=1e-4)


def test_whole_numbers_of_other_libraries(foreign):
    X, y, _ = problem(60, 4)
    X = np.round(X).astype(int)
    family, members, state = fitted(Ridge, foreign.put(X), foreign.put(y))
    answer = family.respond(state, foreign.put(X), "predict", [2])
    assert_allclose(foreign.host(answer)[0], members.instance(2).fit(X, y).predict(X), rtol=1e-9)


def test_the_training_rows_are_not_kept():
    X, y, _ = problem(500, 3)
    _, _, state = fitted(linear_model.Ridge, X, y)
    arrays = [v for v in vars(state).values() if isinstance(v, np.ndarray)]
    arrays += [v for v in vars(state.found).values() if isinstance(v, np.ndarray)]
    assert max(array.size for array in arrays) < 500
