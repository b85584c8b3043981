"""Grids in which gridfold shares nothing: it should cost nothing either."""

import numpy as np
from data import numbers

from .case import Problem, case


@case("DecisionTreeClassifier, 36 candidates: nothing to share", "phoneme", headline=True)
def trees() -> Problem:
    from sklearn.tree import DecisionTreeClassifier

    X, y = numbers("phoneme", "class")
    grid = {"max_depth": [3, 6, 9, 12], "min_samples_leaf": [1, 5, 20], "max_features": [2, 3, 5]}
    return Problem(X, y, DecisionTreeClassifier(random_state=0), grid, "grid")


@case("RandomForestClassifier, 6 candidates: nothing to share", "segment")
def forests() -> Problem:
    from sklearn.ensemble import RandomForestClassifier

    X, y = numbers("segment", "class")
    grid = {"max_depth": [6, 12, None], "max_features": [4, 8]}
    return Problem(X, y, RandomForestClassifier(60, random_state=0), grid)


@case("Perceptron, 200 fits of some milliseconds: nothing to share", "wine_quality")
def cheap() -> Problem:
    from sklearn.linear_model import Perceptron

    X, y = numbers("wine_quality", "quality")
    model = Perceptron(random_state=0, max_iter=5, tol=None)
    return Problem(X, y, model, {"eta0": np.logspace(-3, 1, 40)})
