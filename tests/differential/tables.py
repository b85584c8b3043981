"""Small tables of every kind for the differential tests, each made anew from a few numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from scipy.sparse import csc_matrix, csr_matrix
from sklearn.metrics import euclidean_distances

TASKS = ("regression", "regression", "binary", "multiclass", "strings", "outputs", "labels", "none")
FORMS = ("array", "array", "fortran", "float32", "integers", "counts", "read-only", "list", "frame")
QUIRKS = (
    "constant column",
    "equal columns",
    "duplicate rows",
    "large offset",
    "column target",
    "rare class",
    "positive target",
)
CLASSES = ("binary", "multiclass", "strings", "labels")


@dataclass(frozen=True)
class Table:
    """A table by its description; `make` returns the same (X, y) every time.

    `task` is what y is: numbers, two or three classes, strings, several outputs or labels, none.
    `form` is how X comes: as an array of some layout or dtype, a list, a frame (with text and
    missing values for "text"), sparse, or as a kernel or distances of rows.
    """

    task: str
    n: int
    p: int
    form: str = "array"
    quirks: frozenset[str] = frozenset()
    seed: int = 0

    @property
    def classifies(self) -> bool:
        """Whether y holds classes."""
        return self.task in CLASSES

    def make(self) -> tuple[Any, Any]:
        """Return X and y."""
        rng = np.random.default_rng(self.seed)
        X = rng.normal(size=(self.n, self.p)) * rng.uniform(0.5, 3.0, self.p)
        y = _target(self.task, X, rng)
        X, y = self._with_quirks(X, y)
        X = _formed(X, self.form, rng)
        if self.form in ("frame", "text") and y is not None:
            index = X.index
            y = pd.Series(y, index=index) if y.ndim == 1 else pd.DataFrame(y, index=index)
        elif self.form == "list" and y is not None:
            y = y.tolist()
        return X, y

    def _with_quirks(self, X: np.ndarray, y: Any) -> tuple[np.ndarray, Any]:
        if "large offset" in self.quirks:
            X = X + 50.0
        if "constant column" in self.quirks:
            X[:, -1] = 3.7
        if "equal columns" in self.quirks:
            X[:, -1] = X[:, 0]
        if "duplicate rows" in self.quirks:
            X[self.n // 2 : self.n // 2 + self.n // 4] = X[: self.n // 4]
        if "missing value" in self.quirks:
            X[self.n // 3, 0] = np.nan
        if "rare class" in self.quirks and self.task in ("multiclass", "strings"):
            y[y == y[0]] = y[1]
            y[0] = "other" if self.task == "strings" else 7
        if "positive target" in self.quirks and self.task == "regression":
            y = np.exp(y / 3)
        if "column target" in self.quirks and y is not None and y.ndim == 1:
            y = y[:, None]
        return X, y


def _target(task: str, X: np.ndarray, rng: np.random.Generator) -> Any:
    """Targets follow X; classes are not of equal size, so that no decision is 0 but for rounding"""
    coef = rng.normal(size=(X.shape[1], 3))
    signal = X @ coef + rng.normal(size=(len(X), 3))
    if task == "none":
        return None
    if task == "regression":
        return signal[:, 0]
    if task == "outputs":
        return signal
    first = signal[:, 0]
    if task == "binary":
        return (first > np.quantile(first, 0.38)).astype(int)
    if task == "labels":
        return (signal > np.quantile(signal, 0.38, axis=0)).astype(int)
    codes = np.digitize(first, np.quantile(first, [0.29, 0.65]))
    return np.array(["no", "yes", "maybe"])[codes] if task == "strings" else codes


def _formed(X: np.ndarray, form: str, rng: np.random.Generator) -> Any:
    if form in _FORMED:
        return _FORMED[form](X)
    if form not in ("frame", "text"):
        return X
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])
    frame.index = frame.index * 2 + 7
    if form == "text":
        frame["kind"] = rng.choice(["a", "b", "c"], len(frame))
        frame["size"] = rng.choice(["small", "large"], len(frame))
        frame.iloc[::7, 0] = np.nan
    return frame


def _read_only(X: np.ndarray) -> np.ndarray:
    X.flags.writeable = False
    return X


def _large_only(X: np.ndarray) -> np.ndarray:
    return np.where(np.abs(X) > 1.0, X, 0.0)


_FORMED: dict[str, Callable[[np.ndarray], Any]] = {
    "fortran": np.asfortranarray,
    "float32": lambda X: X.astype(np.float32),
    "integers": lambda X: np.round(np.nan_to_num(X) * 3).astype(int),
    "counts": lambda X: np.floor(np.abs(np.nan_to_num(X)) * 2),
    "read-only": _read_only,
    "list": np.ndarray.tolist,
    "csr": lambda X: csr_matrix(_large_only(X)),
    "csc": lambda X: csc_matrix(_large_only(X)),
    "kernel": lambda X: np.nan_to_num(X) @ np.nan_to_num(X).T,
    "distances": lambda X: euclidean_distances(np.nan_to_num(X)),
}


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Draw a table: mostly a few dozen rows, now and then wide, sparse, or a kernel."""
    task = draw(st.sampled_from(TASKS))
    square = () if task in ("none", "outputs", "labels") else ("kernel", "distances")
    form = draw(st.sampled_from((*FORMS, "text", "csr", "csc", *square)))
    shape = draw(st.sampled_from(["tall", "tall", "tall", "tiny", "wide"]))
    n, p = {
        "tall": (draw(st.sampled_from([30, 47, 80])), draw(st.integers(2, 6))),
        "tiny": (12, 2),
        "wide": (24, 30),
    }[shape]
    quirks = draw(st.sets(st.sampled_from(QUIRKS), max_size=2)) if draw(st.booleans()) else set()
    if draw(st.integers(1, 16)) == 16:
        quirks.add("missing value")
    if form == "kernel":  # far from 0 it is almost of rank 1, and libsvm takes very many steps
        quirks.discard("large offset")
    return Table(task, n, p, form, frozenset(quirks), draw(st.integers(0, 99)))
