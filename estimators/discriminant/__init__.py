"""Discriminant analysis: one decomposition per class for all strengths of shrinkage."""

from .linear_discriminant import LinearDiscriminantAnalysis
from .quadratic_discriminant import QuadraticDiscriminantAnalysis

__all__ = ["LinearDiscriminantAnalysis", "QuadraticDiscriminantAnalysis"]
