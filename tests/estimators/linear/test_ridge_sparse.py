"""The shared fit of ridge on sparse rows: the steps of scikit-learn's own, for all at once."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import linear_model
from sklearn.model_selection import GridSearchCV as TheirGridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder

from gridfold.estimators import Ridge
from gridfold.estimators.linear.conjugate_gradients import conjugate_gradients
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV

ALPHAS = [
    {"alpha": 10.0},
    {"alpha": 0.1, "fit_intercept": False},
    {"alpha": 1},
    {"alpha": 0.0},
    {"alpha": 1e4},
]


def problem(n_targets=None, seed=0):
    rng = np.random.default_rng(seed)
    X = sparse.random(120, 9, 0.4, format="csr", rng=rng) * 3
    shape = (9,) if n_targets is None else (9, n_targets)
    y = X @ rng.normal(size=shape) + rng.normal(size=(120, *shape[1:])) + 4
    return X, y, rng.uniform(0, 2, 120)


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_array])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_targets", [None, 1, 2])
@pytest.mark.parametrize("params", [{}, {"max_iter": 3}, {"tol": 1e-9, "solver": "sparse_cg"}])
@pytest.mark.parametrize("cls", [linear_model.Ridge, Ridge])
def test_members(cls, params, n_targets, weighted, form, same_fitted):
    X, y, weight = problem(n_targets)
    X, weight = form(X), weight if weighted else None
    members, family = Members(cls(**params), ALPHAS), shared_fit_for(cls)
    state = family.fit(members, X, y, **({} if weight is None else {"sample_weight": weight}))
    answers = family.respond(state, X, "predict", range(5))
    for i in range(5):
        plain = members.instance(i).fit(X, y, weight)
        assert_allclose(answers[i], plain.predict(X), rtol=1e-8)
        same_fitted(family.materialise(state, i), plain, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("names", [["no", "yes"], ["a", "b", "c"]])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_classifiers(names, class_weight, same_fitted):
    X, y, _ = problem()
    y = np.array(names)[np.digitize(y, np.quantile(y, np.linspace(0, 1, len(names) + 1)[1:-1]))]
    cls = linear_model.RidgeClassifier
    members, family = Members(cls(class_weight=class_weight), ALPHAS), shared_fit_for(cls)
    state = family.fit(members, X, y)
    for i in range(5):
        plain = members.instance(i).fit(X, y)
        assert_array_equal(family.respond(state, X, "predict", [i])[0], plain.predict(X))
        found = family.respond(state, X, "decision_function", [i])[0]
        assert_allclose(found, plain.decision_function(X), rtol=1e-7, atol=1e-9)
        same_fitted(family.materialise(state, i), plain, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("scaled", [False, True])
def test_all_folds_at_once(scaled, folds_of):
    X, y, _ = problem()
    folds, cls = folds_of(120), linear_model.Ridge
    members, family = Members(cls(), ALPHAS), shared_fit_for(cls)
    scalers = [MaxAbsScaler().fit(X[train]) for train, _ in folds]
    affine = [(None, s.scale_) for s in scalers] if scaled else None
    for state, scaler, (train, test) in zip(
        family.fit_folds(members, X, y, folds, affine), scalers, folds, strict=True
    ):
        rows, new = (scaler.transform(X[k]) if scaled else X[k] for k in (train, test))
        for i in range(5):
            plain = members.instance(i).fit(rows, y[train])
            answer = family.respond(state, X[test], "predict", [i])[0]
            assert_allclose(answer, plain.predict(new), rtol=1e-8)


def test_search_behind_one_hot_columns(real_table):
    table = real_table("diamonds").iloc[:2000]
    X, y = table[["cut", "color", "clarity"]], table["price"]
    model = make_pipeline(OneHotEncoder(), linear_model.Ridge())
    grid = {"ridge__alpha": np.logspace(-1, 3, 8)}
    ours = GridSearchCV(model, grid, refit=False).fit(X, y)
    theirs = TheirGridSearchCV(model, grid, refit=False).fit(X, y)
    for k in range(5):
        key = f"split{k}_test_score"
        assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], atol=1e-8)
    assert "8 members in one shared fit" in str(ours.plan_)


def test_members_for_which_rounding_decides_are_fitted_by_themselves(folds_of):
    rng = np.random.default_rng(0)
    X = sparse.csr_matrix(rng.normal(size=(300, 60)) * np.logspace(0, 5, 60))
    y, cls = rng.normal(size=300), linear_model.Ridge
    members, family = (
        Members(cls(tol=1e-7), [{"alpha": 1e-6}, {"alpha": 1e14}]),
        shared_fit_for(cls),
    )
    state = family.fit(members, X, y)
    plain = members.instance(0).fit(X, y)
    assert_array_equal(family.materialise(state, 0).coef_, plain.coef_)
    assert_array_equal(family.materialise(state, 0).intercept_, plain.intercept_)
    with pytest.raises(Declined, match="rounding"):
        family.fit_folds(members, X, y, folds_of(300))


def test_what_is_exact():
    family, params = shared_fit_for(linear_model.Ridge), linear_model.Ridge().get_params()
    assert family.is_exact(params, Meta(10, 3, sparse=False))
    assert not family.is_exact(params, Meta(10, 3, sparse=True))


def test_columns_of_nothing_stay_zero():
    x, doubtful = conjugate_gradients(np.eye(3), np.zeros((3, 2)), np.ones(2), 1e-4, None)
    assert_array_equal(x, 0.0)
    assert not doubtful.any()
