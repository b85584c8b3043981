"""The shared fit of PolynomialFeatures against separate fits, bit for bit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.preprocessing import PolynomialFeatures

from gridfold import estimators
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for

SHARED = shared_fit_for(PolynomialFeatures)
DEGREES = (0, 1, 2, 3, (0, 2), (1, 2), (2, 3), (3, 3), [2, 2])
GRID = [
    {"degree": d, "include_bias": b} for d in DEGREES for b in (True, False) if (d, b) != (0, False)
]


def compare(prototype, overrides, X, Q):
    state = SHARED.fit(Members(prototype, overrides), X)
    answers = SHARED.respond(state, Q, "transform", range(len(overrides)))
    for i, params in enumerate(overrides):
        alone = clone(prototype).set_params(**params).fit(X)
        member, expected = SHARED.materialise(state, i), alone.transform(Q)
        assert answers[i].dtype == expected.dtype
        assert answers[i].flags.c_contiguous == expected.flags.c_contiguous
        np.testing.assert_array_equal(answers[i], expected)
        assert vars(member).keys() == vars(alone).keys()
        assert member.get_params() == alone.get_params()
        np.testing.assert_array_equal(member.powers_, alone.powers_)
        np.testing.assert_array_equal(member.get_feature_names_out(), alone.get_feature_names_out())
        for some in ([i], [0, i]):
            found = SHARED.respond(state, Q, "transform", some)
            np.testing.assert_array_equal(found[-1], expected)


def test_no_more_columns_are_made_than_the_members_asked_have(monkeypatch):
    X = np.random.default_rng(0).normal(size=(30, 4))
    state = SHARED.fit(Members(PolynomialFeatures(), [{"degree": d} for d in (1, 2, 4)]), X)
    widths, transform = [], PolynomialFeatures.transform

    def counted(self, X):
        found = transform(self, X)
        widths.append(found.shape[1])
        return found

    monkeypatch.setattr(PolynomialFeatures, "transform", counted)
    for some in ([0], [1, 0], [2, 0]):
        SHARED.respond(state, X, "transform", some)
    assert widths == [5, 15, 70]


@pytest.mark.parametrize("interaction_only", [False, True])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("n_features", [1, 2, 5])
def test_members_are_separate_fits(interaction_only, order, n_features):
    X = np.random.default_rng(0).normal(size=(30, n_features))
    prototype = PolynomialFeatures(interaction_only=interaction_only, order=order)
    possible = [
        params
        for params in GRID
        if not (interaction_only and np.max(params["degree"]) > n_features)
    ]
    compare(prototype, possible, X, X[:9] + 1)


@pytest.mark.parametrize("make", [np.float32, np.asfortranarray, lambda X: (9 * X).astype(int)])
def test_other_kinds_of_rows(make):
    X = np.random.default_rng(0).normal(size=(30, 4))
    compare(PolynomialFeatures(), GRID[:9], make(X), make(X[:5]))


def test_names_of_columns():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3)), columns=list("abc"))
    compare(PolynomialFeatures(), GRID[:9], X, X.head(4))


def test_huge_and_constant_columns():
    X = np.random.default_rng(0).normal(size=(30, 4)) * [1e120, 0, 1e-200, 3]
    with np.errstate(over="ignore"):
        compare(PolynomialFeatures(), GRID, X, X)


@pytest.mark.parametrize("degree", [-1, 2.0, (3, 2), (1, 2, 3), "2", (1.0, 2), None])
def test_what_scikit_learn_refuses_is_declined(degree):
    assert "out of range" in SHARED.declines({"degree": degree}, Meta(n_samples=9))


def test_what_cannot_be_shared_is_declined():
    assert SHARED.declines({}, Meta(n_samples=9)) is None
    assert "sparse" in SHARED.declines({}, Meta(n_samples=9, sparse=True))
    nothing = {"degree": 0, "include_bias": False}
    assert "no columns" in SHARED.declines(nothing, Meta(n_samples=9))
    X = np.ones((4, 2))
    with pytest.raises(Declined, match="sparse"):
        SHARED.fit(Members(PolynomialFeatures(), GRID), sparse.csr_array(X))
    with pytest.raises(Declined, match="set_output"):
        SHARED.fit(Members(PolynomialFeatures().set_output(transform="pandas"), GRID), X)


@pytest.mark.parametrize("interaction_only", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_members_off_the_host_are_those_of_the_host(foreign, interaction_only, dtype):
    X = np.random.default_rng(0).normal(size=(30, 5)).astype(dtype)
    prototype = estimators.PolynomialFeatures(interaction_only=interaction_only)
    members, everyone = Members(prototype, GRID), range(len(GRID))
    state = SHARED.fit(members, foreign.put(X))
    answers = SHARED.respond(state, foreign.put(X[:9]), "transform", everyone)
    for i in everyone:
        expected = members.instance(i).fit(X).transform(X[:9])
        assert foreign.owns(answers[i])
        assert foreign.host(answers[i]).dtype == dtype
        several = 1e-12 if dtype is np.float64 else 1e-5
        np.testing.assert_allclose(foreign.host(answers[i]), expected, rtol=several)
        member = SHARED.materialise(state, i)
        np.testing.assert_array_equal(member.powers_, members.instance(i).fit(X).powers_)
        assert member.fallback_ is None


def test_what_off_the_host_is_declined(foreign):
    X = foreign.put(np.ones((4, 2)))
    with pytest.raises(Declined, match="another library"):
        SHARED.fit(Members(PolynomialFeatures(), GRID), X)
    state = SHARED.fit(Members(estimators.PolynomialFeatures(order="F"), GRID), X)
    with pytest.raises(ValueError, match="order='F'"):
        SHARED.respond(state, X, "transform", [0])


def test_real_table(real_table):
    X = real_table("abalone").select_dtypes("number").to_numpy(dtype=float)
    compare(PolynomialFeatures(), [{"degree": d} for d in (1, 2, 3)], X[:900], X[900:1200])
