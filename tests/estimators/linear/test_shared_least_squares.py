"""The shared fit of LinearRegression against plain fits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import linear_model
from sklearn.preprocessing import StandardScaler

from gridfold.estimators import LinearRegression
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for

OVERRIDES = [{"fit_intercept": True}, {"fit_intercept": False}, {}]


def problem(n_samples, n_features, n_targets=None, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.1, 30, n_features) + 3
    shape = (n_features,) if n_targets is None else (n_features, n_targets)
    y = X @ rng.normal(size=shape) + rng.normal(size=(n_samples, *shape[1:]))
    return X, y, rng.uniform(0.1, 2, n_samples)


@pytest.mark.parametrize("cls", [linear_model.LinearRegression, LinearRegression])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_targets", [None, 1, 3])
def test_members_equal_plain_fits(cls, n_targets, weighted, same_fitted):
    X, y, weight = problem(80, 5, n_targets)
    params = {"sample_weight": weight} if weighted else {}
    family, members = shared_fit_for(cls), Members(cls(), OVERRIDES)
    state = family.fit(members, X, y, **params)
    answers = family.respond(state, X[:20], "predict", range(3))
    for i in range(3):
        plain = members.instance(i).fit(X, y, **params)
        assert_allclose(answers[i], plain.predict(X[:20]), rtol=1e-7, atol=1e-7)
        same_fitted(family.materialise(state, i), plain, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("scaler", [None, {}, {"with_mean": False}, {"with_std": False}])
@pytest.mark.parametrize("weighted", [False, True])
def test_all_folds_at_once(weighted, scaler, folds_of, same_fitted):
    X, y, weight = problem(90, 4)
    params = {"sample_weight": weight} if weighted else {}
    cls, folds = linear_model.LinearRegression, folds_of(90)
    family, members = shared_fit_for(cls), Members(cls(), OVERRIDES)
    scalers, affine = [StandardScaler(with_mean=False, with_std=False)] * 3, None
    if scaler is not None:
        scalers = [StandardScaler(**scaler).fit(X[train]) for train, _ in folds]
        affine = [
            (s.mean_ if s.with_mean else None, s.scale_ if s.with_std else None) for s in scalers
        ]
    states = family.fit_folds(members, X, y, folds, affine, **params)
    for state, (train, test), fitted in zip(states, folds, scalers, strict=True):
        rows, new = (fitted.fit(X[train]).transform(X[part]) for part in (train, test))
        part = {"sample_weight": weight[train]} if weighted else {}
        for i in range(3):
            plain = members.instance(i).fit(rows, y[train], **part)
            answer = family.respond(state, X[test], "predict", [i])[0]
            assert_allclose(answer, plain.predict(new), rtol=1e-7, atol=1e-7)
            same_fitted(family.materialise(state, i), plain, rtol=1e-6, atol=1e-7)


def test_float32_and_other_libraries(library):
    X, y, _ = problem(200, 4)
    X32, y32 = X.astype(np.float32), y.astype(np.float32)
    family, members = shared_fit_for(LinearRegression), Members(LinearRegression(), OVERRIDES)
    state = family.fit(members, library.put(X32), library.put(y32))
    member = family.materialise(state, 0)
    assert library.owns(member.coef_)
    assert library.host(member.coef_).dtype == np.float32
    plain = linear_model.LinearRegression().fit(X, y)
    assert_allclose(library.host(member.coef_), plain.coef_, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("nearness", [1e-5, 1e-8, 0.0])
def test_collinear_columns_are_declined(nearness, folds_of):
    X, y, _ = problem(90, 4)
    X[:, 3] = X[:, 0] + nearness * X[:, 3]
    family = shared_fit_for(linear_model.LinearRegression)
    members = Members(linear_model.LinearRegression())
    with pytest.raises(Declined, match="ill-conditioned"):
        family.fit(members, X, y)
    with pytest.raises(Declined, match="ill-conditioned"):
        family.fit_folds(members, X, y, folds_of(90))


def test_negative_weights_are_declined(folds_of):
    X, y, _ = problem(60, 3)
    family, weight = shared_fit_for(linear_model.LinearRegression), np.full(60, -1.0)
    members = Members(linear_model.LinearRegression())
    with pytest.raises(Declined, match="negative"):
        family.fit(members, X, y, sample_weight=weight)
    with pytest.raises(Declined, match="negative"):
        family.fit_folds(members, X, y, folds_of(60), sample_weight=weight)


def test_constant_columns_and_few_rows_are_declined():
    X, y, _ = problem(30, 4)
    family = shared_fit_for(linear_model.LinearRegression)
    members = Members(linear_model.LinearRegression())
    with pytest.raises(Declined, match="ill-conditioned"):
        family.fit(members, np.column_stack([X, np.full(30, 0.1)]), y)
    with pytest.raises(Declined, match="fewer rows"):
        family.fit(members, X[:4], y[:4])


@pytest.mark.parametrize(
    ("params", "meta", "word"),
    [({}, {"sparse": True}, "sparse"), ({"positive": True}, {}, "positive")],
)
def test_declines(params, meta, word):
    family = shared_fit_for(linear_model.LinearRegression)
    everything = {**linear_model.LinearRegression().get_params(), **params}
    assert word in family.declines(everything, Meta(100, 4, **meta))
