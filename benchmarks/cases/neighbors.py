"""Nearest neighbours: one search for the neighbours at the largest count."""

from __future__ import annotations

import numpy as np
from data import numbers
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.metrics import accuracy_score, log_loss, pairwise_distances_argmin, r2_score
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .case import Problem, case

COUNTS = [*range(1, 20, 2), 25, 35, 51]
WEIGHTS = ["uniform", "distance"]


def votes(
    model: KNeighborsClassifier, rows: np.ndarray, counts: list[int], weights: list[str]
) -> list[np.ndarray]:
    """Return the votes for each class, of shape (n_queries, n_classes), for each candidate."""
    distances, indices = model.kneighbors(rows, max(counts))
    mine = model._y[indices][:, :, None] == np.arange(len(model.classes_))
    found = []
    for weighting in weights:
        running = np.cumsum(mine * _weight(distances, weighting)[:, :, None], axis=1)
        found += [running[:, k - 1] for k in counts]
    return found


def _weight(distances: np.ndarray, weighting: str) -> np.ndarray:
    if weighting == "uniform":
        return np.ones_like(distances)
    zero = distances == 0
    inverse = 1.0 / np.where(zero, 1.0, distances)
    return np.where(zero.any(axis=1, keepdims=True), zero, inverse)


def classifier_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One search; votes for every candidate added up along the neighbours."""
    counts = problem.grid["n_neighbors"]
    weights = problem.grid.get("weights", [problem.estimator.weights])
    model = clone(problem.estimator).set_params(n_neighbors=max(counts))
    model.fit(problem.X[train], problem.y[train])
    for given in votes(model, problem.X[test], counts, weights):
        accuracy_score(problem.y[test], model.classes_[np.argmax(given, axis=1)])
        if "neg_log_loss" in problem.options.get("scoring", ()):
            log_loss(problem.y[test], given / given.sum(axis=1, keepdims=True))


def metrics_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One search for each power: a tree finds the same whatever the size of its leaves."""
    scaler = StandardScaler().fit(problem.X[train])
    rows = [scaler.transform(problem.X[part]) for part in (train, test)]
    counts = problem.grid["kneighborsclassifier__n_neighbors"]
    for p in problem.grid["kneighborsclassifier__p"]:
        model = KNeighborsClassifier(max(counts), p=p).fit(rows[0], problem.y[train])
        for given in votes(model, rows[1], counts, WEIGHTS):
            for _ in problem.grid["kneighborsclassifier__leaf_size"]:
                accuracy_score(problem.y[test], model.classes_[np.argmax(given, axis=1)])


def regressor_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One search; weighted means for every candidate added up along the neighbours."""
    scaler = StandardScaler().fit(problem.X[train])
    counts = problem.grid["kneighborsregressor__n_neighbors"]
    model = KNeighborsRegressor(max(counts)).fit(
        scaler.transform(problem.X[train]), problem.y[train]
    )
    distances, indices = model.kneighbors(scaler.transform(problem.X[test]))
    for weighting in WEIGHTS:
        weight = _weight(distances, weighting)
        means = np.cumsum(weight * model._y[indices], axis=1) / np.cumsum(weight, axis=1)
        for k in counts:
            r2_score(problem.y[test], means[:, k - 1])


def pca_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One decomposition; one search for each number of components."""
    scaler = StandardScaler().fit(problem.X[train])
    rows = [scaler.transform(problem.X[part]) for part in (train, test)]
    widths = problem.grid["pca__n_components"]
    pca = PCA(max(widths)).fit(rows[0])
    rows = [pca.transform(part) for part in rows]
    counts = problem.grid["kneighborsclassifier__n_neighbors"]
    for width in widths:
        fitted, asked = (np.ascontiguousarray(part[:, :width]) for part in rows)
        model = KNeighborsClassifier(max(counts)).fit(fitted, problem.y[train])
        for given in votes(model, asked, counts, ["uniform"]):
            accuracy_score(problem.y[test], model.classes_[np.argmax(given, axis=1)])


