"""The shared fit of NearestCentroid against separate fits: the same bits."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from helpers.fitted_alone import compare_off_host
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.neighbors import NearestCentroid

from gridfold import estimators
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV

OVERRIDES = [
    {"shrink_threshold": threshold, "priors": priors}
    for threshold in (None, 0.05, 0.5, 3.0, 50)
    for priors in ("uniform", "empirical", [0.2, 0.5, 0.3])
]


def drawn(n_features=6):
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, 150)
    return rng.normal(size=(150, n_features)) + 0.3 * y[:, None], y


def compare(prototype, X, y, overrides=OVERRIDES):
    shared_fit = shared_fit_for(NearestCentroid)
    members = Members(prototype, overrides)
    state = shared_fit.fit(members, X, y)
    everyone = range(len(overrides))
    methods = ["predict", "predict_proba", "predict_log_proba", "decision_function"]
    alone = [members.instance(i).fit(X, y) for i in everyone]
    for method in methods if prototype.metric == "euclidean" else methods[:1]:
        for answer, one in zip(shared_fit.respond(state, X, method, everyone), alone, strict=True):
            expected = getattr(one, method)(X)
            assert answer.dtype == expected.dtype
            assert_array_equal(answer, expected)
    for i, one in enumerate(alone):
        whole = shared_fit.materialise(state, i)
        assert vars(whole).keys() | {"feature_names_in_"} == vars(one).keys() | {
            "feature_names_in_"
        }
        for name in ("centroids_", "deviations_", "within_class_std_dev_", "class_prior_"):
            found, expected = getattr(whole, name), getattr(one, name)
            assert found.dtype == expected.dtype
            assert_array_equal(found, expected)


@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
@pytest.mark.parametrize("form", ["float64", "float32", "integers", "Fortran", "strings"])
def test_members_are_those_of_separate_fits(metric, form):
    X, y = drawn()
    if form == "strings":
        y = np.array(["b", "a", "c"])[y]
    elif form == "integers":
        X = np.rint(5 * X).astype(int)
    else:
        X = np.asfortranarray(X) if form == "Fortran" else X.astype(form)
    compare(NearestCentroid(metric=metric), X, y)


@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csc_matrix])
def test_sparse_rows(metric, kind):
    X, y = drawn()
    X[X < 0.2] = 0
    uniform = [override for override in OVERRIDES if override["priors"] == "uniform"]
    compare(NearestCentroid(metric=metric), kind(X), y, uniform)


def test_a_constant_column_warns_once_and_answers_alike():
    X, y = drawn()
    X[:, 2] = 1.5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compare(NearestCentroid(), X, y)
    with pytest.warns(UserWarning, match="zero standard deviation"):
        shared_fit_for(NearestCentroid).fit(Members(NearestCentroid(), OVERRIDES), X, y)


def test_what_cannot_be_shared_is_declined():
    shared_fit, meta = shared_fit_for(NearestCentroid), Meta(100)
    assert shared_fit.declines({}, meta) is None
    assert "positive" in shared_fit.declines({"shrink_threshold": -1.0}, meta)
    assert "priors" in shared_fit.declines({"priors": "flat"}, meta)
    assert "sum to one" in shared_fit.declines({"priors": [0.5, 0.1]}, meta)
    assert "no numbers" in shared_fit.declines({"priors": ["a", "b"]}, meta)
    X, y = drawn()
    with pytest.raises(Declined, match="more or fewer"):
        shared_fit.fit(Members(NearestCentroid(), [{"priors": [0.5, 0.5]}]), X, y)
    with pytest.raises(ValueError, match="greater than one"):
        shared_fit.fit(Members(NearestCentroid(), OVERRIDES), X, np.zeros(150))


METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")


@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
@pytest.mark.parametrize("form", ["float64", "float32", "strings"])
def test_members_off_the_host_are_those_of_the_host(foreign, metric, form):
    X, y = drawn()
    prototype = estimators.NearestCentroid(metric=metric)
    methods = METHODS if metric == "euclidean" else METHODS[:1]
    if form == "strings":
        y = np.array(["b", "a", "c"])[y]
    else:
        X = X.astype(form)
    compare_off_host(prototype, OVERRIDES, foreign, X, y, X[:40], methods)


def test_what_off_the_host_is_declined(foreign):
    X, y = drawn()
    shared_fit = shared_fit_for(NearestCentroid)
    with pytest.raises(Declined, match="another library"):
        shared_fit.fit(Members(NearestCentroid(), OVERRIDES), foreign.put(X), y)
    ours = estimators.NearestCentroid()
    with pytest.raises(Declined, match="more or fewer"):
        shared_fit.fit(Members(ours, [{"priors": [0.5, 0.5]}]), foreign.put(X), y)
    with pytest.raises(ValueError, match="metric"):
        shared_fit.fit(Members(ours.set_params(metric="cosine"), OVERRIDES), foreign.put(X), y)
    X[:, 2] = 1.5
    with pytest.warns(UserWarning, match="zero standard deviation") as record:
        members = Members(estimators.NearestCentroid(), OVERRIDES)
        shared_fit.fit(members, foreign.put(X), y)
    assert len(record) == 1


def test_a_search_on_a_real_table_gives_the_scores_of_separate_fits(real_table):
    table = real_table("segment").sample(600, random_state=0)
    X, y = table.drop(columns="class").astype(float), table["class"].astype(str)
    X = X.loc[:, X.nunique() > 1]
    grid = {"shrink_threshold": [None, 0.1, 1.0], "priors": ["uniform", "empirical"]}
    ours = GridSearchCV(NearestCentroid(), grid, cv=3, refit=False).fit(X, y)
    theirs = GridSearchCV(NearestCentroid(), grid, cv=3, refit=False, sharing="off").fit(X, y)
    assert "in one shared fit" in str(ours.plan_)
    for k in range(3):
        name = f"split{k}_test_score"
        assert_array_equal(ours.cv_results_[name], theirs.cv_results_[name])
