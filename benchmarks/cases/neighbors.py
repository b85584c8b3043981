"""Nearest neighbours: one search for the neighbours at the largest count."""

from data import numbers
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .case import Problem, case

COUNTS = [*range(1, 20, 2), 25, 35, 51]
WEIGHTS = ["uniform", "distance"]


@case("KNeighborsClassifier, 13 neighbour counts x 2 weightings", "phoneme", headline=True)
def neighbors() -> Problem:
    X, y = numbers("phoneme", "class")
    return Problem(X, y, KNeighborsClassifier(), {"n_neighbors": COUNTS, "weights": WEIGHTS})


@case("StandardScaler + KNeighborsRegressor, 10 counts x 2 weightings", "california_housing")
def neighbors_regressor() -> Problem:
    X, y = numbers("california_housing", "median_house_value")
    model = make_pipeline(StandardScaler(), KNeighborsRegressor())
    grid = {
        "kneighborsregressor__n_neighbors": COUNTS[:10],
        "kneighborsregressor__weights": WEIGHTS,
    }
    return Problem(X, y, model, grid)


@case(
    "StandardScaler + PCA + KNeighborsClassifier, 3 component counts x 8 neighbour counts",
    "satimage",
    headline=True,
)
def neighbors_pca() -> Problem:
    X, y = numbers("satimage", "Class")
    model = make_pipeline(StandardScaler(), PCA(), KNeighborsClassifier())
    grid = {"pca__n_components": [4, 8, 16], "kneighborsclassifier__n_neighbors": COUNTS[:8]}
    return Problem(X, y, model, grid)


@case("KNeighborsClassifier of 10 classes, 6 counts, 2 scores", "pendigits")
def neighbors_scores() -> Problem:
    X, y = numbers("pendigits", "class")
    scoring = ["accuracy", "neg_log_loss"]
    model = KNeighborsClassifier(weights="distance")
    return Problem(X, y, model, {"n_neighbors": COUNTS[2:8]}, options={"scoring": scoring})
