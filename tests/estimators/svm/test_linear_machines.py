"""LinearSVC and LinearSVR against liblinear's objective, on every library."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import svm
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from gridfold.estimators import LinearSVC, LinearSVR, config_context

SQUARED = "squared_epsilon_insensitive"


def problem(n_samples: int = 300, n_features: int = 4, n_classes: int = 2, seed: int = 0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.3, 2, n_features) + 1
    scores = X @ rng.normal(size=(n_features, n_classes)) + rng.gumbel(size=(n_samples, n_classes))
    y = np.argmax(scores - scores.mean(axis=0), axis=1)
    return X, y, rng.uniform(0.1, 2, n_samples)


def host(model):
    """Its coefficients (n_outputs, n_columns) with the intercept's, as liblinear has them."""
    model = model.to_sklearn() if hasattr(model, "to_sklearn") else model
    coef, intercept = np.atleast_2d(model.coef_), np.ravel(model.intercept_)
    return np.column_stack([coef, np.broadcast_to(intercept, len(coef)) / model.intercept_scaling])


def rows_of(model, X):
    return np.column_stack([X, np.full(len(X), model.intercept_scaling * model.fit_intercept)])


def of_classes(model, X, y, weight=None, class_weight=(1.0, 1.0)):
    """Liblinear's objective of each class, and its gradient."""
    W, A = host(model), rows_of(model, X)
    weight = np.ones(len(y)) if weight is None else weight
    values, gradients = [], []
    for k, w in enumerate(W):
        own = y == model.classes_[1 if len(W) == 1 else k]
        sign = np.where(own, 1.0, -1.0)
        C = model.C * weight * np.where(own, class_weight[1], class_weight[0])
        short = np.maximum(0.0, 1.0 - sign * (A @ w))
        values.append(0.5 * w @ w + C @ short**2)
        gradients.append(w - 2.0 * A.T @ (C * sign * short))
    return np.asarray(values), np.asarray(gradients)


def of_numbers(model, X, y, weight=None):
    """Liblinear's objective of the regression with squared losses, and its gradient."""
    (w,), A = host(model), rows_of(model, X)
    off = A @ w - y
    beyond = np.sign(off) * np.maximum(0.0, np.abs(off) - model.epsilon)
    C = model.C * (np.ones(len(y)) if weight is None else weight)
    return 0.5 * w @ w + C @ beyond**2, w + 2.0 * A.T @ (C * beyond)


@pytest.mark.parametrize("n_samples", [300, 40_000])  # many rows start from a part of them
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes_equal_liblinears_minimum(library, n_samples, fit_intercept, n_classes):
    X, y, weight = problem(n_samples, n_classes=n_classes)
    params = {"fit_intercept": fit_intercept, "C": 0.1, "intercept_scaling": 3.0, "tol": 1e-8}
    ours = LinearSVC(**params).fit(library.put(X), library.put(y), library.put(weight))
    theirs = svm.LinearSVC(**params, dual=False).fit(X, y, weight)
    assert ours.fallback_ is None and library.owns(ours.coef_)
    assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-5, atol=1e-6)
    intercept = (
        ours.intercept_ if isinstance(ours.intercept_, float) else library.host(ours.intercept_)
    )
    assert_allclose(intercept, theirs.intercept_, rtol=1e-5, atol=1e-6)
    values, gradients = of_classes(ours, X, y, weight)
    assert np.all(values <= of_classes(theirs, X, y, weight)[0] * (1 + 1e-9))
    assert np.abs(gradients).max() <= 1e-6 * weight.sum()
    predicted = ours.predict(library.put(X[:500]))
    assert library.owns(predicted)
    assert_array_equal(library.host(predicted), theirs.predict(X[:500]))


@pytest.mark.parametrize("table", ["phoneme", "satimage", "electricity"])
@pytest.mark.parametrize("C", [0.01, 1.0])
def test_objective_is_at_most_liblinears_on_real_tables(real_table, table, C):
    frame = real_table(table)
    names = {"phoneme": "class", "satimage": "Class", "electricity": "target"}
    y = frame.pop(names[table]).to_numpy()
    X = StandardScaler().fit_transform(frame.to_numpy(float))
    ours, theirs = (cls(C=C).fit(X, y) for cls in (LinearSVC, svm.LinearSVC))
    found, other = (of_classes(model, X, y)[0] for model in (ours, theirs))
    assert np.all(found <= other * (1 + 1e-9))


@pytest.mark.parametrize("dual", [True, False, "auto"])
def test_the_dual_has_the_same_minimum(dual):
    X, y, _ = problem()
    assert_array_equal(LinearSVC(dual=dual).fit(X, y).coef_, LinearSVC().fit(X, y).coef_)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_class_weights_are_liblinears(n_classes, weighted):
    X, y, weight = problem(n_classes=n_classes)
    weight = weight if weighted else None
    for class_weight in ("balanced", {0: 2.0, 1: 0.3}):
        params = {"class_weight": class_weight, "tol": 1e-9}
        ours = LinearSVC(**params).fit(X, y, weight)
        theirs = svm.LinearSVC(**params).fit(X, y, weight)
        assert_allclose(ours.coef_, theirs.coef_, rtol=1e-5, atol=1e-6)


