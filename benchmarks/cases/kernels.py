"""Kernel ridge and support vector machines: one kernel matrix for all penalties."""

from __future__ import annotations

from typing import Any

import numpy as np
from data import coded, numbers, one_hot
from scipy.linalg import cho_factor, cho_solve
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from .case import Problem, case

Parts = tuple[np.ndarray, np.ndarray, Any, Any]


def scaled(problem: Problem, train: np.ndarray, test: np.ndarray) -> Parts:
    """Return the scaled rows of both parts, and their targets."""
    scaler = StandardScaler().fit(problem.X[train])
    rows = [scaler.transform(problem.X[part]) for part in (train, test)]
    return rows[0], rows[1], problem.y[train], problem.y[test]


def by_gamma(problem: Problem, step: str) -> dict[float, list[dict[str, Any]]]:
    """Return the candidates of each gamma, without it and without the name of the step."""
    found: dict[float, list[dict[str, Any]]] = {}
    for candidate in ParameterGrid(problem.grid):
        params = {name.removeprefix(f"{step}__"): value for name, value in candidate.items()}
        found.setdefault(params.pop("gamma", problem.estimator[-1].gamma), []).append(params)
    return found


def ridge_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One matrix of distances; for each gamma a kernel, a factor for each alpha, and a product."""
    X, Q, y, expected = scaled(problem, train, test)
    distances, others = (
        euclidean_distances(X, squared=True),
        euclidean_distances(Q, X, squared=True),
    )
    for gamma, candidates in by_gamma(problem, "kernelridge").items():
        K, coefs = np.exp(-gamma * distances), []
        for params in candidates:
            shifted = K.copy()
            shifted.flat[:: len(K) + 1] += params["alpha"]
            factor = cho_factor(shifted, overwrite_a=True, check_finite=False)
            coefs.append(cho_solve(factor, y, check_finite=False))
        for predicted in (np.exp(-gamma * others) @ np.stack(coefs, axis=1)).T:
            r2_score(expected, predicted)


def machines_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One matrix of distances, one kernel per gamma, on which libsvm fits each candidate."""
    X, Q, y, expected = scaled(problem, train, test)
    distances, others = (
        euclidean_distances(X, squared=True),
        euclidean_distances(Q, X, squared=True),
    )
    cls = type(problem.estimator[-1])
    metric = accuracy_score if cls is SVC else r2_score
    for gamma, candidates in by_gamma(problem, cls.__name__.lower()).items():
        K, asked = np.exp(-gamma * distances), np.exp(-gamma * others)
        for params in candidates:
            metric(expected, cls(kernel="precomputed", **params).fit(K, y).predict(asked))


@case(
    "StandardScaler + KernelRidge (rbf) on one-hot rows, 8 alphas",
    "ames_housing",
    equal=1e-8,
    headline=True,
    family="kernel ridge",
    floor=ridge_floor,
)
def kernel_ridge() -> Problem:
    X, y = one_hot("ames_housing", "price")
    model = make_pipeline(StandardScaler(), KernelRidge(kernel="rbf", gamma=1e-3))
    return Problem(X, y, model, {"kernelridge__alpha": np.logspace(-3, 2, 8)})


@case(
    "StandardScaler + KernelRidge (rbf), 30 alphas",
    "insurance_charges",
    equal=1e-8,
    family="kernel ridge",
    floor=ridge_floor,
)
def kernel_ridge_alphas() -> Problem:
    X, y = coded("insurance_charges", "charges")
    model = make_pipeline(StandardScaler(), KernelRidge(kernel="rbf", gamma=0.1))
    return Problem(X, y, model, {"kernelridge__alpha": np.logspace(-4, 2, 30)})


@case(
    "StandardScaler + KernelRidge (rbf), 8 alphas x 4 gammas",
    "insurance_charges",
    equal=1e-8,
    family="kernel ridge",
    floor=ridge_floor,
)
def kernel_ridge_gammas() -> Problem:
    X, y = coded("insurance_charges", "charges")
    model = make_pipeline(StandardScaler(), KernelRidge(kernel="rbf"))
    grid = {"alpha": np.logspace(-3, 2, 8), "gamma": [0.03, 0.1, 0.3, 1.0]}
    return Problem(X, y, model, {f"kernelridge__{name}": grid[name] for name in grid})


@case(
    "StandardScaler + SVC, 4 Cs x 4 gammas",
    "phoneme",
    equal=0.0,
    headline=True,
    family="support vector machines",
    floor=machines_floor,
)
def svc() -> Problem:
    X, y = numbers("phoneme", "class")
    model = make_pipeline(StandardScaler(), SVC())
    return Problem(X, y, model, {"svc__C": [0.1, 1, 10, 100], "svc__gamma": [0.03, 0.1, 0.3, 1]})


@case(
    "StandardScaler + SVC of 7 classes, 4 Cs x 4 gammas",
    "segment",
    equal=0.0,
    family="support vector machines",
    floor=machines_floor,
)
def svc_classes() -> Problem:
    X, y = numbers("segment", "class")
    model = make_pipeline(StandardScaler(), SVC())
    grid = {"svc__C": [0.1, 1, 10, 100], "svc__gamma": [0.01, 0.03, 0.1, 0.3]}
    return Problem(X, y, model, grid)


@case(
    "StandardScaler + SVR, 4 Cs x 3 gammas",
    "abalone",
    equal=1e-12,
    family="support vector machines",
    floor=machines_floor,
)
def svr() -> Problem:
    X, y = coded("abalone", "Class_Rings")
    model = make_pipeline(StandardScaler(), SVR())
    return Problem(X, y, model, {"svr__C": [0.1, 0.3, 1, 3], "svr__gamma": [0.03, 0.1, 0.3]})
