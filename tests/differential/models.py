"""Models for the differential tests, of registered families and of others, with their values."""

from __future__ import annotations

from functools import partial

import numpy as np
import xgboost
from sklearn import (
    cluster,
    decomposition,
    dummy,
    ensemble,
    kernel_ridge,
    linear_model,
    naive_bayes,
    neighbors,
    svm,
    tree,
)
from sklearn.compose import TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KernelDensity

from differential.kinds import Kind, Values
from gridfold import boosting, estimators


def inverse_square(distances: np.ndarray) -> np.ndarray:
    """Weights of neighbours, as a function."""
    return 1.0 / (0.1 + distances**2)


def cube(y: np.ndarray) -> np.ndarray:
    """The inverse of the cube root."""
    return y**3


BOTH = (linear_model, estimators)
_ALPHAS = (1e-3, 0.1, 1.0, 1, np.float64(30.0), 1e3)
_RIDGE: Values = {
    "alpha": _ALPHAS,
    "fit_intercept": (True, False),
    "solver": ("auto", "cholesky", "svd"),
    "positive": (False, True),
    "copy_X": (True, False),
}
_RIDGE_CLASSIFIER: Values = {
    "alpha": _ALPHAS,
    "fit_intercept": (True, False),
    "solver": ("auto", "cholesky", "svd"),
    "class_weight": (None, "balanced"),
}
_NEIGHBORS: Values = {
    "n_neighbors": (1, 2, 3, 5, np.int64(6), 8),
    "weights": ("uniform", "distance", inverse_square),
    "algorithm": ("auto", "brute", "kd_tree", "ball_tree"),
    "p": (1, 2, 3),
    "metric": ("minkowski", "euclidean", "manhattan"),
}
_XGB: Values = {
    "n_estimators": (1, 2, 4),
    "max_depth": (1, 2, 3),
    "learning_rate": (0.1, 0.5),
    "subsample": (0.7, 1.0),
    "max_bin": (8, 256),
    "reg_lambda": (0.0, 1.0),
}
_TREE: Values = {"max_depth": (1, 2, 3, None), "min_samples_leaf": (1, 2, 5)}
_BAD_RIDGE: Values = {"alpha": (-1.0, "much"), "solver": ("nonesuch",)}
_BAD_NEIGHBORS: Values = {"n_neighbors": (0, 500), "metric": ("nonesuch",)}
_BAD_XGB: Values = {"max_depth": (-3,), "objective": ("nonesuch",)}
_BAD_TREE: Values = {"max_depth": (-1,)}
_TIGHT = {"tol": 1e-10, "max_iter": 20_000}

