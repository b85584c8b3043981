"""The rows that boosters are trained on, and what goes with each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...estimators.arrays import is_foreign, place_of
from ...estimators.sklearn_private import safe_indexing

Indices = np.ndarray


@dataclass(frozen=True)
class Rows:
    """Training rows, as xgboost's estimators take them.

    Attributes
    ----------
    X : array, sparse matrix or DataFrame of shape (n_samples, n_features)
        Encoded: numbers, and categories that xgboost knows.
    y : array of shape (n_samples,) or (n_samples, n_targets)
        Labels as codes 0, 1, ... .
    with_rows : dict of arrays of n_samples rows
        `sample_weight`, `base_margin` and whatever else `fit` takes for each row.
    strata : int array of shape (n_samples,), or None
        What each validation part holds in its share: the classes.
    groups : array of shape (n_samples,), or None
        Rows of one group are never divided.
    """

    X: Any
    y: Any
    with_rows: Mapping[str, Any] = field(default_factory=dict)
    strata: np.ndarray | None = None
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return self.X.shape[0]

    def take(self, indices: Indices) -> Rows:
        """Return the rows of these numbers."""
        with_rows = {name: taken(values, indices) for name, values in self.with_rows.items()}
        return replace(
            self,
            X=taken(self.X, indices),
            y=taken(self.y, indices),
            with_rows=with_rows,
            strata=taken(self.strata, indices),
            groups=taken(self.groups, indices),
        )


def taken(values: Any, indices: Indices) -> Any:
    """Return the rows of these numbers, of an array of any library, a sparse matrix or a table."""
    if is_foreign(values):
        place = place_of(values)
        return place.xp.take(values, place.put(indices), axis=0)
    return None if values is None else safe_indexing(values, indices)
