"""RealMLP: a multilayer perceptron with strong defaults for tables."""

from .classifier import RealMLPClassifier
from .regressor import RealMLPRegressor

__all__ = ["RealMLPClassifier", "RealMLPRegressor"]
