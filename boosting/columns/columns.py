"""`Columns`: what was learnt about the columns of X, and X coded by it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from ...estimators.arrays import Place, is_foreign, place_of, to_numpy
from ..on_device import cuda_name
from .choice import chosen_positions
from .kinds import Kind, Numbers, learn_kind
from .names import for_booster, order_of
from .storage import of_booster, read, write
from .tables import is_matrix, open_table, require_cells


@dataclass(frozen=True)
class Columns:
    """The columns that a model was fitted on; it holds no row of X.

    Numbers and booleans are numbers; dates count as days since 1970 and durations as days, each in
    UTC; text, and what has a category type, are categories. A missing cell (NaN, None, NA, NaT) is
    NaN. A category that was not learnt has the code after the last: to a booster it is in no set of
    categories that a split names.

    Attributes
    ----------
    kinds : tuple of Numbers, Dates or Category, one per column
    labels : tuple of str, or None
        The names of the columns; None where X had none.
    """

    kinds: tuple[Kind, ...]
    labels: tuple[str, ...] | None = None

    @classmethod
    def learn(cls, X: Any, categorical_features: Any = None) -> Columns:
        """Learn the columns of `X`.

        Parameters
        ----------
        X : array, frame of pandas or polars, sparse matrix or list of shape (n_samples, n_features)
        categorical_features : sequence of names, positions or booleans, default=None
            Columns that are categories beside those that are by their type. The levels of numbers
            are the values that occur.

        Raises
        ------
        ValueError
            When X is empty, has a name twice or a column of mixed types, or `categorical_features`
            names a column that is not there.
        TypeError
            When X is no table or has cells that are no text, number or date, or is sparse and has
            `categorical_features`.
        """
        cells, names = open_table(X)
        require_cells(cells, names)
        chosen = chosen_positions(categorical_features, names, cells.shape[1])
        kinds: list[Kind] = [Numbers()] * cells.shape[1]
        if isinstance(cells, pd.DataFrame):
            for j, name in enumerate(names or range(cells.shape[1])):
                kinds[j] = learn_kind(cells.iloc[:, j], name, is_chosen=j in chosen)
        elif chosen:
            cells = _dense(cells, "categorical_features")
            for j in chosen:
                kinds[j] = learn_kind(pd.Series(cells[:, j]), j, is_chosen=True)
        return cls(tuple(kinds), None if names is None else tuple(names))

    @classmethod
    def of_booster(cls, booster: Any) -> Columns:
        """Return the columns that an `xgboost.Booster` knows, for files that xgboost wrote."""
        return cls(*of_booster(booster))

    @classmethod
    def from_json(cls, text: str) -> Columns:
        """Return the columns that `to_json` wrote."""
        return cls(*read(text))

    def to_json(self) -> str:
        """Return text that `from_json` reads."""
        return write(self.kinds, self.labels)

    @property
    def n_features(self) -> int:
        """The number of columns."""
        return len(self.kinds)

    @property
    def names(self) -> list[str] | None:
        """The names of the columns, or None."""
        return None if self.labels is None else list(self.labels)

    @cached_property
    def names_for_booster(self) -> list[str] | None:
        """The names as xgboost takes them: without [, ] and <."""
        return None if self.labels is None else for_booster(self.labels)

    @cached_property
    def is_plain(self) -> bool:
        """Whether all columns are numbers, which xgboost takes as they are."""
        return all(isinstance(kind, Numbers) for kind in self.kinds)

    @cached_property
    def has_categories(self) -> bool:
        """Whether some column is a category with levels."""
        return any(kind.feature_type == "c" for kind in self.kinds)

    @property
    def feature_types(self) -> list[str] | None:
        """xgboost's types of the columns of a coded array, "q" or "c"; None where none is "c"."""
        return [kind.feature_type for kind in self.kinds] if self.has_categories else None

    def for_training(self, X: Any, place: Place | None = None) -> Any:
        """Return `X` as xgboost trains on it: `X` itself where xgboost takes it as it is.

        Parameters
        ----------
        X : the table that was learnt, or one like it
        place : Place, optional
            Where xgboost computes: arrays of other libraries come to the host if it is no GPU.

        Returns
        -------
        X, or a DataFrame of numbers and pandas categories where the columns have names, or a
        float32 array of shape (n_samples, n_features) of codes where they have none. A category
        that was not learnt is missing in the frame.
        """
        cells, names = open_table(X)
        if self.labels is None or not isinstance(cells, pd.DataFrame):
            if self.is_plain and not isinstance(cells, pd.DataFrame):
                self._check_width(cells)
                return _at(cells, place)
            return self.for_predict(X, place)
        frame = self._in_order(cells, names)
        if frame is X and self._is_ready(frame):
            return X
        coded = {
            name: kind.for_training(frame.iloc[:, j], self.labels[j])
            for j, (name, kind) in enumerate(
                zip(self.names_for_booster or (), self.kinds, strict=True)
            )
        }
        return pd.DataFrame(coded, index=frame.index, copy=False)

    def for_predict(self, X: Any, place: Place | None = None) -> Any:
        """Return `X` as `Booster.inplace_predict` takes it, its columns matched by name.

        Parameters
        ----------
        X : array, frame, sparse matrix or list of shape (n_samples, n_features)
        place : Place, optional
            As in `for_training`.

        Returns
        -------
        X itself where it is an array of numbers (of any library) and all columns are numbers; a
        CSR matrix where it is sparse; else a float32 array of shape (n_samples, n_features).

        Raises
        ------
        ValueError
            When columns are missing, or one holds text where the model was fitted on numbers or
            the other way round.
        """
        if self.is_plain and is_matrix(X) and X.shape[1] == len(self.kinds):
            return X
        cells, names = open_table(X)
        if isinstance(cells, pd.DataFrame):
            return self._coded_frame(self._in_order(cells, names))
        self._check_width(cells)
        if self.is_plain:
            return sparse.csr_matrix(cells) if sparse.issparse(cells) else _at(cells, place)
        coded = self._coded_matrix(_dense(cells, "a model with categories or dates"))
        return _at(place_of(cells).put(coded), place)

    def _is_ready(self, frame: pd.DataFrame) -> bool:
        """Whether xgboost takes the frame as it is, and keeps its names and levels."""
        return self.names == self.names_for_booster and all(
            kind.is_ready(dtype) for kind, dtype in zip(self.kinds, frame.dtypes, strict=True)
        )

    def _in_order(self, frame: pd.DataFrame, names: Sequence[str] | None) -> pd.DataFrame:
        """Return the columns that were learnt, in their order."""
        if self.labels is None or names is None:
            self._check_width(frame)
            if names is not None:
                warnings.warn(
                    "X has column names, but the model was fitted without: columns are taken by "
                    "their position.",
                    UserWarning,
                    stacklevel=2,
                )
            return frame
        if names == self.names:
            return frame
        return frame.iloc[:, order_of(self.labels, names)]

    def _check_width(self, X: Any) -> None:
        if X.shape[1] != self.n_features:
            raise ValueError(
                f"X has {X.shape[1]} features, but XGBoost is expecting {self.n_features} features "
                "as input, those of the fit."
            )

    def _coded_frame(self, frame: pd.DataFrame) -> np.ndarray:
        if self.is_plain and all(
            isinstance(dtype, np.dtype) and dtype.kind in "fiub" for dtype in frame.dtypes
        ):
            with np.errstate(over="ignore"):
                return frame.to_numpy(dtype=np.float32)
        coded = np.empty(frame.shape, dtype=np.float32)
        for j, kind in enumerate(self.kinds):
            coded[:, j] = kind.codes(frame.iloc[:, j], self._name(j))
        return coded

    def _coded_matrix(self, X: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            coded = X.astype(np.float32)
        for j, kind in enumerate(self.kinds):
            if not isinstance(kind, Numbers):
                coded[:, j] = kind.codes(pd.Series(X[:, j]), self._name(j))
        return coded

    def _name(self, j: int) -> Any:
        return j if self.labels is None else self.labels[j]


def _dense(cells: Any, needing: str) -> np.ndarray:
    if sparse.issparse(cells):
        raise TypeError(f"X is sparse, and {needing} needs dense data: use X.toarray().")
    return to_numpy(cells) if is_foreign(cells) else cells


def _at(cells: Any, place: Place | None) -> Any:
    """Bring arrays of other libraries to the host where xgboost computes there."""
    if is_foreign(cells) and place is not None and cuda_name(place) is None:
        return to_numpy(cells)
    return cells
