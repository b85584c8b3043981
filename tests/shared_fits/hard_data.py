"""Small tables that are hard on numerics, on dtypes and on labels, each by a name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.sparse import csc_matrix

from shared_fits import makers as m
from shared_fits.makers import TRANSFORMATION, Kind, N, Table

Make = Callable[[Kind], Table]
_FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "float32": lambda X: X.astype(np.float32),
    "float16": lambda X: X.astype(np.float16),
    "integers": m.whole,
    "int8": lambda X: np.clip(m.whole(X), -100, 100).astype(np.int8),
    "truth values": lambda X: X > 0,
    "numbers as objects in X": lambda X: X.astype(object),
    "Fortran order": np.asfortranarray,
    "strided": m.strided,
    "frame": m.frame,
    "mixed frame": m.mixed_frame,
    "csr": m.sparse,
    "csc": partial(m.sparse, make=csc_matrix),
    "csr float32": lambda X: m.sparse(X.astype(np.float32)),
    "read-only": m.read_only,
    "words in X": m.words,
}
_NUMBERS: dict[str, Make] = {
    "plain": m.base,
    "two classes": partial(m.classes, n_classes=2),
    "nearly equal columns": partial(m.nearly_equal, apart=1e-6),
    "all but equal columns": partial(m.nearly_equal, apart=1e-12),
    "a column is a sum": m.sum_of_others,
    "constant column": partial(m.column, value=3.7),
    "zero column": partial(m.column, value=0.0),
    "constant in a fold": m.constant_in_a_fold,
    "equal columns": m.twins,
    "repeated rows": m.repeated_rows,
    "all rows the same": m.all_rows_the_same,
    "columns of 1e8 and 1e-8": partial(m.scaled, scale=[1e8, 1e-8, 1.0, 1.0]),
    "1e150": partial(m.scaled, scale=1e150),
    "1e-150": partial(m.scaled, scale=1e-150),
    "offset of 1e9": partial(m.shifted, shift=1e9),
    "offset of 1e5 in a column": partial(m.shifted, shift=[1e5, 0, 0, 0]),
    "outlier": m.outlier,
    "ties": m.ties,
    "symmetric": m.symmetric,
    "fewer rows than columns": partial(m.base, n=30, p=45),
    "as many rows as columns": partial(m.base, n=12, p=12),
    "one column": partial(m.base, p=1),
    "few rows": partial(m.base, n=9, p=2),
    "one row": partial(m.base, n=1, p=2),
    "constant target": m.constant_target,
    "outputs": m.outputs,
    "column target": m.column_target,
    "numbers as objects in y": m.numbers_as_objects,
    "weights": partial(m.weights, weight=lambda rng, table: rng.uniform(0.2, 3.0, N)),
    "whole weights": partial(m.weights, weight=lambda rng, table: rng.integers(1, 4, N)),
    "some weights zero": partial(m.weights, weight=m.some_zero),
    "a class of weight zero": partial(m.weights, weight=m.one_class_zero),
    "one row has weight": partial(m.weights, weight=m.one_row_only),
    "all weights zero": partial(m.weights, weight=lambda rng, table: np.zeros(N)),
    "weights up to 1e6": partial(m.weights, weight=lambda rng, table: 10 ** rng.uniform(-3, 6, N)),
    "a negative weight": partial(
        m.weights, weight=lambda rng, table: np.where(np.arange(N) == 3, -1.0, 1.0)
    ),
    "a missing weight": partial(
        m.weights, weight=lambda rng, table: np.where(np.arange(N) == 3, np.nan, 1.0)
    ),
    "too few weights": partial(m.weights, weight=lambda rng, table: np.ones(N - 1)),
    "missing value": partial(m.with_a_cell, value=np.nan),
    "infinite value": partial(m.with_a_cell, value=np.inf),
    "missing target": partial(m.with_a_target, value=np.nan),
    "infinite target": partial(m.with_a_target, value=np.inf),
    "too few targets": m.too_few_targets,
}
_OF_CLASSES: dict[str, Make] = {
    "one-member class": m.one_member_class,
    "unbalanced": m.unbalanced,
    "single-row classes": m.single_row_classes,
    "ten classes": partial(m.classes, n_classes=10),
    "separable": m.separable,
    "words": partial(m.labels, labels=["no", "yes", "maybe"]),
    "words as objects": partial(m.labels, labels=["no", "yes"], dtype=object),
    "-1 and 1": partial(m.labels, labels=[-1, 1]),
    "0.0 and 1.0": partial(m.labels, labels=[0.0, 1.0]),
    "truth labels": partial(m.labels, labels=[True, False]),
    "fractions as labels": partial(m.labels, labels=[0.5, 1.25, 2.0]),
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
    table = {**_NUMBERS, **_OF_CLASSES}.get(name, m.base)(kind)
    table.X = _in_domain(table.X, kind.domain)
    if kind.target == "columns" and table.y.ndim == 1:
        table.y = np.stack([table.y, np.roll(table.y, 1)], axis=1)
    elif kind.target != "real" and table.y.dtype.kind == "f":
        positive = np.exp(np.minimum(table.y / 3, 9.0))
        table.y = positive if kind.target == "positive" else np.floor(np.abs(table.y))
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
