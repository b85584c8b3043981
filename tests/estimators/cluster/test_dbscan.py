"""DBSCAN: scikit-learn's on the host, and with a reason elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn import cluster

from gridfold.estimators import DBSCAN

from .test_k_means import table, weights


@pytest.mark.parametrize("weighted", [False, True])
def test_labels_are_scikit_learns(library, weighted):
    X, weight = table(), weights() if weighted else None
    theirs = cluster.DBSCAN(1.0).fit(X, sample_weight=weight)
    moved = None if weight is None else library.put(weight)
    ours = DBSCAN(1.0).fit(library.put(X), sample_weight=moved)
    assert (ours.fallback_ is None) == (library.name == "numpy")
    assert len(set(theirs.labels_)) > 2
    assert_array_equal(ours.labels_, theirs.labels_)
    assert_array_equal(ours.core_sample_indices_, theirs.core_sample_indices_)
    labels = DBSCAN(1.0).fit_predict(library.put(X), sample_weight=moved)
    assert library.owns(labels)
    assert_array_equal(library.host(labels), theirs.labels_)


def test_sparse_rows_and_distances_are_no_fallback():
    X = sparse.csr_array(np.where(table() > 3, table(), 0.0))
    ours = DBSCAN(1.0).fit(X)
    assert ours.fallback_ is None
    assert_array_equal(ours.labels_, cluster.DBSCAN(1.0).fit(X).labels_)
