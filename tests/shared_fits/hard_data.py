"""Small tables that are hard on numerics, on dtypes and on labels, each by a name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csc_matrix, csr_matrix

N, N_NEW = 72, 24
REGRESSION, CLASSIFICATION, TRANSFORMATION = "regression", "classification", "transformation"


@dataclass
class Table:
    """Rows to fit on and `N_NEW` others below them, with a target and weights for the first.

    Attributes
    ----------
    X : array of shape (n + N_NEW, p), or what a form made of it
    y : array of shape (n,) or (n, k)
    weight : array of shape (n,) or None
    """

    X: Any
    y: Any
    weight: Any = None

    @property
    def n(self) -> int:
        """How many rows are fitted on."""
        return self.X.shape[0] - N_NEW

    def rows(self, part: str) -> Any:
        """The rows that are fitted on, or the new ones."""
        rows = slice(0, self.n) if part == "fitted" else slice(self.n, None)
        return self.X.iloc[rows] if hasattr(self.X, "iloc") else self.X[rows]


@dataclass(frozen=True)
class Kind:
    """What a family takes: its task, which values X may have, and which y may have."""

    task: str
    domain: str = "real"
    target: str = "real"

    @property
    def classifies(self) -> bool:
        """Whether y holds classes."""
        return self.task == CLASSIFICATION


# --- what may be hard about the numbers ------------------------------------------------------


def _base(kind: Kind, n: int = N, p: int = 4, n_classes: int = 3, seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n + N_NEW, p)) * rng.uniform(0.5, 3.0, p) + rng.uniform(-2, 2, p)
    signal = (X - X.mean(axis=0)) @ rng.normal(size=p) + rng.normal(size=n + N_NEW)
    y: Any = signal[:n]
    if kind.classifies:
        shares = {2: [0.38], 3: [0.29, 0.65]}.get(n_classes, np.linspace(0, 1, n_classes + 1)[1:-1])
        y = np.digitize(y, np.quantile(y, shares))
    return Table(X, y)


def _nearly_equal(kind: Kind, apart: float) -> Table:
    table = _base(kind)
    noise = np.random.default_rng(1).normal(size=len(table.X))
    table.X[:, 1] = table.X[:, 0] + apart * noise
    return table


def _sum_of_others(kind: Kind) -> Table:
    table = _base(kind)
    table.X[:, -1] = table.X[:, 0] - 2 * table.X[:, 1]
    return table


def _column(kind: Kind, value: float) -> Table:
    table = _base(kind)
    table.X[:, 2] = value
    return table


def _constant_in_a_fold(kind: Kind) -> Table:
    """Each of three even folds trains on one column that is constant there."""
    table = _base(kind)
    third = N // 3
    for j in range(3):
        column = np.full(len(table.X), 0.1)
        column[j * third : (j + 1) * third] += np.arange(third)
        table.X[:, j] = column
    return table


def _twins(kind: Kind) -> Table:
    table = _base(kind)
    table.X[:, 3] = table.X[:, 0]
    return table


def _repeated_rows(kind: Kind) -> Table:
    table = _base(kind)
    table.X[N // 2 : N] = table.X[: N // 2]
    table.X[N:] = table.X[:N_NEW]
    return table


def _all_rows_the_same(kind: Kind) -> Table:
    table = _base(kind)
    table.X[:] = table.X[0]
    return table


def _scaled(kind: Kind, scale: Any) -> Table:
    table = _base(kind)
    table.X *= np.resize(scale, 4)
    return table


def _shifted(kind: Kind, shift: Any) -> Table:
    table = _base(kind)
    table.X += np.resize(shift, 4)
    return table


def _outlier(kind: Kind) -> Table:
    table = _base(kind)
    table.X[5] *= 1e5
    if not kind.classifies:
        table.y[5] = 1e6
    return table


def _ties(kind: Kind) -> Table:
    """Whole numbers, of few values: distances, thresholds and votes tie."""
    rng = np.random.default_rng(2)
    table = _base(kind)
    table.X = rng.integers(0, 4, table.X.shape).astype(float)
    if not kind.classifies:
        table.y = np.round(table.y)
    return table


def _symmetric(kind: Kind) -> Table:
    """Rows x and -x with equal y: what splits best is a tie."""
    table = _base(kind)
    half = table.n // 2
    table.X[half : table.n] = -table.X[:half]
    table.y[half:] = table.y[:half]
    return table


def _constant_target(kind: Kind) -> Table:
    table = _base(kind)
    table.y = np.full(N, 2)
    return table if kind.classifies else _with_y(table, np.full(N, 0.1))


def _with_y(table: Table, y: Any) -> Table:
    table.y = y
    return table


def _one_member_class(kind: Kind) -> Table:
    table = _base(kind)
    table.y[7] = 9
    return table


def _unbalanced(kind: Kind) -> Table:
    table = _base(kind)
    y = np.zeros(N, dtype=int)
    y[np.argsort(table.X[:N, 0])[-4:]] = 1
    return _with_y(table, y)


def _classes(kind: Kind, n_classes: int) -> Table:
    return _base(kind, n_classes=n_classes)


def _single_row_classes(kind: Kind) -> Table:
    return _with_y(_base(kind, n=24), np.array([0] * 8 + [1] * 8 + [2] * 3 + [3, 4, 5, 7, 7]))


def _separable(kind: Kind) -> Table:
    """Two classes far apart: probabilities are 0 and 1, strengths without bound."""
    table = _base(kind, n_classes=2)
    table.X[:, 0] = np.where(np.arange(len(table.X)) % 2, 1.0, -1.0) * (5 + np.abs(table.X[:, 0]))
    return _with_y(table, np.arange(N) % 2)


def _labels(kind: Kind, labels: Sequence[Any], dtype: Any = None) -> Table:
    table = _base(kind, n_classes=len(labels))
    return _with_y(table, np.array(labels, dtype=dtype)[table.y])


def _numbers_as_objects(kind: Kind) -> Table:
    table = _base(kind)
    return _with_y(table, table.y.astype(object))


def _weights(kind: Kind, weight: Callable[[np.random.Generator, Table], Any]) -> Table:
    table = _base(kind)
    table.weight = weight(np.random.default_rng(3), table)
    return table


def _some_zero(rng: np.random.Generator, table: Table) -> Any:
    return np.where(rng.random(N) < 0.3, 0.0, rng.uniform(0.2, 3.0, N))


def _one_class_zero(rng: np.random.Generator, table: Table) -> Any:
    first = table.y < np.median(table.y) if table.y.dtype.kind == "f" else table.y == table.y[0]
    return np.where(first, 0.0, 1.0)


def _one_row_only(rng: np.random.Generator, table: Table) -> Any:
    return np.where(np.arange(N) == 3, 1.0, 0.0)


def _with_a_cell(kind: Kind, value: float) -> Table:
    table = _base(kind)
    table.X[4, 1] = value
    return table


def _with_a_target(kind: Kind, value: float) -> Table:
    table = _base(kind)
    y = table.y.astype(float)
    y[4] = value
    return _with_y(table, y)


def _outputs(kind: Kind) -> Table:
    table = _base(kind)
    rng = np.random.default_rng(4)
    signal = table.X[:N] @ rng.normal(size=(4, 3)) + rng.normal(size=(N, 3))
    if kind.classifies:
        signal = (signal > np.quantile(signal, 0.4, axis=0)).astype(int)
    return _with_y(table, signal)


def _column_target(kind: Kind) -> Table:
    table = _base(kind)
    return _with_y(table, table.y[:, None])


def _too_few_targets(kind: Kind) -> Table:
    table = _base(kind)
    return _with_y(table, table.y[:-1])


# --- how X may come --------------------------------------------------------------------------


def _frame(X: np.ndarray) -> Any:
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])
    frame.index = frame.index * 2 + 7
    return frame


def _mixed_frame(X: np.ndarray) -> Any:
    """A frame of float64, float32, whole and Boolean columns."""
    frame = _frame(X)
    return frame.astype({"x1": np.float32}).assign(x2=X[:, 2].round().astype(int), x3=X[:, 3] > 0)


def _strided(X: np.ndarray) -> np.ndarray:
    return np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3]


def _sparse(X: np.ndarray, make: Any = csr_matrix) -> Any:
    return make(np.where(np.abs(X) > 1.0, X, 0.0))


def _read_only(X: np.ndarray) -> np.ndarray:
    X.flags.writeable = False
    return X


def _words(X: np.ndarray) -> Any:
    words = X.astype(object)
    words[3, 0] = "much"
    return words


def _whole(X: np.ndarray) -> np.ndarray:
    return np.round(X * 3).astype(np.int64)


Make = Callable[[Kind], Table]
_FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "float32": lambda X: X.astype(np.float32),
    "float16": lambda X: X.astype(np.float16),
    "integers": _whole,
    "int8": lambda X: np.clip(_whole(X), -100, 100).astype(np.int8),
    "truth values": lambda X: X > 0,
    "numbers as objects in X": lambda X: X.astype(object),
    "Fortran order": np.asfortranarray,
    "strided": _strided,
    "frame": _frame,
    "mixed frame": _mixed_frame,
    "csr": _sparse,
    "csc": partial(_sparse, make=csc_matrix),
    "csr float32": lambda X: _sparse(X.astype(np.float32)),
    "read-only": _read_only,
    "words in X": _words,
}
_NUMBERS: dict[str, Make] = {
    "plain": _base,
    "two classes": partial(_classes, n_classes=2),
    "nearly equal columns": partial(_nearly_equal, apart=1e-6),
    "all but equal columns": partial(_nearly_equal, apart=1e-12),
    "a column is a sum": _sum_of_others,
    "constant column": partial(_column, value=3.7),
    "zero column": partial(_column, value=0.0),
    "constant in a fold": _constant_in_a_fold,
    "equal columns": _twins,
    "repeated rows": _repeated_rows,
    "all rows the same": _all_rows_the_same,
    "columns of 1e8 and 1e-8": partial(_scaled, scale=[1e8, 1e-8, 1.0, 1.0]),
    "1e150": partial(_scaled, scale=1e150),
    "1e-150": partial(_scaled, scale=1e-150),
    "offset of 1e9": partial(_shifted, shift=1e9),
    "offset of 1e5 in a column": partial(_shifted, shift=[1e5, 0, 0, 0]),
    "outlier": _outlier,
    "ties": _ties,
    "symmetric": _symmetric,
    "fewer rows than columns": partial(_base, n=30, p=45),
    "as many rows as columns": partial(_base, n=12, p=12),
    "one column": partial(_base, p=1),
    "few rows": partial(_base, n=9, p=2),
    "one row": partial(_base, n=1, p=2),
    "constant target": _constant_target,
    "outputs": _outputs,
    "column target": _column_target,
    "numbers as objects in y": _numbers_as_objects,
    "weights": partial(_weights, weight=lambda rng, table: rng.uniform(0.2, 3.0, N)),
    "whole weights": partial(_weights, weight=lambda rng, table: rng.integers(1, 4, N)),
    "some weights zero": partial(_weights, weight=_some_zero),
    "a class of weight zero": partial(_weights, weight=_one_class_zero),
    "one row has weight": partial(_weights, weight=_one_row_only),
    "all weights zero": partial(_weights, weight=lambda rng, table: np.zeros(N)),
    "weights up to 1e6": partial(_weights, weight=lambda rng, table: 10 ** rng.uniform(-3, 6, N)),
    "a negative weight": partial(
        _weights, weight=lambda rng, table: np.where(np.arange(N) == 3, -1.0, 1.0)
    ),
    "a missing weight": partial(
        _weights, weight=lambda rng, table: np.where(np.arange(N) == 3, np.nan, 1.0)
    ),
    "too few weights": partial(_weights, weight=lambda rng, table: np.ones(N - 1)),
    "missing value": partial(_with_a_cell, value=np.nan),
    "infinite value": partial(_with_a_cell, value=np.inf),
    "missing target": partial(_with_a_target, value=np.nan),
    "infinite target": partial(_with_a_target, value=np.inf),
    "too few targets": _too_few_targets,
}
_OF_CLASSES: dict[str, Make] = {
    "one-member class": _one_member_class,
    "unbalanced": _unbalanced,
    "single-row classes": _single_row_classes,
    "ten classes": partial(_classes, n_classes=10),
    "separable": _separable,
    "words": partial(_labels, labels=["no", "yes", "maybe"]),
    "words as objects": partial(_labels, labels=["no", "yes"], dtype=object),
    "-1 and 1": partial(_labels, labels=[-1, 1]),
    "0.0 and 1.0": partial(_labels, labels=[0.0, 1.0]),
    "truth labels": partial(_labels, labels=[True, False]),
    "fractions as labels": partial(_labels, labels=[0.5, 1.25, 2.0]),
}
NAMES = (*_NUMBERS, *_OF_CLASSES, *_FORMS)


# What shows most: for rows that are variants of others.
_FEW = frozenset(
    {
        "plain",
        "two classes",
        "nearly equal columns",
        "constant column",
        "columns of 1e8 and 1e-8",
        "ties",
        "fewer rows than columns",
        "outputs",
        "constant target",
        "column target",
        "some weights zero",
        "a negative weight",
        "one-member class",
        "words",
        "-1 and 1",
        "missing value",
        "float32",
        "mixed frame",
        "csr",
    }
)
_ABOUT_TARGETS = frozenset(
    {"constant target", "outputs", "column target", "numbers as objects in y", "missing target"}
    | {"infinite target", "too few targets", "two classes"}
)


def names_for(kind: Kind, few: bool = False) -> tuple[str, ...]:
    """Return the names of the tables that a family of this kind is tried on."""
    left = set() if kind.classifies else set(_OF_CLASSES)
    if kind.task == TRANSFORMATION:
        left |= _ABOUT_TARGETS
    return tuple(name for name in NAMES if name not in left and (not few or name in _FEW))


def make(name: str, kind: Kind) -> Table:
    """Return a table, the same each time; its values are those that the kind of family takes."""
    table = {**_NUMBERS, **_OF_CLASSES}.get(name, _base)(kind)
    table.X = _in_domain(table.X, kind.domain)
    if kind.target == "columns" and table.y.ndim == 1:
        table.y = np.stack([table.y, np.roll(table.y, 1)], axis=1)
    elif kind.target != "real" and table.y.dtype.kind == "f":
        table.y = np.exp(table.y / 3) if kind.target == "positive" else np.floor(np.abs(table.y))
    if name in _FORMS:
        table.X = _FORMS[name](table.X)
    return table


def _in_domain(X: np.ndarray, domain: str) -> np.ndarray:
    if domain == "not negative":
        return np.abs(X)
    if domain == "counts":
        return np.where(np.abs(X) < 1e6, np.floor(np.abs(X)), X)
    if domain == "categories":
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(X), np.floor(np.abs(X)) % 4, X)
    return X
