"""The shared fit of VarianceThreshold against separate fits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.feature_selection import VarianceThreshold

from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for

from .compare import compare

THRESHOLDS = [{"threshold": t} for t in (0.3, 0.0, 0, 1e-9, 0.02, 1.0)]


def table() -> np.ndarray:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 8)) * np.linspace(0.01, 2, 8)
    X[:, 2], X[:, 5] = 0.1, 0.0  # the variance of 0.1 sixty times is not quite 0
    return X


@pytest.mark.parametrize("thresholds", [THRESHOLDS, THRESHOLDS[1:3], THRESHOLDS[3:]])
@pytest.mark.parametrize("kind", ["array", "float32", "F", "csr", "csc", "table", "integers"])
def test_members_are_separate_fits(kind, thresholds):
    X = table()
    make = {
        "array": np.asarray,
        "float32": np.float32,
        "F": np.asfortranarray,
        "csr": sparse.csr_array,
        "csc": sparse.csc_matrix,
        "table": lambda X: pd.DataFrame(X, columns=list("abcdefgh")),
        "integers": lambda X: (4 * X).astype(int),
    }[kind]
    compare(VarianceThreshold(), thresholds, make(X), None, make(X[:20] + 1))


def test_missing_values_and_one_that_is_not_finite():
    X = table()
    X[::3, 0], X[4:, 1] = np.nan, np.nan
    compare(VarianceThreshold(), THRESHOLDS, X, None, X)


def test_tables_asked_for():
    X = pd.DataFrame(table(), columns=list("abcdefgh"))
    compare(VarianceThreshold().set_output(transform="pandas"), THRESHOLDS, X, None, X)


@pytest.mark.parametrize("thresholds", [(0.1, 9.0), (9.0, 0.0), (0.0, 0.1)])
def test_a_threshold_that_leaves_no_column_is_declined(thresholds):
    members = Members(VarianceThreshold(), [{"threshold": t} for t in thresholds])
    X = table() if 9.0 in thresholds else np.ones((5, 3)) * [1, 2, 3] + [[0], [0], [0], [0], [0.1]]
    with pytest.raises(Declined, match="no column") as found:
        shared_fit_for(VarianceThreshold).fit(members, X)
    assert found.value.members == {i for i, t in enumerate(thresholds) if t in (0.1, 9.0)} - (
        {0} if thresholds == (0.1, 9.0) else set()
    )


def test_what_scikit_learn_refuses_is_declined():
    shared = shared_fit_for(VarianceThreshold)
    assert shared.declines({}, Meta(n_samples=9)) is None
    assert "out of range" in shared.declines({"threshold": -1}, Meta(n_samples=9))
    assert "out of range" in shared.declines({"threshold": "0"}, Meta(n_samples=9))


def test_real_tables(real_table):
    X = real_table("covertype_7class").drop(columns="Cover_Type").head(2000)
    thresholds = [{"threshold": t} for t in (0.0, 0.001, 0.01, 0.2, 100.0)]
    compare(VarianceThreshold(), thresholds, X, None, X.head(100))
