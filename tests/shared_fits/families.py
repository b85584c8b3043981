"""The table of all shared fits: prototypes, members, and how equal they are to plain fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from gridfold.estimators import shared
from shared_fits.hard_data import CLASSIFICATION, REGRESSION, TRANSFORMATION, Kind

# What each family must share, and not decline; a row adds to it.
ALWAYS_SHARED = frozenset({"plain", "frame", "Fortran order", "float32", "integers", "weights"})


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
_ALPHAS = ({"alpha": 1e-3}, {"alpha": 1.0}, {"alpha": 10, "fit_intercept": False})
_NO_WEIGHTS = frozenset({"weights"})
_COUNTS = (
    {"n_neighbors": 1},
    {"n_neighbors": 3},
    {"n_neighbors": 6, "weights": "distance"},
    {"n_neighbors": 6},
)
_TREES = ({"n_estimators": 1}, {"n_estimators": 4}, {"n_estimators": 3, "max_depth": 2})


def _tight() -> dict[str, Any]:
    return {"tol": 1e-8, "max_iter": 3_000}


def _few_trees() -> dict[str, Any]:
    return {"n_jobs": 1, "random_state": 0}


LINEAR = [
    *_rows("sklearn.linear_model", "Ridge", NUMBERS, _ALPHAS, shares=frozenset({"outputs"})),
    *_rows("sklearn.linear_model", "RidgeClassifier", CLASSES, _ALPHAS),
    *_rows(
        "sklearn.linear_model",
        "RidgeClassifier",
        CLASSES,
        _ALPHAS,
        params=lambda: {"class_weight": "balanced"},
        variant="balanced",
        few=True,
    ),
    *_rows("sklearn.linear_model", "LinearRegression", NUMBERS, ({}, {"fit_intercept": False})),
    *_rows(
        "sklearn.linear_model",
        "LogisticRegression",
        CLASSES,
        ({"C": 0.01}, {"C": 1.0}, {"C": 10.0, "fit_intercept": False}),
        params=_tight,
        rtol=1e-4,
        effort=frozenset({"n_iter_"}),
    ),
]
NEIGHBORS = [
    *_rows(
        "sklearn.neighbors", "KNeighborsRegressor", NUMBERS, _COUNTS, rtol=0, declines=_NO_WEIGHTS
    ),
    *_rows(
        "sklearn.neighbors", "KNeighborsClassifier", CLASSES, _COUNTS, rtol=0, declines=_NO_WEIGHTS
    ),
]
PROJECTIONS = [
    *_rows(
        "sklearn.decomposition",
        "PCA",
        ROWS,
        ({"n_components": 1}, {"n_components": 2, "whiten": True}, {"n_components": None}),
    ),
]
BOOSTING = [
    Family(f"{module}:{name}", kind, _TREES, _few_trees, rtol=0, few=module != "xgboost")
    for name, kind in (("XGBRegressor", NUMBERS), ("XGBClassifier", CLASSES))
    for module in ("xgboost", f"gridfold.boosting.{name[3:].lower()}")
]
FAMILIES = [*LINEAR, *NEIGHBORS, *PROJECTIONS, *BOOSTING]
