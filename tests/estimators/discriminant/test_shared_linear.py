"""The shared fit of linear discriminants against separate fits."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.fitted_alone import assert_same_model, compare_with_alone
from helpers.same_results import assert_same_results
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import GridSearchCV as Theirs
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV

METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")
TOLS = [{"tol": value} for value in (0.0, 1e-12, 1e-4, 0.1, 0.5)]
SHRINKAGES = [{"shrinkage": value} for value in (None, 0.0, 1e-4, 0.1, 0.5, 1.0)]
SHARED = shared_fit_for(LinearDiscriminantAnalysis)


def problem(n_features=6, n_classes=3, n_samples=300):
    rng = np.random.default_rng(n_features * n_classes)
    y = rng.integers(0, n_classes, n_samples)
    mixing = np.eye(n_features) + 0.3 * rng.normal(size=(n_features, n_features))
    means = rng.normal(size=(n_classes, n_features))
    X = rng.normal(size=(n_samples, n_features)) @ mixing + means[y]
    return X, y, rng.normal(size=(120, n_features)) * 2


def collinear():
    X, y, rows = problem()
    return *(np.hstack([part, part[:, :2], np.ones((len(part), 1))]) for part in (X, rows)), y


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("n_classes", [2, 3, 10])
@pytest.mark.parametrize("n_features", [1, 5, 24])
def test_members_are_separate_fits(n_features, n_classes, order):
    X, y, rows = problem(n_features, n_classes)
    X, rows = np.asarray(X, order=order), np.asarray(rows, order=order)
    compare_with_alone(LinearDiscriminantAnalysis(), TOLS, X, y, rows, (*METHODS, "transform"))
    lsqr = LinearDiscriminantAnalysis("lsqr")
    compare_with_alone(lsqr, SHRINKAGES, X, y, rows, METHODS, rtol=1e-10)
    eigen = LinearDiscriminantAnalysis("eigen")
    compare_with_alone(eigen, SHRINKAGES, X, y, rows, (*METHODS, "transform"), rtol=1e-10)


@pytest.mark.parametrize("solver", ["lsqr", "eigen"])
def test_models_are_to_the_last_bit_those_of_separate_fits(solver):
    X, y, _ = problem(8, 4)
    members = Members(LinearDiscriminantAnalysis(solver), SHRINKAGES)
    state = SHARED.fit(members, X, y)
    for i in range(len(members)):
        assert_same_model(SHARED.materialise(state, i), members.instance(i).fit(X, y), 0.0)


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("solver", ["svd", "lsqr", "eigen"])
@pytest.mark.parametrize("dtype", [np.float32, int])
def test_other_dtypes(dtype, solver, n_classes):
    X, y, rows = problem(6, n_classes)
    X, rows = (np.asarray(part * 5, dtype=dtype) for part in (X, rows))
    overrides = TOLS if solver == "svd" else SHRINKAGES
    rtol = 1e-10 if dtype is int else 1e-6
    compare_with_alone(LinearDiscriminantAnalysis(solver), overrides, X, y, rows, METHODS, rtol)


@pytest.mark.parametrize("solver", ["svd", "lsqr", "eigen"])
def test_priors_labels_of_text_and_stored_covariances(solver):
    X, y, rows = problem()
    names = np.array(["one", "two", "three"], dtype=object)[y]
    model = LinearDiscriminantAnalysis(solver, priors=[0.2, 0.2, 0.6], store_covariance=True)
    overrides = TOLS if solver == "svd" else SHRINKAGES
    compare_with_alone(model, overrides, X, names, rows, METHODS, rtol=1e-10)


@pytest.mark.parametrize("solver", ["svd", "eigen"])
def test_counts_of_components_are_columns_of_one_projection(solver):
    X, y, rows = problem(6, 5)
    counts = [{"n_components": n} for n in (None, 1, 2, 4)]
    model = LinearDiscriminantAnalysis(solver)
    compare_with_alone(model, counts, X, y, rows, ("predict", "transform"), rtol=1e-10)
    pairs = [{"n_components": n, "tol": tol} for n in (1, 3) for tol in (1e-4, 0.9)]
    compare_with_alone(model, pairs, X, y, rows, ("predict", "transform"), rtol=1e-10)


def test_tables_are_projected_by_each_member():
    X, y, rows = problem(6, 5)
    model = LinearDiscriminantAnalysis().set_output(transform="pandas")
    members = Members(model, [{"n_components": 1}, {"n_components": 3}])
    answers = SHARED.respond(SHARED.fit(members, X, y), rows, "transform", range(2))
    assert [list(table.columns)[-1] for table in answers] == [
        "lineardiscriminantanalysis0",
        "lineardiscriminantanalysis2",
    ]


@pytest.mark.parametrize(
    "hard", ["collinear", "scales", "one row", "wide", "equal classes", "offset"]
)
@pytest.mark.parametrize("solver", ["svd", "lsqr", "eigen"])
def test_hard_tables(solver, hard):
    X, y, rows = problem()
    if hard == "collinear":
        X, rows, y = collinear()
    elif hard == "scales":
        X, rows = X * 10.0 ** np.arange(6), rows * 10.0 ** np.arange(6)
    elif hard == "one row":
        y[0] = 9
    elif hard == "wide":
        X, y, rows = problem(60, 3, 40)
    elif hard == "offset":
        X, rows = X + 1e7, rows + 1e7
    else:
        X, y = np.repeat(X, 3, axis=0), np.tile([2, 0, 1], len(X))
    overrides = TOLS if solver == "svd" else SHRINKAGES
    model = LinearDiscriminantAnalysis(solver)
    if solver == "lsqr" and hard != "one row":
        compare_with_alone(model, overrides, X, y, rows, METHODS, rtol=1e-9)
    elif solver == "svd" and hard != "equal classes":
        compare_with_alone(model, overrides, X, y, rows, METHODS)
    elif solver == "eigen" and hard in ("collinear", "wide"):
        with pytest.raises(Declined, match="not positive"):
            SHARED.fit(Members(model, overrides), X, y)
        compare_with_alone(model, overrides[3:], X, y, rows, METHODS, rtol=1e-9)
    elif hard in ("scales", "offset"):
        compare_with_alone(model, overrides, X, y, rows, METHODS, rtol=1e-9)


def declined(model, overrides, X, y, members=frozenset()):
    with pytest.raises(Declined) as reason:
        SHARED.fit(Members(model, overrides), X, y)
    assert reason.value.members == members
    return str(reason.value)


def test_what_scikit_learn_would_refuse_or_warn_about_is_left_to_it():
    X, y, _ = problem()
    svd, lsqr = LinearDiscriminantAnalysis(), LinearDiscriminantAnalysis("lsqr")
    assert "one class" in declined(svd, TOLS, X, np.zeros(len(X)))
    assert "more than one row" in declined(svd, TOLS, X, np.arange(len(X)))
    alone = np.where(np.arange(len(y)) == 0, 7, y)
    assert "one row" in declined(lsqr, SHRINKAGES, X, alone)
    assert "n_components" in declined(svd, [{"n_components": 1}, {"n_components": 3}], X, y, {1})
    assert "priors" in declined(LinearDiscriminantAnalysis(priors=[0.5, 0.6, 0.1]), TOLS, X, y)
    assert "below tol" in declined(svd, [*TOLS, {"tol": 1e9}], X, y, {5})
    same = np.tile(X.round(), (2, 1)), np.repeat([0, 1], len(X))
    assert "same mean" in declined(svd, TOLS[2:], *same, {0, 1, 2})
    with pytest.raises(ValueError, match="Unknown label type"):
        SHARED.fit(Members(svd, TOLS), X, y + 0.5)


def test_reasons_to_decline():
    meta = Meta(100, 4)
    good = LinearDiscriminantAnalysis().get_params()
    assert SHARED.declines(good, meta) is None
    assert SHARED.declines({**good, "solver": "lsqr", "shrinkage": 0.1}, meta) is None
    for wrong in (
        {"shrinkage": 0.1},
        {"solver": "eigen", "shrinkage": "auto"},
        {"solver": "lsqr", "shrinkage": -0.5},
        {"n_components": 0},
        {"n_components": 1.0},
        {"tol": None},
        {"covariance_estimator": object()},
    ):
        assert SHARED.declines({**good, **wrong}, meta) is not None
    assert SHARED.declines(good, Meta(100, 4, sparse=True)) == "X is sparse"


def test_members_are_their_own():
    X, y, _ = problem()
    state = SHARED.fit(Members(LinearDiscriminantAnalysis(), TOLS), X, y)
    first = SHARED.materialise(state, 2)
    for name in ("means_", "priors_", "coef_", "scalings_", "xbar_"):
        vars(first)[name][...] = 0
    assert_same_model(
        SHARED.materialise(state, 2), LinearDiscriminantAnalysis(tol=1e-4).fit(X, y), 0.0
    )


def test_other_libraries_are_left_to_scikit_learn(foreign):
    X, y, _ = problem()
    with pytest.raises(Declined, match="another library"):
        SHARED.fit(Members(LinearDiscriminantAnalysis(), TOLS), foreign.put(X), y)


@pytest.mark.parametrize("scoring", [None, ["roc_auc_ovr", "neg_log_loss"]])
@pytest.mark.parametrize("solver", ["lsqr", "eigen"])
def test_a_search_on_a_real_table(real_table, solver, scoring):
    table = real_table("satimage").iloc[::3]
    X, y = table.drop(columns="Class"), table["Class"]
    grid = {"shrinkage": np.logspace(-6, 0, 6)}
    options = {"scoring": scoring, "refit": False, "cv": 3}
    model = LinearDiscriminantAnalysis(solver)
    theirs = Theirs(model, grid, **options).fit(X, y)
    ours = GridSearchCV(model, grid, **options).fit(X, y)
    assert_same_results(theirs.cv_results_, ours.cv_results_, atol=1e-9)
    assert "6 members in one shared fit" in str(ours.plan_)


def test_projections_in_front_of_another_model(real_table):
    table = real_table("segment")
    X, y = table.drop(columns="class"), table["class"]
    model = make_pipeline(LinearDiscriminantAnalysis(), KNeighborsClassifier())
    grid = {"lineardiscriminantanalysis__n_components": [1, 2, 4, 6]}
    theirs = Theirs(model, grid, refit=False, cv=3).fit(X, y)
    ours = GridSearchCV(model, grid, refit=False, cv=3).fit(X, y)
    assert_same_results(theirs.cv_results_, ours.cv_results_, atol=0)
    assert "4 members in one shared fit" in str(ours.plan_)
