"""Sums over rows against the same sums written out, block by block and fold by fold."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gridfold.estimators.linear import moments as module
from gridfold.estimators.linear.moments import column_means, fold_moments, gram, moments
from gridfold.estimators.shared import Declined


def rows(n_samples=60, n_features=4, n_outputs=2, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * [1, 10, 0.1, 3][:n_features] + 50
    return X, rng.normal(size=(n_samples, n_outputs)) + 7, rng.uniform(0.2, 2, n_samples)


def centred(X, y, weight, fit_intercept):
    """X'WX and X'Wy of rows centred by their weighted means, written out."""
    if fit_intercept:
        X = X - np.average(X, axis=0, weights=weight)
        y = y - np.average(y, axis=0, weights=weight)
    return X.T @ (weight[:, None] * X), X.T @ (weight[:, None] * y)


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_gram_of_all_rows(library, weighted, fit_intercept, scaled):
    X, y, weight = rows()
    shift, scale = np.array([50.0, 49.0, 0.0, 51.0]), np.array([1.0, 9.0, 0.2, 2.0])
    if not scaled:
        shift, scale = np.zeros(4), np.ones(4)
    put, xp = library.put, library.xp
    w = put(weight) if weighted else None
    centre_x, centre_y = column_means(put(X), w, xp), column_means(put(y), w, xp)
    sums = moments(put(X), put(y), w, centre_x, centre_y, xp)
    affine = (put(shift), put(scale)) if scaled else None
    found = gram(sums, centre_x, centre_y, fit_intercept, affine)
    weight = weight if weighted else np.ones(60)
    Z = (X - shift) / scale
    xx, xy = centred(Z, y, weight, fit_intercept)
    assert_allclose(library.host(found.xx), xx, rtol=1e-10, atol=1e-9)
    assert_allclose(library.host(found.xy), xy, rtol=1e-10, atol=1e-9)
    means = np.average(Z, axis=0, weights=weight) if fit_intercept else np.zeros(4)
    assert_allclose(library.host(found.x_mean), means, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("moved", [-50.0, 0.0])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_many_rows_are_summed_about_rough_means_or_zero(monkeypatch, library, fit_intercept, moved):
    X, y, weight = rows(200)
    X = X + moved
    X[:, 1] = 0.3
    monkeypatch.setattr(module, "_MANY_ROWS", 100)
    put, xp = library.put, library.xp
    centre_x, centre_y = module.centres(put(X), put(y), put(weight), xp)
    sums = moments(put(X), put(y), put(weight), centre_x, centre_y, xp)
    found = gram(sums, centre_x, centre_y, fit_intercept)
    xx, xy = centred(X, y, weight, fit_intercept)
    assert_allclose(library.host(found.xx), xx, rtol=1e-10, atol=1e-9)
    assert_allclose(library.host(found.xy), xy, rtol=1e-10, atol=1e-9)
    about = library.host(centre_x)
    assert about[1] == 0.3  # less that, a constant column is one of zeros
    assert_allclose(about, X.mean(axis=0), atol=5.0)


def test_centred_columns_of_many_rows_are_summed_as_they_are(monkeypatch, library):
    X, y, _ = rows(200)
    monkeypatch.setattr(module, "_MANY_ROWS", 100)
    centre_x, _ = module.centres(library.put(X - 50), library.put(y), None, library.xp)
    assert not library.host(centre_x).any()


def test_blocks_add_up_and_float32_rows_lose_nothing(monkeypatch, library):
    X, y, weight = rows(n_samples=100)
    X32 = X.astype(np.float32)
    monkeypatch.setattr(module, "_BLOCK_ROWS", 7)
    put, xp = library.put, library.xp
    centre_x, centre_y = column_means(put(X32), None, xp), column_means(put(y), None, xp)
    sums = moments(put(X32), put(y), put(weight), centre_x, centre_y, xp)
    shifted = X32.astype(float) - library.host(centre_x)
    assert_allclose(library.host(sums.xx), shifted.T @ (weight[:, None] * shifted), rtol=1e-12)
    assert sums.weight == pytest.approx(weight.sum())


@pytest.mark.parametrize("k", [2, 3, 7])
def test_training_sums_are_those_of_the_training_rows(library, folds_of, k):
    X, y, weight = rows()
    folds = folds_of(60, k)
    put, xp = library.put, library.xp
    centre_x, centre_y, fold_sums = fold_moments(put(X), put(y), put(weight), folds, xp)
    assert len(fold_sums) == k
    for sums, (train, _) in zip(fold_sums, folds, strict=True):
        found = gram(sums, centre_x, centre_y, True)
        xx, xy = centred(X[train], y[train], weight[train], True)
        assert_allclose(library.host(found.xx), xx, rtol=1e-10, atol=1e-10)
        assert_allclose(library.host(found.xy), xy, rtol=1e-9, atol=1e-9)


def test_folds_with_fewer_rows_than_columns_are_declined(folds_of):
    X, y, _ = rows(n_samples=5)
    with pytest.raises(Declined, match="fewer rows"):
        fold_moments(X, y, None, folds_of(5, 2), np)
