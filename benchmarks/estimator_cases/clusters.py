"""K-means and mixtures of Gaussians."""

from . import objectives
from .subject import Subject, Synthetic
from .tables import covertype, pendigits, terrain

SUBJECTS = [
    Subject(
        "cluster:KMeans",
        (pendigits, covertype),
        Synthetic("blobs"),
        params={"random_state": 0},
        objective=objectives.k_means,
        gemm=True,
    ),
    Subject(
        "cluster:MiniBatchKMeans",
        (pendigits, covertype),
        Synthetic("blobs"),
        params={"random_state": 0},
        objective=objectives.k_means,
    ),
    Subject(
        "mixture:GaussianMixture",
        (pendigits, terrain.with_scale().of(100_000)),
        Synthetic("blobs", 100_000),
        params={"n_components": 4, "random_state": 0},
        objective=objectives.mixture,
        gemm=True,
    ),
]
