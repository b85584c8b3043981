"""Naive Bayes and discriminant analysis."""

from .subject import Subject, Synthetic
from .tables import connections, covertype, mushroom, pendigits, satimage, terrain

_counts = Synthetic("count features")

SUBJECTS = [
    Subject("naive_bayes:GaussianNB", (pendigits, covertype), Synthetic("classification")),
    Subject("naive_bayes:MultinomialNB", (mushroom, connections), _counts, gemm=True),
    Subject("naive_bayes:BernoulliNB", (mushroom, covertype), _counts, gemm=True),
    Subject("naive_bayes:ComplementNB", (mushroom, connections), _counts, gemm=True),
    Subject(
        "discriminant_analysis:LinearDiscriminantAnalysis",
        (satimage, covertype),
        Synthetic("classification"),
        gemm=True,
    ),
    Subject(
        "discriminant_analysis:QuadraticDiscriminantAnalysis",
        (satimage, terrain),
        Synthetic("classification"),
        gemm=True,
    ),
]
