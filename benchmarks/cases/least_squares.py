"""Ridge, ridge classifier and linear regression: what a Gram matrix serves."""

import numpy as np
from data import coded, frame, numbers, one_hot
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, Ridge, RidgeClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

from .case import Problem, case


@case(
    "StandardScaler + Ridge, 40 alphas",
    "california_housing",
    headline=True,
    specialists=("RidgeCV",),
)
def ridge() -> Problem:
    X, y = numbers("california_housing", "median_house_value")
    model = make_pipeline(StandardScaler(), Ridge())
    return Problem(X, y, model, {"ridge__alpha": np.logspace(-3, 4, 40)})


@case("Ridge, 80 alphas", "diamonds", specialists=("RidgeCV",))
def ridge_alphas() -> Problem:
    X, y = coded("diamonds", "price")
    return Problem(X, y, Ridge(), {"alpha": np.logspace(-3, 5, 80)})


@case("four scalers x Ridge, 30 alphas", "elevators")
def ridge_scalers() -> Problem:
    X, y = numbers("elevators", "Goal")
    scalers = [StandardScaler(), MinMaxScaler(), MaxAbsScaler(), RobustScaler()]
    model = Pipeline([("scale", StandardScaler()), ("ridge", Ridge())])
    return Problem(X, y, model, {"scale": scalers, "ridge__alpha": np.logspace(-6, 2, 30)})


@case("StandardScaler + Ridge with sample weights, 100 alphas", "bike_sharing_hour")
def ridge_weights() -> Problem:
    X, y = numbers("bike_sharing_hour", "cnt")
    weight = np.random.default_rng(0).uniform(0.5, 2.0, len(y))
    model = make_pipeline(StandardScaler(), Ridge())
    grid = {"ridge__alpha": np.logspace(-3, 4, 100)}
    return Problem(X, y, model, grid, fit_params={"ridge__sample_weight": weight})


@case(
    "Ridge on wide one-hot rows, 30 alphas",
    "ames_housing",
    specialists=("RidgeCV", "himalaya RidgeCV"),
)
def ridge_wide() -> Problem:
    X, y = one_hot("ames_housing", "price")
    return Problem(X, y, Ridge(), {"alpha": np.logspace(-1, 4, 30)})


@case("polynomials of 2 degrees + StandardScaler + Ridge, 20 alphas", "abalone", equal=1e-7)
def ridge_polynomials() -> Problem:
    X, y = coded("abalone", "Class_Rings")
    model = Pipeline(
        [("poly", PolynomialFeatures()), ("scale", StandardScaler()), ("ridge", Ridge())]
    )
    grid = {"poly__degree": [2, 3], "ridge__alpha": np.logspace(-2, 4, 20)}
    return Problem(X, y, model, grid)


@case("StandardScaler + RidgeClassifier, 60 alphas", "satimage", headline=True)
def ridge_classifier() -> Problem:
    X, y = numbers("satimage", "Class")
    model = make_pipeline(StandardScaler(), RidgeClassifier())
    return Problem(X, y, model, {"ridgeclassifier__alpha": np.logspace(-3, 4, 60)})


@case("5 preparations x LinearRegression with and without intercept", "credit_default_taiwan")
def linear_regression() -> Problem:
    X, y = numbers("credit_default_taiwan", "LIMIT_BAL")
    model = Pipeline([("scale", "passthrough"), ("linear", LinearRegression())])
    scalers = ["passthrough", StandardScaler(), MinMaxScaler(), MaxAbsScaler(), RobustScaler()]
    grid = {"scale": scalers, "linear__fit_intercept": [True, False]}
    return Problem(X, y, model, grid)


@case("StandardScaler + PCA + Ridge, 10 component counts x 20 alphas", "satimage", headline=True)
def pca_ridge() -> Problem:
    X, y = numbers("satimage", "Class")
    model = make_pipeline(StandardScaler(), PCA(), Ridge())
    grid = {"pca__n_components": [*range(2, 22, 2)], "ridge__alpha": np.logspace(-2, 4, 20)}
    return Problem(X, y, model, grid)


@case("StandardScaler + Ridge, 60 alphas, 3 scores, with train scores", "california_housing")
def ridge_scores() -> Problem:
    X, y = numbers("california_housing", "median_house_value")
    scoring = ["r2", "neg_mean_absolute_error", "neg_root_mean_squared_error"]
    model = make_pipeline(StandardScaler(), Ridge())
    grid = {"ridge__alpha": np.logspace(-3, 4, 60)}
    return Problem(X, y, model, grid, options={"scoring": scoring, "return_train_score": True})


@case("columns prepared + Ridge: 2 imputations x 2 encodings x 4 alphas", "ames_housing")
def ridge_columns() -> Problem:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder

    X, y = frame("ames_housing", "price")
    number = list(X.select_dtypes("number"))
    text = [column for column in X if column not in number]
    columns = ColumnTransformer(
        [
            ("number", make_pipeline(SimpleImputer(), StandardScaler()), number),
            (
                "text",
                OneHotEncoder(handle_unknown="infrequent_if_exist", sparse_output=False),
                text,
            ),
        ]
    )
    grid = {
        "columns__number__simpleimputer__strategy": ["mean", "median"],
        "columns__text__min_frequency": [5, 20],
        "ridge__alpha": np.logspace(-1, 4, 4),
    }
    return Problem(X, y, Pipeline([("columns", columns), ("ridge", Ridge())]), grid)
