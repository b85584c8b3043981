"""The quick checks of rows against scikit-learn's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.naive_bayes import GaussianNB

from gridfold.estimators.discriminant.rows import rows_to_answer, rows_to_fit

X = np.arange(12.0).reshape(6, 2)
Y = np.array([0, 2, 2, 0, 2, 0])


@pytest.mark.parametrize(
    "rows", [X, X.astype(np.float32), X.astype(int), pd.DataFrame(X), X[:, ::-1]]
)
@pytest.mark.parametrize(
    "labels", [Y, Y.astype(float), Y.astype(str), Y > 0, Y.tolist(), Y[:, None][:, 0]]
)
def test_what_is_set_is_what_a_fit_sets(rows, labels):
    estimator = GaussianNB()
    found, _ = rows_to_fit(estimator, rows, labels)
    plain = GaussianNB().fit(rows, labels)
    assert_array_equal(found, np.asarray(rows))
    assert_array_equal(estimator.classes_, plain.classes_)
    assert estimator.classes_.dtype == plain.classes_.dtype
    assert estimator.n_features_in_ == 2
    assert_array_equal(rows_to_answer(estimator, rows), np.asarray(rows))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(wrong):
    bad = X.copy()
    bad[3, 1] = wrong
    with pytest.raises(ValueError, match="contains"):
        rows_to_fit(GaussianNB(), bad, Y)
    with pytest.raises(ValueError, match="contains"):
        rows_to_answer(GaussianNB().fit(X, Y), bad)


def test_large_rows_are_finite():
    large = np.full((4, 2), 1e308)
    assert_array_equal(rows_to_fit(GaussianNB(), large, Y[:4])[0], large)


def test_other_shapes_and_names_are_refused_as_ever():
    fitted = GaussianNB().fit(X, Y)
    with pytest.raises(ValueError, match="features"):
        rows_to_answer(fitted, X[:, :1])
    with pytest.raises(ValueError, match="minimum of 1"):
        rows_to_answer(fitted, X[:0])
    with pytest.raises(ValueError, match="inconsistent"):
        rows_to_fit(GaussianNB(), X, Y[:4])
    with pytest.raises(ValueError, match="Unknown label type"):
        rows_to_fit(GaussianNB(), X, Y + 0.5)
    named = GaussianNB().fit(pd.DataFrame(X, columns=["a", "b"]), Y)
    with pytest.warns(UserWarning, match="feature names"):
        rows_to_answer(named, X)
