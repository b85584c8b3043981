"""Fits a family's members on a table in both ways: one shared fit, and plain fits one by one."""

from __future__ import annotations

import warnings
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from traceback import format_exception_only
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import has_fit_parameter

from gridfold.estimators.shared import Declined, Members, Meta, SharedFit, shared_fit_for
from shared_fits.families import FAMILIES
from shared_fits.family import Family
from shared_fits.hard_data import make, names_for
from shared_fits.makers import TRANSFORMATION, Table

# What a family may be asked for; any other method is the member's own.
METHODS = ("predict", "predict_proba", "decision_function", "transform")


@dataclass
class Both:
    """What became of a table in both ways.

    Attributes
    ----------
    alone : list of estimator or Exception
        Each member fitted by itself.
    state : state of the shared fit, or None
    error : Exception or None
        What the shared fit raised; `Declined` where it declined.
    unfinished : set of int
        Members whose plain fit says itself that it has not come to the optimum: of a family that
        comes to the same optimum in another way, these are not compared.
    """

    row: Family
    data: str
    table: Table
    family: SharedFit
    members: Members
    alone: list[Any]
    before: dict[str, Any]
    passed: dict[str, Any]
    state: Any = None
    error: Exception | None = None
    unfinished: set[int] = field(default_factory=set)

    @property
    def shared(self) -> bool:
        """Whether there are members of a shared fit to look at."""
        return self.error is None

    @property
    def rtol(self) -> float:
        """How far from plain fits an answer may be."""
        return self.row.rtol * (100 if self.data in self.row.flat else 1)

    @cached_property
    def reordered(self) -> list[Any]:
        """The plain fits on the same rows in another order: how they differ is their rounding."""
        order = np.random.default_rng(5).permutation(self.table.n)
        passed = {name: _take(value, order) for name, value in self.before.items()}
        return [fitted_alone(self.members, i, passed) for i in range(len(self.members))]

    def answers(self, i: int, method: str, part: str) -> Any:
        """What plain member `i` answers; what it raises."""
        return answer(self.alone[i], method, deepcopy(self.table.rows(part)))

    def methods(self) -> list[str]:
        """The methods that the plain members have."""
        return [name for name in METHODS if hasattr(self.alone[0], name)]


def answer(estimator: Any, method: str, X: Any) -> Any:
    """What a fitted estimator answers, or the exception that it raises."""
    with quiet():
        try:
            return getattr(estimator, method)(X)
        except Exception as error:
            return error


class quiet(warnings.catch_warnings):
    """A block without warnings, of Python and of NumPy."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore")


def _take(value: Any, rows: np.ndarray) -> Any:
    return value.iloc[rows] if hasattr(value, "iloc") else value[rows]


def fit_arguments(row: Family, table: Table) -> dict[str, Any]:
    """Return what a fit is passed: X, y where it takes one, and weights where there are some."""
    passed = {"X": table.rows("fitted")}
    if row.queries:
        passed["qid"] = np.arange(table.n) // 6
    if row.kind.task != TRANSFORMATION:
        passed["y"] = table.y
    if table.weight is not None:
        passed["sample_weight"] = table.weight
    return passed


def fitted_alone(members: Members, i: int, passed: dict[str, Any]) -> Any:
    """Return member `i` fitted by itself, or the exception that this raises."""
    return _fitted(members, i, passed)[0]


def _fitted(members: Members, i: int, passed: dict[str, Any]) -> tuple[Any, bool]:
    """Return member `i` fitted by itself, and whether it says that it has not come to its end."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            found: Any = members.instance(i).fit(**deepcopy(passed))
        except Exception as error:
            found = error
    return found, any(one.category is ConvergenceWarning for one in seen)


def meta_of(passed: dict[str, Any]) -> Meta:
    """Return what a plan would know of the data."""
    X, y = passed["X"], passed.get("y")
    n_outputs = y.shape[1] if y is not None and np.ndim(y) == 2 else 1
    n_classes = None if y is None or y.dtype.kind == "f" else len(set(y.ravel().tolist()))
    weighted = "sample_weight" in passed
    return Meta(*X.shape, issparse(X), n_outputs, weighted, n_classes=n_classes)


def family_of(row: Family) -> SharedFit:
    """Return the shared fit that the plan takes for a row."""
    found = shared_fit_for(row.cls)
    assert found is not None
    return found.for_params({**row.prototype().get_params(), **row.members[0]})


@lru_cache(maxsize=1)
def fit_both(row_name: str, data: str) -> Both:
    """Fit a row's members on a table in both ways; those that the plan would not group are left."""
    row = next(row for row in FAMILIES if row.name == row_name)
    table = make(data, row.kind)
    passed = fit_arguments(row, table)
    family, params, meta = family_of(row), row.prototype().get_params(), meta_of(passed)
    assert {name for member in row.members for name in member} <= family.varying
    left = [one for one in row.members if not family.declines({**params, **one}, meta)]
    both = _fit(row, data, table, passed, left)
    while isinstance(both.error, Declined) and both.error.members:  # the others, as a search does
        left = [one for i, one in enumerate(left) if i not in both.error.members]
        both = _fit(row, data, table, passed, left)
    return both


def _fit(row: Family, data: str, table: Table, passed: dict[str, Any], overrides: Any) -> Both:
    """Fit these members in both ways."""
    family = family_of(row)
    members, before = Members(row.prototype(), overrides), deepcopy(passed)
    fits = [_fitted(members, i, before) for i in range(len(members))]
    alone, unfinished = [found for found, _ in fits], {i for i, (_, u) in enumerate(fits) if u}
    both = Both(row, data, table, family, members, alone, before, passed)
    if row.rtol >= 1e-6:
        both.unfinished = unfinished
    if len(overrides) < 2:
        both.error = Declined("fewer than two members are left to share")
        return both
    with quiet():
        try:
            both.state = family.fit(members, **{"y": None, **passed})
        except Exception as error:
            both.error = error
    return both


def tables_for(row: Family) -> list[str]:
    """Return the tables that a row is tried on: with weights only where the class takes them."""
    names = names_for(row.kind, row.few)
    if has_fit_parameter(row.prototype(), "sample_weight"):
        return list(names)
    return [name for name in names if "weight" not in name]


def last_line(error: BaseException) -> str:
    """The type and the text of an error."""
    return format_exception_only(error)[-1].strip()
