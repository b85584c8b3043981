"""The shared fits of univariate selections against separate fits."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import feature_selection as fs
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV

from .compare import compare

ALPHAS = [{"alpha": a} for a in (0.0, 1e-12, 1e-3, 0.05, 0.3, 1.0)]
GRIDS = {
    fs.SelectKBest: [{"k": k} for k in (0, 1, 3, 8, "all")],
    fs.SelectPercentile: [{"percentile": p} for p in (0, 10, 33.3, 50, 100)],
    fs.SelectFpr: ALPHAS,
    fs.SelectFdr: ALPHAS,
    fs.SelectFwe: ALPHAS,
    fs.GenericUnivariateSelect: [
        {"mode": "k_best", "param": 2},
        {"mode": "k_best", "param": "all"},
        {"mode": "percentile", "param": 40},
        {"mode": "fpr", "param": 0.01},
        {"mode": "fdr", "param": 0.2},
        {"mode": "fwe", "param": 0.2},
    ],
}
MUTUAL = partial(fs.mutual_info_classif, random_state=0)
FUNCTIONS = [fs.f_classif, fs.chi2, fs.f_regression]


def table(n_samples: int = 80, n_features: int = 8, n_classes: int = 3):
    rng = np.random.default_rng(0)
    y = rng.integers(n_classes, size=n_samples)
    X = np.abs(rng.normal(size=(n_samples, n_features)) + 0.3 * y[:, None] * (np.arange(8) % 3))
    X[:, 3] = X[:, 4] = X[:, 1]  # equal scores
    return X, y


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("selector", GRIDS, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("kind", ["array", "float32", "F", "csr", "csc", "table"])
def test_members_are_separate_fits(selector, function, kind):
    X, y = table()
    make = {
        "array": np.asarray,
        "float32": np.float32,
        "F": np.asfortranarray,
        "csr": sparse.csr_array,
        "csc": sparse.csc_matrix,
        "table": lambda X: pd.DataFrame(X, columns=list("abcdefgh")),
    }[kind]
    compare(selector(function), GRIDS[selector], make(X), y, make(X[:20] + 0.1))


@pytest.mark.parametrize("selector", [fs.SelectKBest, fs.SelectPercentile])
def test_scores_without_p_values(selector):
    X, y = table()
    compare(selector(MUTUAL), GRIDS[selector], X, y, X[:9])


def test_text_labels_and_several_outputs():
    X, y = table()
    compare(fs.SelectKBest(), GRIDS[fs.SelectKBest], X, np.array(["a", "b", "c"])[y], X)
    several = np.column_stack([y, -y])
    function = lambda X, Y: (X.T @ Y).sum(axis=1)  # noqa: E731
    compare(fs.SelectKBest(function), GRIDS[fs.SelectKBest], X, several, X)


def test_without_a_target():
    X, _ = table()
    spread = lambda X, y: X.var(axis=0)  # noqa: E731
    compare(fs.SelectPercentile(spread), GRIDS[fs.SelectPercentile], X, None, X)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_constant_and_huge_columns_and_all_ties(function):
    X, y = table()
    X[:, 0], X[:, 2], X[:, 5] = 0.0, 7.0, X[:, 5] * 1e12
    compare(fs.SelectKBest(function), [{"k": k} for k in range(9)], X, y, X)
    compare(fs.SelectPercentile(function), GRIDS[fs.SelectPercentile], X, y, X)
    equal = np.tile(X[:, [1]], 8)
    compare(fs.SelectKBest(function), [{"k": k} for k in range(9)], equal, y, equal)


def test_more_than_all_columns_warns_for_each_member():
    X, y = table()
    counts = [{"k": k} for k in (9, 3, 12)]
    compare(fs.SelectKBest(), counts, X, y, X)
    modes = [{"mode": "k_best", "param": k} for k in (9, 3, 12)]
    compare(fs.GenericUnivariateSelect(), modes, X, y, X)


@pytest.mark.parametrize("kind", ["array", "table"])
def test_tables_asked_for(kind):
    X, y = table()
    if kind == "table":
        X = pd.DataFrame(X, columns=list("abcdefgh"))
    selector = fs.SelectKBest().set_output(transform="pandas")
    compare(selector, GRIDS[fs.SelectKBest], X, y, X[:5])


def test_columns_chosen_alike_are_one_array():
    X, y = table()
    members = Members(fs.SelectFpr(), [{"alpha": a} for a in (0.05, 0.0500001, 1.0)])
    shared = shared_fit_for(fs.SelectFpr)
    first, second, third = shared.respond(shared.fit(members, X, y), X, "transform", range(3))
    assert first is second
    assert third.shape == X.shape


def test_members_have_nothing_in_common():
    X, y = table()
    shared = shared_fit_for(fs.SelectKBest)
    state = shared.fit(Members(fs.SelectKBest(), GRIDS[fs.SelectKBest]), X, y)
    member = shared.materialise(state, 1)
    member.scores_[:] = 0
    assert shared.materialise(state, 2).scores_.max() > 0


@pytest.mark.parametrize(
    ("selector", "params"),
    [
        (fs.SelectKBest, {"k": -1}),
        (fs.SelectKBest, {"k": 2.0}),
        (fs.SelectKBest, {"k": "some"}),
        (fs.SelectPercentile, {"percentile": 101}),
        (fs.SelectFpr, {"alpha": 1.5}),
        (fs.SelectFdr, {"alpha": "all"}),
        (fs.GenericUnivariateSelect, {"mode": "k_best", "param": 0.5}),
        (fs.GenericUnivariateSelect, {"mode": "percentile", "param": "all"}),
    ],
)
def test_what_scikit_learn_refuses_is_declined(selector, params):
    assert "out of range" in shared_fit_for(selector).declines(params, Meta(n_samples=10))
    assert shared_fit_for(selector).declines({}, Meta(n_samples=10)) is None
    assert "no function" in shared_fit_for(selector).declines({"score_func": 1}, Meta(10))


def test_no_p_values_for_a_rule_that_needs_them():
    X, y = table()
    with pytest.raises(Declined, match="p-values"):
        shared_fit_for(fs.SelectFpr).fit(Members(fs.SelectFpr(MUTUAL), ALPHAS), X, y)


@pytest.mark.parametrize("make", [np.asarray, sparse.csc_array])
def test_a_function_that_writes_into_the_data_is_declined(make):
    X, y = table()
    X, before = make(X), X.copy()

    def scores(X, y):
        X *= 2
        return X.sum(axis=0)

    members = Members(fs.SelectKBest(scores), [{"k": 1}, {"k": 2}])
    with pytest.raises(Declined, match="writes"):
        shared_fit_for(fs.SelectKBest).fit(members, X, y)
    np.testing.assert_array_equal(X.toarray() if sparse.issparse(X) else X, before)


def test_the_data_of_another_table_are_refused():
    X, y = table()
    shared = shared_fit_for(fs.SelectKBest)
    state = shared.fit(Members(fs.SelectKBest(), [{"k": 1}, {"k": 2}]), X, y)
    with pytest.raises(ValueError, match="8 features"):
        shared.respond(state, X[:, :7], "transform", [0])
    with pytest.raises(ValueError, match="NaN"):
        shared.respond(state, np.full((2, 8), np.nan), "transform", [0])


def test_a_search_scores_the_columns_once_per_fold():
    calls = []
    X, y = table()

    def scores(X, y):
        calls.append(len(X))
        return fs.f_classif(X, y)

    grid = {"selectkbest__k": [1, 2, 4, 8]}
    search = GridSearchCV(make_pipeline(fs.SelectKBest(scores), GaussianNB()), grid, cv=4)
    search.fit(X, y)
    assert len(calls) == 4 + 1  # and the refit


@pytest.mark.parametrize("name", ["satimage", "segment"])
def test_real_tables(real_table, name):
    rows = real_table(name).sample(900, random_state=0)
    y = rows.pop({"satimage": "Class", "segment": "class"}[name]).to_numpy()
    X = rows.select_dtypes("number").to_numpy(dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # segment has a constant column
        for selector in (fs.SelectKBest, fs.SelectFdr, fs.SelectPercentile):
            compare(selector(), GRIDS[selector], X[:600], y[:600], X[600:])
