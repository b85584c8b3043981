"""Nearest neighbours and the nearest centroid."""

from .subject import Subject, Synthetic
from .tables import california, covertype, covertype_7class, late, pendigits, phoneme

SUBJECTS = [
    Subject(
        "neighbors:NearestNeighbors",
        (pendigits, covertype.asked(2_000)),
        Synthetic("regression", queries=10_000),
        answer="kneighbors",
        gemm=True,
    ),
    Subject(
        "neighbors:KNeighborsClassifier",
        (phoneme, covertype_7class.asked(5_000)),
        Synthetic("classification", queries=10_000),
        gemm=True,
    ),
    Subject(
        "neighbors:KNeighborsRegressor",
        (california, late.asked(2_000)),
        Synthetic("regression", queries=10_000),
        gemm=True,
    ),
    Subject("neighbors:NearestCentroid", (pendigits, covertype), Synthetic("classification")),
]
