"""What a row of the table of shared fits says, and what rows are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from gridfold.estimators.shared import registered_shared_fits
from shared_fits.makers import CLASSIFICATION, REGRESSION, TRANSFORMATION, Kind

# Libraries of boosting, which may be absent; gridfold's classes need xgboost.
_LIBRARIES = {"xgb": "xgboost", "lightgbm": "lightgbm", "catboost": "catboost"}
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
    queries : bool
        Whether it orders the rows of queries, and is told these.
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
    queries: bool = False

    @property
    def name(self) -> str:
        """The name of the class and the variant, for the ids of tests."""
        module, _, name = self.path.partition(":")
        ours = "our " if module.startswith("gridfold") else ""
        return f"{ours}{name}" + (f" {self.variant}" if self.variant else "")

    @property
    def missing(self) -> bool:
        """Whether its library is not installed."""
        needed = [name for part, name in _LIBRARIES.items() if part in self.path.lower()]
        return any(find_spec(name) is None for name in needed)

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


def rows_of(where: str, name: str, kind: Kind, members: Any, **options: Any) -> list[Family]:
    """Return the rows of a class of theirs, and of ours where that has a shared fit too."""
    homes = {
        "svm",
        "linear_model",
        "neighbors",
        "decomposition",
        "discriminant_analysis",
        "kernel_ridge",
        "naive_bayes",
        "preprocessing",
    }
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
    import gridfold.boosting
    import gridfold.pipelines.search  # noqa: F401

    return {
        path
        for path, family in registered_shared_fits().items()
        if type(family).__module__.startswith("gridfold.")
    }


def params_of(**params: Any) -> Callable[[], Mapping[str, Any]]:
    """Return what makes these parameters; generators and functions are made anew."""
    return lambda: {k: v() if k == "random_state" and callable(v) else v for k, v in params.items()}


def generator() -> Any:
    """Return a generator, the same each time."""
    return np.random.RandomState(3)


def several(name: str, *values: Any) -> tuple[dict[str, Any], ...]:
    """Return members that differ in one parameter."""
    return tuple({name: value} for value in values)


NUMBERS, CLASSES, ROWS = Kind(REGRESSION), Kind(CLASSIFICATION), Kind(TRANSFORMATION)
NO_WEIGHTS = frozenset({"weights"})
