"""RidgeClassifier against scikit-learn: binary, multiclass, multilabel, texts, weights."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import linear_model

from gridfold.estimators import RidgeClassifier


def problem(n_samples: int, n_features: int, n_classes: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.2, 3, n_features) + 2
    scores = X @ rng.normal(size=(n_features, n_classes)) + rng.gumbel(size=(n_samples, n_classes))
    return X, np.argmax(scores - scores.mean(axis=0), axis=1), rng.uniform(0.1, 2, n_samples)


@pytest.mark.parametrize("class_weight", [None, "balanced"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize(("n_samples", "n_features"), [(90, 4), (40, 60)])
def test_equals_scikit_learn(library, n_samples, n_features, n_classes, weighted, class_weight):
    X, y, weight = problem(n_samples, n_features, n_classes)
    weight = weight if weighted else None
    ours = RidgeClassifier(class_weight=class_weight).fit(
        library.put(X), library.put(y), None if weight is None else library.put(weight)
    )
    theirs = linear_model.RidgeClassifier(class_weight=class_weight).fit(X, y, weight)
    assert ours.fallback_ is None
    scores, labels = ours.decision_function(library.put(X)), ours.predict(library.put(X))
    assert library.owns(scores) and library.owns(labels)
    assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-8, atol=1e-10)
    assert_allclose(library.host(ours.intercept_), theirs.intercept_, rtol=1e-8, atol=1e-9)
    assert_allclose(library.host(scores), theirs.decision_function(X), rtol=1e-8, atol=1e-9)
    assert_array_equal(library.host(labels), theirs.predict(X))


def test_texts_stay_numpy(foreign):
    X, codes, _ = problem(60, 3, 3)
    y = np.array(["a", "b", "c"], dtype=object)[codes]
    ours = RidgeClassifier().fit(foreign.put(X), y)
    theirs = linear_model.RidgeClassifier().fit(X, y)
    predicted = ours.predict(foreign.put(X))
    assert isinstance(predicted, np.ndarray)
    assert_array_equal(predicted, theirs.predict(X))


def test_multilabel(library):
    X, codes, _ = problem(80, 4, 3)
    Y = np.column_stack([codes == 0, codes != 1, codes == 2]).astype(int)
    ours = RidgeClassifier().fit(library.put(X), library.put(Y))
    theirs = linear_model.RidgeClassifier().fit(X, Y)
    assert_array_equal(library.host(ours.predict(library.put(X))), theirs.predict(X))
    assert_allclose(library.host(ours.coef_), theirs.coef_, rtol=1e-9)


@pytest.mark.parametrize("labels", [[3, 7], ["no", "yes"], [False, True]])
def test_fitted_attributes_are_scikit_learns(labels, same_fitted):
    X, codes, _ = problem(60, 4, 2)
    y = np.array(labels)[codes]
    ours = RidgeClassifier().fit(X, y)
    theirs = linear_model.RidgeClassifier(solver="cholesky").fit(X, y)
    same_fitted(ours.to_sklearn().set_params(solver="cholesky"), theirs)


def test_float32_stays_float32(library):
    X, y, _ = problem(80, 4, 3)
    X = library.put(X.astype(np.float32))
    ours = RidgeClassifier().fit(X, library.put(y))
    assert library.host(ours.coef_).dtype == np.float32
    assert library.host(ours.decision_function(X)).dtype == np.float32


def test_other_solvers_are_scikit_learns():
    X, y, _ = problem(80, 4, 2)
    ours = RidgeClassifier(solver="lsqr").fit(X, y)
    assert "lsqr" in ours.fallback_
    assert_array_equal(
        ours.predict(X), linear_model.RidgeClassifier(solver="lsqr").fit(X, y).predict(X)
    )
