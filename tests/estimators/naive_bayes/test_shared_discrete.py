"""The shared fits of discrete naive Bayes against separate fits: the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.fitted_alone import compare_off_host, compare_with_alone
from helpers.same_results import assert_same_results
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array, csr_matrix
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.model_selection import GridSearchCV as Theirs
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from gridfold import config_context, estimators
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV

KINDS = [MultinomialNB(), ComplementNB(), ComplementNB(norm=True), BernoulliNB(), CategoricalNB()]
ALPHAS = [{"alpha": value} for value in (1.0, 1e-9, 0.01, 0.5, 1e3)]
each_kind = pytest.mark.parametrize("model", KINDS, ids=str)


def problem(n_features=12, n_classes=3, n_samples=200):
    rng = np.random.default_rng(n_features + n_classes)
    y = rng.integers(0, n_classes, n_samples)
    rates = rng.lognormal(-1, 1, (n_classes, n_features))
    X = rng.poisson(rates[y]).clip(0, 9)
    X[0] = 9  # so that every category occurs
    return X, y, rng.poisson(1.0, (90, n_features)).clip(0, 9)


@each_kind
@pytest.mark.parametrize("n_classes", [2, 3, 12])
@pytest.mark.parametrize("n_features", [1, 12, 150])
def test_members_are_separate_fits_to_the_last_bit(model, n_features, n_classes):
    X, y, rows = problem(n_features, n_classes)
    compare_with_alone(model, ALPHAS, X, y, rows)
    compare_with_alone(model, ALPHAS, X.astype(np.float32), y, np.asfortranarray(rows, float))


@pytest.mark.parametrize("model", KINDS[:4], ids=str)
@pytest.mark.parametrize("kind", [csr_matrix, csr_array])
@pytest.mark.parametrize("n_classes", [2, 9])
def test_sparse_rows(model, kind, n_classes):
    X, y, rows = problem(40, n_classes)
    for dtype in (np.float64, np.float32, np.int64):
        compare_with_alone(model, ALPHAS, kind(X.astype(dtype)), y, kind(rows.astype(dtype)))
    compare_with_alone(model, ALPHAS, kind(X), y, rows)


@each_kind
def test_priors_weights_and_labels_of_text(model):
    X, y, rows = problem()
    names = np.array(["one", "two", "three"], dtype=object)[y]
    weight = np.random.default_rng(0).random(len(y)).round(1)
    overrides = [{"alpha": a, "fit_prior": p} for a in (0.1, 2) for p in (True, False)]
    compare_with_alone(model, overrides, X, names, rows, sample_weight=weight)
    given = clone(model).set_params(class_prior=[0.2, 0.3, 0.5])
    compare_with_alone(given, overrides, X, names, rows)


@pytest.mark.parametrize("model", [m for m in KINDS if not isinstance(m, CategoricalNB)], ids=str)
def test_thresholds_and_norms(model):
    X, y, rows = problem()
    if isinstance(model, BernoulliNB):
        for threshold in (None, 2.0):
            one = BernoulliNB(binarize=threshold)
            a, b = (X, rows) if threshold else (X > 1, rows > 1)
            compare_with_alone(one, ALPHAS, a.astype(float), y, b.astype(float))
    elif isinstance(model, ComplementNB):
        both = [{"alpha": a, "norm": n} for a in (0.1, 1.0) for n in (True, False)]
        compare_with_alone(model, both, X, y, rows)


def test_more_categories_than_occur():
    X, y, rows = problem()
    rows[:, 0] = 14
    compare_with_alone(CategoricalNB(min_categories=15), ALPHAS, X, y, rows)
    state = shared_fit_for(CategoricalNB).fit(Members(CategoricalNB(), ALPHAS), X, y)
    with pytest.raises(IndexError):
        shared_fit_for(CategoricalNB).respond(state, rows, "predict", [0])
    with pytest.raises(ValueError, match="Negative values"):
        shared_fit_for(CategoricalNB).respond(state, -rows, "predict", [0])


@each_kind
@pytest.mark.parametrize("hard", ["no smoothing", "tie", "constant", "zero weights", "one class"])
def test_hard_counts(model, hard):
    X, y, rows = problem()
    overrides, params = ALPHAS, {}
    if hard == "no smoothing":
        forced = [{"alpha": 0.0, "force_alpha": force} for force in (True, False)]
        overrides = [*ALPHAS, *forced]
    elif hard == "tie":
        X, y = np.repeat(X, 3, axis=0), np.tile([2, 0, 1], len(X))
    elif hard == "constant":
        X[:, 3] = rows[:, 3] = 4
        X[:, 5] = rows[:, 5] = 0
        rows[:10] = 0
    elif hard == "zero weights":
        params["sample_weight"] = (y != 1).astype(float)
    else:
        y = np.zeros(len(y))
    compare_with_alone(model, overrides, X, y, rows, **params)


@each_kind
def test_a_member_can_learn_on(model):
    X, y, rows = problem()
    shared = shared_fit_for(type(model))
    state = shared.fit(Members(model, ALPHAS), X, y)
    for i, params in enumerate(ALPHAS):
        alone = clone(model).set_params(**params).fit(X, y).partial_fit(rows, np.arange(90) % 3)
        member = shared.materialise(state, i).partial_fit(rows, np.arange(90) % 3)
        assert_array_equal(member.predict_proba(X), alone.predict_proba(X))


@each_kind
def test_declines_and_errors(model):
    X, y, _ = problem()
    shared = shared_fit_for(type(model))
    params = model.get_params()
    assert shared.declines(params, Meta(100, 4)) is None
    for value in (-1.0, "much", np.ones(12), None):
        assert "alpha" in shared.declines({**params, "alpha": value}, Meta(100, 4))
    assert "fit_prior" in shared.declines({**params, "fit_prior": 1}, Meta(100, 4))
    sparse = shared.declines(params, Meta(100, 4, sparse=True))
    assert (sparse == "X is sparse") == isinstance(model, CategoricalNB)
    with pytest.raises(ValueError, match="priors must match"):
        wrong = clone(model).set_params(class_prior=[0.5, 0.5])
        shared.fit(Members(wrong, ALPHAS), X, y)
    state = shared.fit(Members(model, ALPHAS), X, y)
    with pytest.raises(ValueError, match="features"):
        shared.respond(state, X[:, :2], "predict", [0])


@each_kind
def test_what_off_the_host_is_declined(model, foreign):
    X, y, _ = problem()
    counts_there = isinstance(model, CategoricalNB)
    with pytest.raises(Declined, match="categories" if counts_there else "another library"):
        shared_fit_for(type(model)).fit(Members(model, ALPHAS), foreign.put(X), y)


OURS = [
    estimators.MultinomialNB(),
    estimators.ComplementNB(norm=True),
    estimators.BernoulliNB(binarize=1.0),
]


@pytest.mark.parametrize("model", OURS, ids=str)
@pytest.mark.parametrize("n_classes", [1, 2, 12])
def test_members_off_the_host_are_those_of_the_host(model, n_classes, foreign):
    X, y, rows = problem(12, n_classes)
    for dtype in (np.float64, np.float32):
        compare_off_host(model, ALPHAS, foreign, X.astype(dtype), y, rows.astype(dtype))


@pytest.mark.parametrize("model", OURS, ids=str)
def test_priors_weights_and_labels_of_text_off_the_host(model, foreign):
    X, y, rows = problem()
    names = np.array(["one", "two", "three"], dtype=object)[y]
    weight = np.random.default_rng(0).random(len(y)).round(1)
    overrides = [{"alpha": a, "fit_prior": p} for a in (0.1, 2) for p in (True, False)]
    if isinstance(model, ComplementNB):
        overrides = [{**one, "norm": norm} for one in overrides for norm in (True, False)]
    with config_context(working_memory=0.01):
        compare_off_host(model, overrides, foreign, X, names, rows, sample_weight=weight)
        given = clone(model).set_params(class_prior=[0.2, 0.3, 0.5])
        compare_off_host(given, overrides, foreign, X, y, rows)


@pytest.mark.parametrize("scoring", [None, ["roc_auc", "neg_log_loss"]])
@pytest.mark.parametrize("model", [*KINDS[:2], *KINDS[3:]], ids=str)
def test_a_search_on_a_real_table(real_table, model, scoring):
    table = real_table("mushroom").iloc[::8].fillna("?")
    X, y = table.drop(columns="class"), table["class"]
    if isinstance(model, CategoricalNB):
        X = OrdinalEncoder().fit_transform(X)
        model = CategoricalNB(min_categories=int(X.max()) + 1)
    else:
        X = OneHotEncoder().fit_transform(X)
    grid = {"alpha": np.logspace(-3, 1, 5)}
    options = {"scoring": scoring, "refit": False, "cv": 3}
    theirs = Theirs(model, grid, **options).fit(X, y)
    ours = GridSearchCV(model, grid, **options).fit(X, y)
    assert_same_results(theirs.cv_results_, ours.cv_results_, atol=1e-12)
    assert "5 members in one shared fit" in str(ours.plan_)


def test_behind_an_encoder_and_weights_of_words(real_table):
    table = real_table("mushroom").iloc[::8].fillna("?")
    X, y = table.drop(columns="class"), table["class"]
    encoder = OneHotEncoder(handle_unknown="ignore")
    estimator = make_pipeline(encoder, TfidfTransformer(), ComplementNB())
    grid = {"complementnb__alpha": [0.01, 0.1, 1.0], "complementnb__norm": [True, False]}
    theirs = Theirs(estimator, grid, refit=False, cv=2).fit(X, y)
    ours = GridSearchCV(estimator, grid, refit=False, cv=2).fit(X, y)
    assert_same_results(theirs.cv_results_, ours.cv_results_, atol=0)
    assert "6 members in one shared fit" in str(ours.plan_)
