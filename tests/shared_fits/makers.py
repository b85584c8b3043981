"""What makes a small table hard: its numbers, its labels, its weights, and how X comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

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


def base(kind: Kind, n: int = N, p: int = 4, n_classes: int = 3, seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n + N_NEW, p)) * rng.uniform(0.5, 3.0, p) + rng.uniform(-2, 2, p)
    signal = (X - X.mean(axis=0)) @ rng.normal(size=p) + rng.normal(size=n + N_NEW)
    y: Any = signal[:n]
    if kind.classifies:
        shares = {2: [0.38], 3: [0.29, 0.65]}.get(n_classes, np.linspace(0, 1, n_classes + 1)[1:-1])
        y = np.digitize(y, np.quantile(y, shares))
    return Table(X, y)


def nearly_equal(kind: Kind, apart: float) -> Table:
    table = base(kind)
    noise = np.random.default_rng(1).normal(size=len(table.X))
    table.X[:, 1] = table.X[:, 0] + apart * noise
    return table


def sum_of_others(kind: Kind) -> Table:
    table = base(kind)
    table.X[:, -1] = table.X[:, 0] - 2 * table.X[:, 1]
    return table


def column(kind: Kind, value: float) -> Table:
    table = base(kind)
    table.X[:, 2] = value
    return table


def constant_in_a_fold(kind: Kind) -> Table:
    """Each of three even folds trains on one column that is constant there."""
    table = base(kind)
    third = N // 3
    for j in range(3):
        column = np.full(len(table.X), 0.1)
        column[j * third : (j + 1) * third] += np.arange(third)
        table.X[:, j] = column
    return table


def twins(kind: Kind) -> Table:
    table = base(kind)
    table.X[:, 3] = table.X[:, 0]
    return table


def repeated_rows(kind: Kind) -> Table:
    table = base(kind)
    table.X[N // 2 : N] = table.X[: N // 2]
    table.X[N:] = table.X[:N_NEW]
    return table


def all_rows_the_same(kind: Kind) -> Table:
    table = base(kind)
    table.X[:] = table.X[0]
    return table


def scaled(kind: Kind, scale: Any) -> Table:
    table = base(kind)
    table.X *= np.resize(scale, 4)
    return table


def shifted(kind: Kind, shift: Any) -> Table:
    table = base(kind)
    table.X += np.resize(shift, 4)
    return table


def outlier(kind: Kind) -> Table:
    table = base(kind)
    table.X[5] *= 1e5
    if not kind.classifies:
        table.y[5] = 1e6
    return table


def ties(kind: Kind) -> Table:
    """Whole numbers, of few values: distances, thresholds and votes tie."""
    rng = np.random.default_rng(2)
    table = base(kind)
    table.X = rng.integers(0, 4, table.X.shape).astype(float)
    if not kind.classifies:
        table.y = np.round(table.y)
    return table


def symmetric(kind: Kind) -> Table:
    """Rows x and -x with equal y: what splits best is a tie."""
    table = base(kind)
    half = table.n // 2
    table.X[half : table.n] = -table.X[:half]
    table.y[half:] = table.y[:half]
    return table


def constant_target(kind: Kind) -> Table:
    table = base(kind)
    table.y = np.full(N, 2)
    return table if kind.classifies else _with_y(table, np.full(N, 0.1))


def _with_y(table: Table, y: Any) -> Table:
    table.y = y
    return table


def one_member_class(kind: Kind) -> Table:
    table = base(kind)
    table.y[7] = 9
    return table


def unbalanced(kind: Kind) -> Table:
    table = base(kind)
    y = np.zeros(N, dtype=int)
    y[np.argsort(table.X[:N, 0])[-4:]] = 1
    return _with_y(table, y)


def classes(kind: Kind, n_classes: int) -> Table:
    return base(kind, n_classes=n_classes)


def single_row_classes(kind: Kind) -> Table:
    return _with_y(base(kind, n=24), np.array([0] * 8 + [1] * 8 + [2] * 3 + [3, 4, 5, 7, 7]))


def separable(kind: Kind) -> Table:
    """Two classes far apart: probabilities are 0 and 1, strengths without bound."""
    table = base(kind, n_classes=2)
    table.X[:, 0] = np.where(np.arange(len(table.X)) % 2, 1.0, -1.0) * (5 + np.abs(table.X[:, 0]))
    return _with_y(table, np.arange(N) % 2)


def labels(kind: Kind, labels: Sequence[Any], dtype: Any = None) -> Table:
    table = base(kind, n_classes=len(labels))
    return _with_y(table, np.array(labels, dtype=dtype)[table.y])


def numbers_as_objects(kind: Kind) -> Table:
    table = base(kind)
    return _with_y(table, table.y.astype(object))


def weights(kind: Kind, weight: Callable[[np.random.Generator, Table], Any]) -> Table:
    table = base(kind)
    table.weight = weight(np.random.default_rng(3), table)
    return table


def some_zero(rng: np.random.Generator, table: Table) -> Any:
    return np.where(rng.random(N) < 0.3, 0.0, rng.uniform(0.2, 3.0, N))


def one_class_zero(rng: np.random.Generator, table: Table) -> Any:
    first = table.y < np.median(table.y) if table.y.dtype.kind == "f" else table.y == table.y[0]
    return np.where(first, 0.0, 1.0)


def one_row_only(rng: np.random.Generator, table: Table) -> Any:
    return np.where(np.arange(N) == 3, 1.0, 0.0)


def with_a_cell(kind: Kind, value: float) -> Table:
    table = base(kind)
    table.X[4, 1] = value
    return table


def with_a_target(kind: Kind, value: float) -> Table:
    table = base(kind)
    y = table.y.astype(float)
    y[4] = value
    return _with_y(table, y)


def outputs(kind: Kind) -> Table:
    table = base(kind)
    rng = np.random.default_rng(4)
    signal = table.X[:N] @ rng.normal(size=(4, 3)) + rng.normal(size=(N, 3))
    if kind.classifies:
        signal = (signal > np.quantile(signal, 0.4, axis=0)).astype(int)
    return _with_y(table, signal)


def column_target(kind: Kind) -> Table:
    table = base(kind)
    return _with_y(table, table.y[:, None])


def too_few_targets(kind: Kind) -> Table:
    table = base(kind)
    return _with_y(table, table.y[:-1])


# --- how X may come --------------------------------------------------------------------------


def frame(X: np.ndarray) -> Any:
    table = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])
    table.index = table.index * 2 + 7
    return table


def mixed_frame(X: np.ndarray) -> Any:
    """A frame of float64, float32, whole and Boolean columns."""
    table = frame(X).astype({"x1": np.float32})
    return table.assign(x2=X[:, 2].round().astype(int), x3=X[:, 3] > 0)


def strided(X: np.ndarray) -> np.ndarray:
    return np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3]


def sparse(X: np.ndarray, make: Any = csr_matrix) -> Any:
    return make(np.where(np.abs(X) > 1.0, X, 0.0))


def read_only(X: np.ndarray) -> np.ndarray:
    X.flags.writeable = False
    return X


def words(X: np.ndarray) -> Any:
    words = X.astype(object)
    words[3, 0] = "much"
    return words


def whole(X: np.ndarray) -> np.ndarray:
    return np.round(X * 3).astype(np.int64)
