"""Ridge, ridge classifier and linear regression: what a Gram matrix serves."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from data import coded, frame, numbers, one_hot
from scipy.linalg import solve
from scipy.sparse.linalg import cg
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, Ridge, RidgeClassifier
from sklearn.metrics import accuracy_score, r2_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

from .case import Problem, case

FAMILY = "ridge, ridge classifier"


def ridge_predictions(
    X: np.ndarray, Y: np.ndarray, new: np.ndarray, alphas: Any, weight: np.ndarray | None = None
) -> np.ndarray:
    """Predict for every penalty, (n_alphas, n_new, n_targets), from one eigendecomposition.

    It is that of the Gram matrix; where that has no digits for it, a Cholesky for each penalty.
    """
    means = [np.average(array, axis=0, weights=weight) for array in (X, Y)]
    X, Y, new = X - means[0], Y - means[1], new - means[0]
    if weight is not None:
        X, Y = X * np.sqrt(weight)[:, None], Y * np.sqrt(weight)[:, None]
    matrix, pull = X.T @ X, X.T @ Y
    values, vectors = np.linalg.eigh(matrix)
    if values[-1] < 1e12 * min(alphas):
        coefs = vectors.T @ pull / (values + np.asarray(alphas)[:, None])[:, :, None]
        return new @ vectors @ coefs + means[1]
    unit = np.eye(len(matrix))
    return np.stack(
        [new @ solve(matrix + a * unit, pull, assume_a="pos") + means[1] for a in alphas]
    )


def ridge_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One eigendecomposition for each way to prepare the columns."""
    steps = getattr(problem.estimator, "steps", [("ridge", problem.estimator)])
    alphas = next(v for name, v in problem.grid.items() if name.endswith("alpha"))
    others = {name: v for name, v in problem.grid.items() if not name.endswith("alpha")}
    weight = next(iter(problem.fit_params.values()), None)
    for values in product(*others.values()):
        X, new = problem.X[train], problem.X[test]
        if len(steps) > 1:
            front = clone(Pipeline(steps[:-1]))
            front.set_params(**dict(zip(others, values, strict=True)))
            X, new = front.fit_transform(X), front.transform(new)
        part = None if weight is None else weight[train]
        for one in ridge_predictions(X, problem.y[train, None], new, alphas, part):
            r2_score(problem.y[test], one)


