"""What is known of the data and the splits before anything runs: shapes, rows and labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from ....estimators.shared import Meta


def as_row_numbers(rows: Any) -> np.ndarray:
    """Return the rows of a split as numbers; a splitter may give a mask."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows


def repeats_of(
    splits: Sequence[tuple[np.ndarray, np.ndarray]], n_samples: int
) -> tuple[tuple[int, ...], ...]:
    """Cut splits into runs whose test parts split the rows: one for KFold, more where repeated.

    Returns
    -------
    repeats : tuple of tuple of int
        The numbers of the splits of each run; empty where the splits are not all of this kind, or
        a training part is not all rows beside its test part.
    """
    repeats: list[tuple[int, ...]] = []
    start, tested = 0, np.zeros(n_samples, dtype=bool)
    for k, (train, test) in enumerate(splits):
        if tested[test].any() or not _split_the_rows(train, test, n_samples):
            return ()
        tested[test] = True
        if tested.all():
            repeats.append(tuple(range(start, k + 1)))
            start, tested = k + 1, np.zeros(n_samples, dtype=bool)
    return tuple(repeats) if start == len(splits) else ()


def _split_the_rows(train: np.ndarray, test: np.ndarray, n_samples: int) -> bool:
    if not len(train) or len(train) + len(test) != n_samples:
        return False
    seen = np.zeros(n_samples, dtype=bool)
    seen[train] = True
    seen[test] = True
    return bool(seen.all())


def meta_of(estimator: Any, X: Any, y: Any, fit_params: Any) -> Meta:
    """What the plan may know of the data: shapes, and of the values how many labels there are."""
    shape: tuple[int, ...] = X.shape if hasattr(X, "shape") else (len(X),)
    outputs: tuple[int, ...] = y.shape if hasattr(y, "shape") else ()
    return Meta(
        n_samples=int(shape[0]),
        n_features=int(shape[1]) if len(shape) > 1 else None,
        sparse=hasattr(X, "tocsr"),
        n_outputs=int(outputs[1]) if len(outputs) > 1 else 1,
        weights="sample_weight" in fit_params,
        n_bytes=_bytes_of(X),
        n_classes=_classes_of(y) if is_classifier(estimator) and len(outputs) == 1 else None,
    )


def _classes_of(y: Any) -> int | None:
    """The number of labels; None for what cannot be put in order, which is not ours to report."""
    try:
        return len(np.unique(np.asarray(y)))
    except TypeError:
        return None


def _bytes_of(X: Any) -> int | None:
    """What X takes in memory, where it tells."""
    if hasattr(X, "tocsr"):
        parts = (getattr(X, name, None) for name in ("data", "indices", "indptr", "row", "col"))
        return sum(int(getattr(part, "nbytes", 0)) for part in parts) or None
    if hasattr(X, "memory_usage"):
        return int(X.memory_usage(deep=False).sum())
    if hasattr(X, "estimated_size"):
        return int(X.estimated_size())
    return int(X.nbytes) if hasattr(X, "nbytes") else None
