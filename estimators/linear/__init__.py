"""Linear models, and the Gram matrix that many of them share."""

from .elastic_net import ElasticNet, Lasso
from .glm import GammaRegressor, PoissonRegressor, TweedieRegressor
from .huber import HuberRegressor
from .linear_regression import LinearRegression
from .logistic import LogisticRegression
from .quantile import QuantileRegressor
from .ridge import Ridge
from .ridge_classifier import RidgeClassifier

__all__ = [
    "ElasticNet",
    "GammaRegressor",
    "HuberRegressor",
    "Lasso",
    "LinearRegression",
    "LogisticRegression",
    "PoissonRegressor",
    "QuantileRegressor",
    "Ridge",
    "RidgeClassifier",
    "TweedieRegressor",
]
