"""What a case of the benchmarks is: a search on a real table that every side makes alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Problem:
    """A search and its data.

    Attributes
    ----------
    kind : {"grid", "random", "halving", "nested"}
        The search class; "nested" is `cross_val_score` of a grid search with its refit.
    options : dict
        More arguments of the search class (of `cross_val_score`'s inner search, if nested).
    fit_params : dict
        Arguments of `fit` beside X and y.
    """

    X: Any
    y: Any
    estimator: Any
    grid: Any
    kind: str = "grid"
    options: dict[str, Any] = field(default_factory=dict)
    fit_params: dict[str, Any] = field(default_factory=dict)


Floor = Callable[[Problem, np.ndarray, np.ndarray], None]


@dataclass(frozen=True)
class Case:
    """A named case.

    Attributes
    ----------
    title : str
    table : str
    make : callable
        Reads the table and returns the problem; imports what it needs, so that a process that
        measures memory holds no more.
    equal : float
        How far scores may differ: rounding where sharing is exact, scikit-learn's own solver
        tolerance where it is not.
    headline : bool
        Whether the README shows it; the documentation shows all.
    specialists : tuple of str
        Classes that do this one search themselves, by their names in `specialists.py`.
    family : str
        The family that the case stands for in the table of families; "" for none.
    floor : callable, optional
        `floor(problem, train, test)` does by hand, for one fold, the work that no search can leave
        out: one largest fit, decomposition or search, then the predictions and the score of every
        candidate. A function of a module, without gridfold.
    tight : dict
        Parameters that make scikit-learn's solver stop late. The scores are then compared with its
        at these too: by default it stops early, and its own scores are off its own optimum.
    """

    title: str
    table: str
    make: Callable[[], Problem]
    equal: float
    headline: bool
    specialists: tuple[str, ...]
    family: str
    floor: Floor | None
    tight: dict[str, Any]


CASES: dict[str, Case] = {}


def case(
    title: str,
    table: str,
    *,
    equal: float = 1e-9,
    headline: bool = False,
    specialists: tuple[str, ...] = (),
    family: str = "",
    floor: Floor | None = None,
    tight: dict[str, Any] | None = None,
) -> Callable[[Callable[[], Problem]], Callable[[], Problem]]:
    """Register the function below as a case; its name is the case's."""

    def register(make: Callable[[], Problem]) -> Callable[[], Problem]:
        CASES[make.__name__] = Case(
            title, table, make, equal, headline, specialists, family, floor, tight or {}
        )
        return make

    return register
