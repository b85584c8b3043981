"""Rows of neighbours, naive Bayes, discriminants and kernels."""

from __future__ import annotations

from shared_fits.family import CLASSES, NO_WEIGHTS, NUMBERS, params_of, rows_of, several
from shared_fits.makers import CLASSIFICATION, Kind

_COUNTS = (
    {"n_neighbors": 1},
    {"n_neighbors": 3},
    {"n_neighbors": 6, "weights": "distance"},
    {"n_neighbors": 6},
)
NEIGHBORS = [
    *(
        row
        for name, kind in (("KNeighborsRegressor", NUMBERS), ("KNeighborsClassifier", CLASSES))
        for row in rows_of("sklearn.neighbors", name, kind, _COUNTS, rtol=0, declines=NO_WEIGHTS)
    ),
    *(
        row
        for name, kind in (
            ("RadiusNeighborsRegressor", NUMBERS),
            ("RadiusNeighborsClassifier", CLASSES),
        )
        for row in rows_of(
            "sklearn.neighbors",
            name,
            kind,
            ({"radius": 2.0}, {"radius": 6.0}, {"radius": 6.0, "weights": "distance"}),
            rtol=0,
            declines=NO_WEIGHTS,
        )
    ),
    *rows_of(
        "sklearn.neighbors",
        "NearestCentroid",
        CLASSES,
        several("shrink_threshold", None, 0.1, 1.0),
        declines=NO_WEIGHTS,
    ),
]
STATISTICS = [
    *rows_of(
        "sklearn.naive_bayes",
        "GaussianNB",
        CLASSES,
        several("var_smoothing", 1e-9, 0.1, 0.0),
        declines=frozenset({"integers"}),
    ),
    *(
        row
        for name, domain in (
            ("MultinomialNB", "counts"),
            ("ComplementNB", "counts"),
            ("BernoulliNB", "real"),
            ("CategoricalNB", "categories"),
        )
        for row in rows_of(
            "sklearn.naive_bayes",
            name,
            Kind(CLASSIFICATION, domain=domain),
            several("alpha", 1e-3, 1.0, 10),
            shares=frozenset({"csr"}) - ({"csr"} if name == "CategoricalNB" else set()),
        )
    ),
    *rows_of(
        "sklearn.discriminant_analysis",
        "LinearDiscriminantAnalysis",
        CLASSES,
        several("shrinkage", 0.01, 0.5, "auto"),
        params=params_of(solver="lsqr"),
        declines=NO_WEIGHTS,
    ),
    *rows_of(
        "sklearn.discriminant_analysis",
        "LinearDiscriminantAnalysis",
        CLASSES,
        several("shrinkage", 0.01, 0.5),
        params=params_of(solver="eigen"),
        variant="eigen",
        declines=NO_WEIGHTS,
        few=True,
    ),
    *rows_of(
        "sklearn.discriminant_analysis",
        "QuadraticDiscriminantAnalysis",
        CLASSES,
        several("reg_param", 0.01, 0.1, 0.5),
        declines=NO_WEIGHTS,
    ),
]
KERNELS = [
    *rows_of(
        "sklearn.kernel_ridge",
        "KernelRidge",
        NUMBERS,
        several("alpha", 1e-2, 1.0, 10),
        params=params_of(kernel="rbf", gamma=0.1),
    ),
    *rows_of(
        "sklearn.kernel_ridge",
        "KernelRidge",
        NUMBERS,
        several("alpha", 1e-2, 1.0, 10),
        params=params_of(kernel="linear"),
        variant="linear",
        few=True,
    ),
    *(
        row
        for name, kind, members in (
            ("SVC", CLASSES, several("C", 0.1, 1.0, 10)),
            ("SVR", NUMBERS, several("C", 0.1, 1.0, 10)),
            ("NuSVC", CLASSES, several("nu", 0.05, 0.1, 0.2)),
            ("NuSVR", NUMBERS, several("C", 0.1, 1.0, 10)),
        )
        for row in rows_of(
            "sklearn.svm",
            name,
            kind,
            members,
            rtol=1e-9,
            effort=frozenset({"n_iter_", "_num_iter"}),
            few=name.startswith("Nu"),
        )
    ),
    *rows_of(
        "sklearn.svm",
        "SVC",
        CLASSES,
        ({"gamma": 0.01}, {"gamma": 0.5}, {"gamma": 0.5, "C": 5.0}),
        params=params_of(class_weight="balanced"),
        variant="gammas",
        few=True,
        effort=frozenset({"n_iter_", "_num_iter"}),
    ),
]