def test_rows_of_weight_zero_or_less_are_left_out():
    X, y, weight = problem()
    weight[::3], weight[1::7] = 0.0, -1.0
    ours = LinearSVC().fit(X, y, weight)
    assert_allclose(
        ours.coef_,
        LinearSVC().fit(X[weight > 0], y[weight > 0], weight[weight > 0]).coef_,
        rtol=1e-6,
    )


def test_labels_of_text(library):
    X, y, _ = problem(n_classes=3)
    words = np.array(["ash", "birch", "cedar"])
    ours = LinearSVC().fit(library.put(X), words[y])
    assert_array_equal(ours.predict(library.put(X)), svm.LinearSVC().fit(X, words[y]).predict(X))


@pytest.mark.parametrize("fit_intercept", [False, True])
def test_more_columns_than_rows(library, fit_intercept):
    X, y, _ = problem(40, 90)
    params = {"fit_intercept": fit_intercept, "C": 0.01, "tol": 1e-8, "max_iter": 100_000}
    ours = LinearSVC(**params).fit(library.put(X), library.put(y))
    assert ours.fallback_ is None
    theirs = svm.LinearSVC(**params).fit(X, y)
    assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-4, atol=1e-6)
    assert_allclose(host(ours), host(theirs), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"penalty": "l1", "dual": False}, "l1"),
        ({"loss": "hinge"}, "hinge"),
        ({"multi_class": "crammer_singer"}, "crammer"),
    ],
)
def test_liblinears_own_on_the_host_are_no_fallback(params, word, foreign):
    X, y, _ = problem(n_classes=3)
    params = {**params, "random_state": 0, "max_iter": 100_000}
    ours, theirs = (cls(**params).fit(X, y) for cls in (LinearSVC, svm.LinearSVC))
    assert ours.fallback_ is None
    assert_array_equal(ours.coef_, theirs.coef_)
    moved = LinearSVC(**params).fit(foreign.put(X), foreign.put(y))
    assert word in moved.fallback_
    scores = moved.decision_function(foreign.put(X))
    assert foreign.owns(scores)
    assert_allclose(foreign.host(scores), theirs.decision_function(X), rtol=1e-10, atol=1e-12)


def test_sparse_rows_are_fitted_by_scikit_learn():
    X, y, _ = problem()
    assert LinearSVC().fit(sparse.csr_array(X), y).fallback_ == "sparse X"
    one = LinearSVR(loss=SQUARED, max_iter=100_000)
    assert one.fit(sparse.csr_array(X), y).fallback_ == "sparse X"


def test_max_iter_warns():
    X, y, _ = problem()
    with pytest.warns(ConvergenceWarning, match="Liblinear failed to converge"):
        model = LinearSVC(max_iter=1, tol=1e-9).fit(X, y)
    assert model.n_iter_ == 1


def test_one_class_is_an_error(library):
    X = library.put(np.ones((5, 2)))
    with pytest.raises(ValueError, match="at least 2 classes"):
        LinearSVC().fit(X, library.put(np.ones(5)))


@pytest.mark.parametrize("epsilon", [0.0, 0.5])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_numbers_equal_liblinears_minimum(library, epsilon, fit_intercept, weighted):
    X, _, weight = problem(500)
    y = X @ [1.0, -2.0, 0.5, 0.0] + np.random.default_rng(1).normal(size=500)
    weight = weight if weighted else None
    params = {"loss": SQUARED, "epsilon": epsilon, "fit_intercept": fit_intercept, "tol": 1e-9}
    ours = LinearSVR(**params).fit(
        library.put(X), library.put(y), None if weight is None else library.put(weight)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = svm.LinearSVR(**params, max_iter=10_000).fit(X, y, weight)
    assert ours.fallback_ is None
    assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-5, atol=1e-6)
    (found, slope), (other, _) = (of_numbers(model, X, y, weight) for model in (ours, theirs))
    assert found <= other * (1 + 1e-9)
    assert np.abs(slope).max() <= 1e-6 * len(X)
    predicted = ours.predict(library.put(X))
    assert library.owns(predicted)
    assert_allclose(library.host(predicted), theirs.predict(X), rtol=1e-5, atol=1e-5)


def test_the_plain_loss_is_liblinears(foreign):
    X, y, _ = problem(60)
    params = {"random_state": 0, "max_iter": 100_000}
    ours, theirs = (cls(**params).fit(X, y + 0.5) for cls in (LinearSVR, svm.LinearSVR))
    assert ours.fallback_ is None
    assert_array_equal(ours.coef_, theirs.coef_)
    moved = LinearSVR(**params).fit(foreign.put(X), foreign.put(y + 0.5))
    assert "epsilon_insensitive" in moved.fallback_
    assert_allclose(foreign.host(moved.predict(foreign.put(X))), theirs.predict(X), rtol=1e-10)


def test_blocks_of_rows_add_up(library):
    X, y, weight = (library.put(a) for a in problem(900))
    whole = library.host(LinearSVC().fit(X, y, weight).coef_)
    with config_context(working_memory=0.01):
        parts = library.host(LinearSVC().fit(X, y, weight).coef_)
    assert_allclose(parts, whole, rtol=1e-9)