def classifier_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One eigendecomposition, targets of 1 and -1, and the class of the largest output."""
    scaler = StandardScaler().fit(problem.X[train])
    X, new = scaler.transform(problem.X[train]), scaler.transform(problem.X[test])
    classes = np.unique(problem.y)
    Y = np.where(problem.y[train, None] == classes, 1.0, -1.0)
    (alphas,) = problem.grid.values()
    for one in ridge_predictions(X, Y, new, alphas):
        accuracy_score(problem.y[test], classes[np.argmax(one, axis=1)])


@case(
    "StandardScaler + Ridge, 40 alphas",
    "california_housing",
    headline=True,
    specialists=("RidgeCV",),
    family=FAMILY,
    floor=ridge_floor,
)
def ridge() -> Problem:
    X, y = numbers("california_housing", "median_house_value")
    model = make_pipeline(StandardScaler(), Ridge())
    return Problem(X, y, model, {"ridge__alpha": np.logspace(-3, 4, 40)})


@case(
    "Ridge, 80 alphas",
    "diamonds",
    specialists=("RidgeCV",),
    family=FAMILY,
    floor=ridge_floor,
)
def ridge_alphas() -> Problem:
    X, y = coded("diamonds", "price")
    return Problem(X, y, Ridge(), {"alpha": np.logspace(-3, 5, 80)})


@case(
    "four scalers x Ridge, 30 alphas",
    "elevators",
    family=FAMILY,
    floor=ridge_floor,
)
def ridge_scalers() -> Problem:
    X, y = numbers("elevators", "Goal")
    scalers = [StandardScaler(), MinMaxScaler(), MaxAbsScaler(), RobustScaler()]
    model = Pipeline([("scale", StandardScaler()), ("ridge", Ridge())])
    return Problem(X, y, model, {"scale": scalers, "ridge__alpha": np.logspace(-6, 2, 30)})


@case(
    "StandardScaler + Ridge with sample weights, 100 alphas",
    "bike_sharing_hour",
    family=FAMILY,
    floor=ridge_floor,
)
def ridge_weights() -> Problem:
    X, y = numbers("bike_sharing_hour", "cnt")
    weight = np.random.default_rng(0).uniform(0.5, 2.0, len(y))
    model = make_pipeline(StandardScaler(), Ridge())
    grid = {"ridge__alpha": np.logspace(-3, 4, 100)}
    return Problem(X, y, model, grid, fit_params={"ridge__sample_weight": weight})


@case(
    "Ridge on wide one-hot rows, 30 alphas",
    "ames_housing",
    specialists=("RidgeCV", "himalaya RidgeCV"),
    family=FAMILY,
    floor=ridge_floor,
)
def ridge_wide() -> Problem:
    X, y = one_hot("ames_housing", "price")
    return Problem(X, y, Ridge(), {"alpha": np.logspace(-1, 4, 30)})


@case("polynomials of 2 degrees + StandardScaler + Ridge, 20 alphas", "abalone", equal=1e-7)
def ridge_polynomials() -> Problem:
    X, y = coded("abalone", "Class_Rings")
    model = Pipeline(
        [("poly", PolynomialFeatures()), ("scale", StandardScaler()), ("ridge", Ridge())]
    )
    grid = {"poly__degree": [2, 3], "ridge__alpha": np.logspace(-2, 4, 20)}
    return Problem(X, y, model, grid)


@case(
    "StandardScaler + RidgeClassifier, 60 alphas",
    "satimage",
    headline=True,
    family=FAMILY,
    floor=classifier_floor,
)
def ridge_classifier() -> Problem:
    X, y = numbers("satimage", "Class")
    model = make_pipeline(StandardScaler(), RidgeClassifier())
    return Problem(X, y, model, {"ridgeclassifier__alpha": np.logspace(-3, 4, 60)})


@case("5 preparations x LinearRegression with and without intercept", "credit_default_taiwan")
def linear_regression() -> Problem:
    X, y = numbers("credit_default_taiwan", "LIMIT_BAL")
    model = Pipeline([("scale", "passthrough"), ("linear", LinearRegression())])
    scalers = ["passthrough", StandardScaler(), MinMaxScaler(), MaxAbsScaler(), RobustScaler()]
    grid = {"scale": scalers, "linear__fit_intercept": [True, False]}
    return Problem(X, y, model, grid)


@case("StandardScaler + PCA + Ridge, 10 component counts x 20 alphas", "satimage", headline=True)
def pca_ridge() -> Problem:
    X, y = numbers("satimage", "Class")
    model = make_pipeline(StandardScaler(), PCA(), Ridge())
    grid = {"pca__n_components": [*range(2, 22, 2)], "ridge__alpha": np.logspace(-2, 4, 20)}
    return Problem(X, y, model, grid)


@case("StandardScaler + Ridge, 60 alphas, 3 scores, with train scores", "california_housing")
def ridge_scores() -> Problem:
    X, y = numbers("california_housing", "median_house_value")
    scoring = ["r2", "neg_mean_absolute_error", "neg_root_mean_squared_error"]
    model = make_pipeline(StandardScaler(), Ridge())
    grid = {"ridge__alpha": np.logspace(-3, 4, 60)}
    return Problem(X, y, model, grid, options={"scoring": scoring, "return_train_score": True})


@case("columns prepared + Ridge: 2 imputations x 2 encodings x 4 alphas", "ames_housing")
def ridge_columns() -> Problem:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder

    X, y = frame("ames_housing", "price")
    number = list(X.select_dtypes("number"))
    text = [column for column in X if column not in number]
    columns = ColumnTransformer(
        [
            ("number", make_pipeline(SimpleImputer(), StandardScaler()), number),
            (
                "text",
                OneHotEncoder(handle_unknown="infrequent_if_exist", sparse_output=False),
                text,
            ),
        ]
    )
    grid = {
        "columns__number__simpleimputer__strategy": ["mean", "median"],
        "columns__text__min_frequency": [5, 20],
        "ridge__alpha": np.logspace(-1, 4, 4),
    }
    return Problem(X, y, Pipeline([("columns", columns), ("ridge", Ridge())]), grid)


def sparse_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One Gram matrix of the one-hot columns, and SciPy's steps from it for each penalty."""
    encoder = clone(problem.estimator[0])
    X, new = encoder.fit_transform(problem.X[train]), encoder.transform(problem.X[test])
    y, mean = problem.y[train], np.asarray(X.mean(axis=0)).ravel()
    matrix = (X.T @ X).toarray() - len(y) * np.outer(mean, mean)
    pull, unit = X.T @ y - y.sum() * mean, np.eye(len(mean))
    (alphas,) = problem.grid.values()
    for alpha in alphas:
        coef, _ = cg(matrix + alpha * unit, pull, rtol=problem.estimator[1].tol)
        r2_score(problem.y[test], new @ coef + (y.mean() - mean @ coef))


@case(
    "OneHotEncoder + Ridge on sparse rows, 60 alphas",
    "bike_sharing_hour",
    equal=1e-4,
    family="ridge on sparse rows",
    floor=sparse_floor,
)
def ridge_sparse() -> Problem:
    X, y = numbers("bike_sharing_hour", "cnt")
    X = X[:, [len(np.unique(column)) <= 100 for column in X.T]]
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), Ridge())
    return Problem(X, y, model, {"ridge__alpha": np.logspace(-1, 4, 60)})
