"""Many ridge members from one pass against scikit-learn, member by member."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import linear_model

from gridfold.estimators.linear.ridge_path import LinearCoefficients, RidgeMember, fit_ridge

MEMBERS = [
    RidgeMember(10.0, True),
    RidgeMember(0.1, False),
    RidgeMember(0.1, True),
    RidgeMember(10.0, True),
]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n_samples", "n_features"), [(60, 5), (12, 40)])
def test_members_keep_their_order(library, n_samples, n_features, weighted):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(n_samples, n_features)) + 2, rng.normal(size=(n_samples, 2))
    weight = rng.uniform(0.5, 2, n_samples) if weighted else None
    put = library.put
    found = fit_ridge(put(X), put(y), None if weight is None else put(weight), MEMBERS, library.xp)
    assert library.owns(found.coef)
    for i, member in enumerate(MEMBERS):
        theirs = linear_model.Ridge(alpha=member.alpha, fit_intercept=member.fit_intercept)
        theirs.fit(X, y, weight)
        assert_allclose(library.host(found.coef)[i], theirs.coef_, rtol=1e-8, atol=1e-10)
        assert_allclose(library.host(found.intercept)[i], theirs.intercept_, rtol=1e-8, atol=1e-10)


def test_many_penalties_take_the_eigenvectors(library):
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(60, 5)), rng.normal(size=(60, 1))
    members = [RidgeMember(alpha, True) for alpha in np.geomspace(1e-3, 1e3, 40)]
    found = fit_ridge(library.put(X), library.put(y), None, members, library.xp)
    for i in (0, 20, 39):
        theirs = linear_model.Ridge(alpha=members[i].alpha).fit(X, y)
        assert_allclose(library.host(found.coef)[i, 0], theirs.coef_, rtol=1e-9, atol=1e-12)


def test_coefficients_for_rows_that_are_centred_and_not_scaled(library):
    rng = np.random.default_rng(2)
    coef, intercept = rng.normal(size=(3, 2, 4)), rng.normal(size=(3, 2))
    shift, scale, X = rng.normal(size=4), rng.uniform(1, 2, 4), rng.normal(size=(7, 4))
    put = library.put
    stacked = LinearCoefficients(put(coef), put(intercept), (put(shift), put(scale)))
    unscaled = library.host(stacked.unscaled())
    for i in range(3):
        expected = (X - shift) / scale @ coef[i].T + intercept[i]
        assert_allclose((X - shift) @ unscaled[i].T + intercept[i], expected, rtol=1e-12)
