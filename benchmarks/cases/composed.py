"""Steps replaced by candidates, branches of columns, models of several kinds in one grid."""

import numpy as np
from data import frame, numbers
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from .case import Problem, case


@case("StandardScaler + Ridge (20 alphas) or KNeighborsRegressor (8 counts)", "elevators")
def models() -> Problem:
    X, y = numbers("elevators", "Goal")
    model = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
    grid = [
        {"model": [Ridge()], "model__alpha": np.logspace(-3, 4, 20)},
        {"model": [KNeighborsRegressor()], "model__n_neighbors": [1, 3, 5, 7, 9, 11, 15, 21]},
    ]
    return Problem(X, y, model, grid)


@case(
    "columns prepared, 2 encodings x 2 imputations + LogisticRegression, 4 strengths",
    "adult",
    equal=2e-3,
    headline=True,
)
def branches() -> Problem:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder

    X, y = frame("adult", "income")
    X, y = X.iloc[:16000], y[:16000]
    number = list(X.select_dtypes("number"))
    text = [column for column in X if column not in number]
    columns = ColumnTransformer(
        [
            ("number", make_pipeline(SimpleImputer(), StandardScaler()), number),
            ("text", OneHotEncoder(handle_unknown="infrequent_if_exist"), text),
        ]
    )
    model = Pipeline([("columns", columns), ("logistic", LogisticRegression(max_iter=1000))])
    grid = {
        "columns__text__min_frequency": [5, 50],
        "columns__number__simpleimputer__strategy": ["mean", "median"],
        "logistic__C": [0.01, 0.1, 1.0, 10.0],
    }
    return Problem(X, y, model, grid)


@case("PCA beside SelectKBest + Ridge: 3 x 3 widths x 10 alphas", "satimage")
def union() -> Problem:
    from sklearn.decomposition import PCA
    from sklearn.feature_selection import SelectKBest, f_regression

    X, y = numbers("satimage", "Class")
    features = FeatureUnion([("pca", PCA()), ("best", SelectKBest(f_regression))])
    model = Pipeline([("scale", StandardScaler()), ("features", features), ("ridge", Ridge())])
    grid = {
        "features__pca__n_components": [4, 8, 12],
        "features__best__k": [2, 4, 8],
        "ridge__alpha": np.logspace(-2, 4, 10),
    }
    return Problem(X, y, model, grid)
