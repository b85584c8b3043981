"""Rows drawn for a GPU, of which no real table need be at hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from estimator_cases import Synthetic

Rows = tuple[np.ndarray, np.ndarray]
CLASSES = 5


@lru_cache(maxsize=1)
def draw(what: Synthetic, seed: int = 0) -> Rows:
    """Return X of shape (rows, columns), float64, and y."""
    return _TASKS[what.task](np.random.default_rng(seed), what.rows, what.columns)


def _normal(rng: np.random.Generator, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Return columns that hang together through three others, and what adds up from them."""
    X = rng.standard_normal((rows, columns))
    X += rng.standard_normal((rows, 3)) @ rng.standard_normal((3, columns))
    return X, X @ (rng.standard_normal(columns) / np.sqrt(columns))


def _regression(rng: np.random.Generator, rows: int, columns: int) -> Rows:
    X, signal = _normal(rng, rows, columns)
    return X, 10 * signal + rng.standard_normal(rows)


def _classification(rng: np.random.Generator, rows: int, columns: int) -> Rows:
    X, signal = _normal(rng, rows, columns)
    return X, (signal + rng.standard_normal(rows) > 0).astype(np.int64)


def _many_classes(rng: np.random.Generator, rows: int, columns: int) -> Rows:
    X, _ = _normal(rng, rows, columns)
    scores = X @ rng.standard_normal((columns, CLASSES)) / np.sqrt(columns)
    return X, np.argmax(scores + rng.gumbel(size=scores.shape), axis=1)


def _counts(rng: np.random.Generator, rows: int, columns: int) -> Rows:
    X, signal = _normal(rng, rows, columns)
    return X, rng.poisson(np.exp(np.clip(signal / 4, -3, 3))).astype(np.float64)


def _positive(rng: np.random.Generator, rows: int, columns: int) -> Rows:
    X, signal = _normal(rng, rows, columns)
    return X, np.exp(np.clip(signal / 4, -3, 3)) * rng.gamma(2.0, 0.5, rows)


def _count_features(rng: np.random.Generator, rows: int, columns: int) -> Rows:
    y = rng.integers(0, CLASSES, rows)
    rates = rng.gamma(1.0, 1.0, (CLASSES, columns))
    return rng.poisson(rates[y]).astype(np.float64), y


def _blobs(rng: np.random.Generator, rows: int, columns: int) -> Rows:
    y = rng.integers(0, 8, rows)
    return 2 * rng.standard_normal((8, columns))[y] + rng.standard_normal((rows, columns)), y


def _gaps(rng: np.random.Generator, rows: int, columns: int) -> Rows:
    X, y = _regression(rng, rows, columns)
    X[rng.random(X.shape) < 0.05] = np.nan
    return X, y


_TASKS: dict[str, Callable[[np.random.Generator, int, int], Rows]] = {
    "regression": _regression,
    "classification": _classification,
    "many classes": _many_classes,
    "counts": _counts,
    "positive": _positive,
    "count features": _count_features,
    "blobs": _blobs,
    "gaps": _gaps,
}
