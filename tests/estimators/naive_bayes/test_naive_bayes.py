"""The naive Bayes classifiers against scikit-learn: weights, priors, batches, every library."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn import naive_bayes

from gridfold import estimators
from gridfold.estimators import config_context

NAMES = ("GaussianNB", "MultinomialNB", "ComplementNB", "BernoulliNB")
METHODS = ("predict_joint_log_proba", "predict_log_proba", "predict_proba")


def problem(n_classes=4, n_samples=300):
    rng = np.random.default_rng(n_classes)
    y = rng.integers(0, n_classes, n_samples)
    X = rng.poisson(1.0 + rng.random((n_classes, 6))[y] * 4).astype(float)
    return X, y, rng.random(n_samples).round(1)


def fitted(library, name, X, y, weight=None, **params):
    moved = None if weight is None else library.put(weight)
    ours = getattr(estimators, name)(**params).fit(library.put(X), library.put(y), moved)
    return ours, getattr(naive_bayes, name)(**params).fit(X, y, weight)


def assert_same(library, ours, theirs, X, rtol=1e-11):
    for name, value in vars(theirs).items():
        if name.endswith("_") and isinstance(value, np.ndarray) and value.dtype.kind == "f":
            found = library.host(getattr(ours, name))
            assert found.dtype == value.dtype, name
            assert_allclose(found, value, rtol=rtol, atol=1e-14, err_msg=name)
    rows = library.put(X)
    for method in METHODS:
        answer = getattr(ours, method)(rows)
        assert library.owns(answer)
        assert_allclose(library.host(answer), getattr(theirs, method)(X), rtol=rtol, atol=1e-11)
    assert_array_equal(library.host(ours.predict(rows)), theirs.predict(X))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [1, 2, 4, 20])
@pytest.mark.parametrize("name", NAMES)
def test_equals_scikit_learn(library, name, n_classes, weighted):
    X, y, weight = problem(n_classes)
    ours, theirs = fitted(library, name, X, y, weight if weighted else None)
    assert ours.fallback_ is None
    assert_same(library, ours, theirs, X)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("GaussianNB", {"priors": [0.1, 0.2, 0.3, 0.4], "var_smoothing": 0.1}),
        ("MultinomialNB", {"alpha": 0.0, "class_prior": [0.1, 0.2, 0.3, 0.4]}),
        ("MultinomialNB", {"alpha": np.arange(1.0, 7.0), "fit_prior": False}),
        ("ComplementNB", {"norm": True}),
        ("BernoulliNB", {"binarize": 2.0}),
    ],
    ids=str,
)
def test_parameters(library, name, params):
    X, y, _ = problem()
    assert_same(library, *fitted(library, name, X, y, **params), X)


@pytest.mark.parametrize("dtype", [int, np.uint8, np.float32, bool])
@pytest.mark.parametrize("name", NAMES)
def test_other_numbers_are_cast_block_by_block(name, dtype):
    X, y, weight = problem()
    X = X.astype(dtype)
    with config_context(working_memory=0.01):
        ours = getattr(estimators, name)().fit(X, y, weight)
        theirs = getattr(naive_bayes, name)().fit(X, y, weight)
        rtol = 1e-5 if dtype == np.float32 and name == "GaussianNB" else 1e-11
        for method in METHODS:
            found, expected = (getattr(each, method)(X) for each in (ours, theirs))
            assert found.dtype == expected.dtype
            assert_allclose(found, expected, rtol=rtol, atol=rtol)
        assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_batches(library, name, weighted):
    X, y, weight = problem()
    ours, theirs = getattr(estimators, name)(), getattr(naive_bayes, name)()
    order = np.argsort(y, kind="stable")  # the first batch lacks classes
    for part in np.split(order, 3):
        given = weight[part] if weighted else None
        theirs.partial_fit(X[part], y[part], np.arange(4), given)
        given = None if given is None else library.put(given)
        ours.partial_fit(library.put(X[part]), library.put(y[part]), np.arange(4), given)
    assert ours.fallback_ is None
    assert_same(library, ours, theirs, X)


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_after_a_fit_on_another_library(foreign, name):
    X, y, _ = problem()
    ours, theirs = fitted(foreign, name, X[:200], y[:200])
    ours.partial_fit(X[200:], y[200:])
    theirs.partial_fit(X[200:], y[200:])
    for method in METHODS:
        assert_allclose(getattr(ours, method)(X), getattr(theirs, method)(X), rtol=1e-11)


@pytest.mark.parametrize("name", NAMES)
def test_labels_unknown_to_a_batch(library, name):
    X, y, _ = problem()
    for classes in ([0, 1, 2], [0, 1]):
        ours, theirs = getattr(estimators, name)(), getattr(naive_bayes, name)()
        if name == "GaussianNB":
            with pytest.raises(ValueError, match="do not exist in the initial classes"):
                ours.partial_fit(library.put(X), library.put(y), classes)
            continue
        theirs.partial_fit(X, y, classes)
        ours.partial_fit(library.put(X), library.put(y), classes)
        assert_same(library, ours, theirs, X)


def test_means_far_from_zero_and_columns_that_do_not_vary(library):
    X, y, _ = problem()
    X[:, 0] = 1e8 + X[:, 0] / 10
    X[:, 1] = 0.1
    ours, theirs = fitted(library, "GaussianNB", X, y, var_smoothing=1e-20)
    assert_allclose(library.host(ours.var_), theirs.var_, rtol=1e-7)
    assert_array_equal(library.host(ours.predict(library.put(X))), theirs.predict(X))


@pytest.mark.parametrize(
    ("priors", "message"),
    [
        ([0.5, 0.5], "Number of priors must match"),
        ([0.5, 0.5, 0.5, 0.5], "sum of the priors should be 1"),
        ([-0.5, 0.5, 0.5, 0.5], "Priors must be non-negative"),
    ],
)
def test_priors_that_are_none(library, priors, message):
    X, y, _ = problem()
    with pytest.raises(ValueError, match=message):
        estimators.GaussianNB(priors=priors).fit(library.put(X), library.put(y))


@pytest.mark.parametrize("name", ["MultinomialNB", "ComplementNB"])
def test_negative_counts_are_an_error(library, name):
    X, y, _ = problem()
    X[3, 2] = -1
    with pytest.raises(ValueError, match=f"Negative values in data passed to {name}"):
        getattr(estimators, name)().fit(library.put(X), library.put(y))


@pytest.mark.parametrize("name", NAMES[1:])
def test_sparse_rows_are_scikit_learns(name):
    X, y, _ = problem()
    ours = getattr(estimators, name)().fit(csr_array(X), y)
    assert ours.fallback_ == "sparse X"
    theirs = getattr(naive_bayes, name)().fit(X, y)
    assert_allclose(ours.predict_proba(csr_array(X)), theirs.predict_proba(X), rtol=1e-10)
    ours.partial_fit(csr_array(X), y)
    theirs.partial_fit(X, y)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-10)


def test_categories(library):
    X, y, weight = problem()
    words = np.array(["ash", "birch", "cedar", "date"])[y]
    moved = library.put(weight)
    ours = estimators.CategoricalNB(min_categories=20).fit(library.put(X), words, moved)
    theirs = naive_bayes.CategoricalNB(min_categories=20).fit(X, words, weight)
    assert (ours.fallback_ is None) == (library.name == "numpy")
    for method in METHODS:
        answer = getattr(ours, method)(library.put(X))
        assert library.owns(answer)
        assert_allclose(library.host(answer), getattr(theirs, method)(X), rtol=1e-11, atol=1e-12)
    assert_array_equal(ours.predict(library.put(X)), theirs.predict(X))
    ours.partial_fit(library.put(X), words)
    theirs.partial_fit(X, words)
    assert_array_equal(ours.category_count_[0], theirs.category_count_[0])
    with pytest.raises(IndexError):
        ours.predict(library.put(X + 20))
    with pytest.raises(ValueError, match="Negative values"):
        ours.predict(library.put(X - 20))


@pytest.mark.parametrize("name", [*NAMES, "CategoricalNB"])
def test_a_real_table(real_table, name):
    table = real_table("pendigits")
    X = table.drop(columns="class").to_numpy(dtype=float)
    y = table["class"].to_numpy()
    X = X // 10 if name == "CategoricalNB" else X
    ours, theirs = (getattr(home, name)().fit(X, y) for home in (estimators, naive_bayes))
    assert_allclose(ours.predict_log_proba(X), theirs.predict_log_proba(X), rtol=1e-9, atol=1e-9)
    assert_array_equal(ours.predict(X), theirs.predict(X))