REGISTERED_REGRESSORS = (
    *(Kind(home.Ridge, _RIDGE, _BAD_RIDGE) for home in BOTH),
    *(
        Kind(home.LinearRegression, {"fit_intercept": (True, False), "positive": (False, True)})
        for home in BOTH
    ),
    *(Kind(h.KNeighborsRegressor, _NEIGHBORS, _BAD_NEIGHBORS) for h in (neighbors, estimators)),
    *(
        Kind(partial(home.XGBRegressor, random_state=0, n_jobs=1), _XGB, _BAD_XGB)
        for home in (xgboost, boosting)
    ),
)
OTHER_REGRESSORS = (
    Kind(partial(tree.DecisionTreeRegressor, random_state=0), _TREE, _BAD_TREE),
    Kind(partial(linear_model.Lasso, **_TIGHT), {"alpha": (0.01, 0.3), "positive": (False, True)}),
    Kind(
        partial(linear_model.ElasticNet, **_TIGHT), {"alpha": (0.01, 0.3), "l1_ratio": (0.2, 0.8)}
    ),
    Kind(dummy.DummyRegressor, {"strategy": ("mean", "median")}, {"strategy": ("quantile",)}),
    Kind(svm.SVR, {"C": (0.1, 10.0), "kernel": ("rbf", "sigmoid")}, {"C": (-1.0,)}, tol=1e-3),
    Kind(kernel_ridge.KernelRidge, {"alpha": (0.1, 10.0), "kernel": ("linear", "rbf")}),
    Kind(PLSRegression, {"n_components": (1, 2)}, {"n_components": (50,)}, tol=1e-5),
    Kind(
        lambda: TransformedTargetRegressor(linear_model.Ridge(), func=np.cbrt, inverse_func=cube),
        {"regressor__alpha": _ALPHAS, "regressor": (linear_model.Ridge(), dummy.DummyRegressor())},
    ),
    Kind(
        lambda: ensemble.BaggingRegressor(estimators.Ridge(), n_estimators=2, random_state=0),
        {"estimator__alpha": _ALPHAS, "bootstrap": (True, False)},
    ),
    Kind(
        lambda: ensemble.VotingRegressor(
            [("ridge", linear_model.Ridge()), ("near", neighbors.KNeighborsRegressor(2))]
        ),
        {"ridge__alpha": _ALPHAS, "near": ("drop", tree.DecisionTreeRegressor(random_state=0))},
    ),
)
REGISTERED_CLASSIFIERS = (
    *(Kind(home.RidgeClassifier, _RIDGE_CLASSIFIER, _BAD_RIDGE) for home in BOTH),
    *(
        Kind(
            partial(home.LogisticRegression, **_TIGHT),
            {
                "C": (1e-2, 0.1, 1.0, np.float64(10.0)),
                "fit_intercept": (True, False),
                "class_weight": (None, "balanced"),
            },
            {"C": (-1.0,), "solver": ("nonesuch",)},
            tol=1e-4,
            flips=True,
        )
        for home in BOTH
    ),
    *(Kind(h.KNeighborsClassifier, _NEIGHBORS, _BAD_NEIGHBORS) for h in (neighbors, estimators)),
    *(
        Kind(partial(home.XGBClassifier, random_state=0, n_jobs=1), _XGB, _BAD_XGB)
        for home in (xgboost, boosting)
    ),
)
OTHER_CLASSIFIERS = (
    Kind(partial(tree.DecisionTreeClassifier, random_state=0), _TREE, _BAD_TREE),
    Kind(naive_bayes.GaussianNB, {"var_smoothing": (1e-9, 0.1)}, {"var_smoothing": (-1.0,)}),
    Kind(
        svm.SVC,
        {"C": (0.1, 10.0), "kernel": ("rbf", "sigmoid")},
        {"C": (-1.0,)},
        tol=1e-3,
        flips=True,
    ),
    Kind(
        LinearDiscriminantAnalysis,
        {"solver": ("svd", "lsqr"), "priors": (None,)},
        {"shrinkage": (0.5,)},
    ),
    Kind(
        partial(dummy.DummyClassifier, random_state=0),
        {"strategy": ("prior", "most_frequent", "stratified", "uniform")},
        {"strategy": ("constant",)},
    ),
    Kind(
        lambda: OneVsRestClassifier(linear_model.RidgeClassifier()), {"estimator__alpha": _ALPHAS}
    ),
    Kind(
        lambda: ensemble.RandomForestClassifier(n_estimators=3, random_state=0),
        {"n_estimators": (1, 3), **_TREE},
    ),
)
WITHOUT_TARGET = (
    Kind(lambda: cluster.KMeans(n_init=1, random_state=0), {"n_clusters": (1, 2, 3)}),
    *(
        # Sparse rows are decomposed from a random start.
        Kind(
            partial(home.PCA, random_state=0),
            {"n_components": (1, 2)},
            {"n_components": (50,)},
            tol=1e-6,
        )
        for home in (decomposition, estimators)
    ),
    Kind(KernelDensity, {"bandwidth": (0.5, 2.0), "kernel": ("gaussian",)}, {"bandwidth": (-1.0,)}),
)
OF_A_KERNEL = (
    Kind(partial(kernel_ridge.KernelRidge, kernel="precomputed"), {"alpha": (0.1, 10.0)}),
    Kind(partial(svm.SVR, kernel="precomputed"), {"C": (0.1, 1.0)}, tol=1e-3),
)
OF_A_KERNEL_TO_CLASSES = (
    Kind(
        partial(svm.SVC, kernel="precomputed"),
        {"C": (0.1, 1.0), "kernel": ("precomputed", "rbf")},
        tol=1e-3,
        flips=True,
    ),
)
OF_DISTANCES, OF_DISTANCES_TO_CLASSES = (
    tuple(
        Kind(
            partial(getattr(home, name), metric="precomputed"),
            {"n_neighbors": (1, 3, 4), "metric": ("precomputed", "euclidean")},
            {"n_neighbors": (0, 500)},
        )
        for home in (neighbors, estimators)
    )
    for name in ("KNeighborsRegressor", "KNeighborsClassifier")
)
# Those that refuse several outputs are drawn too, but less often.
_OF_SEVERAL = (
    "RidgeClassifier",
    "Ridge",
    "LinearRegression",
    "KNeighborsRegressor",
    "KNeighborsClassifier",
    "XGBRegressor",
    "XGBClassifier",
    "DecisionTreeRegressor",
    "DecisionTreeClassifier",
    "PLSRegression",
    "KernelRidge",
)


def models_for(task: str, form: str) -> tuple[Kind, ...]:
    """Return the models that a task is for, the registered ones more often."""
    numbers = task in ("regression", "outputs")
    if form == "kernel":
        return OF_A_KERNEL if numbers else OF_A_KERNEL_TO_CLASSES
    if form == "distances":
        return OF_DISTANCES if numbers else OF_DISTANCES_TO_CLASSES
    if task == "none":
        return WITHOUT_TARGET
    registered = REGISTERED_REGRESSORS if numbers else REGISTERED_CLASSIFIERS
    models = (*registered, *registered, *(OTHER_REGRESSORS if numbers else OTHER_CLASSIFIERS))
    if task not in ("outputs", "labels"):
        return models
    fitting = tuple(kind for kind in models if type(kind.make()).__name__ in _OF_SEVERAL)
    return (*fitting, *fitting, *fitting, *models)
