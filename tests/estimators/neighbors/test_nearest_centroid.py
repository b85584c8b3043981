"""NearestCentroid against scikit-learn: shrinking, priors, medians, every library."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn import neighbors

from gridfold.estimators import NearestCentroid


def problem(n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, 121)
    return rng.normal(size=(121, 5)) * [1, 2, 3, 4, 5] + 50 + y[:, None], y


@pytest.mark.parametrize("priors", ["uniform", "empirical", [0.5, 0.3, 0.2]], ids=str)
@pytest.mark.parametrize("threshold", [None, 0.5])
@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_equals_scikit_learn(library, metric, threshold, priors):
    X, y = problem()
    new, _ = problem(seed=1)
    params = {"metric": metric, "shrink_threshold": threshold, "priors": priors}
    ours = NearestCentroid(**params).fit(library.put(X), library.put(y))
    theirs = neighbors.NearestCentroid(**params).fit(X, y)
    assert ours.fallback_ is None
    for name in ("centroids_", "within_class_std_dev_", "deviations_", "class_prior_"):
        assert_allclose(library.host(getattr(ours, name)), getattr(theirs, name), rtol=1e-10)
    assert_array_equal(library.host(ours.predict(library.put(new))), theirs.predict(new))
    for method in ("decision_function", "predict_proba", "predict_log_proba"):
        assert hasattr(ours, method) == hasattr(theirs, method)
        if hasattr(theirs, method):
            found = getattr(ours, method)(library.put(new))
            assert library.owns(found)
            assert_allclose(library.host(found), getattr(theirs, method)(new), rtol=1e-9)


def test_two_classes_have_one_score(library):
    X, y = problem(2)
    ours = NearestCentroid().fit(library.put(X), library.put(y))
    found = library.host(ours.decision_function(library.put(X)))
    assert_allclose(found, neighbors.NearestCentroid().fit(X, y).decision_function(X), rtol=1e-9)


def test_many_classes(library):
    X, y = problem(40)
    ours = NearestCentroid().fit(library.put(X), library.put(y))
    expected = neighbors.NearestCentroid().fit(X, y).centroids_
    assert_allclose(library.host(ours.centroids_), expected, rtol=1e-12)


def test_errors_and_warnings(library):
    X, y = problem()
    rows, labels = library.put(X), library.put(y)
    with pytest.raises(ValueError, match="greater than one; got 1 class"):
        NearestCentroid().fit(rows, library.put(np.zeros(121)))
    with pytest.raises(ValueError, match="All features have zero variance"):
        NearestCentroid().fit(library.put(np.full_like(X, 0.1)), labels)
    with pytest.raises(ValueError, match="priors must be non-negative"):
        NearestCentroid(priors=[-1, 1, 1]).fit(rows, labels)
    with pytest.warns(UserWarning, match="priors do not sum to 1"):
        NearestCentroid(priors=[2, 1, 1]).fit(rows, labels)
    X[:, 1] = 7.0
    with pytest.warns(UserWarning, match="at least 1 zero standard deviation"):
        NearestCentroid().fit(library.put(X), labels)


def test_sparse_rows_are_scikit_learns():
    X, y = problem()
    for metric in ("euclidean", "manhattan"):
        ours = NearestCentroid(metric=metric).fit(csr_array(X), y)
        assert ours.fallback_ == "sparse X"
        expected = neighbors.NearestCentroid(metric=metric).fit(X, y).centroids_
        assert_allclose(ours.centroids_, expected, rtol=1e-12)


def test_a_real_table(real_table):
    table = real_table("satimage")
    X = table.drop(columns="Class").to_numpy(dtype=float)
    y = table["Class"].to_numpy()
    ours, theirs = (each().fit(X, y) for each in (NearestCentroid, neighbors.NearestCentroid))
    assert_allclose(ours.centroids_, theirs.centroids_, rtol=1e-12)
    assert_array_equal(ours.predict(X), theirs.predict(X))
