"""SVC and SVR: libsvm's, whatever the library of X; they say so in `fallback_`."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import svm
from sklearn.datasets import load_iris

from gridfold.estimators import SVC, SVR
from gridfold.pipelines import GridSearchCV

X, y = (array[::2] for array in load_iris(return_X_y=True))


@pytest.mark.parametrize(("cls", "parent"), [(SVC, svm.SVC), (SVR, svm.SVR)])
@pytest.mark.parametrize("kernel", ["rbf", "linear", "poly", "sigmoid"])
def test_everything_is_libsvms(cls, parent, kernel, library):
    ours = cls(kernel=kernel).fit(library.put(X), library.put(y))
    theirs = parent(kernel=kernel).fit(X, y)
    assert (ours.fallback_ is None) == (library.name == "numpy")
    assert_array_equal(ours.dual_coef_, theirs.dual_coef_)
    assert_array_equal(ours.n_support_, theirs.n_support_)
    methods = ["predict"] + ["decision_function"] * (cls is SVC)
    for method in methods:
        answer = getattr(ours, method)(library.put(X))
        assert library.owns(answer)
        assert_array_equal(library.host(answer), getattr(theirs, method)(X))
    if kernel == "linear":
        assert_array_equal(ours.coef_, theirs.coef_)


def test_labels_of_text_stay_numpy(foreign):
    words = np.array(["ash", "birch", "cedar"])[y]
    found = SVC().fit(foreign.put(X), words).predict(foreign.put(X))
    assert isinstance(found, np.ndarray)
    assert_array_equal(found, svm.SVC().fit(X, words).predict(X))


@pytest.mark.filterwarnings("ignore:The `probability` parameter:FutureWarning")
def test_probabilities(library):
    params = {"probability": True, "random_state": 0}
    ours, theirs = SVC(**params).fit(library.put(X), y), svm.SVC(**params).fit(X, y)
    for method in ("predict_proba", "predict_log_proba"):
        answer = getattr(ours, method)(library.put(X))
        assert library.owns(answer)
        assert_array_equal(library.host(answer), getattr(theirs, method)(X))
    assert not hasattr(SVC().fit(X, y), "predict_proba")


def test_a_kernel_that_is_a_function_or_a_matrix(library):
    K = X @ X.T
    linear = svm.SVC(kernel="linear").fit(X, y)
    given = SVC(kernel="precomputed").fit(library.put(K), y)
    assert_array_equal(library.host(given.predict(library.put(K))), linear.predict(X))
    function = SVC(kernel=np.inner).fit(X, y)
    assert_array_equal(function.predict(X), linear.predict(X))


def test_sparse_rows_are_fitted_by_scikit_learn():
    rows = sparse.csr_array(X)
    ours, theirs = SVC().fit(rows, y), svm.SVC().fit(rows, y)
    assert ours.fallback_ == "sparse X"
    assert_array_equal(ours.predict(rows), theirs.predict(rows))


def test_the_host_keeps_the_fitted_arrays(foreign):
    ours = SVC().fit(X, y)
    assert_array_equal(ours.to_device("cpu").predict(X), svm.SVC().fit(X, y).predict(X))
    assert type(ours.support_vectors_) is np.ndarray
    stored = pickle.loads(pickle.dumps(SVC().fit(foreign.put(X), y)))
    assert_array_equal(foreign.host(stored.predict(foreign.put(X))), ours.predict(X))


@pytest.mark.parametrize(("cls", "parent"), [(SVC, svm.SVC), (SVR, svm.SVR)])
def test_a_search_shares_the_kernel_matrix(cls, parent):
    grid = {"C": [0.1, 1.0, 10.0]}
    ours = GridSearchCV(cls(), grid, cv=3).fit(X, y)
    theirs = GridSearchCV(parent(), grid, cv=3).fit(X, y)
    assert "one shared fit" in str(ours.plan_)
    assert_array_equal(ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"])
    assert ours.best_estimator_.fallback_ is None
    assert_allclose(ours.predict(X), theirs.predict(X))
