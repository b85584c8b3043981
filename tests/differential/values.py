"""Values of parameters that several models of the differential tests have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import linear_model

from differential.kinds import Values
from gridfold import estimators


def inverse_square(distances: np.ndarray) -> np.ndarray:
    """Weights of neighbours, as a function."""
    return 1.0 / (0.1 + distances**2)


def drawing(cls: type) -> Callable[[], Any]:
    """Return what makes an estimator with a generator of its own."""
    return lambda: cls(random_state=np.random.RandomState(0))


BOTH = (linear_model, estimators)
ALPHAS = (1e-3, 0.1, 1.0, 1, np.float64(30.0), 1e3)
TIGHT = {"tol": 1e-10, "max_iter": 20_000}
RIDGE: Values = {
    "alpha": ALPHAS,
    "fit_intercept": (True, False),
    "solver": ("auto", "cholesky", "svd"),
    "positive": (False, True),
    "copy_X": (True, False),
}
RIDGE_CLASSIFIER: Values = {
    "alpha": ALPHAS,
    "fit_intercept": (True, False),
    "solver": ("auto", "cholesky", "svd"),
    "class_weight": (None, "balanced"),
}
LASSO: Values = {
    "alpha": (1e-3, 0.01, 0.3, 1, 50.0),
    "fit_intercept": (True, False),
    "selection": ("cyclic",),
    "precompute": (False, True),
    "copy_X": (True, False),
}
GLM: Values = {"alpha": (1e-2, 0.1, 1.0, 10), "fit_intercept": (True, False)}
NEIGHBORS: Values = {
    "n_neighbors": (1, 2, 3, 5, np.int64(6), 8),
    "weights": ("uniform", "distance", inverse_square),
    "algorithm": ("auto", "brute", "kd_tree", "ball_tree"),
    "p": (1, 2, 3),
    "metric": ("minkowski", "euclidean", "manhattan"),
}
SUPPORT: Values = {
    "C": (0.1, 1.0, 10.0),
    "gamma": ("scale", 0.1, 1.0),
    "kernel": ("rbf", "linear", "sigmoid"),
}
XGB: Values = {
    "n_estimators": (1, 2, 4),
    "max_depth": (1, 2, 3),
    "learning_rate": (0.1, 0.5),
    "subsample": (0.7, 1.0),
    "max_bin": (8, 256),
    "reg_lambda": (0.0, 1.0),
}
TREE: Values = {
    "ccp_alpha": (0.0, 1e-3, 0.01, 0.05, 0.5),
    "max_depth": (1, 2, 3, None),
    "min_samples_leaf": (1, 2, 5),
}
FOREST: Values = {
    "n_estimators": (1, 2, 4, np.int64(3)),
    "max_depth": (1, 3, None),
    "bootstrap": (True, False),
    "max_features": (1.0, "sqrt"),
}
BAGGING: Values = {
    "n_estimators": (1, 2, 4),
    "max_samples": (0.5, 1.0),
    "bootstrap": (True, False),
}
STAGES: Values = {
    "n_estimators": (1, 2, 4),
    "learning_rate": (0.1, 0.5),
    "subsample": (0.7, 1.0),
}
STAGES_OF_ADA: Values = {"n_estimators": (1, 2, 4), "learning_rate": (0.5, 1.0)}
HIST: Values = {"max_iter": (1, 2, 4), "learning_rate": (0.1, 0.5), "early_stopping": (False, True)}
BAD_RIDGE: Values = {"alpha": (-1.0, "much"), "solver": ("nonesuch",)}
BAD_NEIGHBORS: Values = {"n_neighbors": (0, 500), "metric": ("nonesuch",)}
BAD_XGB: Values = {"max_depth": (-3,), "objective": ("nonesuch",)}
BAD_TREE: Values = {"max_depth": (-1,), "ccp_alpha": (-1.0,)}
BAD_FOREST: Values = {"n_estimators": (0, "many")}
