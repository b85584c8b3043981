"""Decompositions: principal components."""

from .pca import PCA

__all__ = ["PCA"]
