"""The shared fit of KernelRidge against separate fits."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.gaussian_process.kernels import RBF
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import pairwise_kernels
from sklearn.model_selection import GridSearchCV as TheirGridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.estimators.kernels import dual_ridge
from gridfold.estimators.kernels.kernel_matrices import kernel_matrices
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV

KERNELS = ["linear", "rbf", "laplacian", "chi2", "poly", "polynomial", "sigmoid", "cosine"]
SHARED = shared_fit_for(KernelRidge)


def data(n=320, p=5, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.uniform(0, 1, size=(n, p))
    y = np.sin(3 * X[:, 0]) + X[:, 1] * X[:, -1] + 0.1 * rng.normal(size=n)
    return X, y, rng.uniform(0, 1, size=(40, p))


def grid(alphas=(1e-2, 0.1, 1.0, 10.0, 100.0), gammas=(0.2, 1.5)):
    return [{"alpha": a, "gamma": g} for a in alphas for g in gammas]


def compare(prototype, overrides, X, y, Q, rtol=1e-9, **params):
    """Compare every member's predictions and coefficients with its own fit."""
    members = Members(prototype, overrides)
    state = SHARED.fit(members, X, y, **params)
    for rows in (X, Q):
        answers = SHARED.respond(state, rows, "predict", range(len(members)))
        for i, answer in enumerate(answers):
            alone = members.instance(i).fit(X, y, **params)
            expected = alone.predict(rows)
            assert answer.dtype == expected.dtype
            assert answer.shape == expected.shape
            assert_allclose(answer, expected, rtol=rtol, atol=rtol * np.abs(expected).max())
            made = SHARED.materialise(state, i)
            assert vars(made).keys() == vars(alone).keys() - {"feature_names_in_"}
            for name in ("dual_coef_", "X_fit_"):
                assert getattr(made, name).dtype == getattr(alone, name).dtype
                assert getattr(made, name).shape == getattr(alone, name).shape
            assert made.get_params() == alone.get_params()
            assert_allclose(made.predict(rows), expected, rtol=rtol, atol=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kernel", KERNELS)
def test_members_are_separate_fits(kernel, weighted):
    X, y, Q = data()
    params = {}
    if weighted:
        weight = np.random.default_rng(1).uniform(0, 2, len(y))
        weight[::7] = 0.0
        params["sample_weight"] = weight
    with warnings.catch_warnings():
        # The sigmoid kernel has negative eigenvalues.
        warnings.filterwarnings("ignore", message="Singular matrix|Ill-conditioned")
        compare(KernelRidge(kernel=kernel), grid(), X, y, Q, **params)


@pytest.mark.parametrize("n", [30, 255, 256, 257, 700])
def test_few_and_many_rows(n):
    X, y, Q = data(n)
    compare(KernelRidge(kernel="rbf"), grid(), X, y, Q)
    compare(KernelRidge(), grid(gammas=(None,)), X, y, Q)


def test_degree_and_coef0_vary_too():
    X, y, Q = data()
    overrides = [
        {"alpha": a, "degree": d, "coef0": c, "gamma": g}
        for a in (0.5, 1, 2, 4)
        for d, c, g in [(2, 1, 0.5), (3, 0, 0.5), (3, 1, None), (2.5, 1, 1.0), (2, -1, 1.0)]
    ]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Singular matrix|Ill-conditioned")
        compare(KernelRidge(kernel="poly"), overrides, X, y, Q)


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_several_targets(kernel):
    X, y, Q = data()
    Y = np.stack([y, y**2, np.ones_like(y)], axis=1)
    compare(KernelRidge(kernel=kernel), grid(), X, Y, Q)
    compare(KernelRidge(kernel=kernel), grid(), X, y[:, None], Q)


def test_other_dtypes_are_kept_as_scikit_learn_keeps_them():
    X, y, Q = data()
    whole = np.round(10 * X).astype(int)
    compare(KernelRidge(kernel="poly"), grid(gammas=(0.01, 0.1)), whole, np.round(y).astype(int), Q)
    for kernel in ("rbf", "linear"):
        single = [array.astype(np.float32) for array in (X, y, Q)]
        compare(KernelRidge(kernel=kernel), grid(), *single, rtol=1e-4)


@pytest.mark.parametrize("kernel", ["linear", "rbf", "laplacian", "poly"])
@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csc_array])
def test_sparse_rows(kernel, kind):
    X, y, Q = data()
    X[X < 0.6] = 0.0
    members = Members(KernelRidge(kernel=kernel), grid())
    state = SHARED.fit(members, kind(X), y)
    answers = SHARED.respond(state, kind(Q), "predict", range(len(members)))
    for i, answer in enumerate(answers):
        alone = members.instance(i).fit(kind(X), y)
        assert_allclose(answer, alone.predict(kind(Q)), rtol=1e-9)
        assert type(SHARED.materialise(state, i).X_fit_) is type(alone.X_fit_)


def test_kernels_that_are_functions_and_precomputed_ones():
    X, y, Q = data(60)
    alphas = [{"alpha": a} for a in (0.1, 1.0, 3.0, 7.0)]
    compare(KernelRidge(kernel=lambda a, b: float(np.minimum(a, b).sum())), alphas, X, y, Q)
    compare(KernelRidge(kernel=RBF(0.5)), alphas, X, y, Q)
    K, before = pairwise_kernels(X, metric="rbf"), pairwise_kernels(X, metric="rbf")
    compare(KernelRidge(kernel="precomputed"), alphas, K, y, pairwise_kernels(Q, X, metric="rbf"))
    assert_array_equal(K, before)


