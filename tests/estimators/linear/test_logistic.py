"""LogisticRegression against scikit-learn's objective, shapes and warnings, on every library."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.special import logsumexp
from sklearn import linear_model
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning

from gridfold.estimators import LogisticRegression


def problem(n_samples: int, n_features: int, n_classes: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.2, 3, n_features) + 2
    scores = X @ rng.normal(size=(n_features, n_classes)) + rng.gumbel(size=(n_samples, n_classes))
    return X, np.argmax(scores - scores.mean(axis=0), axis=1), rng.uniform(0.1, 2, n_samples)


def objective(model, X, y, weight=None) -> float:
    """`C sum_i w_i loss_i + 1/2 |coef|^2` of a fitted model, as scikit-learn documents it."""
    coef, intercept = (np.asarray(a, dtype=float) for a in (model.coef_, model.intercept_))
    scores = X @ coef.T + intercept
    if scores.shape[1] == 1:
        scores = np.hstack([np.zeros_like(scores), scores])
    codes = np.searchsorted(model.classes_, y)
    losses = logsumexp(scores, axis=1) - scores[np.arange(len(X)), codes]
    weight = np.ones(len(X)) if weight is None else weight
    return model.C * np.sum(weight * losses) + 0.5 * np.sum(coef**2)


def tight(X, y, weight=None, **params):
    """Scikit-learn's class, taken to the minimum."""
    model = linear_model.LogisticRegression(
        solver="newton-cholesky", tol=1e-12, max_iter=1000, **params
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, y, weight)


def exact(**params):
    """Our class, taken closer to the minimum than its default goes."""
    return LogisticRegression(tol=1e-9, **params)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_equals_the_minimum_of_scikit_learn(library, n_classes, fit_intercept, weighted):
    X, y, weight = problem(150, 5, n_classes)
    weight = weight if weighted else None
    ours = exact(C=0.7, fit_intercept=fit_intercept).fit(
        library.put(X), library.put(y), None if weight is None else library.put(weight)
    )
    theirs = tight(X, y, weight, C=0.7, fit_intercept=fit_intercept)
    assert ours.fallback_ is None
    assert library.owns(ours.coef_) and library.owns(ours.intercept_)
    assert library.host(ours.coef_).shape == theirs.coef_.shape
    assert library.host(ours.intercept_).shape == theirs.intercept_.shape
    assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-5, atol=1e-6)
    assert_allclose(library.host(ours.intercept_), theirs.intercept_, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_answers_are_where_x_is(library, n_classes):
    X, y, _ = problem(90, 4, n_classes)
    ours = exact().fit(library.put(X), library.put(y))
    theirs = tight(X, y)
    for method in ("decision_function", "predict_proba", "predict_log_proba", "predict"):
        answer = getattr(ours, method)(library.put(X))
        assert library.owns(answer)
        expected = getattr(theirs, method)(X)
        assert_allclose(library.host(answer), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_float32_stays_float32(library, n_classes):
    X, y, _ = problem(120, 4, n_classes)
    X32 = X.astype(np.float32)
    ours = exact().fit(library.put(X32), library.put(y))
    assert library.host(ours.coef_).dtype == library.host(ours.intercept_).dtype == np.float32
    for method in ("decision_function", "predict_proba", "predict_log_proba"):
        assert library.host(getattr(ours, method)(library.put(X32))).dtype == np.float32
    theirs = tight(X32.astype(float), y)
    assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("C", [1e-3, 1.0, 1e4])
@pytest.mark.parametrize("load", [load_breast_cancer, load_iris, load_digits])
def test_objective_is_at_most_scikit_learns(load, C):
    X, y = (array[::3] for array in load(return_X_y=True))
    ours = LogisticRegression(C=C).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = linear_model.LogisticRegression(C=C, tol=1e-8, max_iter=2000).fit(X, y)
    assert objective(ours, X, y) <= objective(theirs, X, y) * (1 + 1e-9)


def test_string_labels_stay_numpy(foreign):
    X, codes, _ = problem(80, 3, 3)
    y = np.array(["red", "green", "blue"])[codes]
    ours = exact().fit(foreign.put(X), y)
    predicted = ours.predict(foreign.put(X))
    assert isinstance(predicted, np.ndarray)
    assert_array_equal(ours.classes_, ["blue", "green", "red"])
    assert_array_equal(predicted, tight(X, y).predict(X))


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1.0, 1: 5.0, 2: 0.5}])
@pytest.mark.parametrize("weighted", [False, True])
def test_class_weight(class_weight, weighted):
    X, y, weight = problem(200, 4, 3)
    weight = weight if weighted else None
    ours = exact(class_weight=class_weight).fit(X, y, weight)
    theirs = tight(X, y, weight, class_weight=class_weight)
    assert_allclose(ours.coef_, theirs.coef_, rtol=1e-5, atol=1e-6)
    assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-5, atol=1e-6)


