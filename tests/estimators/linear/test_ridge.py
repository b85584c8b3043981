"""Ridge against scikit-learn: every shape of problem, every array library."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import linear_model

from gridfold.estimators import Ridge


def problem(n_samples: int, n_features: int, n_targets: int | None, seed: int = 0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.1, 30, n_features) + 3
    shape = (n_features,) if n_targets is None else (n_features, n_targets)
    coef = rng.normal(size=shape)
    y = X @ coef + rng.normal(size=(n_samples, *shape[1:]))
    return X, y, rng.uniform(0.1, 2, n_samples)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize(("n_samples", "n_features"), [(80, 5), (10, 40), (20, 20)])
@pytest.mark.parametrize("n_targets", [None, 1, 3])
def test_equals_scikit_learn(library, n_samples, n_features, n_targets, fit_intercept, weighted):
    X, y, weight = problem(n_samples, n_features, n_targets)
    weight = weight if weighted else None
    ours = Ridge(alpha=0.7, fit_intercept=fit_intercept)
    ours.fit(
        library.put(X),
        library.put(y),
        sample_weight=None if weight is None else library.put(weight),
    )
    theirs = linear_model.Ridge(alpha=0.7, fit_intercept=fit_intercept).fit(X, y, weight)
    assert ours.fallback_ is None
    assert library.owns(ours.coef_)
    predicted = ours.predict(library.put(X))
    assert library.owns(predicted)
    assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-9, atol=1e-11)
    assert_allclose(library.host(ours.intercept_), theirs.intercept_, rtol=1e-9, atol=1e-9)
    assert_allclose(library.host(predicted), theirs.predict(X), rtol=1e-9)


def test_float32_is_kept_and_as_exact_as_scikit_learn(library):
    X, y, _ = problem(300, 8, None)
    exact = linear_model.Ridge().fit(X, y).coef_
    X32, y32 = X.astype(np.float32), y.astype(np.float32)
    ours = Ridge().fit(library.put(X32), library.put(y32))
    theirs = linear_model.Ridge().fit(X32, y32)
    coef = library.host(ours.coef_)
    assert coef.dtype == np.float32
    assert library.host(ours.predict(library.put(X32))).dtype == np.float32
    assert np.abs(coef - exact).max() <= 4 * np.abs(theirs.coef_ - exact).max() + 1e-6


def test_collinear_columns_without_penalty_give_the_smallest_norm(library):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(50, 4))
    X[:, 3] = X[:, 0]
    y = X @ [1.0, 2.0, 3.0, 1.0]
    ours = Ridge(alpha=0.0).fit(library.put(X), library.put(y))
    assert_allclose(library.host(ours.coef_), [1, 2, 3, 1], rtol=1e-9)


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"positive": True}, "positive"),
        ({"solver": "lsqr"}, "lsqr"),
        ({"alpha": [1.0]}, "per target"),
    ],
)
def test_what_the_kernel_does_not_serve_is_fitted_by_scikit_learn(params, word):
    X, y, _ = problem(60, 4, None)
    ours = Ridge(**params).fit(X, y)
    assert word in ours.fallback_
    assert_allclose(ours.coef_, linear_model.Ridge(**params).fit(X, y).coef_)
