"""Linear models, and the Gram matrix that many of them share."""

from .glm import GammaRegressor, PoissonRegressor, TweedieRegressor
from .linear_regression import LinearRegression
from .logistic import LogisticRegression
from .ridge import Ridge
from .ridge_classifier import RidgeClassifier

__all__ = [
    "GammaRegressor",
    "LinearRegression",
    "LogisticRegression",
    "PoissonRegressor",
    "Ridge",
    "RidgeClassifier",
    "TweedieRegressor",
]
