"""Nearest neighbours: one search, and every neighbour count and weighting read off it."""

from .classifier import KNeighborsClassifier
from .nearest import NearestNeighbors
from .nearest_centroid import NearestCentroid
from .regressor import KNeighborsRegressor

__all__ = ["KNeighborsClassifier", "KNeighborsRegressor", "NearestCentroid", "NearestNeighbors"]
