"""Scores of 300 members at once against a loop over scikit-learn's scorers, on real tables.

    python benchmarks/scoring.py [--repeat 5] [METRIC ...]

The members are fitted models; only the scoring of what they predict for a test fold of 20 % of the
rows is timed, on one thread. Needs the real tables: set GRIDFOLD_DATA to their folder. Writes
results/scoring.json; named metrics replace only their own results in it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from data import numbers
from machine import machine
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from gridfold.pipelines.metrics import batched_score

HERE = Path(__file__).parent
N_MEMBERS = 300


class Classifier(ClassifierMixin, BaseEstimator):
    """A member whose answers are known, so that asking it costs nothing."""

    def __init__(self, classes: np.ndarray, answers: dict[str, np.ndarray]) -> None:
        self.classes_ = classes
        self.answers = answers

    def predict(self, X: Any) -> np.ndarray:
        """Return the known labels."""
        return self.answers["predict"]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the known probabilities."""
        return self.answers["predict_proba"]


class Regressor(RegressorMixin, BaseEstimator):
    """A member whose answers are known, so that asking it costs nothing."""

    def __init__(self, answers: dict[str, np.ndarray]) -> None:
        self.answers = answers

    def predict(self, X: Any) -> np.ndarray:
        """Return the known numbers."""
        return self.answers["predict"]


@dataclass(frozen=True)
class Problem:
    """Members, and what they answer for the rows of the test fold."""

    y: np.ndarray
    members: list[Any]
    answers: dict[str, Any]


