"""Logistic regression: a warm path over strengths; scores agree to the solvers' tolerance."""

import numpy as np
from data import frame, numbers
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .case import Problem, case

_TIGHT = {"logisticregression__tol": 1e-8, "logisticregression__solver": "newton-cholesky"}


def _floor(solver: str, problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """Prepare the rows once, then follow a warm path over the strengths."""
    *prepare, (_, model) = problem.estimator.steps
    y, rows = problem.y, [_rows(problem.X, part) for part in (train, test)]
    for _, step in prepare:
        fitted = clone(step).fit(rows[0], y[train])
        rows = [fitted.transform(part) for part in rows]
    model = clone(model).set_params(solver=solver, warm_start=True)
    score = get_scorer(problem.options.get("scoring", "accuracy"))
    for strength in problem.grid["logisticregression__C"]:
        model.set_params(C=strength).fit(rows[0], y[train])
        score(model, rows[1], y[test])


def _rows(X: object, part: np.ndarray) -> object:
    return X.iloc[part] if hasattr(X, "iloc") else X[part]


def _newton_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    _floor("newton-cholesky", problem, train, test)


def _lbfgs_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    _floor("lbfgs", problem, train, test)


@case(
    "StandardScaler + LogisticRegression, 20 strengths",
    "credit_default_taiwan",
    equal=2e-3,
    headline=True,
    specialists=("LogisticRegressionCV",),
)
def logistic() -> Problem:
    X, y = numbers("credit_default_taiwan", "default")
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return Problem(X, y, model, {"logisticregression__C": np.logspace(-3, 2, 20)})


@case(
    "StandardScaler + LogisticRegression of 10 classes, 10 strengths",
    "pendigits",
    equal=5e-3,
    specialists=("LogisticRegressionCV",),
    family="logistic, 10 or more classes",
    floor=_lbfgs_floor,
    tight=_TIGHT,
)
def logistic_classes() -> Problem:
    X, y = numbers("pendigits", "class")
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return Problem(X, y, model, {"logisticregression__C": np.logspace(-3, 2, 10)})


@case(
    "columns one-hot or scaled + LogisticRegression, 15 strengths, AUC",
    "bank_marketing",
    equal=2e-3,
    headline=True,
    family="logistic, 15 strengths, one-hot and scaler in front",
    floor=_newton_floor,
    tight=_TIGHT,
)
def logistic_columns() -> Problem:
    X, y = frame("bank_marketing", "deposit")
    # In the order of the calls the folds are so unlike that scikit-learn's stop decides the score.
    order = np.random.default_rng(0).permutation(len(y))
    return _columns_problem(X.iloc[order], y[order])


@case(
    "columns one-hot (sparse) or scaled + LogisticRegression, 15 strengths, AUC",
    "adult",
    equal=2e-3,
    family="logistic, 15 strengths, one-hot and scaler in front",
    floor=_lbfgs_floor,
    tight=_TIGHT,
)
def logistic_sparse() -> Problem:
    X, y = frame("adult", "income")
    return _columns_problem(X.iloc[:24000], y[:24000])


def _columns_problem(X: object, y: np.ndarray) -> Problem:
    from sklearn.compose import make_column_transformer
    from sklearn.preprocessing import OneHotEncoder

    number = list(X.select_dtypes("number"))
    text = [column for column in X if column not in number]
    columns = make_column_transformer(
        (StandardScaler(), number), (OneHotEncoder(handle_unknown="ignore"), text)
    )
    model = make_pipeline(columns, LogisticRegression(max_iter=1000))
    grid = {"logisticregression__C": np.logspace(-3, 2, 15)}
    return Problem(X, y, model, grid, options={"scoring": "roc_auc"})


@case(
    "StandardScaler + LogisticRegression, 12 strengths, 4 scores, with train scores",
    "electricity",
    equal=2e-3,
)
def logistic_scores() -> Problem:
    X, y = numbers("electricity", "target")
    scoring = ["accuracy", "f1", "roc_auc", "neg_log_loss"]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    grid = {"logisticregression__C": np.logspace(-3, 2, 12)}
    return Problem(X, y, model, grid, options={"scoring": scoring, "return_train_score": True})
