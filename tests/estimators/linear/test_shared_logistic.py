"""The shared fit of logistic regression against plain fits, taken to the minimum."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import linear_model
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.estimators import LogisticRegression
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for

STRENGTHS = [10.0, 1e-3, 1.0, 0.05, 1.0]
METHODS = ("decision_function", "predict_proba", "predict_log_proba", "predict")
CLASSES = [linear_model.LogisticRegression, LogisticRegression]


def problem(n_samples: int, n_features: int, n_classes: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.3, 3, n_features) + 2
    scores = X @ rng.normal(size=(n_features, n_classes)) + rng.gumbel(size=(n_samples, n_classes))
    return X, np.argmax(scores - scores.mean(axis=0), axis=1), rng.uniform(0.1, 2, n_samples)


def members_of(cls, overrides=None, **common) -> Members:
    return Members(cls(**common), overrides or [{"C": C} for C in STRENGTHS])


def plain_fit(members, i, X, y, weight=None):
    model = members.instance(i).set_params(tol=1e-10, max_iter=5000, solver="newton-cholesky")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, y, weight)


def assert_answers(family, state, members, X, plain):
    everyone = range(len(members))
    for method in METHODS:
        answers = family.respond(state, X, method, everyone)
        for i in everyone:
            expected = getattr(plain[i], method)(X)
            assert answers[i].dtype == expected.dtype
            assert_allclose(answers[i], expected, rtol=1e-4, atol=1e-5, err_msg=method)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_members_equal_plain_fits(cls, n_classes, weighted, same_fitted):
    X, y, weight = problem(150, 5, n_classes)
    params = {"sample_weight": weight} if weighted else {}
    members = members_of(cls)
    family = shared_fit_for(cls)
    state = family.fit(members, X, y, **params)
    plain = [plain_fit(members, i, X, y, *params.values()) for i in range(len(members))]
    assert_answers(family, state, members, X[:40], plain)
    for i, model in enumerate(plain):
        member = family.materialise(state, i)
        model.set_params(tol=1e-4, max_iter=100, solver="lbfgs")
        same_fitted(member, model, rtol=1e-4, atol=1e-5, but=("n_iter_",))
        assert member.n_iter_.shape == model.n_iter_.shape
        assert member.n_iter_.dtype == model.n_iter_.dtype


@pytest.mark.parametrize("n_classes", [2, 3])
def test_every_library(library, n_classes):
    X, y, weight = problem(100, 4, n_classes)
    members = members_of(LogisticRegression)
    family = shared_fit_for(LogisticRegression)
    state = family.fit(members, library.put(X), library.put(y), sample_weight=weight)
    for method in METHODS:
        answers = family.respond(state, library.put(X), method, [2, 0])
        for k, i in enumerate([2, 0]):
            answer = answers[k] if isinstance(answers, list) else answers[k, ...]
            assert library.owns(answer)
            model = family.materialise(state, i)
            assert library.owns(model.coef_)
            expected = library.host(getattr(model, method)(library.put(X)))
            assert_allclose(library.host(answer), expected, rtol=1e-12)


def test_intercepts_may_differ_too():
    X, y, _ = problem(120, 4, 2)
    overrides = [{"C": 1.0}, {"C": 1.0, "fit_intercept": False}, {"C": 5.0}]
    members = members_of(linear_model.LogisticRegression, overrides)
    family = shared_fit_for(linear_model.LogisticRegression)
    state = family.fit(members, X, y)
    plain = [plain_fit(members, i, X, y) for i in range(3)]
    assert_answers(family, state, members, X, plain)
    assert_array_equal(family.materialise(state, 1).intercept_, [0.0])


@pytest.mark.parametrize("class_weight", ["balanced", {"no": 1.0, "yes": 7.0}])
def test_string_labels_and_class_weight(class_weight):
    X, codes, _ = problem(150, 4, 2)
    y = np.array(["no", "yes"])[codes]
    members = members_of(linear_model.LogisticRegression, class_weight=class_weight)
    family = shared_fit_for(linear_model.LogisticRegression)
    state = family.fit(members, X, y)
    for i, predicted in enumerate(family.respond(state, X, "predict", range(len(members)))):
        assert_array_equal(predicted, plain_fit(members, i, X, y).predict(X))


def test_float32_rows_give_float32_models(same_fitted):
    X, y, _ = problem(200, 4, 3)
    X = X.astype(np.float32)
    members = members_of(LogisticRegression)
    family = shared_fit_for(LogisticRegression)
    state = family.fit(members, X, y)
    for i in range(len(members)):
        plain = members.instance(i).fit(X, y)
        same_fitted(family.materialise(state, i), plain, rtol=1e-4, atol=1e-6, but=("n_iter_",))
        answer = family.respond(state, X, "predict_proba", [i])[0]
        assert answer.dtype == np.float32


@pytest.mark.parametrize("n_classes", [2, 3])
def test_fewer_rows_than_columns(n_classes):
    X, y, _ = problem(40, 90, n_classes)
    members = members_of(linear_model.LogisticRegression)
    family = shared_fit_for(linear_model.LogisticRegression)
    state = family.fit(members, X, y)
    plain = [plain_fit(members, i, X, y) for i in range(len(members))]
    assert_answers(family, state, members, X, plain)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_sparse_rows(n_classes, form, dtype):
    X, y, weight = problem(200, 6, n_classes)
    X = sparse.coo_array(np.where(np.random.default_rng(1).random(X.shape) < 0.4, X, 0))
    X = X.astype(dtype).asformat(form)
    overrides = [{"C": 0.1}, {"C": 2.0}, {"C": 2.0, "fit_intercept": False}]
    members = members_of(linear_model.LogisticRegression, overrides)
    family = shared_fit_for(linear_model.LogisticRegression)
    state = family.fit(members, X, y, sample_weight=weight)
    plain = [plain_fit(members, i, X.astype(np.float64), y, weight) for i in range(3)]
    for method in METHODS:
        for i, answer in enumerate(family.respond(state, X.tocsr()[:40], method, range(3))):
            expected = getattr(plain[i], method)(X.tocsr()[:40])
            assert method == "predict" or answer.dtype == dtype
            assert_allclose(answer, expected, rtol=1e-3, atol=1e-4, err_msg=method)
        assert family.materialise(state, 0).coef_.dtype == dtype


def test_sparse_rows_of_our_class_are_left_to_its_own_fit():
    X, y, _ = problem(60, 3, 2)
    family = shared_fit_for(LogisticRegression)
    with pytest.raises(Declined, match="sparse"):
        family.fit(members_of(LogisticRegression), sparse.csr_array(X), y)


@pytest.mark.parametrize("columns", [9, 20])  # with its whole Hessian, and block by block
def test_many_classes(columns, monkeypatch):
    from gridfold.estimators.linear import glm_preconditioner

    monkeypatch.setattr(glm_preconditioner, "FULL_COLUMNS", 100)
    X, y, _ = problem(400, columns, 10)
    members = members_of(linear_model.LogisticRegression)
    family = shared_fit_for(linear_model.LogisticRegression)
    state = family.fit(members, X, y)
    plain = [plain_fit(members, i, X, y) for i in range(len(members))]
    assert_answers(family, state, members, X[:40], plain)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda X: X * [1e6, 1, 1], "sizes from"),
        (lambda X: X + np.array([0, 1e5, 0]), "sizes from"),
        (lambda X: X * [1, 1e-6, 1], "sizes from"),
        (lambda X: X * 1e150, "sizes from"),
        (lambda X: X * 0 + 3, "the same"),
    ],
)
def test_columns_on_which_plain_fits_stop_short_are_declined(change, word):
    X, y, _ = problem(60, 3, 2)
    family = shared_fit_for(linear_model.LogisticRegression)
    for rows in (change(X), sparse.csr_array(change(X))):
        with pytest.raises(Declined, match=word):
            family.fit(members_of(linear_model.LogisticRegression), rows, y)


@pytest.mark.parametrize("kind", ["negative", "a class of zero"])
def test_weights_without_a_minimum_are_declined(kind):
    X, y, weight = problem(60, 3, 3)
    weight = -weight if kind == "negative" else np.where(y == 1, 0.0, weight)
    family = shared_fit_for(linear_model.LogisticRegression)
    with pytest.raises(Declined, match="weight"):
        family.fit(members_of(linear_model.LogisticRegression), X, y, sample_weight=weight)


def test_work_grows_with_the_classes():
    family = shared_fit_for(linear_model.LogisticRegression)
    members = members_of(linear_model.LogisticRegression)
    costs = [family.cost(members, Meta(1000, 9, n_classes=k)).work for k in (None, 2, 10)]
    assert costs[0] == costs[1] < costs[2]


@pytest.mark.parametrize("C", [np.inf, 1e8])
def test_no_or_hardly_any_penalty(C):
    X, y, _ = problem(200, 3, 2)
    members = members_of(linear_model.LogisticRegression, [{"C": 1.0}, {"C": C}])
    family = shared_fit_for(linear_model.LogisticRegression)
    state = family.fit(members, X, y)
    assert_answers(family, state, members, X, [plain_fit(members, i, X, y) for i in range(2)])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_all_folds_at_once(n_classes, class_weight, weighted, folds_of):
    X, y, weight = problem(180, 4, n_classes)
    params = {"sample_weight": weight} if weighted else {}
    members = members_of(linear_model.LogisticRegression, class_weight=class_weight)
    family = shared_fit_for(linear_model.LogisticRegression)
    folds = folds_of(180)
    states = family.fit_folds(members, X, y, folds, **params)
    for state, (train, test) in zip(states, folds, strict=True):
        part = weight[train] if weighted else None
        plain = [plain_fit(members, i, X[train], y[train], part) for i in range(len(members))]
        assert_answers(family, state, members, X[test], plain)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("scaler", [{}, {"with_mean": False}, {"with_std": False}])
def test_all_folds_at_once_behind_a_scaler(scaler, n_classes, folds_of, same_fitted):
    X, y, _ = problem(160, 4, n_classes)
    X = np.column_stack([X, np.full(160, 3.0)])
    members = members_of(linear_model.LogisticRegression)
    family = shared_fit_for(linear_model.LogisticRegression)
    folds = folds_of(160)
    scalers = [StandardScaler(**scaler).fit(X[train]) for train, _ in folds]
    affine = [(s.mean_ if s.with_mean else None, s.scale_ if s.with_std else None) for s in scalers]
    states = family.fit_folds(members, X, y, folds, affine)
    for state, (train, test), fitted in zip(states, folds, scalers, strict=True):
        for i in range(len(members)):
            model = plain_fit(members, i, fitted.transform(X[train]), y[train])
            whole = make_pipeline(fitted, model)
            answer = family.respond(state, X[test], "predict_proba", [i])[0]
            assert_allclose(answer, whole.predict_proba(X[test]), rtol=1e-4, atol=1e-6)
            model.set_params(tol=1e-4, max_iter=100, solver="lbfgs")
            member = family.materialise(state, i)
            same_fitted(member, model, rtol=1e-4, atol=1e-5, but=("n_iter_",))


def test_scores_on_a_real_table(real_table):
    table = real_table("titanic")
    y = table["survived"].to_numpy()
    X = table.drop(columns="survived").select_dtypes("number").fillna(0).to_numpy(float)
    members = members_of(linear_model.LogisticRegression)
    family = shared_fit_for(linear_model.LogisticRegression)
    state = family.fit(members, X[:600], y[:600])
    for i, proba in enumerate(family.respond(state, X[600:], "predict_proba", range(5))):
        plain = plain_fit(members, i, X[:600], y[:600]).predict_proba(X[600:])
        difference = roc_auc_score(y[600:], proba[:, 1]) - roc_auc_score(y[600:], plain[:, 1])
        assert abs(difference) <= 1e-4


@pytest.mark.parametrize(
    ("params", "meta", "word"),
    [
        ({"l1_ratio": 0.5, "solver": "saga"}, {}, "l1_ratio"),
        ({"solver": "liblinear"}, {}, "liblinear"),
        ({"warm_start": True}, {}, "warm_start"),
        ({"max_iter": 5}, {}, "max_iter=5"),
        ({"tol": 0.1}, {}, "tol=0.1"),
        ({"C": -1.0}, {}, "C"),
        ({"C": "strong"}, {}, "C"),
    ],
)
def test_declines(params, meta, word):
    family = shared_fit_for(linear_model.LogisticRegression)
    everything = {**linear_model.LogisticRegression().get_params(), **params}
    assert word in family.declines(everything, Meta(100, 4, **meta))


def test_default_parameters_are_not_declined():
    family = shared_fit_for(LogisticRegression)
    assert family.declines(LogisticRegression().get_params(), Meta(100, 4)) is None


def test_other_fit_parameters_and_single_classes_are_declined(folds_of):
    X, y, _ = problem(60, 3, 2)
    members = members_of(linear_model.LogisticRegression)
    family = shared_fit_for(linear_model.LogisticRegression)
    with pytest.raises(Declined, match="offset"):
        family.fit(members, X, y, offset=y)
    with pytest.raises(Declined, match="two classes"):
        family.fit(members, X, np.zeros(60, dtype=int))
    lonely = np.zeros(60, dtype=int)
    lonely[0] = 1
    with pytest.raises(Declined, match="lacks a class"):
        family.fit_folds(members, X, lonely, folds_of(60))


def test_very_wide_rows_are_declined(monkeypatch):
    from gridfold.estimators.linear import shared_logistic

    monkeypatch.setattr(shared_logistic, "FULL_COLUMNS", 3)
    X, y, _ = problem(60, 4, 2)
    family = shared_fit_for(linear_model.LogisticRegression)
    with pytest.raises(Declined, match="columns"):
        family.fit(members_of(linear_model.LogisticRegression), X, y)


@pytest.mark.parametrize("alike", [False, True])
def test_many_uncorrelated_columns_are_declined(alike):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 220)) + alike * rng.normal(size=(400, 1))
    y = (X[:, 0] > 0).astype(int)
    members = members_of(linear_model.LogisticRegression, [{"C": 0.01}, {"C": 0.1}])
    family = shared_fit_for(linear_model.LogisticRegression)
    if alike:
        family.fit(members, X, y)
    else:
        with pytest.raises(Declined, match="uncorrelated"):
            family.fit(members, X, y)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_collinear_columns_without_penalty_are_declined(form):
    X, y, _ = problem(80, 3, 2)
    X = form(np.column_stack([X, X[:, 0] - X[:, 1]]))
    family = shared_fit_for(linear_model.LogisticRegression)
    family.fit(members_of(linear_model.LogisticRegression), X, y)
    with pytest.raises(Declined, match="collinear"):
        family.fit(members_of(linear_model.LogisticRegression, [{}, {"C": np.inf}]), X, y)


def test_strengths_far_apart():
    X, y, _ = problem(200, 4, 2)
    overrides = [{"C": C} for C in (1e-10, 1e-9, 1e5, 1e12)]
    members = members_of(linear_model.LogisticRegression, overrides)
    family = shared_fit_for(linear_model.LogisticRegression)
    state = family.fit(members, X, y)
    assert_answers(family, state, members, X, [plain_fit(members, i, X, y) for i in range(4)])


def test_a_shifting_scaler_without_intercept_is_declined(folds_of):
    X, y, _ = problem(60, 3, 2)
    members = members_of(linear_model.LogisticRegression, [{"fit_intercept": False}])
    family = shared_fit_for(linear_model.LogisticRegression)
    with pytest.raises(Declined, match="without intercept"):
        family.fit_folds(members, X, y, folds_of(60), [(np.ones(3), np.ones(3))] * 3)


def test_subclasses_are_not_shared():
    class Mine(linear_model.LogisticRegression):
        pass

    assert shared_fit_for(Mine) is None