def split(X: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """Return training and test rows of the scaled table."""
    parts = train_test_split(X, y, test_size=0.2, random_state=0)
    scaler = StandardScaler().fit(parts[0])
    return [scaler.transform(parts[0]), scaler.transform(parts[1]), *parts[2:]]


def classify(X: np.ndarray, y: np.ndarray, models: list[Any]) -> Problem:
    """Fit classifiers."""
    train, test, y_train, y_test = split(X, y)
    members = []
    for model in models:
        fitted = model.fit(train, y_train)
        answers = {m: getattr(fitted, m)(test) for m in ("predict", "predict_proba")}
        members.append(Classifier(fitted.classes_, answers))
    return Problem(y_test, members, together(members))


def together(members: list[Any]) -> dict[str, Any]:
    """Return the answers as a search has them: one array per member."""
    return {m: [member.answers[m] for member in members] for m in members[0].answers}


@cache
def adult() -> Problem:
    """Logistic regressions of 300 strengths: two classes, few ties."""
    X, y = numbers("adult", "income")
    models = [LogisticRegression(C=C) for C in np.logspace(-6, 3, N_MEMBERS)]
    return classify(X, y, models)


@cache
def adult_text() -> Problem:
    """The same with labels that are text."""
    problem = adult()
    names = np.array(["<=50K", ">50K"], dtype=object)
    members = []
    for member in problem.members:
        answers = {**member.answers, "predict": names[member.answers["predict"]]}
        members.append(Classifier(names, answers))
    return Problem(names[problem.y], members, together(members))


@cache
def phoneme() -> Problem:
    """Trees of 300 shapes: two classes, many ties."""
    X, y = numbers("phoneme", "class")
    shapes = [(depth, leaf) for depth in range(1, 21) for leaf in range(1, 16)]
    trees = [DecisionTreeClassifier(max_depth=d, min_samples_leaf=k) for d, k in shapes]
    return classify(X, y, trees)


@cache
def pendigits() -> Problem:
    """Naive Bayes of 300 smoothings: 10 classes."""
    X, y = numbers("pendigits", "class")
    return classify(X, y, [GaussianNB(var_smoothing=v) for v in np.logspace(-9, 0, N_MEMBERS)])


@cache
def housing() -> Problem:
    """Ridge regressions of 300 strengths."""
    X, y = numbers("california_housing", "median_house_value")
    train, test, y_train, y_test = split(X, y.astype(float))
    models = [Ridge(alpha).fit(train, y_train) for alpha in np.logspace(-3, 5, N_MEMBERS)]
    members = [Regressor({"predict": np.abs(m.predict(test)) + 1}) for m in models]
    return Problem(y_test, members, together(members))


@dataclass(frozen=True)
class Case:
    """A metric on a table; the target says how many times faster the claim is."""

    scorer: str
    problem: Callable[[], Problem]
    target: float = 5.0
    method: str = "predict"


def positive(problem: Problem, case: Case) -> Any:
    """Return the answers as the metric reads them: of two classes the second one's column."""
    answers = problem.answers[case.method]
    if case.method == "predict_proba" and answers[0].shape[1] == 2:
        return [answer[:, 1] for answer in answers]
    return answers


PROBA = {"method": "predict_proba"}
CASES = {
    "accuracy": Case("accuracy", adult),
    "accuracy_text": Case("accuracy", adult_text),
    "accuracy_10_classes": Case("accuracy", pendigits),
    "r2": Case("r2", housing),
    "roc_auc": Case("roc_auc", adult, 2.0, **PROBA),
    "roc_auc_ties": Case("roc_auc", phoneme, 2.0, **PROBA),
    "roc_auc_ovr_10_classes": Case("roc_auc_ovr", pendigits, 2.0, **PROBA),
    "average_precision": Case("average_precision", adult, 2.0, **PROBA),
    "balanced_accuracy": Case("balanced_accuracy", adult),
    "f1": Case("f1", adult),
    "f1_macro_text": Case("f1_macro", adult_text),
    "f1_macro_10_classes": Case("f1_macro", pendigits),
    "neg_log_loss": Case("neg_log_loss", adult, **PROBA),
    "neg_log_loss_10_classes": Case("neg_log_loss", pendigits, **PROBA),
    "neg_brier_score": Case("neg_brier_score", adult, **PROBA),
    "neg_mean_squared_error": Case("neg_mean_squared_error", housing),
    "neg_root_mean_squared_error": Case("neg_root_mean_squared_error", housing),
    "neg_mean_absolute_error": Case("neg_mean_absolute_error", housing),
    "neg_median_absolute_error": Case("neg_median_absolute_error", housing, 2.0),
    "neg_mean_absolute_percentage_error": Case("neg_mean_absolute_percentage_error", housing),
    "neg_mean_poisson_deviance": Case("neg_mean_poisson_deviance", housing),
    "explained_variance": Case("explained_variance", housing),
}


def one_by_one(problem: Problem, case: Case) -> list[float]:
    """Ask scikit-learn's scorer for each member."""
    scorer, rows = get_scorer(case.scorer), np.zeros((len(problem.y), 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [scorer(member, rows, problem.y) for member in problem.members]


def at_once(problem: Problem, case: Case) -> list[float | None]:
    """Score all members together."""
    scores = batched_score(case.scorer, problem.y, positive(problem, case))
    if scores is None:
        raise SystemExit(f"{case.scorer} has no batched form for this table.")
    return scores


def measure(case: Case, repeat: int) -> dict[str, Any]:
    """Time both in turn, after one run of each that is not counted."""
    problem = case.problem()
    sides: dict[str, Callable[[Problem, Case], Any]] = {
        "scikit-learn": one_by_one,
        "gridfold": at_once,
    }
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    found = {}
    for counted in range(-1, repeat):
        for side, score in sides.items():
            start = time.perf_counter()
            found[side] = score(problem, case)
            if counted >= 0:
                seconds[side].append(time.perf_counter() - start)
    theirs, ours = (np.array(found[side], dtype=float) for side in sides)
    scale = np.where(theirs == 0, 1.0, np.abs(theirs))
    ratios = [a / b for a, b in zip(*seconds.values(), strict=True)]
    return {
        "scorer": case.scorer,
        "table": case.problem.__name__,
        "rows": len(problem.y),
        "members": len(problem.members),
        "left_to_scikit_learn": int(np.isnan(ours).sum()),
        "seconds": {side: statistics.median(s) for side, s in seconds.items()},
        "faster": statistics.median(ratios),
        "faster_range": [min(ratios), max(ratios)],
        "largest_relative_difference": float(np.nanmax(np.abs(ours - theirs) / scale)),
        "target_faster": case.target,
    }


def main() -> None:
    """Measure the metrics named, print each, and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metrics", nargs="*", choices=[[], *CASES], default=[])
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    path = HERE / "results" / "scoring.json"
    kept = json.loads(path.read_text())["cases"] if path.exists() and options.metrics else {}
    with threadpool_limits(1):
        for name in options.metrics or CASES:
            result = kept[name] = measure(CASES[name], options.repeat)
            print(
                f"{name} ({result['table']}, {result['rows']} rows): {result['faster']:.1f} times "
                f"faster (target {result['target_faster']:.0f}), scores equal to "
                f"{result['largest_relative_difference']:.1e}",
                flush=True,
            )
    path.write_text(json.dumps({"machine": machine(), "cases": kept}, indent=1) + "\n")


if __name__ == "__main__":
    main()
