"""QuadraticDiscriminantAnalysis: solvers, regularisation and refusals as scikit-learn has them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import discriminant_analysis
from sklearn.covariance import OAS

from estimators.discriminant.test_linear_discriminant import assert_alike, table
from gridfold.estimators import QuadraticDiscriminantAnalysis, config_context
from gridfold.estimators.discriminant import class_rows
from gridfold.estimators.shared import Declined, Members, shared_fit_for

PARENT = discriminant_analysis.QuadraticDiscriminantAnalysis
METHODS = ("decision_function", "predict_proba", "predict_log_proba")
PARAMS = [
    {},
    {"reg_param": 0.2, "store_covariance": True, "priors": [0.2, 0.3, 0.5]},
    {"solver": "eigen", "store_covariance": True},
    {"solver": "eigen", "shrinkage": 0.3},
    {"solver": "eigen", "shrinkage": "auto"},
]


def everything(model, X, host):
    found = {"means_": host(model.means_), "priors_": host(model.priors_)}
    found |= {name: host(getattr(model, name)(X)) for name in METHODS}
    for k in range(len(model.classes_)):
        rotation, scaling = host(model.rotations_[k]), host(model.scalings_[k])
        found[f"scaling {k}"] = scaling
        found[f"covariance {k}"] = (rotation * scaling) @ rotation.T
        if model.store_covariance:
            found[f"stored {k}"] = host(model.covariance_[k])
    return found


@pytest.mark.parametrize("params", PARAMS, ids=str)
@pytest.mark.parametrize("classes", [2, 3])
def test_attributes_and_answers_are_the_parents(params, classes, library):
    X, y = table(classes=classes)
    if "priors" in params:
        params = {**params, "priors": params["priors"][-classes:]}
    model = QuadraticDiscriminantAnalysis(**params).fit(library.put(X), library.put(y))
    assert model.fallback_ is None
    plain = PARENT(**params).fit(X, y)
    found = everything(model, library.put(X), library.host)
    assert_alike(found, everything(plain, X, np.asarray), 1e-9)
    assert_array_equal(library.host(model.predict(library.put(X))), plain.predict(X))


def test_a_class_that_its_gram_matrix_does_not_tell_is_decomposed_by_rows(library, monkeypatch):
    X, y = table()
    X[:, 1] = X[:, 0] * 10 + 1e-4 * X[:, 1]
    used = []
    triangle = class_rows.ClassRows.triangle
    monkeypatch.setattr(class_rows.ClassRows, "triangle", lambda *a: used.append(1) or triangle(*a))
    found = QuadraticDiscriminantAnalysis(tol=0.0).fit(library.put(X), y)
    assert used
    scores = PARENT(tol=0.0).fit(X, y).decision_function(X)
    ours = library.host(found.decision_function(library.put(X)))
    assert_allclose(ours, scores, atol=1e-7 * np.abs(scores).max())


@pytest.mark.parametrize("memory", [256, 1e-3])
def test_classes_decomposed_together_are_those_decomposed_alone(library, memory):
    rng = np.random.default_rng(0)
    scales = np.stack([np.ones(5), np.geomspace(1, 1e-4, 5), np.ones(5), np.arange(1, 6)])
    y = np.repeat([0, 1, 2, 3], [60, 60, 8, 60])  # the second by R, the third for its few rows
    X = rng.normal(size=(len(y), 5)) * scales[y] + y[:, None]
    with config_context(working_memory=memory):
        ours = QuadraticDiscriminantAnalysis(tol=1e-12).fit(library.put(X), y)
    theirs = discriminant_analysis.QuadraticDiscriminantAnalysis(tol=1e-12).fit(X, y)
    for k in range(4):
        rotation = library.host(ours.rotations_[k])
        assert_allclose(library.host(ours.scalings_[k]), theirs.scalings_[k], rtol=1e-9)
        assert_allclose(np.abs(rotation), np.abs(theirs.rotations_[k]), atol=1e-9)
        largest = np.take_along_axis(rotation, np.abs(rotation).argmax(axis=0)[None, :], axis=0)
        assert (largest > 0).all()


def test_answers_in_blocks_are_those_of_all_rows(library, monkeypatch):
    X, y = table()
    model = QuadraticDiscriminantAnalysis(reg_param=0.1).fit(library.put(X), y)
    whole = library.host(model.predict_proba(library.put(X)))
    monkeypatch.setattr(class_rows, "_CACHE_ROWS", 7)
    assert_allclose(library.host(model.predict_proba(library.put(X))), whole, atol=1e-13)


@pytest.mark.parametrize("params", PARAMS[:3:2], ids=str)
def test_float32_attributes_and_float64_scores_as_the_parents(params):
    X, y = table()
    X = X.astype(np.float32)
    ours, theirs = (c(**params).fit(X, y) for c in (QuadraticDiscriminantAnalysis, PARENT))
    for name in ("scalings_", "rotations_", "means_", "priors_"):
        assert getattr(ours, name)[0].dtype == getattr(theirs, name)[0].dtype, name
    assert ours.decision_function(X).dtype == theirs.decision_function(X).dtype


@pytest.mark.parametrize(
    ("params", "X", "y", "error", "text"),
    [
        ({}, np.eye(6), [0, 0, 0, 1, 1, 1], np.linalg.LinAlgError, "more than the number of"),
        ({}, np.ones((9, 2)), [0, 1, 1] * 3, np.linalg.LinAlgError, "value of `reg_param`"),
        (
            {"solver": "eigen"},
            np.ones((9, 2)),
            [0, 1, 1] * 3,
            np.linalg.LinAlgError,
            "value of `shrinkage`",
        ),
        ({}, np.eye(4)[:, :1], [0, 1, 1, 1], ValueError, "only 1 sample in class 0"),
        ({}, np.eye(4), [1] * 4, ValueError, "number of classes"),
        ({"shrinkage": 0.5}, np.eye(4), [0, 0, 1, 1], NotImplementedError, "not supported"),
        ({"priors": [1.0]}, np.eye(4)[:, :1], [0, 0, 1, 1], ValueError, "2 classes"),
    ],
)
def test_what_does_not_fit_is_refused(params, X, y, error, text, library):
    with pytest.raises(error, match=text):
        QuadraticDiscriminantAnalysis(**params).fit(library.put(X), y)


def test_a_covariance_estimator_is_scikit_learns(library):
    X, y = table()
    params = {"solver": "eigen", "covariance_estimator": OAS()}
    found = QuadraticDiscriminantAnalysis(**params).fit(library.put(X), y)
    assert found.fallback_ == "covariance_estimator estimates on the host"
    expected = PARENT(**params).fit(X, y).predict(X)
    assert_array_equal(library.host(found.predict(library.put(X))), expected)


def test_members_are_fitted_where_the_rows_are_and_singular_ones_declined(foreign):
    X, y = table()
    X[:, 1] = X[:, 0]
    members = Members(QuadraticDiscriminantAnalysis(), [{"reg_param": r} for r in (0.1, 0.0, 0.5)])
    family = shared_fit_for(QuadraticDiscriminantAnalysis)
    with pytest.raises(Declined, match="not full rank") as refused:
        family.fit(members, foreign.put(X), y)
    assert refused.value.members == {1}
    members = Members(members.prototype, [members.overrides[0], members.overrides[2]])
    state = family.fit(members, foreign.put(X), y)
    for i, found in enumerate(family.respond(state, foreign.put(X), "predict_proba", range(2))):
        assert foreign.owns(found)
        assert_allclose(
            foreign.host(found), members.instance(i).fit(X, y).predict_proba(X), atol=1e-9
        )


def test_a_real_table_gives_the_parents_scores(real_table):
    frame = real_table("satimage")
    y = frame.pop("Class").to_numpy()
    X = frame.to_numpy(dtype=float)
    found, expected = (
        c().fit(X, y).decision_function(X) for c in (QuadraticDiscriminantAnalysis, PARENT)
    )
    assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())
