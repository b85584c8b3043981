"""The shared fit of PCA against separate fits of scikit-learn's class and ours."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import decomposition
from sklearn.base import clone

from gridfold import estimators
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for


def table(n_samples: int, n_features: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(n_samples, n_features)) * np.linspace(3, 0.3, n_features)
    return mixed @ rng.normal(size=(n_features, n_features)) + 5


COUNTS = (None, 0, 1, 2, 5, 0.3, 0.9)
GRID = [{"n_components": n, "whiten": w} for n in COUNTS for w in (False, True)]


def compare(prototype, X, Q, overrides, library=None, atol=1e-10):
    host = np.asarray if library is None else library.host
    shared_fit = shared_fit_for(type(prototype))
    state = shared_fit.fit(Members(prototype, overrides), X, None)
    answers = shared_fit.respond(state, Q, "transform", range(len(overrides)))
    for i, params in enumerate(overrides):
        alone = clone(prototype).set_params(**params).fit(X)
        member = shared_fit.materialise(state, i)
        assert set(vars(member)) == set(vars(alone))
        for name, value in vars(alone).items():
            if name.endswith("_"):
                found = getattr(member, name)
                if value is None or isinstance(value, str):
                    assert found == value
                else:
                    assert_allclose(host(found), host(value), rtol=1e-12, atol=1e-13, err_msg=name)
        expected = host(alone.transform(Q))
        assert host(answers[i]).dtype == expected.dtype
        assert_allclose(host(answers[i]), expected, rtol=1e-10, atol=atol)
        assert_allclose(host(member.transform(Q)), expected, rtol=1e-10, atol=atol)


@pytest.mark.parametrize("module", [decomposition, estimators], ids=["scikit-learn", "gridfold"])
@pytest.mark.parametrize("shape", [(90, 8), (40, 8)])
@pytest.mark.parametrize("solver", ["auto", "full", "covariance_eigh"])
def test_members_are_separate_fits(module, shape, solver):
    X = table(*shape)
    compare(module.PCA(svd_solver=solver), X, X[:20] + 0.3, GRID)


@pytest.mark.parametrize("shape", [(90, 8), (40, 8)])
def test_members_on_other_libraries(foreign, shape):
    X = table(*shape)
    compare(estimators.PCA(), foreign.put(X), foreign.put(X[:20] + 0.3), GRID, foreign)


def test_float32():
    X = table(90, 8).astype(np.float32)
    compare(decomposition.PCA(), X, X[:20], [{"n_components": n} for n in (1, 4)], atol=1e-4)


def test_fewer_rows_than_columns():
    X = table(6, 9)
    compare(decomposition.PCA(), X, X, [{"n_components": n} for n in (None, 2, 0.5)])
    with pytest.raises(Declined, match="more columns"):
        shared_fit = shared_fit_for(decomposition.PCA)
        members = Members(decomposition.PCA(svd_solver="covariance_eigh"), GRID)
        shared_fit.fit(members, X, None)


def test_members_that_auto_randomises_are_fitted_by_themselves():
    X = table(600, 80)
    counts = [{"n_components": n} for n in (2, 70, None, 0.9, 5)]
    compare(decomposition.PCA(random_state=0), X, X[:30], counts)
    with pytest.raises(Declined, match="randomized"):
        members = Members(decomposition.PCA(), [{"n_components": 2}, {"n_components": 3}])
        shared_fit_for(decomposition.PCA).fit(members, X, None)


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"n_components": "mle"}, "mle"),
        ({"svd_solver": "arpack"}, "arpack"),
        ({"svd_solver": "randomized"}, "randomized"),
        ({"n_components": -1}, "out of range"),
        ({"n_components": 1.5}, "out of range"),
        ({"n_components": 101}, "out of range"),
    ],
)
def test_what_cannot_be_shared_is_declined(params, word):
    shared_fit = shared_fit_for(decomposition.PCA)
    assert shared_fit.declines({"n_components": 5}, Meta(n_samples=100)) is None
    assert word in shared_fit.declines(params, Meta(n_samples=100))
    assert "sparse" in shared_fit.declines({}, Meta(n_samples=100, sparse=True))


def test_tables_asked_for_and_too_many_components_are_declined_at_the_fit():
    shared_fit = shared_fit_for(decomposition.PCA)
    tables = decomposition.PCA().set_output(transform="pandas")
    with pytest.raises(Declined, match="set_output"):
        shared_fit.fit(Members(tables, GRID), table(90, 8), None)
    counts = [{"n_components": n} for n in (3, 9)]
    with pytest.raises(Declined, match="more than there are"):
        shared_fit.fit(Members(decomposition.PCA(), counts), table(90, 8), None)


@pytest.mark.parametrize("name", ["phoneme", "segment"])
def test_real_tables(real_table, name):
    rows = real_table(name).select_dtypes("number").sample(1000, random_state=0)
    X = rows.to_numpy(dtype=float)
    counts = [{"n_components": n} for n in (None, 1, 3, 0.5, 0.99)]
    for module in (decomposition, estimators):
        compare(module.PCA(), X[:800], X[800:], counts)
