"""K-means, by all rows or by small batches, and density clustering."""

from .dbscan import DBSCAN
from .k_means import KMeans
from .mini_batch_k_means import MiniBatchKMeans

__all__ = ["DBSCAN", "KMeans", "MiniBatchKMeans"]
