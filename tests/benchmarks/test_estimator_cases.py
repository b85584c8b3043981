"""The estimators' cases: every estimator has some, their objectives are what the fits minimise."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from differences import difference
from estimator_cases import CASES, SUBJECTS
from estimator_cases.sides import THEM, make
from estimator_cases.tables import Table
from gpu_cases.rows import draw

import gridfold.estimators
from gridfold.estimators.base import OnDevice

# These have no kernel of their own yet; networks have a script of their own.
LATER = {"SVC", "SVR", "LinearSVR", "QuantileRegressor", "CategoricalNB", "DBSCAN"}
NETWORKS = {"MLPClassifier", "MLPRegressor", "RealMLPClassifier", "RealMLPRegressor"}

subjects = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.title)
convex = pytest.mark.parametrize(
    "subject",
    [s for s in SUBJECTS if s.objective is not None and s.module in ("linear_model", "svm")],
    ids=lambda subject: subject.title,
)


def fitted(subject, **params):
    """Return scikit-learn's model on few drawn rows, and the rows."""
    X, y = draw(replace(subject.synthetic, rows=200, columns=12))
    model = make(subject, THEM)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few rows, and solvers that stop early
        model.set_params(**{k: v for k, v in params.items() if k in model.get_params()}).fit(X, y)
    return model, X, y


def test_every_estimator_is_measured():
    names = {
        name
        for name in gridfold.estimators.__all__
        if isinstance(found := getattr(gridfold.estimators, name), type)
        and issubclass(found, OnDevice)
    }
    assert names - LATER - NETWORKS <= {subject.name for subject in SUBJECTS}


def test_cases_have_names_of_their_own():
    assert len(CASES) == sum(len(subject.tables) for subject in SUBJECTS)


@subjects
def test_drawn_rows_suit_the_estimator(subject):
    model, X, y = fitted(subject)
    answer = subject.ask(model, X)
    assert len(answer) == len(X)
    assert np.isfinite(np.asarray(answer)).all()
    if subject.objective is not None:
        assert np.isfinite(subject.objective(model, X, y))


@convex
def test_the_objective_is_least_at_the_fit(subject):
    model, X, y = fitted(subject, tol=1e-10, max_iter=20_000)
    least = subject.objective(model, X, y)
    rng = np.random.default_rng(0)
    for _ in range(5):
        off = model.coef_ + 1e-2 * rng.standard_normal(model.coef_.shape)
        kept, model.coef_ = model.coef_, off
        assert subject.objective(model, X, y) > least
        model.coef_ = kept


def test_the_objective_of_a_binary_classifier_counts_its_errors():
    subject = next(s for s in SUBJECTS if s.name == "LinearSVC")
    model, X, y = fitted(subject)
    turned = subject.objective(model, X, 1 - y)
    assert turned > subject.objective(model, X, y)


def test_a_table_is_cut_scaled_and_asked():
    X = np.arange(200.0).reshape(100, 2)
    table = Table("numbers", lambda: (X, X[:, 0])).with_scale().of(50).asked(10)
    scaled, y, asked = table.load()
    assert scaled.shape == (50, 2) and len(y) == 50 and asked.shape == (10, 2)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=0), 1)


def test_difference():
    numbers = np.array([1.0, -4.0, np.nan])
    assert difference(numbers, numbers) == 0
    assert difference(numbers, numbers + np.array([0.0, 1.0, 0.0])) == 0.25
    assert difference(numbers, np.array([1.0, np.nan, np.nan])) is None
    assert difference(numbers, numbers[:2]) is None
    assert difference(np.array([1, 2, 3, 4]), np.array([1, 2, 3, 5])) == 0.25
