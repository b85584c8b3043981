"""Logistic regression: a warm path over strengths; scores agree to the solvers' tolerance."""

import numpy as np
from data import frame, numbers
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .case import Problem, case


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
)
def logistic_classes() -> Problem:
    X, y = numbers("pendigits", "class")
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return Problem(X, y, model, {"logisticregression__C": np.logspace(-3, 2, 10)})


@case(
    "columns one-hot or scaled + LogisticRegression, 12 strengths",
    "bank_marketing",
    equal=2e-3,
    headline=True,
)
def logistic_columns() -> Problem:
    from sklearn.compose import make_column_transformer
    from sklearn.preprocessing import OneHotEncoder

    X, y = frame("bank_marketing", "deposit")
    # In the order of the calls the folds are so unlike that scikit-learn's stop decides the score.
    order = np.random.default_rng(0).permutation(len(y))
    X, y = X.iloc[order], y[order]
    number = list(X.select_dtypes("number"))
    text = [column for column in X if column not in number]
    columns = make_column_transformer(
        (StandardScaler(), number), (OneHotEncoder(handle_unknown="ignore"), text)
    )
    model = make_pipeline(columns, LogisticRegression(max_iter=1000))
    return Problem(X, y, model, {"logisticregression__C": np.logspace(-3, 2, 12)})


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
