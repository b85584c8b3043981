"""Audit: shared fits checked against fits alone, and a wrong one found out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier

from gridfold.estimators.linear.shared_ridge import RidgeFit
from gridfold.pipelines import GridSearchCV


def data(n=80):
    random = np.random.default_rng(0)
    X = random.normal(size=(n, 3))
    return X, X[:, 0] + random.normal(size=n)


@pytest.mark.parametrize(
    ("model", "grid"),
    [
        (Ridge(), {"alpha": [0.1, 1.0, 10.0]}),
        (KNeighborsClassifier(), {"n_neighbors": [1, 3, 5]}),
        (LogisticRegression(), {"C": [0.1, 1.0, 10.0]}),
    ],
)
def test_shared_fits_stand_an_audit(model, grid):
    X, y = data()
    y = y if isinstance(model, Ridge) else y > 0
    search = GridSearchCV(model, grid, cv=3, audit=5, scoring=None).fit(X, y)
    assert "audit: 5 fits repeated alone, with equal scores" in str(search.plan_)


def test_a_wrong_shared_fit_is_an_error_that_shows_both_scores(monkeypatch):
    X, y = data()
    respond = RidgeFit.respond
    monkeypatch.setattr(
        RidgeFit, "respond", lambda self, *args: np.asarray(respond(self, *args)) + 0.5
    )
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0, 10.0]}, cv=3, audit=2, refit=False)
    with pytest.raises(AssertionError, match=r"alpha.*in a shared fit, and .* fitted alone"):
        search.fit(X, y)


def test_nothing_shared_is_nothing_to_audit():
    X, y = data()
    search = GridSearchCV(Ridge(), {"solver": ["lsqr"], "alpha": [1.0]}, cv=3, audit=3).fit(X, y)
    assert "audit: 0 fits" in str(search.plan_)
