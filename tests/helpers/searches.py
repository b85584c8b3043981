"""The same search by scikit-learn and by us: small problems, and what must agree."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import model_selection
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    StandardScaler,
)

from gridfold.pipelines import GridSearchCV

ALPHAS = [0.01, 0.3, 1.0, 20.0, 500.0]


def regression(n_samples=120, n_features=7, seed=0, **params):
    return make_regression(n_samples, n_features, noise=20.0, random_state=seed, **params)


def classes(n_samples=150, n_classes=2, seed=0):
    X, y = make_classification(
        n_samples, 8, n_informative=5, n_classes=n_classes, random_state=seed
    )
    return X, np.array(["no", "yes", "maybe"])[y]


def both(estimator, grid, X, y=None, fit_params=None, **options):
    """Fit scikit-learn's search and ours on the same problem."""
    theirs = model_selection.GridSearchCV(clone(estimator), grid, **options)
    ours = GridSearchCV(clone(estimator), grid, **options)
    theirs.fit(X, y, **(fit_params or {}))
    ours.fit(X, y, **(fit_params or {}))
    return theirs, ours


def assert_same(theirs, ours, atol=1e-10):
    """Every key of `cv_results_` but the times, and the choice, agree."""
    assert list(theirs.cv_results_) == list(ours.cv_results_)
    for key, expected in theirs.cv_results_.items():
        found = ours.cv_results_[key]
        if key.endswith("_time"):
            assert np.all(found >= 0)
        elif key.startswith(("split", "mean", "std")):
            assert_allclose(found, expected, rtol=0, atol=atol, err_msg=key)
        elif key.startswith("rank"):  # equal means may be apart by rounding, and so their ranks
            means = theirs.cv_results_[key.replace("rank", "mean")]
            ranked = means[np.argsort(found, kind="stable")]
            assert np.all(np.diff(ranked[np.isfinite(ranked)]) <= 2 * atol), key
        else:
            assert_array_equal(found, expected, err_msg=key)
    if theirs.refit:
        assert_allclose(ours.best_score_, theirs.best_score_, rtol=0, atol=atol)


SCALED_RIDGE = make_pipeline(StandardScaler(), Ridge())
