"""Lasso, elastic net and their kin: one Gram matrix, and a path of penalties."""

from __future__ import annotations

import numpy as np
from data import numbers, one_hot
from sklearn.base import clone
from sklearn.linear_model import ElasticNet, Lasso, enet_path
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .case import Problem, case


def path_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """Scaled rows, their Gram matrix, and for each l1_ratio scikit-learn's warm path over it."""
    scaler = clone(problem.estimator[0])
    X, y = scaler.fit_transform(problem.X[train]), problem.y[train]
    new, X_mean, y_mean = scaler.transform(problem.X[test]), X.mean(axis=0), y.mean()
    X, y = X - X_mean, y - y_mean
    matrix, pull = X.T @ X, X.T @ y
    model = problem.estimator[1]
    grid = {name.partition("__")[2]: values for name, values in problem.grid.items()}
    for l1_ratio in grid.get("l1_ratio", [1.0]):
        _, coefs, _ = enet_path(
            X,
            y,
            l1_ratio=l1_ratio,
            alphas=grid["alpha"],
            precompute=matrix,
            Xy=pull,
            tol=model.tol,
            max_iter=model.max_iter,
        )
        for predicted in ((new - X_mean) @ coefs + y_mean).T:
            r2_score(problem.y[test], predicted)


@case(
    "StandardScaler + Lasso, 30 alphas",
    "elevators",
    equal=2e-3,
    headline=True,
    specialists=("LassoCV",),
    family="lasso, elastic net",
    floor=path_floor,
)
def lasso() -> Problem:
    X, y = numbers("elevators", "Goal")
    model = make_pipeline(StandardScaler(), Lasso(max_iter=5000))
    return Problem(X, y * 1e3, model, {"lasso__alpha": np.logspace(-2, 0.5, 30)})


@case(
    "StandardScaler + Lasso on one-hot columns, 30 alphas",
    "ames_housing",
    equal=2e-3,
    specialists=("LassoCV",),
    family="lasso, elastic net",
    floor=path_floor,
)
def lasso_columns() -> Problem:
    X, y = one_hot("ames_housing", "price")
    model = make_pipeline(StandardScaler(), Lasso(max_iter=2000))
    return Problem(X, y, model, {"lasso__alpha": np.logspace(2, 4.5, 30)})


@case(
    "StandardScaler + ElasticNet, 8 alphas x 5 mixtures",
    "satimage",
    equal=2e-3,
    family="lasso, elastic net",
    floor=path_floor,
    tight={"elasticnet__tol": 1e-10, "elasticnet__max_iter": 100_000},
)
def elastic_net() -> Problem:
    X, y = numbers("satimage", "Class")
    model = make_pipeline(StandardScaler(), ElasticNet())
    grid = {
        "elasticnet__alpha": np.logspace(-2, 0, 8),
        "elasticnet__l1_ratio": [0.1, 0.3, 0.5, 0.8, 1.0],
    }
    return Problem(X, y, model, grid)