@pytest.mark.parametrize("kernel", ["rbf", "laplacian", "chi2", "poly", "sigmoid"])
@pytest.mark.parametrize("n", [3, 400])
def test_kernels_from_common_distances_are_scikit_learns_to_the_last_bit(kernel, n):
    X, _, Q = data(n)
    names = {"poly": ("gamma", "degree", "coef0"), "sigmoid": ("gamma", "coef0")}
    settings = [
        {name: own[name] for name in names.get(kernel, ("gamma",))}
        for own in (
            {"gamma": 0.3, "degree": 3, "coef0": 1},
            {"gamma": 2, "degree": 2, "coef0": 0.5},
        )
    ]
    for other in (None, Q):
        for own, K in zip(settings, kernel_matrices(kernel, settings, X, other), strict=True):
            assert_array_equal(K, pairwise_kernels(X, other, metric=kernel, **own))


def hard(kind):
    X, y, Q = data(280, 4)
    if kind == "constant columns":
        X[:, 1:3] = 4.0
    elif kind == "duplicated rows":
        X[1::2] = X[::2]
    elif kind == "duplicated columns":
        X[:, 1], Q[:, 1] = X[:, 0], Q[:, 0]
    elif kind == "huge scale":
        X[:, 0] *= 1e8
    return X, y, Q


@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly", "cosine"])
@pytest.mark.parametrize(
    "kind", ["constant columns", "duplicated rows", "duplicated columns", "huge scale"]
)
def test_alphas_too_small_for_any_way_but_scikit_learns_have_its_bits(kind, kernel):
    X, y, Q = hard(kind)
    alphas = (0.0, 1e-18, 1e-13, 1e-9, 1e-2, 1.0, 1e5, 1e8)
    members = Members(KernelRidge(kernel=kernel), [{"alpha": a} for a in alphas])
    with warnings.catch_warnings(record=True) as ours:
        warnings.simplefilter("always")
        state = SHARED.fit(members, X, y)
    with warnings.catch_warnings(record=True) as theirs:
        warnings.simplefilter("always")
        alone = [members.instance(i).fit(X, y) for i in range(len(members))]
    assert sorted(str(w.message) for w in ours) == sorted(str(w.message) for w in theirs)
    answers = SHARED.respond(state, Q, "predict", range(len(members)))
    for i, (answer, one) in enumerate(zip(answers, alone, strict=True)):
        expected = one.predict(Q)
        if alphas[i] < 1e-8:
            assert_array_equal(state.coefs[i], one.dual_coef_)
            assert_array_equal(answer, expected)
        assert_allclose(answer, expected, rtol=1e-7, atol=1e-8 * np.abs(expected).max())


def test_kernels_of_few_rows_are_solved_as_scikit_learn_does(monkeypatch):
    monkeypatch.setattr(dual_ridge, "Band", None)
    X, y, Q = data(200)
    compare(KernelRidge(kernel="rbf"), grid(), X, y, Q, rtol=1e-13)


def test_it_leaves_its_input_alone():
    X, y, _ = data()
    weight = np.ones(len(y))
    for array in (X, y, weight):
        array.flags.writeable = False
    for kernel in ("rbf", "linear"):
        SHARED.fit(Members(KernelRidge(kernel=kernel), grid()), X, y, sample_weight=weight)


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"alpha": np.array([1.0, 2.0])}, "one number"),
        ({"alpha": -1.0}, "at least 0"),
        ({"alpha": np.inf}, "one number"),
        ({"gamma": -1.0}, "gamma"),
        ({"gamma": "scale"}, "gamma"),
        ({"gamma": 0, "kernel": "laplacian"}, "gamma=0"),
        ({"gamma": None, "kernel": "chi2"}, "needs a gamma"),
    ],
)
def test_what_cannot_be_shared_is_declined(params, word):
    plain = KernelRidge().get_params()
    assert SHARED.declines(plain, Meta(100)) is None
    assert word in SHARED.declines({**plain, **params}, Meta(100))


def test_weights_below_0_and_other_fit_parameters_are_declined():
    X, y, _ = data(20)
    members = Members(KernelRidge(), grid())
    with pytest.raises(Declined, match="below 0"):
        SHARED.fit(members, X, y, sample_weight=-np.ones(20))
    with pytest.raises(Declined, match="'groups'"):
        SHARED.fit(members, X, y, groups=y)


def test_members_are_complete_and_can_be_stored():
    X, y, Q = data()
    state = SHARED.fit(Members(KernelRidge(kernel="rbf"), grid()), X, y)
    member = SHARED.materialise(state, 3)
    assert_array_equal(pickle.loads(pickle.dumps(member)).predict(Q), member.predict(Q))


@pytest.mark.parametrize(
    ("name", "target"), [("wine_quality", "quality"), ("abalone", "Class_Rings")]
)
def test_searches_on_real_tables_score_as_scikit_learns(real_table, name, target):
    table = real_table(name).dropna().sample(500, random_state=0)
    y = table.pop(target).to_numpy(float)
    X = table.select_dtypes("number")
    model = make_pipeline(StandardScaler(), KernelRidge(kernel="rbf"))
    space = {
        "kernelridge__alpha": np.logspace(-3, 2, 6).tolist(),
        "kernelridge__gamma": [0.01, 0.1],
    }
    scoring = ["r2", "neg_mean_absolute_error"]
    ours, theirs = (
        cls(model, space, cv=3, scoring=scoring, refit=False, return_train_score=True).fit(X, y)
        for cls in (GridSearchCV, TheirGridSearchCV)
    )
    assert "one shared fit" in str(ours.plan_)
    for key, expected in theirs.cv_results_.items():
        if "_test_" in key or "_train_" in key:
            assert_allclose(ours.cv_results_[key], expected, rtol=1e-8, atol=1e-8)
