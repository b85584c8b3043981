"""Rows of the linear models."""

from __future__ import annotations

from shared_fits.family import CLASSES, NO_WEIGHTS, NUMBERS, params_of, rows_of, several
from shared_fits.makers import REGRESSION, Kind

_ALPHAS = ({"alpha": 1e-3}, {"alpha": 1.0}, {"alpha": 10, "fit_intercept": False})
_STEPS = frozenset({"n_iter_", "dual_gap_"})
_FLAT = frozenset({"nearly equal columns", "a column is a sum", "all but equal columns"})
# Whether scikit-learn's own Cholesky fails there, and it goes on by SVD, is a matter of rounding.
_SINGULAR = frozenset({"offset of 1e9"})
LINEAR = [
    *rows_of(
        "sklearn.linear_model",
        "Ridge",
        NUMBERS,
        _ALPHAS,
        shares=frozenset({"outputs", "csr"}),
        flat=_SINGULAR,
    ),
    *rows_of(
        "sklearn.linear_model",
        "RidgeClassifier",
        CLASSES,
        _ALPHAS,
        shares=frozenset({"csr"}),
        flat=_SINGULAR,
    ),
    *rows_of(
        "sklearn.linear_model",
        "RidgeClassifier",
        CLASSES,
        _ALPHAS,
        params=params_of(class_weight="balanced"),
        variant="balanced",
        few=True,
    ),
    *rows_of("sklearn.linear_model", "LinearRegression", NUMBERS, ({}, {"fit_intercept": False})),
    *rows_of(
        "sklearn.linear_model",
        "LogisticRegression",
        CLASSES,
        ({"C": 0.01}, {"C": 1.0}, {"C": 10.0, "fit_intercept": False}),
        params=params_of(tol=1e-8, max_iter=3_000),
        rtol=1e-4,
        effort=_STEPS,
        flat=frozenset({"all rows the same", "csr float32"}),
    ),
    *rows_of(
        "sklearn.linear_model",
        "Lasso",
        NUMBERS,
        several("alpha", 0.01, 0.3, 10.0),
        params=params_of(tol=1e-10, max_iter=10_000),
        rtol=1e-5,
        effort=_STEPS,
        flat=_FLAT,
    ),
    *rows_of(
        "sklearn.linear_model",
        "ElasticNet",
        NUMBERS,
        ({"alpha": 0.01}, {"alpha": 0.3, "l1_ratio": 0.2}, {"alpha": 0.3}),
        params=params_of(tol=1e-10, max_iter=10_000),
        rtol=1e-5,
        effort=_STEPS,
        flat=_FLAT,
    ),
    *(
        row
        for name in ("MultiTaskLasso", "MultiTaskElasticNet")
        for row in rows_of(
            "sklearn.linear_model",
            name,
            Kind(REGRESSION, target="columns"),
            several("alpha", 0.01, 0.3),
            params=params_of(tol=1e-10, max_iter=10_000),
            rtol=1e-5,
            effort=_STEPS,
            declines=NO_WEIGHTS,
            flat=_FLAT | {"equal columns"},
        )
    ),
    *(
        row
        for name, target in (
            ("PoissonRegressor", "counts"),
            ("GammaRegressor", "positive"),
            ("TweedieRegressor", "counts"),
        )
        for row in rows_of(
            "sklearn.linear_model",
            name,
            Kind(REGRESSION, target=target),
            several("alpha", 0.01, 1.0, 10.0),
            params=params_of(
                tol=1e-8, max_iter=3_000, **({"power": 1.5} if name.startswith("T") else {})
            ),
            rtol=1e-4,
            effort=_STEPS,
            # lbfgs stops where float32 sums of the loss no longer fall.
            flat=frozenset({"float32", "csr float32"}),
        )
    ),
]
