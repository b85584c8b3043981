"""Nearest neighbours: one search, and every neighbour count and weighting read off it."""

from .classifier import KNeighborsClassifier
from .regressor import KNeighborsRegressor

__all__ = ["KNeighborsClassifier", "KNeighborsRegressor"]