def test_weights_of_zero_leave_rows_out():
    X, y, _ = problem(120, 4, 3)
    weight = np.arange(120) % 3 != 0
    ours = exact().fit(X, y, weight.astype(float))
    alone = exact().fit(X[weight], y[weight])
    assert_allclose(ours.coef_, alone.coef_, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_more_columns_than_rows(library, n_classes):
    X, y, _ = problem(30, 80, n_classes)
    ours = exact().fit(library.put(X), library.put(y))
    theirs = tight(X, y)
    assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-4, atol=1e-6)
    assert_allclose(library.host(ours.intercept_), theirs.intercept_, rtol=1e-4, atol=1e-6)


def test_constant_and_collinear_columns(library):
    X, y, _ = problem(100, 4, 2)
    X = np.column_stack([X, X[:, 0], np.full(100, 0.1)])
    ours = exact().fit(library.put(X), library.put(y))
    coef = library.host(ours.coef_)
    assert coef[0, 5] == 0.0
    assert_allclose(coef[0, 0], coef[0, 4], rtol=1e-6)
    assert_allclose(coef, tight(X, y).coef_, rtol=1e-5, atol=1e-6)


def test_no_penalty_with_dependent_columns_reaches_the_minimum():
    X, y, _ = problem(150, 3, 2)
    ours = exact(C=np.inf).fit(np.column_stack([X, X]), y)
    theirs = tight(X, y, C=np.inf)
    assert_allclose(ours.predict_proba(np.column_stack([X, X])), theirs.predict_proba(X), atol=1e-6)


def test_separable_classes_without_penalty_end_without_warning(library):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 2))
    y = (X[:, 0] > 0).astype(int)
    ours = LogisticRegression(C=np.inf).fit(library.put(X), library.put(y))
    assert_array_equal(library.host(ours.predict(library.put(X))), y)
    assert np.all(np.isfinite(library.host(ours.coef_)))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_more_columns_than_rows_without_penalty_fit_no_rounding(library, n_classes):
    X, y, _ = problem(30, 80, n_classes)
    ours = LogisticRegression(C=np.inf).fit(library.put(X), library.put(y))
    assert_array_equal(library.host(ours.predict(library.put(X))), y)
    assert np.abs(library.host(ours.coef_)).max() < 1e3
    # Rows moved along columns that the training rows do not span keep their label.
    span = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)[2][:29]
    aside = np.random.default_rng(1).normal(size=X.shape)
    aside = X + 10 * (aside - aside @ span.T @ span)
    assert_array_equal(library.host(ours.predict(library.put(aside))), y)


def test_columns_of_unlike_scale():
    X, y, _ = problem(300, 4, 2)
    scale, shift = np.array([1e5, 1.0, 1e-2, 10.0]), np.array([1e6, 0.0, 5.0, -300.0])
    ours = LogisticRegression(C=1e6).fit(X * scale + shift, y)
    plain = LogisticRegression(C=np.inf).fit(X, y)
    assert ours.score(X * scale + shift, y) == plain.score(X, y)
    assert_allclose((ours.coef_ * scale)[0, [0, 1, 3]], plain.coef_[0, [0, 1, 3]], rtol=1e-3)


def test_rare_columns_and_classes_need_no_more_than_max_iter():
    rng = np.random.default_rng(5)
    X = (rng.uniform(size=(600, 30)) < np.geomspace(0.005, 0.5, 30)).astype(float) * 40
    y = rng.choice(5, size=600, p=[0.6, 0.3, 0.07, 0.02, 0.01])
    model = LogisticRegression(C=1e4).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = linear_model.LogisticRegression(C=1e4).fit(X, y)
    assert objective(model, X, y) <= objective(theirs, X, y) * (1 + 1e-9)


def test_max_iter_warns():
    X, y, _ = problem(100, 4, 2)
    with pytest.warns(ConvergenceWarning, match="max_iter=1"):
        model = LogisticRegression(max_iter=1, tol=1e-10).fit(X, y)
    assert_array_equal(model.n_iter_, [1])


