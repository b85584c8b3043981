"""The table of all shared fits: prototypes, members, and how equal they are to plain fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from gridfold.estimators import shared
from shared_fits.hard_data import CLASSIFICATION, REGRESSION, TRANSFORMATION, Kind

# What each family must share, and not decline; a row adds to it.
ALWAYS_SHARED = frozenset(
    {"plain", "frame", "mixed frame", "Fortran order", "float32", "integers", "weights"}
)


@dataclass(frozen=True)
class Family:
    """A class with a shared fit, and members of one group of it.

    Attributes
    ----------
    path : str
        "module:Class", as registered.
    kind : Kind
        What X and y it takes.
    members : tuple of dict
        What the members set.
    params : callable
        Makes the parameters of the prototype.
    variant : str
        Tells rows of one class apart.
    rtol : float
        How far an answer may be from a plain fit's, relative to the largest number in it; 0: not
        at all. Where plain fits themselves differ by more, on the same rows in another order, an
        answer may be as far off as that.
    shares, declines : frozenset of str
        Tables that it must share beside `ALWAYS_SHARED`, and those of these that it need not.
    effort : frozenset of str
        Fitted attributes that count steps, and are not compared by value.
    flat : frozenset of str
        Tables on which plain fits stop where the objective is flat: fitted attributes are compared
        by type and shape, and answers 100 times less closely.
    few : bool
        Whether it is tried on a few tables only: a variant of another row.
    """

    path: str
    kind: Kind
    members: tuple[Mapping[str, Any], ...]
    params: Callable[[], Mapping[str, Any]] = dict
    variant: str = ""
    rtol: float = 1e-9
    shares: frozenset[str] = frozenset()
    declines: frozenset[str] = frozenset()
    effort: frozenset[str] = frozenset()
    flat: frozenset[str] = frozenset()
    few: bool = False

    @property
    def name(self) -> str:
        """The name of the class and the variant, for the ids of tests."""
        module, _, name = self.path.partition(":")
        ours = "our " if module.startswith("gridfold") else ""
        return f"{ours}{name}" + (f" {self.variant}" if self.variant else "")

    @property
    def missing(self) -> bool:
        """Whether its library is not installed."""
        return "XGB" in self.path and find_spec("xgboost") is None

    @property
    def cls(self) -> type:
        """The class."""
        module, _, name = self.path.partition(":")
        return getattr(import_module(module), name)

    def prototype(self) -> Any:
        """Return a new prototype."""
        return self.cls(**self.params())

    def must_share(self, data: str) -> bool:
        """Whether it may not decline a table."""
        return data in (ALWAYS_SHARED | self.shares) - self.declines


def _rows(where: str, name: str, kind: Kind, members: Any, **options: Any) -> list[Family]:
    """Return the rows of a class of theirs, and of ours where that has a shared fit too."""
    homes = {"linear_model", "neighbors", "decomposition"}
    paths = [f"{where}:{name}"]
    ours = f"gridfold.estimators:{name}"
    if where.rpartition(".")[2] in homes and ours in registered():
        paths.append(ours)
    few = options.pop("few", False)
    return [
        Family(path, kind, tuple(members), few=few or path == ours, **options) for path in paths
    ]


def registered() -> set[str]:
    """Return the names under which gridfold itself has registered shared fits."""
    import gridfold.boosting  # noqa: F401

    return {
        f"{module}:{name}"
        for name, found in shared._shared_fits.items()
        for module, family in found
        if type(family).__module__.startswith("gridfold.")
    }


NUMBERS, CLASSES, ROWS = Kind(REGRESSION), Kind(CLASSIFICATION), Kind(TRANSFORMATION)
COUNTED = Kind(CLASSIFICATION, domain="counts")
_ALPHAS = ({"alpha": 1e-3}, {"alpha": 1.0}, {"alpha": 10, "fit_intercept": False})
_NO_WEIGHTS = frozenset({"weights"})
_STEPS = frozenset({"n_iter_", "dual_gap_"})
_FLAT = frozenset({"nearly equal columns", "a column is a sum", "all but equal columns"})
_COUNTS = (
    {"n_neighbors": 1},
    {"n_neighbors": 3},
    {"n_neighbors": 6, "weights": "distance"},
    {"n_neighbors": 6},
)
_TREES = ({"n_estimators": 1}, {"n_estimators": 4}, {"n_estimators": 3, "max_depth": 2})
_STAGES = ({"n_estimators": 2}, {"n_estimators": 5}, {"n_estimators": 1})


def _of(**params: Any) -> Callable[[], Mapping[str, Any]]:
    """Return what makes these parameters; generators and functions are made anew."""
    return lambda: {k: v() if k == "random_state" and callable(v) else v for k, v in params.items()}


def _generator() -> Any:
    return np.random.RandomState(3)


def _several(name: str, *values: Any) -> tuple[dict[str, Any], ...]:
    return tuple({name: value} for value in values)


LINEAR = [
    *_rows("sklearn.linear_model", "Ridge", NUMBERS, _ALPHAS, shares=frozenset({"outputs", "csr"})),
    *_rows("sklearn.linear_model", "RidgeClassifier", CLASSES, _ALPHAS, shares=frozenset({"csr"})),
    *_rows(
        "sklearn.linear_model",
        "RidgeClassifier",
        CLASSES,
        _ALPHAS,
        params=_of(class_weight="balanced"),
        variant="balanced",
        few=True,
    ),
    *_rows("sklearn.linear_model", "LinearRegression", NUMBERS, ({}, {"fit_intercept": False})),
    *_rows(
        "sklearn.linear_model",
        "LogisticRegression",
        CLASSES,
        ({"C": 0.01}, {"C": 1.0}, {"C": 10.0, "fit_intercept": False}),
        params=_of(tol=1e-8, max_iter=3_000),
        rtol=1e-4,
        effort=_STEPS,
        flat=frozenset({"all rows the same", "csr float32"}),
    ),
    *_rows(
        "sklearn.linear_model",
        "Lasso",
        NUMBERS,
        _several("alpha", 0.01, 0.3, 10.0),
        params=_of(tol=1e-10, max_iter=10_000),
        rtol=1e-5,
        effort=_STEPS,
        flat=_FLAT,
    ),
    *_rows(
        "sklearn.linear_model",
        "ElasticNet",
        NUMBERS,
        ({"alpha": 0.01}, {"alpha": 0.3, "l1_ratio": 0.2}, {"alpha": 0.3}),
        params=_of(tol=1e-10, max_iter=10_000),
        rtol=1e-5,
        effort=_STEPS,
        flat=_FLAT,
    ),
    *(
        row
        for name in ("MultiTaskLasso", "MultiTaskElasticNet")
        for row in _rows(
            "sklearn.linear_model",
            name,
            Kind(REGRESSION, target="columns"),
            _several("alpha", 0.01, 0.3),
            params=_of(tol=1e-10, max_iter=10_000),
            rtol=1e-5,
            effort=_STEPS,
            declines=_NO_WEIGHTS,
        )
    ),
    *(
        row
        for name, target in (
            ("PoissonRegressor", "counts"),
            ("GammaRegressor", "positive"),
            ("TweedieRegressor", "counts"),
        )
        for row in _rows(
            "sklearn.linear_model",
            name,
            Kind(REGRESSION, target=target),
            _several("alpha", 0.01, 1.0, 10.0),
            params=_of(
                tol=1e-8, max_iter=3_000, **({"power": 1.5} if name.startswith("T") else {})
            ),
            rtol=1e-4,
            effort=_STEPS,
            # lbfgs stops where float32 sums of the loss no longer fall.
            flat=frozenset({"float32", "csr float32"}),
        )
    ),
]
NEIGHBORS = [
    *(
        row
        for name, kind in (("KNeighborsRegressor", NUMBERS), ("KNeighborsClassifier", CLASSES))
        for row in _rows("sklearn.neighbors", name, kind, _COUNTS, rtol=0, declines=_NO_WEIGHTS)
    ),
    *(
        row
        for name, kind in (
            ("RadiusNeighborsRegressor", NUMBERS),
            ("RadiusNeighborsClassifier", CLASSES),
        )
        for row in _rows(
            "sklearn.neighbors",
            name,
            kind,
            ({"radius": 2.0}, {"radius": 6.0}, {"radius": 6.0, "weights": "distance"}),
            rtol=0,
            declines=_NO_WEIGHTS,
        )
    ),
    *_rows(
        "sklearn.neighbors",
        "NearestCentroid",
        CLASSES,
        _several("shrink_threshold", None, 0.1, 1.0),
        declines=_NO_WEIGHTS,
    ),
]
STATISTICS = [
    *_rows(
        "sklearn.naive_bayes",
        "GaussianNB",
        CLASSES,
        _several("var_smoothing", 1e-9, 0.1, 0.0),
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
        for row in _rows(
            "sklearn.naive_bayes",
            name,
            Kind(CLASSIFICATION, domain=domain),
            _several("alpha", 1e-3, 1.0, 10),
            shares=frozenset({"csr"}) - ({"csr"} if name == "CategoricalNB" else set()),
        )
    ),
    *_rows(
        "sklearn.discriminant_analysis",
        "LinearDiscriminantAnalysis",
        CLASSES,
        _several("shrinkage", 0.01, 0.5, "auto"),
        params=_of(solver="lsqr"),
        declines=_NO_WEIGHTS,
    ),
    *_rows(
        "sklearn.discriminant_analysis",
        "LinearDiscriminantAnalysis",
        CLASSES,
        _several("shrinkage", 0.01, 0.5),
        params=_of(solver="eigen"),
        variant="eigen",
        declines=_NO_WEIGHTS,
        few=True,
    ),
    *_rows(
        "sklearn.discriminant_analysis",
        "QuadraticDiscriminantAnalysis",
        CLASSES,
        _several("reg_param", 0.01, 0.1, 0.5),
        declines=_NO_WEIGHTS,
    ),
]
KERNELS = [
    *_rows(
        "sklearn.kernel_ridge",
        "KernelRidge",
        NUMBERS,
        _several("alpha", 1e-2, 1.0, 10),
        params=_of(kernel="rbf", gamma=0.1),
    ),
    *_rows(
        "sklearn.kernel_ridge",
        "KernelRidge",
        NUMBERS,
        _several("alpha", 1e-2, 1.0, 10),
        params=_of(kernel="linear"),
        variant="linear",
        few=True,
    ),
    *(
        row
        for name, kind, members in (
            ("SVC", CLASSES, _several("C", 0.1, 1.0, 10)),
            ("SVR", NUMBERS, _several("C", 0.1, 1.0, 10)),
            ("NuSVC", CLASSES, _several("nu", 0.05, 0.1, 0.2)),
            ("NuSVR", NUMBERS, _several("C", 0.1, 1.0, 10)),
        )
        for row in _rows(
            "sklearn.svm",
            name,
            kind,
            members,
            rtol=1e-9,
            effort=frozenset({"n_iter_", "_num_iter"}),
            few=name.startswith("Nu"),
        )
    ),
    *_rows(
        "sklearn.svm",
        "SVC",
        CLASSES,
        ({"gamma": 0.01}, {"gamma": 0.5}, {"gamma": 0.5, "C": 5.0}),
        params=_of(class_weight="balanced"),
        variant="gammas",
        few=True,
        effort=frozenset({"n_iter_", "_num_iter"}),
    ),
]
PROJECTIONS = [
    *_rows(
        "sklearn.decomposition",
        "PCA",
        ROWS,
        ({"n_components": 1}, {"n_components": 2, "whiten": True}, {"n_components": None}),
    ),
    *_rows(
        "sklearn.decomposition",
        "TruncatedSVD",
        ROWS,
        _several("n_components", 1, 2),
        params=_of(algorithm="arpack", random_state=0),
        rtol=1e-7,
        shares=frozenset({"csr"}),
        declines=frozenset({"float32", "integers"}),
    ),
    *_rows(
        "sklearn.preprocessing", "PolynomialFeatures", ROWS, _several("degree", 1, 2, 3), rtol=0
    ),
]
SELECTIONS = [
    *(
        row
        for name, members in (
            ("SelectKBest", _several("k", 1, 2, "all")),
            ("SelectPercentile", _several("percentile", 25, 50, 100)),
            ("SelectFpr", _several("alpha", 0.05, 0.5, 1.0)),
            ("SelectFdr", _several("alpha", 0.05, 0.5, 1.0)),
            ("SelectFwe", _several("alpha", 0.05, 0.5, 1.0)),
            ("GenericUnivariateSelect", ({"mode": "k_best", "param": 2}, {"param": 30.0})),
        )
        for row in _rows(
            "sklearn.feature_selection",
            name,
            CLASSES,
            members,
            rtol=0,
            shares=frozenset({"csr"}),
            declines=_NO_WEIGHTS,
            few=not name.startswith("SelectK"),
        )
    ),
    *_rows(
        "sklearn.feature_selection",
        "VarianceThreshold",
        ROWS,
        _several("threshold", 0.0, 0.5, 2.0),
        rtol=0,
        declines=frozenset({"columns of 1e8 and 1e-8"}),
    ),
]
_ENSEMBLES = (
    ("RandomForest", _STAGES, _of(random_state=_generator), False),
    ("ExtraTrees", _STAGES, _of(random_state=0), True),
    ("Bagging", _STAGES, _of(random_state=0), True),
    ("GradientBoosting", _STAGES, _of(random_state=0, subsample=0.8), True),
    ("AdaBoost", _STAGES, _of(random_state=0), True),
    (
        "HistGradientBoosting",
        _several("max_iter", 2, 5, 1),
        _of(random_state=0, min_samples_leaf=5),
        True,
    ),
)
ENSEMBLES = [
    *(
        row
        for name, members, params, few in _ENSEMBLES
        for task, kind in (("Regressor", NUMBERS), ("Classifier", CLASSES))
        for row in _rows(
            "sklearn.ensemble", name + task, kind, members, params=params, rtol=0, few=few
        )
    ),
    *(
        row
        for task, kind in (("Regressor", NUMBERS), ("Classifier", CLASSES))
        for row in _rows(
            "sklearn.tree",
            "DecisionTree" + task,
            kind,
            _several("ccp_alpha", 0.0, 0.01, 0.3),
            params=_of(random_state=0),
            rtol=0,
        )
    ),
]
BOOSTING = [
    Family(
        f"{module}:{name}",
        kind,
        _TREES,
        _of(n_jobs=1, random_state=0),
        rtol=0,
        few=module != "xgboost",
    )
    for name, kind in (("XGBRegressor", NUMBERS), ("XGBClassifier", CLASSES))
    for module in ("xgboost", f"gridfold.boosting.{name[3:].lower()}")
]
FAMILIES = [
    row
    for rows in (
        LINEAR,
        NEIGHBORS,
        STATISTICS,
        KERNELS,
        PROJECTIONS,
        SELECTIONS,
        ENSEMBLES,
        BOOSTING,
    )
    for row in rows
    if row.path in registered()
]
