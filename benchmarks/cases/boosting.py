"""XGBoost: one quantised matrix per fold, and the first rounds of the longest run."""

from data import coded, numbers

from .case import Problem, case


@case("XGBRegressor, 4 numbers of trees x 2 depths", "diamonds", equal=1e-6, headline=True)
def boosting() -> Problem:
    from xgboost import XGBRegressor

    X, y = coded("diamonds", "price")
    grid = {"n_estimators": [50, 100, 150, 200], "max_depth": [4, 6]}
    return Problem(X, y, XGBRegressor(learning_rate=0.1), grid)


@case("XGBClassifier, 3 numbers of trees x 2 learning rates", "electricity", equal=1e-6)
def boosting_classes() -> Problem:
    from xgboost import XGBClassifier

    X, y = numbers("electricity", "target")
    grid = {"n_estimators": [20, 40, 60], "learning_rate": [0.1, 0.3]}
    return Problem(X, y, XGBClassifier(), grid)


@case("XGBClassifier, 6 candidates that share the quantised matrix only", "electricity", equal=1e-6)
def boosting_depths() -> Problem:
    from xgboost import XGBClassifier

    X, y = numbers("electricity", "target")
    grid = {"max_depth": [3, 5, 7], "subsample": [0.7, 1.0]}
    return Problem(X, y, XGBClassifier(n_estimators=40), grid)