def test_no_step_leaves_the_start():
    X, y, _ = problem(100, 4, 2)
    with pytest.warns(ConvergenceWarning, match="did not converge"):
        model = LogisticRegression(solver="newton-cholesky", max_iter=0).fit(X, y)
    assert_array_equal(model.n_iter_, [0])
    assert_array_equal(model.coef_, np.zeros((1, 4)))


def test_a_tolerance_that_is_a_numpy_number(library):
    X, y, _ = problem(100, 4, 3)
    models = [LogisticRegression(tol=tol) for tol in (1e-5, np.float64(1e-5))]
    coefs = [library.host(m.fit(library.put(X), library.put(y)).coef_) for m in models]
    assert_array_equal(*coefs)


def test_wide_problems_use_the_diagonal_preconditioner(monkeypatch):
    from gridfold.estimators.linear import glm_preconditioner

    monkeypatch.setattr(glm_preconditioner, "FULL_COLUMNS", 3)
    X, y, _ = problem(150, 6, 3)
    assert_allclose(exact().fit(X, y).coef_, tight(X, y).coef_, rtol=1e-5, atol=1e-6)


def test_blocks_of_rows_add_up(monkeypatch):
    from gridfold.estimators.linear import glm_rows

    X, y, weight = problem(900, 5, 3)
    whole = exact().fit(X, y, weight).coef_
    monkeypatch.setattr(glm_rows, "_HOST_NUMBERS", 1)
    assert_allclose(exact().fit(X, y, weight).coef_, whole, rtol=1e-7)


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"solver": "liblinear", "l1_ratio": 1.0}, "liblinear"),
        ({"solver": "liblinear"}, "liblinear"),
        ({"solver": "sag"}, "sag"),
        ({"warm_start": True}, "warm_start"),
    ],
)
def test_what_the_kernel_does_not_serve_is_fitted_by_scikit_learn(params, word):
    X, y, _ = problem(80, 4, 2)
    params = {"random_state": 0, "max_iter": 5000, **params}
    ours = LogisticRegression(**params).fit(X, y)
    assert word in ours.fallback_
    assert_allclose(ours.coef_, linear_model.LogisticRegression(**params).fit(X, y).coef_)


def test_sparse_rows_are_fitted_by_scikit_learn():
    X, y, _ = problem(80, 4, 2)
    assert LogisticRegression().fit(sparse.csr_matrix(X), y).fallback_ == "sparse X"


@pytest.mark.parametrize("params", [{"penalty": "l2"}, {"penalty": None}, {"n_jobs": 1}])
def test_deprecated_parameters_warn_and_are_served(params):
    X, y, _ = problem(80, 4, 2)
    with pytest.warns(FutureWarning, match=f"'{next(iter(params))}' (was|has)"):
        ours = exact(**params).fit(X, y)
    assert ours.fallback_ is None
    C = np.inf if params.get("penalty", "") is None else 1.0
    assert_allclose(ours.coef_, tight(X, y, C=C).coef_, rtol=1e-4, atol=1e-6)


def test_one_class_is_an_error():
    with pytest.raises(ValueError, match="at least 2 classes"):
        LogisticRegression().fit([[1.0], [2.0]], [3, 3])


def test_fitted_attributes_are_scikit_learns():
    X, y, _ = problem(80, 4, 3)
    ours, theirs = vars(LogisticRegression().fit(X, y)), vars(tight(X, y))
    assert set(ours) - set(theirs) == {"device", "fallback_"}
    assert set(theirs) <= set(ours)
    assert ours["n_iter_"].dtype == theirs["n_iter_"].dtype
    assert ours["n_iter_"].shape == theirs["n_iter_"].shape


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of the overflow
@pytest.mark.parametrize("n_classes", [2, 3])
def test_columns_whose_squares_overflow_are_said_not_to_converge(library, n_classes):
    X, y, _ = problem(60, 3, n_classes)
    with pytest.warns(ConvergenceWarning, match="scale the columns of X"):
        model = LogisticRegression().fit(library.put(X * 1e200), y)
    assert np.isfinite(library.host(model.coef_)).all()
    # scikit-learn stops at the start from 1e37 on; as long as squares are numbers ours does not.
    assert (
        LogisticRegression().fit(library.put(X * 1e100), y).score(library.put(X * 1e100), y) > 0.5
    )
