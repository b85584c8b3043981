"""KernelRidge: every kernel as scikit-learn has it, one kernel matrix in memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.linalg import LinAlgWarning
from sklearn import kernel_ridge
from sklearn.metrics.pairwise import pairwise_kernels, rbf_kernel

from gridfold.estimators import KernelRidge
from gridfold.estimators.kernels import kernel_rows
from gridfold.estimators.kernels.kernel_rows import KERNELS
from gridfold.estimators.shared import Members, shared_fit_for

PARENT = kernel_ridge.KernelRidge
SETTINGS = {"sigmoid": {"gamma": 0.01, "alpha": 50.0}, "poly": {"degree": 2}}


def table(n: int = 90, p: int = 5, targets: int = 1, seed: int = 0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) + 0.5
    Y = np.sin(X @ rng.normal(size=(p, targets))) + 0.1 * rng.normal(size=(n, targets))
    return X, Y[:, 0] if targets == 1 else Y


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("weighted", [False, True])
def test_coefficients_and_predictions_are_the_parents(kernel, weighted, library):
    X, Y = table(targets=2)
    weight = np.linspace(0.5, 2, len(X)) if weighted else None
    params = {"kernel": kernel, **SETTINGS.get(kernel, {})}
    model = KernelRidge(**params).fit(
        library.put(X), library.put(Y), None if weight is None else library.put(weight)
    )
    plain = PARENT(**params).fit(X, Y, weight)
    assert model.fallback_ is None
    assert library.owns(model.dual_coef_)
    atol = 1e-9 * np.abs(plain.dual_coef_).max()
    assert_allclose(library.host(model.dual_coef_), plain.dual_coef_, atol=atol)
    new = table(seed=1)[0]
    assert_allclose(library.host(model.predict(library.put(new))), plain.predict(new), atol=1e-9)


@pytest.mark.parametrize("weight", [None, 2.0])
def test_a_precomputed_kernel_is_left_as_it_was(weight, library):
    X, y = table()
    K, new = rbf_kernel(X), rbf_kernel(table(seed=1)[0], X)
    before = K.copy()
    given = library.put(K)
    model = KernelRidge(kernel="precomputed", alpha=0.1).fit(given, library.put(y), weight)
    plain = PARENT(kernel="precomputed", alpha=0.1).fit(K.copy(), y, weight)
    assert_array_equal(library.host(given), before)
    assert_allclose(library.host(model.predict(library.put(new))), plain.predict(new), atol=1e-9)
    with pytest.raises(ValueError, match="not square"):
        KernelRidge(kernel="precomputed").fit(library.put(K[:, :-1]), library.put(y))


def test_the_residual_of_the_dual_problem_vanishes(library):
    X, y = table()
    model = KernelRidge(kernel="rbf", alpha=0.01).fit(library.put(X), library.put(y))
    coef = library.host(model.dual_coef_)
    assert_allclose(rbf_kernel(X) @ coef + 0.01 * coef, y, atol=1e-12)


@pytest.mark.parametrize("kernel", ["linear", "rbf", "laplacian"])
def test_the_objective_is_at_most_the_parents_on_a_real_table(kernel, real_table):
    frame = real_table("california_housing").select_dtypes("number").fillna(0.0).iloc[:1500]
    y = frame.pop("median_house_value").to_numpy() / 1e5
    X = frame.to_numpy()
    X = (X - X.mean(0)) / X.std(0)
    K, found = pairwise_kernels(X, metric=kernel), []
    for cls in (KernelRidge, PARENT):
        coef = cls(kernel=kernel).fit(X, y).dual_coef_
        outputs = K @ coef
        found.append(np.sum((y - outputs) ** 2) + coef @ outputs)
    assert found[0] <= found[1] * (1 + 1e-9)


@pytest.mark.parametrize("kernel", ["linear", "poly", "rbf"])
def test_a_singular_kernel_is_solved_by_least_squares_with_the_parents_warning(kernel, library):
    X = np.repeat(np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 3.0]]), 2, axis=0)
    y = np.repeat([1.0, 2.0, -1.0], 2)
    model = KernelRidge(kernel=kernel, alpha=0.0, gamma=1.0)
    with pytest.warns(UserWarning, match="Singular matrix|Ill-conditioned"):
        model.fit(library.put(X), library.put(y))
    if kernel == "rbf":
        assert_allclose(library.host(model.predict(library.put(X))), y, atol=1e-6)


def test_a_nearly_singular_kernel_is_warned_of(library):
    X = np.array([[0.0], [1e-8], [1.0]])
    with pytest.warns(LinAlgWarning, match="Ill-conditioned"):
        KernelRidge(kernel="rbf", alpha=1e-16).fit(library.put(X), library.put([1.0, 1.0, 2.0]))


@pytest.mark.parametrize(("of_X", "of_y"), [("f4", "f4"), ("f4", "f8"), ("f8", "f4"), ("f4", "i8")])
@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_dtypes_are_the_parents(of_X, of_y, kernel):
    X, y = table()
    X, y = X.astype(of_X), (10 * y).astype(of_y)
    ours, theirs = (cls(kernel=kernel).fit(X, y) for cls in (KernelRidge, PARENT))
    assert ours.dual_coef_.dtype == theirs.dual_coef_.dtype
    assert ours.predict(X).dtype == theirs.predict(X).dtype
    assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-3, atol=1e-3)


def test_one_kernel_matrix_is_all_the_memory_that_a_fit_takes(monkeypatch):
    monkeypatch.setattr(kernel_rows, "blas_threads", lambda: 2)
    X, y = table(1500)
    KernelRidge(kernel="rbf").fit(X[:50], y[:50])
    tracemalloc.start()
    KernelRidge(kernel="rbf").fit(X, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.4 * 8 * 1500**2


@pytest.mark.parametrize("n_threads", [1, 3])
def test_predictions_in_blocks_are_those_of_all_rows(library, monkeypatch, n_threads):
    X, y = table()
    model = KernelRidge(kernel="rbf").fit(library.put(X), library.put(y))
    whole = library.host(model.predict(library.put(X)))
    monkeypatch.setattr(kernel_rows, "_FEWEST", 7)
    monkeypatch.setattr(kernel_rows, "_CACHE", 1)
    monkeypatch.setattr(kernel_rows, "blas_threads", lambda: n_threads)
    again = KernelRidge(kernel="rbf").fit(library.put(X), library.put(y))
    assert_allclose(library.host(again.predict(library.put(X))), whole, atol=1e-12)


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"kernel": np.dot}, "kernel is a function"),
        ({"kernel": "chi2", "gamma": 0.1}, "kernel='chi2' has no kernel here"),
        ({"alpha": [0.1, 1.0]}, "alpha is an array, one penalty per target"),
    ],
)
def test_what_is_scikit_learns_says_so(params, reason, library):
    X, Y = table(targets=2)
    X = np.abs(X)
    model = KernelRidge(**params).fit(library.put(X), library.put(Y))
    assert model.fallback_ == reason
    found = model.predict(library.put(X))
    assert library.owns(found)
    assert_allclose(library.host(found), PARENT(**params).fit(X, Y).predict(X), atol=1e-9)


def test_sparse_rows_are_scikit_learns_to_fit_and_to_answer():
    X, y = table()
    model = KernelRidge(kernel="rbf").fit(sparse.csr_array(X), y)
    assert model.fallback_ == "sparse X"
    dense = KernelRidge(kernel="rbf").fit(X, y)
    assert_allclose(model.predict(X), dense.predict(sparse.csr_array(X)), atol=1e-9)


@pytest.mark.parametrize("kernel", ["linear", "rbf", "precomputed"])
@pytest.mark.parametrize("n_alphas", [2, 5])
def test_members_are_fitted_where_the_rows_are(kernel, n_alphas, library):
    X, Y = table(300, targets=2)
    X = rbf_kernel(X) if kernel == "precomputed" else X
    overrides = [{"alpha": alpha} for alpha in np.logspace(-2, 2, n_alphas)]
    members = Members(KernelRidge(kernel=kernel), [*overrides, {"gamma": 0.3}])
    family = shared_fit_for(KernelRidge)
    state = family.fit(members, library.put(X), library.put(Y))
    everyone = range(len(members))
    for i, found in enumerate(family.respond(state, library.put(X), "predict", everyone)):
        assert library.owns(found)
        alone = members.instance(i).fit(X, Y)
        assert_allclose(library.host(found), alone.predict(X), atol=1e-9)
        assert_array_equal(
            library.host(family.materialise(state, i).predict(library.put(X))), library.host(found)
        )
