"""`Columns`: what was learnt about the columns of X, and X coded by it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from ...estimators.arrays import Place, is_foreign, place_of, to_numpy
from ..on_device import cuda_name
from .choice import chosen_positions
from .coding import coded_array, coded_frame, training_frame
from .kinds import Kind, Numbers, learn_kind
from .limits import check_params
from .names import for_booster, order_of
from .storage import of_booster, read, write
from .tables import is_matrix, open_table, require_cells


@dataclass(frozen=True)
class Columns:
    """The columns that a model was fitted on; it holds no row of X.

    Numbers and booleans are numbers; dates count as days since 1970 (UTC), durations as days; text,
    and what has a category type, are categories. A missing cell (NaN, None, NA, NaT) is NaN. A
    category that was not learnt has the code after the last: to a booster it is in no set of
    categories that a split names.

    Attributes
    ----------
    kinds : tuple of Numbers, Dates, Durations or Category, one per column
    names : tuple of str, or None
        None where X had none.
    """

    kinds: tuple[Kind, ...]
    names: tuple[str, ...] | None = None

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
            for j, (_, column) in enumerate(cells.items()):
                name = j if names is None else names[j]
                kinds[j] = learn_kind(column, name, is_chosen=j in chosen)
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
        return write(self.kinds, self.names)

    def __getstate__(self) -> dict[str, Any]:
        return {"kinds": self.kinds, "names": self.names}

    @property
    def n_features(self) -> int:
        """The number of columns."""
        return len(self.kinds)

    @cached_property
    def names_for_booster(self) -> list[str] | None:
        """The names as xgboost takes them: without [, ] and <."""
        return None if self.names is None else for_booster(self.names)

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

    def check_params(self, params: Mapping[str, Any]) -> None:
        """Raise ValueError where parameters of xgboost do not go with the categories there are."""
        check_params(params, self.kinds, self._names_or_positions)

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
        float32 array of shape (n_samples, n_features) of codes where they have none.

        Raises
        ------
        ValueError
            As `for_predict`, and when there is a category that was not learnt.
        """
        cells, names = open_table(X)
        if not isinstance(cells, pd.DataFrame):
            matrix = self._coded(cells, names, place, known=True)
            is_named = self.names is not None and isinstance(matrix, np.ndarray)
            return pd.DataFrame(matrix, columns=self.names_for_booster) if is_named else matrix
        if self.names is None:
            return self._coded(cells, names, place, known=True)
        frame = self._in_order(cells, names)
        if frame is X and self._is_ready(frame):
            return X
        return training_frame(self.kinds, self.names, frame, self.names_for_booster or ())

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
        coded = self._coded(cells, names, place)
        return sparse.csr_matrix(coded) if sparse.issparse(coded) else coded

    @property
    def _names_or_positions(self) -> Sequence[Any]:
        """The names of the columns, or their positions, for messages."""
        return range(self.n_features) if self.names is None else self.names

    def _coded(
        self, cells: Any, names: list[str] | None, place: Place | None, *, known: bool = False
    ) -> Any:
        """Return numbers as they are where all columns are numbers, else float32 codes."""
        if isinstance(cells, pd.DataFrame):
            frame = self._in_order(cells, names)
            return coded_frame(self.kinds, self._names_or_positions, frame, known=known)
        self._check_width(cells)
        at_host = place is not None and cuda_name(place) is None
        if not self.is_plain:
            numbers = _dense(cells, "a model with categories or dates")
            coded = coded_array(self.kinds, self._names_or_positions, numbers, known=known)
            return coded if at_host else place_of(cells).put(coded)
        return to_numpy(cells) if at_host and is_foreign(cells) else cells

    def _is_ready(self, frame: pd.DataFrame) -> bool:
        """Whether xgboost takes the frame as it is, and keeps its names and levels."""
        return list(self.names or ()) == self.names_for_booster and all(
            kind.is_ready(dtype) for kind, dtype in zip(self.kinds, frame.dtypes, strict=True)
        )

    def _in_order(self, frame: pd.DataFrame, names: list[str] | None) -> pd.DataFrame:
        """Return the columns that were learnt, in their order."""
        if self.names is None or names is None:
            self._check_width(frame)
            if names is not None:
                warnings.warn(
                    "X has column names, but the model was fitted without: columns are taken by "
                    "their position.",
                    UserWarning,
                    stacklevel=2,
                )
            return frame
        if tuple(names) == self.names:
            return frame
        return frame.iloc[:, order_of(self.names, names)]

    def _check_width(self, X: Any) -> None:
        if X.shape[1] != self.n_features:
            raise ValueError(
                f"X has {X.shape[1]} features, but XGBoost is expecting {self.n_features} features "
                "as input, those of the fit."
            )


def _dense(cells: Any, needing: str) -> np.ndarray:
    if sparse.issparse(cells):
        raise TypeError(f"X is sparse, and {needing} needs dense data: use X.toarray().")
    return to_numpy(cells) if is_foreign(cells) else cells
