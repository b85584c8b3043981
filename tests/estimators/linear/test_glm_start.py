"""The start from some of the rows: the same minimum, also where they tell little."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import linear_model
from sklearn.metrics import log_loss

from gridfold.estimators import LogisticRegression
from gridfold.estimators.blocks import one_of_each_stretch


def problem(n_rows, n_rare):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 6))
    y = np.argmax(X[:, :3] + 3 * rng.normal(size=(n_rows, 3)), axis=1)
    X = X * [1.0, 5.0, 0.2, 1.0, 1.0, 1.0] + [0, 40, 0, 0, 0, 0]
    y[rng.choice(n_rows, n_rare, replace=False)] = 3
    return X, y


def objective(model, X, y):
    loss = model.C * len(y) * log_loss(y, model.predict_proba(X), labels=model.classes_)
    return loss + 0.5 * np.sum(model.coef_**2)


@pytest.mark.parametrize("n_rare", [0, 2, 4000])
def test_many_rows_of_several_classes(n_rare, library):
    """Of 40,000 rows 8,000 give the start; two rows of a class are hardly among them."""
    X, y = problem(40_000, n_rare)
    ours = LogisticRegression().fit(library.put(X), y)
    theirs = linear_model.LogisticRegression(solver="newton-cholesky", tol=1e-10).fit(X, y)
    found = library.host(ours.predict_proba(library.put(X)))
    assert_allclose(found, theirs.predict_proba(X), atol=1e-4)
    plain = ours.to_sklearn()
    assert objective(plain, X, y) <= objective(theirs, X, y) * (1 + 1e-9)


@pytest.mark.parametrize("sorted_rows", [True, False])
def test_rows_in_order_of_their_label(sorted_rows):
    X, y = problem(60_000, 0)
    y = (y == 1).astype(int)
    order = np.argsort(y, kind="stable") if sorted_rows else np.arange(len(y))
    ours = LogisticRegression().fit(X[order], y[order])
    theirs = linear_model.LogisticRegression(solver="newton-cholesky", tol=1e-10).fit(X, y)
    assert_allclose(ours.coef_, theirs.coef_, rtol=1e-4, atol=1e-6)
    assert objective(ours, X, y) <= objective(theirs, X, y) * (1 + 1e-9)


def test_each_stretch_has_one_row():
    drawn = one_of_each_stretch(1003, 10)
    assert drawn.shape == (10,)
    assert np.all(np.diff(drawn) > 0)
    assert drawn[0] < 101 and 1003 > drawn[-1] >= 902
    assert np.array_equal(drawn, one_of_each_stretch(1003, 10))
