"""Dask collections as lists of parts: the rows of a partition, their labels and weights."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

_IN_MEMORY = (np.ndarray, pd.DataFrame, pd.Series, list)


def is_dask(X: Any) -> bool:
    """Whether `X` is a Dask DataFrame, Series or Array; imports nothing."""
    return "dask" in sys.modules and sys.modules["dask"].is_dask_collection(X)


@dataclass(frozen=True)
class Parts:
    """Rows on a cluster.

    Attributes
    ----------
    rows : list of (X, y, weight)
        Each a delayed frame or array; the weight may be None.
    empty : DataFrame or ndarray
        A table of no rows with the columns of X.
    """

    rows: Sequence[tuple[Any, Any, Any]]
    empty: Any

    @classmethod
    def of(cls, X: Any, y: Any, weight: Any = None, name: str = "X") -> Parts:
        """Take collections apart, by their partitions.

        Parameters
        ----------
        X : Dask DataFrame or Array, or a table in memory
        y, weight : Dask Series or Array or, with a DataFrame, names of columns; or in memory

        Raises
        ------
        ValueError
            When they have different numbers of partitions, or a column is not there.
        """
        if not is_dask(X):
            return cls([(X, y, weight)], X[:0])
        X, (y, weight) = _without(X, [y, weight])
        columns = [partitions(X, name), partitions(y, "y"), partitions(weight, "sample_weight")]
        n_parts = len(columns[0])
        for what, parts in zip(("y", "sample_weight"), columns[1:], strict=True):
            if parts is not None and len(parts) != n_parts:
                raise ValueError(
                    f"{what} has {len(parts)} partitions and {name} has {n_parts}: make the rows "
                    f"of both lie in the same partitions, by {what}.repartition or .rechunk."
                )
        X_parts, y_parts, w_parts = (each or [None] * n_parts for each in columns)
        return cls(list(zip(X_parts, y_parts, w_parts, strict=True)), _empty(X))

    def on(self, client: Any) -> Parts:
        """Return the parts with rows in memory sent to the cluster."""
        sent = [
            tuple(client.scatter(each) if isinstance(each, _IN_MEMORY) else each for each in part)
            for part in self.rows
        ]
        return Parts(sent, self.empty)

    @property
    def names(self) -> list[Any]:
        """The columns of X by name, or by number."""
        return list(getattr(self.empty, "columns", range(self.empty.shape[1])))


def _without(X: Any, columns: Sequence[Any]) -> tuple[Any, list[Any]]:
    """Take columns that are given by name out of X."""
    named = [column for column in columns if isinstance(column, str)]
    if not named:
        return X, list(columns)
    there = list(getattr(X, "columns", ()))
    for name in named:
        if name not in there:
            raise ValueError(f"X has no column {name!r}; it has {there}.")
    found = [X[column] if isinstance(column, str) else column for column in columns]
    return X.drop(columns=named), found


def partitions(collection: Any, name: str) -> Any:
    """Return the partitions of a collection as delayed objects, each with all columns."""
    if collection is None:
        return None
    if not is_dask(collection):
        raise TypeError(
            f"X is a Dask collection, and {name} is {type(collection).__name__}: give it as a Dask "
            "Series or Array, or as the name of a column of X."
        )
    if getattr(collection, "ndim", 1) == 2 and hasattr(collection, "rechunk"):
        collection = collection.rechunk({1: -1})
    # Optimised, a column of X and the rest of X would have tasks of one name and of two contents.
    parts = collection.to_delayed(optimize_graph=False)
    return list(np.ravel(np.array(parts, dtype=object)))


def _empty(X: Any) -> Any:
    if hasattr(X, "columns"):
        return pd.DataFrame(X._meta)
    return np.empty((0, X.shape[1]), dtype=X.dtype)
