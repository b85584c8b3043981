"""Linear models, and the Gram matrix that many of them share."""

from .linear_regression import LinearRegression
from .logistic import LogisticRegression
from .ridge import Ridge
from .ridge_classifier import RidgeClassifier

__all__ = ["LinearRegression", "LogisticRegression", "Ridge", "RidgeClassifier"]
