"""Poisson, gamma and Tweedie regression: a warm path over alpha."""

import numpy as np
from data import read
from sklearn.base import clone
from sklearn.linear_model import GammaRegressor, PoissonRegressor
from sklearn.metrics import get_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from .case import Problem, case

ALPHAS = np.logspace(-5, 1, 20)


def _floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """Prepare the rows once, then follow a warm path over alpha by Newton's method."""
    *prepare, (name, model) = problem.estimator.steps
    rows = [problem.X.iloc[part] for part in (train, test)]
    for _, step in prepare:
        fitted = clone(step).fit(rows[0])
        rows = [fitted.transform(part) for part in rows]
    model = clone(model).set_params(solver="newton-cholesky", warm_start=True)
    score = get_scorer(problem.options["scoring"])
    for alpha in sorted(problem.grid[f"{name}__alpha"], reverse=True):
        model.set_params(alpha=alpha).fit(rows[0], problem.y[train])
        score(model, rows[1], problem.y[test])


@case(
    "columns one-hot or scaled + PoissonRegressor, 20 alphas",
    "bike_sharing_hour",
    equal=1e-2,
    family="generalized linear, 20 alphas",
    floor=_floor,
    tight={"poissonregressor__tol": 1e-8, "poissonregressor__solver": "newton-cholesky"},
)
def poisson() -> Problem:
    from sklearn.compose import make_column_transformer

    table = read("bike_sharing_hour")
    y = table.pop("cnt").to_numpy(float)
    X = table.select_dtypes("number").astype(float)
    kinds = [c for c in ("season", "mnth", "hr", "weekday", "weathersit") if c in X]
    rest = [c for c in X if c not in kinds]
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), kinds),
        (StandardScaler(), rest),
    )
    model = make_pipeline(columns, PoissonRegressor(max_iter=1000))
    options = {"scoring": "neg_mean_poisson_deviance"}
    return Problem(X, y, model, {"poissonregressor__alpha": ALPHAS}, options=options)


@case(
    "columns one-hot or scaled + GammaRegressor, 20 alphas",
    "diamonds",
    equal=1e-2,
    family="generalized linear, 20 alphas",
    floor=_floor,
    tight={"gammaregressor__tol": 1e-8, "gammaregressor__solver": "newton-cholesky"},
)
def gamma() -> Problem:
    from sklearn.compose import make_column_transformer

    table = read("diamonds")
    table = table.iloc[np.random.default_rng(0).permutation(len(table))]
    y = table.pop("price").to_numpy(float)
    columns = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["cut", "color", "clarity"]),
        (StandardScaler(), ["carat", "depth", "table"]),
    )
    model = make_pipeline(columns, GammaRegressor(max_iter=1000))
    options = {"scoring": "neg_mean_absolute_percentage_error"}
    return Problem(table, y, model, {"gammaregressor__alpha": ALPHAS}, options=options)
