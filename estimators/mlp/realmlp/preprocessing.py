"""Preprocessing of RealMLP: robustly scaled numbers, one-hot columns, codes for embeddings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .scaling import robust_scale, smooth_clip
from .table import Table, column_numbers

_BLOCK = 32_768  # rows transformed at a time


@dataclass(frozen=True)
class Encoded:
    """What the network takes: numbers, and codes of categories that it embeds.

    Attributes
    ----------
    dense : float32 ndarray of shape (n_samples, n_numeric + n_one_hot)
    codes : int64 ndarray of shape (n_samples, n_embedded)
        0 for a missing or unknown category.
    """

    dense: np.ndarray
    codes: np.ndarray


@dataclass(frozen=True)
class Preprocessor:
    """The fitted preprocessing.

    Attributes
    ----------
    numeric : list of int
        Columns of numbers; they come first in `Encoded.dense`.
    indicated : list of int
        Those of them with missing values in training: each gets a column that says where.
    categories : dict of int to ndarray of object
        The values of each category column in training, sorted; the code of the first is 1.
    embedded : list of int
        Category columns with more values than are written one-hot.
    centre, factor : float64 ndarray of shape (n_numeric + n_one_hot,)
        Each dense column becomes `smooth_clip((x - centre) * factor)`.
    """

    numeric: list[int]
    indicated: list[int]
    categories: dict[int, np.ndarray]
    embedded: list[int]
    centre: np.ndarray
    factor: np.ndarray

    @property
    def n_numeric(self) -> int:
        """The number of columns of numbers."""
        return len(self.numeric)

    @property
    def n_dense(self) -> int:
        """The number of columns of `Encoded.dense`."""
        return len(self.centre)

    @property
    def cardinalities(self) -> list[int]:
        """The number of codes of each embedded column, that of missing values included."""
        return [len(self.categories[j]) + 1 for j in self.embedded]

    def transform(self, table: Table) -> Encoded:
        """Return all rows as the network takes them."""
        dense = np.empty((table.n_rows, self.n_dense), dtype=np.float32)
        codes = np.empty((table.n_rows, len(self.embedded)), dtype=np.int64)
        for rows, block in self.blocks(table):
            dense[rows], codes[rows] = block.dense, block.codes
        return Encoded(dense, codes)

    def blocks(self, table: Table) -> Iterator[tuple[slice, Encoded]]:
        """Go through the rows in blocks.

        A missing number is 0 after scaling, a missing or unknown category 0 in all its columns.
        """
        for start in range(0, table.n_rows, _BLOCK):
            rows = slice(start, min(start + _BLOCK, table.n_rows))
            dense = np.empty((rows.stop - start, self.n_dense), dtype=np.float32)
            for k, column in enumerate(self._dense_columns(table, rows)):
                dense[:, k] = smooth_clip((column - self.centre[k]) * self.factor[k])
            np.nan_to_num(dense, copy=False)
            codes = [self._codes(table, j, rows) for j in self.embedded]
            shape = (rows.stop - start, len(codes))
            yield rows, Encoded(dense, np.reshape(codes, shape[::-1]).T.astype(np.int64))

    def _dense_columns(self, table: Table, rows: Any) -> Iterator[np.ndarray]:
        """Go through the dense columns before scaling."""
        for j in self.numeric:
            yield table.numbers(j, rows)
        for j in self.categories:
            if j not in self.embedded:
                yield from one_hot(self._codes(table, j, rows), len(self.categories[j]))
        for j in self.indicated:
            yield np.isnan(table.numbers(j, rows)).astype(np.float32)

    def _codes(self, table: Table, j: int, rows: Any) -> np.ndarray:
        codes, values = table.categories(j, rows)
        known = pd.Index(self.categories[j], dtype=object).get_indexer(values) + 1
        return np.append(known, 0)[codes]  # -1, a missing value, takes the 0 at the end


def one_hot(codes: np.ndarray, n_categories: int) -> Iterator[np.ndarray]:
    """Go through the columns of a category: one of +-1 where there are two, else 0 and 1 for each.

    Parameters
    ----------
    codes : int ndarray of shape (n_samples,)
        1 to n_categories; 0, missing, is 0 in all columns.
    """
    if n_categories in (0, 2):  # without any, a column of zeros
        yield np.asarray([0.0, 1.0, -1.0], dtype=np.float32)[codes]
        return
    for code in range(1, n_categories + 1):
        yield (codes == code).astype(np.float32)


def fit_preprocessor(
    table: Table, rows: np.ndarray, categorical_features: Any, max_one_hot: int
) -> Preprocessor:
    """Learn the preprocessing from the training rows.

    Parameters
    ----------
    rows : int ndarray
        The training rows: validation rows are not looked at.
    categorical_features : {"from_dtype", None} or list
    max_one_hot : int
        Category columns with more values are embedded.
    """
    chosen = [] if categorical_features is None else categorical_features
    category_columns = column_numbers(table, chosen)
    numeric = [j for j in range(table.n_columns) if j not in category_columns]
    categories = {j: _values(table, j, rows) for j in category_columns}
    plain = Preprocessor(
        numeric=numeric,
        indicated=[j for j in numeric if _misses_some(table.numbers(j, rows))],
        categories=categories,
        embedded=[j for j, values in categories.items() if len(values) > max_one_hot],
        centre=np.empty(0),
        factor=np.empty(0),
    )
    scales = [robust_scale(column) for column in plain._dense_columns(table, rows)]
    centre, factor = np.asarray(scales, dtype=np.float64).reshape(-1, 2).T
    return Preprocessor(numeric, plain.indicated, categories, plain.embedded, centre, factor)


def _misses_some(column: np.ndarray) -> bool:
    missing = np.isnan(column)
    return bool(missing.any() and not missing.all())


def _values(table: Table, j: int, rows: np.ndarray) -> np.ndarray:
    """Return the values of a category column that occur in the rows, sorted."""
    codes, values = table.categories(j, rows)
    values = values[np.unique(codes[codes >= 0])]
    try:
        return np.sort(values)
    except TypeError:  # numbers and text together
        return np.asarray(sorted(values, key=lambda v: (type(v).__name__, v)), dtype=object)
