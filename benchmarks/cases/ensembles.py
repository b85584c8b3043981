"""Ensembles and trees: one largest model per fold, the others its beginnings or prunings."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
from data import coded, numbers
from sklearn.base import clone, is_classifier
from sklearn.metrics import accuracy_score, r2_score

from .case import Problem, case

SIZES = [25, 50, 75, 100, 150, 200]


def largest(problem: Problem, train: np.ndarray) -> Any:
    """Fit the candidate of the most stages."""
    ((name, sizes),) = problem.grid.items()
    model = clone(problem.estimator).set_params(**{name: max(sizes)})
    return model.fit(problem.X[train], problem.y[train])


def score_stages(problem: Problem, model: Any, staged: Iterator[Any], test: np.ndarray) -> None:
    """Score what each candidate predicts, among the predictions after each stage."""
    ((_, sizes),) = problem.grid.items()
    metric = accuracy_score if is_classifier(model) else r2_score
    for stage, predicted in enumerate(staged, start=1):
        if stage in sizes:
            metric(problem.y[test], predicted)


def sums_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One largest forest or bag; the trees' probabilities added up, one by one."""
    model, rows = largest(problem, train), problem.X[test]
    total: Any = 0.0

    def staged() -> Iterator[np.ndarray]:
        nonlocal total
        for tree in model.estimators_:
            if is_classifier(model):
                total = total + tree.predict_proba(rows)
                yield model.classes_[np.argmax(total, axis=1)]
            else:
                total = total + tree.predict(rows)
                yield total / len(model.estimators_)

    score_stages(problem, model, staged(), test)


def stages_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One longest run; its own predictions stage by stage."""
    model = largest(problem, train)
    score_stages(problem, model, model.staged_predict(problem.X[test]), test)


def pruning_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One whole tree; scikit-learn's pruning of it and a prediction for each candidate."""
    whole = clone(problem.estimator).fit(problem.X[train], problem.y[train])
    for alpha in problem.grid["ccp_alpha"]:
        pruned = copy.copy(whole).set_params(ccp_alpha=alpha)
        pruned._prune_tree()
        r2_score(problem.y[test], pruned.predict(problem.X[test]))


def limits_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One tree of the most leaves; as many predictions as there are candidates."""
    model = largest(problem, train)
    for _ in problem.grid["max_leaf_nodes"]:
        accuracy_score(problem.y[test], model.predict(problem.X[test]))


@case(
    "RandomForestClassifier, 6 numbers of trees",
    "segment",
    equal=0,
    headline=True,
    family="forests",
    floor=sums_floor,
)
def forest_sizes() -> Problem:
    from sklearn.ensemble import RandomForestClassifier

    X, y = numbers("segment", "class")
    return Problem(X, y, RandomForestClassifier(random_state=0), {"n_estimators": SIZES})


@case(
    "ExtraTreesRegressor, 6 numbers of trees",
    "wine_quality",
    equal=0,
    family="forests",
    floor=sums_floor,
)
def extra_trees_sizes() -> Problem:
    from sklearn.ensemble import ExtraTreesRegressor

    X, y = numbers("wine_quality", "quality")
    model = ExtraTreesRegressor(random_state=0, min_samples_leaf=3)
    return Problem(X, y.astype(float), model, {"n_estimators": SIZES[:5]})


@case(
    "BaggingClassifier, 6 numbers of trees", "phoneme", equal=0, family="bagging", floor=sums_floor
)
def bag_sizes() -> Problem:
    from sklearn.ensemble import BaggingClassifier

    X, y = numbers("phoneme", "class")
    grid = {"n_estimators": [10, 20, 30, 40, 60, 80]}
    return Problem(X, y, BaggingClassifier(random_state=0), grid)


@case(
    "GradientBoostingRegressor, 6 numbers of stages",
    "abalone",
    equal=0,
    family="boosting stages",
    floor=stages_floor,
)
def boosting_stages() -> Problem:
    from sklearn.ensemble import GradientBoostingRegressor

    X, y = coded("abalone", "Class_Rings")
    return Problem(X, y, GradientBoostingRegressor(random_state=0), {"n_estimators": SIZES})


@case(
    "HistGradientBoostingClassifier, 6 numbers of stages",
    "electricity",
    equal=0,
    headline=True,
    family="boosting stages",
    floor=stages_floor,
)
def binned_boosting_stages() -> Problem:
    from sklearn.ensemble import HistGradientBoostingClassifier

    X, y = numbers("electricity", "target")
    model = HistGradientBoostingClassifier(random_state=0)
    return Problem(X, y, model, {"max_iter": [20, 40, 60, 80, 100, 120]})


@case(
    "AdaBoostClassifier, 6 numbers of stages",
    "phoneme",
    equal=0,
    family="boosting stages",
    floor=stages_floor,
)
def adaboost_stages() -> Problem:
    from sklearn.ensemble import AdaBoostClassifier

    X, y = numbers("phoneme", "class")
    return Problem(X, y, AdaBoostClassifier(random_state=0), {"n_estimators": SIZES})


@case(
    "DecisionTreeRegressor, 30 strengths of pruning",
    "abalone",
    equal=0,
    headline=True,
    family="pruning path",
    floor=pruning_floor,
)
def pruning_path() -> Problem:
    from sklearn.tree import DecisionTreeRegressor

    X, y = coded("abalone", "Class_Rings")
    grid = {"ccp_alpha": np.logspace(-3, 0, 30)}
    return Problem(X, y, DecisionTreeRegressor(random_state=0), grid)


@case(
    "DecisionTreeClassifier, 15 numbers of leaves",
    "electricity",
    equal=0,
    family="pruning path",
    floor=limits_floor,
)
def leaf_limits() -> Problem:
    from sklearn.tree import DecisionTreeClassifier

    X, y = numbers("electricity", "target")
    grid = {"max_leaf_nodes": np.unique(np.geomspace(10, 2000, 15).astype(int)).tolist()}
    return Problem(X, y, DecisionTreeClassifier(random_state=0), grid)
