"""The shared fit of TruncatedSVD against separate fits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.base import clone
from sklearn.decomposition import TruncatedSVD

from gridfold import estimators
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for

from .test_shared_pca import HARD, hard_table, same, same_attributes
from .test_shared_pca import compare as compare_as_pca

SHARED = shared_fit_for(TruncatedSVD)
COUNTS = [{"n_components": n} for n in (1, 3, 12, 20)]


def table(n_samples: int, n_features: int, part: float = 0.5) -> np.ndarray:
    """Rows with a decaying spectrum, of which a part is not 0."""
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(n_samples, 12)) @ rng.normal(size=(12, n_features))
    mixed += rng.normal(size=(n_samples, n_features))
    return mixed * (rng.random((n_samples, n_features)) < part)


def compare(prototype, X, Q, overrides):
    """Assert that members are separate fits: attributes, and answers."""
    members = Members(prototype, overrides)
    state = SHARED.fit(members, X)
    fitted = SHARED.transform_fitted(state, X, range(len(members)))
    answers = SHARED.respond(state, Q, "transform", range(len(members)))
    for i, params in enumerate(overrides):
        alone = clone(prototype).set_params(**params)
        same(np.asarray(fitted[i]), alone.fit_transform(X), 1e-9, 0)
        same_attributes(SHARED.materialise(state, i), alone, np.asarray, 1e-9)
        same(np.asarray(answers[i]), alone.transform(Q), 1e-9, 0)


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_array, sparse.csc_matrix])
@pytest.mark.parametrize("shape", [(300, 60), (60, 300)], ids=["tall", "wide"])
@pytest.mark.parametrize(
    "params",
    [
        {"random_state": 0},
        {"random_state": np.random.RandomState(3)},
        {"random_state": 1, "n_iter": 3, "n_oversamples": 5},
        {"random_state": 1, "power_iteration_normalizer": "QR"},
        {"random_state": 1, "algorithm": "arpack"},
    ],
)
def test_members_are_separate_fits(make, shape, params):
    X = table(*shape)
    compare(TruncatedSVD(**params), make(X), make(X[:9]), COUNTS)


def test_names_of_columns_and_tables_asked_for():
    X = pd.DataFrame(table(300, 40), columns=[f"c{i}" for i in range(40)])
    for algorithm in ("randomized", "arpack"):
        prototype = TruncatedSVD(algorithm=algorithm, random_state=0)
        compare(prototype, X, X.head(9), COUNTS)
        prototype.set_output(transform="pandas")
        state = SHARED.fit(Members(prototype, COUNTS), X)
        for i, found in enumerate(SHARED.transform_fitted(state, X, range(4))):
            expected = clone(prototype).set_params(**COUNTS[i]).fit_transform(X)
            pd.testing.assert_frame_equal(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", ["near-singular", "doubled", "low rank"])
def test_members_that_rounding_would_change_are_fitted_by_themselves(kind):
    X = table(300, 60)
    if kind == "near-singular":
        X = X @ np.diag(10.0 ** -np.linspace(0, 14, 60))
    elif kind == "doubled":
        X = np.repeat(X[:, :30], 2, axis=1)
    else:
        X = X[:, :7] @ X[:7, :]
    compare(TruncatedSVD(random_state=0), X, X[:9], COUNTS)


def test_rows_that_are_nearly_the_same():
    X = np.arange(1, 41) + 1e-9 * table(200, 40)
    compare(TruncatedSVD(random_state=0), X, X[:9], COUNTS)
    prototype = TruncatedSVD(algorithm="arpack", random_state=0)
    with pytest.raises(Declined, match="no variance"):
        SHARED.fit(Members(prototype, COUNTS[:1] * 2), X)


def test_equal_singular_values():
    X = np.tile(np.eye(40), (10, 1))
    compare(TruncatedSVD(random_state=0), X, X[:9], COUNTS)
    with pytest.raises(Declined, match="close"):
        SHARED.fit(Members(TruncatedSVD(algorithm="arpack"), COUNTS), X)


@pytest.mark.parametrize(
    ("X", "params", "word"),
    [
        (table(300, 40).astype(np.float32), {}, "float64"),
        (table(300, 15), {}, "more than can be found"),
        (table(300, 20), {"algorithm": "arpack"}, "more than can be found"),
        (table(300, 40), {"power_iteration_normalizer": "none"}, "only the components"),
        (table(300, 40), {"n_iter": 1}, "only the components"),
    ],
)
def test_what_is_declined_at_the_fit(X, params, word):
    with pytest.raises(Declined, match=word):
        SHARED.fit(Members(TruncatedSVD(**params), COUNTS), X)


def test_a_wide_sparse_table_has_no_gram_matrix_worth_making():
    X = sparse.random_array((900, 1000), density=0.005, random_state=0, format="csr")
    with pytest.raises(Declined, match="only the components"):
        SHARED.fit(Members(TruncatedSVD(), COUNTS), X)


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"n_components": 0}, "out of range"),
        ({"n_components": 9.0}, "out of range"),
        ({"n_components": 100}, "out of range"),
        ({"algorithm": "arpack", "tol": 1e-3}, "tol"),
    ],
)
def test_what_is_declined_before(params, word):
    assert SHARED.declines({}, Meta(n_samples=100)) is None
    assert word in SHARED.declines(params, Meta(n_samples=100))


@pytest.mark.parametrize("shape", [(300, 60), (60, 300)], ids=["tall", "wide"])
@pytest.mark.parametrize("params", [{}, {"n_iter": 3, "n_oversamples": 5}, {"n_iter": 2}])
def test_members_off_the_host(foreign, n_grams, shape, params):
    X = foreign.put(table(*shape))
    prototype = estimators.TruncatedSVD(random_state=0, **params)
    SHARED.fit(Members(prototype, COUNTS), X)
    assert len(n_grams) == (0 if params == {"n_iter": 2} else 1)
    compare_as_pca(prototype, X, X[:9, :], COUNTS, foreign, rtol=1e-9)


@pytest.mark.parametrize("kind", HARD)
def test_members_off_the_host_that_rounding_would_change(foreign, kind):
    X = foreign.put(hard_table(kind))
    prototype = estimators.TruncatedSVD(random_state=0)
    several = 1e-4 if kind == "float32" else 1e-8
    compare_as_pca(prototype, X, X[:9, :], COUNTS, foreign, rtol=several, atol=several)


def test_what_off_the_host_is_declined(foreign):
    X = foreign.put(table(300, 40))
    with pytest.raises(Declined, match="another library"):
        SHARED.fit(Members(TruncatedSVD(), COUNTS), X)
    lanczos = Members(estimators.TruncatedSVD(algorithm="arpack"), COUNTS)
    with pytest.raises(Declined, match="arpack"):
        SHARED.fit(lanczos, X)
    with pytest.raises(ValueError, match="must be <= n_features"):
        SHARED.fit(Members(estimators.TruncatedSVD(), COUNTS), X[:, :15])


def test_training_rows_are_not_written_to():
    X = table(300, 40)
    before = X.copy()
    SHARED.fit(Members(TruncatedSVD(random_state=0), COUNTS), X)
    assert_allclose(X, before, rtol=0, atol=0)


def test_real_table(real_table):
    table = real_table("adult").head(1500)
    coded = pd.get_dummies(table.drop(columns="income"), dtype=float).fillna(0)
    text = coded.loc[:, coded.max() <= 1]
    X = sparse.csr_array(text.to_numpy())
    counts = [{"n_components": n} for n in (2, 10, 30)]
    compare(TruncatedSVD(random_state=0), X[:1000], X[1000:], counts)
