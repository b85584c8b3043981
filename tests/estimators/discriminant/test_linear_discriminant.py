"""LinearDiscriminantAnalysis: solvers, priors and shrinkage as scikit-learn has them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import discriminant_analysis
from sklearn.covariance import OAS
from sklearn.datasets import make_classification

from gridfold.estimators import LinearDiscriminantAnalysis, config_context
from gridfold.estimators.discriminant import class_rows
from gridfold.estimators.shared import Members, shared_fit_for

PARENT = discriminant_analysis.LinearDiscriminantAnalysis
SOLVERS = [
    {},
    {"store_covariance": True},
    {"priors": [0.2, 0.3, 0.5], "n_components": 1},
    {"solver": "lsqr"},
    {"solver": "lsqr", "shrinkage": 0.3, "priors": [0.2, 0.3, 0.5]},
    {"solver": "lsqr", "shrinkage": "auto"},
    {"solver": "eigen"},
    {"solver": "eigen", "shrinkage": 0.1, "priors": [0.2, 0.3, 0.5]},
    {"solver": "eigen", "shrinkage": "auto", "n_components": 1},
]
SIGNED = ("scalings_", "transform")


def table(n: int = 300, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    X, y = make_classification(
        n, 8, n_informative=6, n_redundant=0, n_classes=classes, random_state=seed
    )
    return X * np.logspace(-1, 1, 8) + np.arange(8), y


def everything(model, X, host):
    """Fitted arrays and answers; columns of free sign with the first entry positive."""
    found = {n: host(v) for n, v in vars(model).items() if n.endswith("_") and hasattr(v, "shape")}
    names = ["predict_proba", "predict_log_proba", "decision_function"]
    names += [] if model.solver == "lsqr" else ["transform"]
    found |= {name: host(getattr(model, name)(X)) for name in names}
    for name in set(found) & set(SIGNED):  # beyond n_classes - 1 the axes are not determined
        found[name] = found[name][:, : model._max_components]
        found[name] = found[name] * np.sign(found[name][:1])
    return found


def assert_alike(found, expected, rtol):
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert found[name].shape == value.shape, name
        assert_allclose(
            found[name], value, rtol=rtol, atol=rtol * np.abs(value).max(), err_msg=name
        )


@pytest.mark.parametrize("params", SOLVERS, ids=str)
@pytest.mark.parametrize("classes", [2, 3])
def test_attributes_and_answers_are_the_parents(params, classes, library):
    X, y = table(classes=classes)
    if "priors" in params:
        params = {**params, "priors": params["priors"][-classes:]}
        params["priors"] = np.asarray(params["priors"]) / sum(params["priors"])
    model = LinearDiscriminantAnalysis(**params).fit(library.put(X), library.put(y))
    assert model.fallback_ is None
    found = everything(model, library.put(X), library.host)
    expected = everything(PARENT(**params).fit(X, y), X, np.asarray)
    assert_alike(found, expected, 1e-9)


@pytest.mark.parametrize("params", SOLVERS[:1] + SOLVERS[3:7:3], ids=str)
def test_attributes_keep_the_dtype_of_the_parents(params):
    X, y = table()
    X = X.astype(np.float32)
    ours, theirs = (cls(**params).fit(X, y) for cls in (LinearDiscriminantAnalysis, PARENT))
    for name, value in vars(theirs).items():
        if isinstance(value, np.ndarray):
            assert getattr(ours, name).dtype == value.dtype, name


def test_columns_that_the_gram_matrix_cannot_tell_apart_are_decomposed_by_rows(
    library, monkeypatch
):
    X, y = table()
    X[:, 1] = X[:, 0] * 10 + 1e-5 * X[:, 1]
    used = []
    triangle = class_rows.ClassRows.triangle
    monkeypatch.setattr(class_rows.ClassRows, "triangle", lambda *a: used.append(1) or triangle(*a))
    found = LinearDiscriminantAnalysis(tol=1e-9).fit(library.put(X), y)
    assert used
    expected = PARENT(tol=1e-9).fit(X, y)
    scores = expected.decision_function(X)
    assert_allclose(
        library.host(found.decision_function(library.put(X))),
        scores,
        atol=1e-8 * np.abs(scores).max(),
    )


@pytest.mark.parametrize("n", [20, 60])
def test_fewer_rows_than_columns_or_few_more(n, library):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(n, 40)), np.arange(n) % 3
    found = LinearDiscriminantAnalysis().fit(library.put(X), y)
    expected = PARENT().fit(X, y)
    assert_allclose(library.host(found.coef_), expected.coef_, atol=1e-9)
    assert_array_equal(library.host(found.predict(library.put(X))), expected.predict(X))


def test_dependent_and_constant_columns_are_left_out(library):
    X, y = table()
    X = np.hstack([X, X[:, :1] + X[:, 1:2], np.full((len(X), 1), 0.5)])
    found = LinearDiscriminantAnalysis().fit(library.put(X), y)
    expected = PARENT().fit(X, y)
    assert_allclose(
        library.host(found.decision_function(library.put(X))),
        expected.decision_function(X),
        atol=1e-8,
    )
    assert_array_equal(library.host(found.coef_)[:, -1], 0.0)


def test_blocks_of_few_rows_give_the_same_model(library, monkeypatch):
    X, y = table()
    for params in ({}, {"solver": "eigen", "shrinkage": "auto"}):
        whole = LinearDiscriminantAnalysis(**params).fit(library.put(X), y)
        with config_context(working_memory=1):
            monkeypatch.setattr(class_rows, "_CACHE_ROWS", 7)
            cut = LinearDiscriminantAnalysis(**params).fit(library.put(X), y)
            answers = library.host(cut.transform(library.put(X)))
        assert_allclose(library.host(cut.coef_), library.host(whole.coef_), rtol=1e-9, atol=1e-9)
        assert_allclose(answers, library.host(whole.transform(library.put(X))), atol=1e-8)


def test_many_classes_have_scikit_learns_means(library):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 3)), rng.integers(0, 50, 400)
    found = LinearDiscriminantAnalysis().fit(library.put(X), y)
    assert_allclose(library.host(found.means_), PARENT().fit(X, y).means_, atol=1e-13)


def test_a_covariance_estimator_is_scikit_learns(library):
    X, y = table()
    params = {"solver": "lsqr", "covariance_estimator": OAS()}
    found = LinearDiscriminantAnalysis(**params).fit(library.put(X), y)
    assert found.fallback_ == "covariance_estimator estimates on the host"
    assert_array_equal(
        library.host(found.predict(library.put(X))), PARENT(**params).fit(X, y).predict(X)
    )


@pytest.mark.parametrize(
    ("params", "error", "text"),
    [
        ({"shrinkage": 0.5}, NotImplementedError, "shrinkage not supported"),
        ({"priors": [0.5, 0.7, -0.2]}, ValueError, "non-negative"),
        ({"priors": [0.5, 0.5]}, ValueError, "3 classes"),
        ({"n_components": 3}, ValueError, "n_components cannot be larger"),
        ({"solver": "other"}, ValueError, "solver"),
    ],
)
def test_what_does_not_fit_is_refused(params, error, text, library):
    X, y = table()
    with pytest.raises(error, match=text):
        LinearDiscriminantAnalysis(**params).fit(library.put(X), y)


def test_rows_that_do_not_vary_are_refused():
    with pytest.raises(ValueError, match="do not vary"):
        LinearDiscriminantAnalysis().fit(np.ones((6, 2)), [0, 1, 0, 1, 0, 1])
    X = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        LinearDiscriminantAnalysis(solver="eigen").fit(X, [0, 0, 1, 1])


def test_priors_that_do_not_sum_to_1_are_scaled_with_a_warning():
    X, y = table()
    with pytest.warns(UserWarning, match="Renormalizing"):
        model = LinearDiscriminantAnalysis(priors=[1, 1, 2]).fit(X, y)
    assert_allclose(model.priors_, [0.25, 0.25, 0.5])


def test_members_are_fitted_where_the_rows_are(foreign):
    X, y = table()
    members = Members(
        LinearDiscriminantAnalysis(solver="eigen"), [{"shrinkage": s} for s in (0.1, "auto", 0.5)]
    )
    family = shared_fit_for(LinearDiscriminantAnalysis)
    state = family.fit(members, foreign.put(X), y)
    for i, found in enumerate(family.respond(state, foreign.put(X), "transform", range(3))):
        assert foreign.owns(found)
        expected = members.instance(i).fit(X, y).transform(X)
        assert_allclose(foreign.host(found), expected, atol=1e-9 * np.abs(expected).max())


@pytest.mark.parametrize(("name", "target"), [("satimage", "Class"), ("pendigits", "class")])
def test_real_tables_give_the_parents_scores(name, target, real_table):
    frame = real_table(name)
    y = frame.pop(target).to_numpy()
    X = frame.to_numpy(dtype=float)
    found, expected = (
        c().fit(X, y).decision_function(X) for c in (LinearDiscriminantAnalysis, PARENT)
    )
    assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())
