"""The other searches: random draws, successive halving, a search inside cross-validation."""

import numpy as np
from data import coded, numbers
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .case import Problem, case


@case("RandomizedSearchCV: StandardScaler + Ridge, 100 draws", "bike_sharing_hour")
def random_ridge() -> Problem:
    from scipy.stats import loguniform

    X, y = numbers("bike_sharing_hour", "cnt")
    options = {"n_iter": 100, "random_state": 0}
    model = make_pipeline(StandardScaler(), Ridge())
    return Problem(X, y, model, {"ridge__alpha": loguniform(1e-3, 1e4)}, "random", options)


@case("RandomizedSearchCV: XGBRegressor, 10 draws", "diamonds", equal=1e-6, headline=True)
def random_boosting() -> Problem:
    from scipy.stats import loguniform, randint
    from xgboost import XGBRegressor

    X, y = coded("diamonds", "price")
    grid = {
        "n_estimators": randint(30, 120),
        "max_depth": [3, 5],
        "learning_rate": loguniform(0.05, 0.3),
    }
    return Problem(X, y, XGBRegressor(), grid, "random", {"n_iter": 10, "random_state": 0})


# scikit-learn itself decides ties of distances otherwise with another number of threads.
@case(
    "HalvingGridSearchCV: KNeighborsClassifier, 13 counts x 2 weightings", "pendigits", equal=2e-3
)
def halving() -> Problem:
    X, y = numbers("pendigits", "class")
    grid = {"n_neighbors": [*range(1, 20, 2), 25, 35, 51], "weights": ["uniform", "distance"]}
    return Problem(X, y, KNeighborsClassifier(), grid, "halving", {"random_state": 0})


@case("cross_val_score of a search: StandardScaler + Ridge, 30 alphas", "california_housing")
def nested() -> Problem:
    X, y = numbers("california_housing", "median_house_value")
    model = make_pipeline(StandardScaler(), Ridge())
    return Problem(X, y, model, {"ridge__alpha": np.logspace(-3, 4, 30)}, "nested")
