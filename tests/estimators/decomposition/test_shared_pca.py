"""The shared fit of PCA against separate fits of scikit-learn's class and ours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn import decomposition, model_selection
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gridfold import estimators
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV


def table(n_samples: int, n_features: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(n_samples, n_features)) * np.linspace(3, 0.3, n_features)
    return mixed @ rng.normal(size=(n_features, n_features)) + 5


COUNTS = (None, 0, 1, 2, 5, 0.3, 0.9)
GRID = [{"n_components": n, "whiten": w} for n in COUNTS for w in (False, True)]


def compare(prototype, X, Q, overrides, library=None, atol=1e-10, rtol=1e-12):
    """Assert that members are separate fits: attributes, and answers for training rows and others.

    `rtol` is beside the largest number, in attributes.
    """
    host = np.asarray if library is None else library.host
    shared_fit = shared_fit_for(type(prototype))
    state = shared_fit.fit(Members(prototype, overrides), X, None)
    answers = shared_fit.respond(state, Q, "transform", range(len(overrides)))
    fitted = shared_fit.transform_fitted(state, X, range(len(overrides)))
    for i, params in enumerate(overrides):
        alone = clone(prototype).set_params(**params)
        same(host(fitted[i]), host(alone.fit_transform(X)), 1e-10, atol)
        same_attributes(shared_fit.materialise(state, i), alone, host, rtol)
        expected = host(alone.transform(Q))
        same(host(answers[i]), expected, 1e-10, atol)
        same(host(shared_fit.materialise(state, i).transform(Q)), expected, 1e-10, atol)


def same_attributes(found, expected, host, rtol):
    assert set(vars(found)) == set(vars(expected))
    for name, value in vars(expected).items():
        if name.endswith("_"):
            assert type(getattr(found, name)) is type(value) or type(found) is estimators.PCA
            if value is None or isinstance(value, str):
                assert getattr(found, name) == value
            else:
                same(host(getattr(found, name)), host(value), rtol, 1e-13, name)


def same(found, expected, rtol, atol, name=""):
    assert np.asarray(found).dtype == np.asarray(expected).dtype, name
    if expected.dtype.kind == "O":
        np.testing.assert_array_equal(found, expected)
    else:
        atol += rtol * np.max(np.abs(expected), initial=0.0)
        assert_allclose(found, expected, rtol=0, atol=atol, err_msg=name)


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
    compare(estimators.PCA(random_state=0), X, X[:30], counts)


HARD = ["near-singular", "doubled", "constant", "low rank", "float32"]
RANDOM = [{"n_components": n, "whiten": w} for n in (1, 3, 12, 30) for w in (False, True)]


@pytest.mark.parametrize("shape", [(600, 80), (90, 600)], ids=["tall", "wide"])
@pytest.mark.parametrize(
    "params",
    [
        {"random_state": 0},
        {"random_state": np.random.RandomState(3), "svd_solver": "randomized"},
        {"random_state": 1, "iterated_power": 3, "n_oversamples": 5},
        {"random_state": 1, "power_iteration_normalizer": "QR"},
        {"random_state": 1, "iterated_power": 1, "power_iteration_normalizer": "LU"},
    ],
)
def test_random_members_come_from_one_matrix(monkeypatch, shape, params):
    X, prototype = table(*shape), decomposition.PCA(**params)
    compare(prototype, X, X[:20] + 0.1, RANDOM, rtol=1e-9)
    monkeypatch.setattr("gridfold.estimators.decomposition.truncated._LARGEST", 0)
    with pytest.raises(Declined, match="randomized"):
        shared_fit_for(decomposition.PCA).fit(Members(prototype, RANDOM), X)


@pytest.mark.parametrize("shape", [(600, 80), (90, 600)], ids=["tall", "wide"])
@pytest.mark.parametrize(
    "params",
    [
        {"svd_solver": "auto"},
        {"iterated_power": 3, "n_oversamples": 5},
        {"power_iteration_normalizer": "QR"},
    ],
)
def test_random_members_off_the_host_come_from_one_matrix(foreign, n_grams, shape, params):
    X = foreign.put(table(*shape))
    prototype = estimators.PCA(**{"svd_solver": "randomized", "random_state": 0, **params})
    shared_fit_for(estimators.PCA).fit(Members(prototype, RANDOM), X)
    assert len(n_grams) == 1
    compare(prototype, X, X[:20, :] + 0.1, RANDOM, foreign, rtol=1e-9)


@pytest.mark.parametrize("kind", HARD)
def test_random_members_off_the_host_that_rounding_would_change(foreign, kind):
    X = foreign.put(hard_table(kind))
    counts = [{"n_components": n} for n in (1, 2, 40, 60, None)]
    prototype = estimators.PCA(svd_solver="randomized", random_state=0)
    several = 1e-4 if kind == "float32" else 1e-8
    compare(prototype, X, X[:20, :], counts, foreign, rtol=several, atol=several)


@pytest.mark.parametrize("kind", HARD)
def test_random_members_that_rounding_would_change_are_fitted_by_themselves(kind):
    X = hard_table(kind)
    counts = [{"n_components": n} for n in (1, 2, 40, 60)]
    prototype = decomposition.PCA(random_state=0)
    try:
        compare(prototype, X, X[:20], counts, rtol=1e-9, atol=1e-8)
    except Declined as reason:
        assert "randomized" in str(reason)


def hard_table(kind):
    X = table(600, 80)
    if kind == "near-singular":
        X = table(600, 80) @ np.diag(10.0 ** -np.linspace(0, 14, 80))
    elif kind == "doubled":
        X = np.repeat(X[:, :40], 2, axis=1)
    elif kind == "constant":
        X[:, 5:] = 3.0
    elif kind == "low rank":
        X = X[:, :7] @ np.ones((7, 80)) + X[:, :2] @ X[:2, :]
    else:
        X = X.astype(np.float32)
    return X


def test_only_exact_numbers_are_wanted():
    shared_fit, counts = shared_fit_for(decomposition.PCA), [{"n_components": n} for n in (2, 5)]
    for solver, word in (("randomized", "randomized"), ("arpack", "tolerance")):
        prototype = decomposition.PCA(svd_solver=solver)
        assert not shared_fit.is_exact(prototype.get_params(), Meta(n_samples=600))
        with pytest.raises(Declined, match=word):
            shared_fit.fit(Members(prototype, counts, only_exact=True), table(600, 80))
    assert shared_fit.is_exact({}, Meta(n_samples=600))
    assert not shared_fit.is_exact({}, Meta(n_samples=600, sparse=True))
    shared_fit.fit(Members(decomposition.PCA(), counts, only_exact=True), table(90, 8))


def test_draws_of_no_seed_follow_one_another():
    X = table(600, 80)
    prototype, counts = decomposition.PCA(), [{"n_components": 5}, {"n_components": 5}]
    np.random.seed(0)
    state = shared_fit_for(type(prototype)).fit(Members(prototype, counts), X)
    np.random.seed(0)
    for i in range(2):
        alone = decomposition.PCA(5).fit(X)
        member = shared_fit_for(type(prototype)).materialise(state, i)
        assert_allclose(member.components_, alone.components_, atol=1e-9)


LANCZOS = [{"n_components": n, "whiten": w} for n in (None, 1, 4, 6) for w in (False, True)]


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_array, sparse.csc_matrix])
def test_lanczos(make):
    X = table(60, 8) * (np.random.default_rng(1).random((60, 8)) < 0.6)
    for grid in (LANCZOS, LANCZOS[2:]):
        prototype = decomposition.PCA(svd_solver="arpack", random_state=0)
        compare(prototype, make(X), make(X[:9]), grid, rtol=1e-9)
    if make is not np.asarray:
        compare(decomposition.PCA(random_state=0), make(X), make(X[:9]), LANCZOS, rtol=1e-9)


def test_covariances_of_sparse_rows():
    X = table(60, 8) * (np.random.default_rng(1).random((60, 8)) < 0.6)
    prototype = decomposition.PCA(svd_solver="covariance_eigh")
    compare(prototype, sparse.csr_array(X), sparse.csr_array(X[:9]), GRID)


def test_lanczos_is_declined_where_vectors_depend_on_the_count():
    shared_fit = shared_fit_for(decomposition.PCA)
    prototype = decomposition.PCA(svd_solver="arpack")
    X = np.vstack([np.eye(8), -np.eye(8)])  # all singular values are equal
    for data, counts, word in (
        (X, (1, 3), "close"),
        (table(60, 8).astype(np.float32), (1, 3), "float64"),
        (table(60, 8), (1, 8), "not of what"),
        (table(60, 8), (1, 0.5), "not of what"),
    ):
        members = Members(prototype, [{"n_components": n} for n in counts])
        with pytest.raises(Declined, match=word):
            shared_fit.fit(members, data)


@pytest.mark.parametrize("solver", ["full", "covariance_eigh"])
@pytest.mark.parametrize("whiten", [False, True])
def test_components_of_next_to_no_variance(solver, whiten):
    """What they show is rounding: it must be that of scikit-learn, for a scaler would see it."""
    X = np.repeat(table(90, 4), 2, axis=1)
    prototype = decomposition.PCA(svd_solver=solver, whiten=whiten)
    counts = [{"n_components": n} for n in (2, 7, None)]
    shared_fit = shared_fit_for(decomposition.PCA)
    if solver == "full" and whiten:
        with pytest.raises(Declined, match="whitened") as found:
            shared_fit.fit(Members(prototype, counts), X)
        assert found.value.members == {1, 2}
        return
    state = shared_fit.fit(Members(prototype, counts), X)
    fitted = shared_fit.transform_fitted(state, X, range(3))
    answers = shared_fit.respond(state, X[:9], "transform", range(3))
    for i in (1, 2):
        alone = clone(prototype).set_params(**counts[i])
        np.testing.assert_array_equal(fitted[i], alone.fit_transform(X))
        np.testing.assert_array_equal(answers[i], alone.transform(X[:9]))


@pytest.mark.parametrize("params", [{"svd_solver": "randomized"}, {"svd_solver": "full"}])
@pytest.mark.parametrize("scaled", [False, True])
def test_a_search_with_training_scores(params, scaled):
    """A model is fitted on what `fit_transform` gives and asked for what `transform` gives."""
    X = table(300, 40) if params["svd_solver"] == "randomized" else np.tile(table(90, 4), 2)
    y = X @ np.arange(X.shape[1]) + np.sin(np.arange(len(X)))
    pca = decomposition.PCA(random_state=0, iterated_power=1, **params)
    pca.set_params(power_iteration_normalizer="LU")
    steps = [pca, StandardScaler()] if scaled else [pca]
    grid = {"pca__n_components": [2, 5, 7]}
    scores = {}
    for search in (model_selection.GridSearchCV, GridSearchCV):
        found = search(make_pipeline(*steps, Ridge()), grid, cv=3, return_train_score=True)
        scores[search] = found.fit(X, y).cv_results_
    ours, theirs = scores[GridSearchCV], scores[model_selection.GridSearchCV]
    for name in ("mean_test_score", "mean_train_score"):
        assert_allclose(ours[name], theirs[name], rtol=1e-9)


def test_one_component_is_summed_as_by_itself():
    X = np.round(table(400, 8)) + 1e4
    counts = [{"n_components": n} for n in (1, 3, None)]
    shared_fit = shared_fit_for(decomposition.PCA)
    state = shared_fit.fit(Members(decomposition.PCA(), counts), X)
    alone = decomposition.PCA(1)
    expected = alone.fit_transform(X)
    np.testing.assert_array_equal(shared_fit.transform_fitted(state, X, [0])[0], expected)
    np.testing.assert_array_equal(
        shared_fit.respond(state, X[:9], "transform", [0])[0], alone.transform(X[:9])
    )


def test_far_from_the_origin():
    X = table(90, 8) + 1e9
    compare(decomposition.PCA(svd_solver="full"), X, X[:9], GRID)


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"n_components": "mle"}, "mle"),
        ({"n_components": -1}, "out of range"),
        ({"n_components": 1.5}, "out of range"),
        ({"n_components": 101}, "out of range"),
    ],
)
def test_what_cannot_be_shared_is_declined(params, word):
    shared_fit = shared_fit_for(decomposition.PCA)
    assert shared_fit.declines({"n_components": 5}, Meta(n_samples=100)) is None
    assert word in shared_fit.declines(params, Meta(n_samples=100))
    assert shared_fit.declines({}, Meta(n_samples=100, sparse=True)) is None
    full = {"svd_solver": "full"}
    assert "sparse" in shared_fit.declines(full, Meta(n_samples=100, sparse=True))


@pytest.mark.parametrize("solver", ["auto", "full", "arpack"])
def test_tables_asked_for(solver):
    prototype = decomposition.PCA(svd_solver=solver, random_state=0)
    prototype.set_output(transform="pandas")
    X = pd.DataFrame(table(90, 8), columns=list("abcdefgh")).set_index(np.arange(90) + 5)
    counts = [{"n_components": n} for n in (2, 5)]
    shared_fit = shared_fit_for(decomposition.PCA)
    state = shared_fit.fit(Members(prototype, counts), X)
    for i, found in enumerate(shared_fit.transform_fitted(state, X, range(2))):
        expected = clone(prototype).set_params(**counts[i]).fit_transform(X)
        pd.testing.assert_frame_equal(found, expected, rtol=1e-9, atol=1e-10)


def test_too_many_components_are_declined_at_the_fit():
    shared_fit = shared_fit_for(decomposition.PCA)
    counts = [{"n_components": n} for n in (3, 9)]
    with pytest.raises(Declined, match="n_components is not"):
        shared_fit.fit(Members(decomposition.PCA(), counts), table(90, 8), None)


@pytest.mark.parametrize("name", ["phoneme", "segment"])
def test_real_tables(real_table, name):
    rows = real_table(name).select_dtypes("number").sample(1000, random_state=0)
    X = rows.to_numpy(dtype=float)
    counts = [{"n_components": n} for n in (None, 1, 3, 0.5, 0.99)]
    for module in (decomposition, estimators):
        compare(module.PCA(), X[:800], X[800:], counts)
