"""Classes that make one kind of search themselves, to compare with: each finds a best strength.

They answer less than a search does: one number for each strength, or only the best strength. A
scaler in front is fitted once on all rows, as their documentation does it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Problem
from sides import N_JOBS


def strengths(problem: Problem) -> np.ndarray:
    """Return the values of the one parameter in the grid."""
    (values,) = problem.grid.values()
    return np.asarray(values)


def _scaled(problem: Problem) -> np.ndarray:
    """Return X after the steps in front of the model."""
    steps = getattr(problem.estimator, "steps", None)
    X = problem.X
    for _, step in (steps or [])[:-1]:
        X = step.fit_transform(X)
    return X


def _last(problem: Problem) -> Any:
    steps = getattr(problem.estimator, "steps", None)
    return steps[-1][1] if steps else problem.estimator


def ridge_cv(problem: Problem) -> float:
    """RidgeCV with its own leave-one-out score: another question, the nearest it answers fast."""
    from sklearn.linear_model import RidgeCV

    return float(RidgeCV(strengths(problem)).fit(_scaled(problem), problem.y).alpha_)


def himalaya_ridge_cv(problem: Problem) -> float:
    """himalaya's RidgeCV on the same five folds, in its NumPy backend."""
    from himalaya.ridge import RidgeCV

    X = _scaled(problem)
    found = RidgeCV(alphas=strengths(problem), fit_intercept=True, cv=5).fit(X, problem.y)
    return float(np.ravel(found.best_alphas_)[0])


def lasso_cv(problem: Problem) -> float:
    """LassoCV on the same five folds."""
    from sklearn.linear_model import LassoCV

    found = LassoCV(
        alphas=strengths(problem), cv=5, n_jobs=N_JOBS, max_iter=_last(problem).max_iter
    )
    return float(found.fit(_scaled(problem), problem.y).alpha_)


def logistic_regression_cv(problem: Problem) -> float:
    """LogisticRegressionCV on the same five folds."""
    from sklearn.linear_model import LogisticRegressionCV

    found = LogisticRegressionCV(
        Cs=strengths(problem),
        cv=5,
        n_jobs=N_JOBS,
        max_iter=_last(problem).max_iter,
        l1_ratios=(0.0,),
        scoring="accuracy",
        use_legacy_attributes=False,
    )
    return float(np.ravel(found.fit(_scaled(problem), problem.y).C_)[0])


SPECIALISTS = {
    "RidgeCV": ridge_cv,
    "himalaya RidgeCV": himalaya_ridge_cv,
    "LassoCV": lasso_cv,
    "LogisticRegressionCV": logistic_regression_cv,
}
