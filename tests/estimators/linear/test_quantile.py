"""QuantileRegressor: scikit-learn's answers, and a reason where rows are not on the host."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn import linear_model

from gridfold.estimators import QuantileRegressor


def problem():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    return X, X @ [1.0, -2.0, 0.0] + rng.normal(size=80), rng.uniform(0.1, 2, 80)


def test_answers_are_scikit_learns_where_x_is(library):
    X, y, weight = problem()
    params = {"quantile": 0.3, "alpha": 0.01}
    found = QuantileRegressor(**params).fit(library.put(X), library.put(y), library.put(weight))
    theirs = linear_model.QuantileRegressor(**params).fit(X, y, weight)
    assert (found.fallback_ is None) == (library.name == "numpy")
    assert_allclose(found.coef_, theirs.coef_, rtol=1e-12)
    assert library.owns(found.predict(library.put(X)))
    assert_allclose(library.host(found.predict(library.put(X))), theirs.predict(X), rtol=1e-12)


def test_the_reason_names_the_program(foreign):
    X, y, _ = problem()
    assert "linear programming" in QuantileRegressor().fit(foreign.put(X), y).fallback_


def test_sparse_rows():
    X, y, _ = problem()
    found = QuantileRegressor(alpha=0.01).fit(sparse.csr_array(X), y)
    assert found.fallback_ == "sparse X"
    expected = QuantileRegressor(alpha=0.01).fit(X, y)
    assert expected.fallback_ is None
    assert_allclose(found.predict(sparse.csr_array(X)), expected.predict(X), atol=1e-8)
