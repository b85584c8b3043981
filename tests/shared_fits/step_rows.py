"""Rows of projections and selections."""

from __future__ import annotations

from shared_fits.family import CLASSES, NO_WEIGHTS, ROWS, params_of, rows_of, several

PROJECTIONS = [
    *rows_of(
        "sklearn.decomposition",
        "PCA",
        ROWS,
        ({"n_components": 1}, {"n_components": 2, "whiten": True}, {"n_components": None}),
    ),
    *rows_of(
        "sklearn.decomposition",
        "TruncatedSVD",
        ROWS,
        several("n_components", 1, 2),
        params=params_of(algorithm="arpack", random_state=0),
        rtol=1e-7,
        shares=frozenset({"csr"}),
        declines=frozenset({"float32", "integers"}),
    ),
    *rows_of(
        "sklearn.preprocessing", "PolynomialFeatures", ROWS, several("degree", 1, 2, 3), rtol=0
    ),
]
SELECTIONS = [
    *(
        row
        for name, members in (
            ("SelectKBest", several("k", 1, 2, "all")),
            ("SelectPercentile", several("percentile", 25, 50, 100)),
            ("SelectFpr", several("alpha", 0.05, 0.5, 1.0)),
            ("SelectFdr", several("alpha", 0.05, 0.5, 1.0)),
            ("SelectFwe", several("alpha", 0.05, 0.5, 1.0)),
            ("GenericUnivariateSelect", ({"mode": "k_best", "param": 2}, {"param": 30.0})),
        )
        for row in rows_of(
            "sklearn.feature_selection",
            name,
            CLASSES,
            members,
            rtol=0,
            shares=frozenset({"csr"}),
            declines=NO_WEIGHTS,
            few=not name.startswith("SelectK"),
        )
    ),
    *rows_of(
        "sklearn.feature_selection",
        "VarianceThreshold",
        ROWS,
        several("threshold", 0.0, 0.5, 2.0),
        rtol=0,
        declines=frozenset({"columns of 1e8 and 1e-8"}),
    ),
]