def centroid_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One fit without shrinking; for each threshold other centroids and the nearest of them."""
    X, y = problem.X[train], problem.y[train]
    model = NearestCentroid().fit(X, y)
    centre, deviations = X.mean(axis=0), model.deviations_
    chance = np.sqrt(1.0 / np.unique(y, return_counts=True)[1] - 1.0 / len(y))
    spread = model.within_class_std_dev_
    scale = chance[:, None] * (spread + np.median(spread))
    for threshold in problem.grid["shrink_threshold"]:
        shrunk = np.sign(deviations) * np.maximum(np.abs(deviations) - (threshold or 0), 0)
        nearest = pairwise_distances_argmin(problem.X[test], centre + scale * shrunk)
        accuracy_score(problem.y[test], model.classes_[nearest])


@case(
    "KNeighborsClassifier, 13 neighbour counts x 2 weightings",
    "phoneme",
    headline=True,
    equal=0.0,
    family="nearest neighbours",
    floor=classifier_floor,
)
def neighbors() -> Problem:
    X, y = numbers("phoneme", "class")
    return Problem(X, y, KNeighborsClassifier(), {"n_neighbors": COUNTS, "weights": WEIGHTS})


@case(
    "StandardScaler + KNeighborsRegressor, 13 counts x 2 weightings",
    "california_housing",
    family="nearest neighbours",
    floor=regressor_floor,
)
def neighbors_regressor() -> Problem:
    X, y = numbers("california_housing", "median_house_value")
    model = make_pipeline(StandardScaler(), KNeighborsRegressor())
    grid = {"kneighborsregressor__n_neighbors": COUNTS, "kneighborsregressor__weights": WEIGHTS}
    return Problem(X, y, model, grid)


@case(
    "StandardScaler + PCA + KNeighborsClassifier, 3 component counts x 8 neighbour counts",
    "satimage",
    headline=True,
    family="nearest neighbours",
    floor=pca_floor,
)
def neighbors_pca() -> Problem:
    X, y = numbers("satimage", "Class")
    model = make_pipeline(StandardScaler(), PCA(), KNeighborsClassifier())
    grid = {"pca__n_components": [4, 8, 16], "kneighborsclassifier__n_neighbors": COUNTS[:8]}
    return Problem(X, y, model, grid)


@case(
    "KNeighborsClassifier of 10 classes, 13 counts x 2 weightings, 2 scores",
    "pendigits",
    family="nearest neighbours",
    floor=classifier_floor,
)
def neighbors_scores() -> Problem:
    X, y = numbers("pendigits", "class")
    grid = {"n_neighbors": COUNTS, "weights": WEIGHTS}
    options = {"scoring": ["accuracy", "neg_log_loss"]}
    return Problem(X, y, KNeighborsClassifier(), grid, options=options)


@case(
    "StandardScaler + KNeighborsClassifier, 6 counts x 2 weightings x 2 powers x 3 leaf sizes",
    "wine_quality",
    equal=0.0,
    family="nearest neighbours",
    floor=metrics_floor,
)
def neighbors_metrics() -> Problem:
    X, y = numbers("wine_quality", "quality")
    model = make_pipeline(StandardScaler(), KNeighborsClassifier())
    grid = {"n_neighbors": COUNTS[:6], "weights": WEIGHTS, "p": [1, 2], "leaf_size": [20, 30, 40]}
    return Problem(X, y, model, {f"kneighborsclassifier__{name}": grid[name] for name in grid})


@case(
    "NearestCentroid, 12 thresholds",
    "covertype_7class",
    equal=0.0,
    family="nearest centroid",
    floor=centroid_floor,
)
def centroid() -> Problem:
    X, y = numbers("covertype_7class", "Cover_Type")
    thresholds = [None, *np.geomspace(0.1, 100, 11).tolist()]
    return Problem(X, y, NearestCentroid(), {"shrink_threshold": thresholds})
