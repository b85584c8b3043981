"""Decompositions: principal components, and those of rows that are not centred."""

from .pca import PCA
from .truncated_svd import TruncatedSVD

__all__ = ["PCA", "TruncatedSVD"]
