"""TabularPreprocessor: a table with gaps, texts and dates becomes a dense matrix of numbers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.validation import check_is_fitted, validate_data

from ..estimators.arrays import place_of
from .choose_columns import choose_columns
from .columns import CATEGORY, DATE, MISSING, NUMBER, to_dates, to_numbers, to_texts
from .date_encoder import DateEncoder
from .frames import as_table, has_names, listed

_READERS = {NUMBER: to_numbers, DATE: to_dates, CATEGORY: to_texts}


class TabularPreprocessor(TransformerMixin, BaseEstimator):
    """Impute and scale numbers, encode categories and dates, drop what says nothing.

    Numbers: the median in place of a missing cell, a 0/1 column that marks it (where cells were
    missing in `fit`), then `(x - mean) / std`. Texts, booleans and categories: one 0/1 column per
    level; "missing" is a level; of many levels the frequent ones keep a column of their own, the
    others share one. Dates: see `DateEncoder`, then as numbers. Dropped are columns without a
    filled cell, columns with one value in every row, and texts that differ in every row while
    there are more of them than `max_categories` (identifiers).

    A level that `fit` did not see counts as rare where there is a column for rare ones, else it
    is 0 in all columns. Tables are read by column name: the order does not matter, and columns
    that `fit` did not see are ignored with a `UserWarning`.

    Parameters
    ----------
    max_categories : int, default=30
        The largest number of 0/1 columns for one category.
    add_indicator : bool, default=True
        Whether numbers with missing cells get a column that marks these.
    scale : bool, default=True
        Whether numbers and dates are scaled.

    Attributes
    ----------
    column_kinds_ : dict of str to {"number", "category", "date"}
        The columns in use.
    dropped_ : dict of str to str
        The columns not in use, and why.
    numbers_, dates_, categories_ : transformer or None
        The fitted scikit-learn parts.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"age": [31.0, None, 52.0], "job": ["cook", "smith", None]})
    >>> TabularPreprocessor(scale=False).fit_transform(table)
    array([[31. ,  0. ,  1. ,  0. ,  0. ],
           [41.5,  1. ,  0. ,  0. ,  1. ],
           [52. ,  0. ,  0. ,  1. ,  0. ]])
    """

    def __init__(
        self, *, max_categories: int = 30, add_indicator: bool = True, scale: bool = True
    ) -> None:
        self.max_categories = max_categories
        self.add_indicator = add_indicator
        self.scale = scale

    def fit(self, X: Any, y: Any = None) -> TabularPreprocessor:
        """Find the kind of each column and fit the parts.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)

        Raises
        ------
        ColumnError
            At infinities, at numbers beyond 1e150 and at columns of mixed types, with column and
            row.
        ValueError
            When two columns have one name, or no column is left.
        """
        self._fit_blocks(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Fit, and return the matrix of the same rows."""
        return self._joined(self._fit_blocks(X), X)

    def transform(self, X: Any) -> np.ndarray:
        """Return the matrix, float64 of shape (n_samples, n_features_out).

        Raises
        ------
        ColumnError
            When a cell is not of the kind its column had in `fit`.
        ValueError
            When columns are missing; the message names them.
        """
        check_is_fitted(self)
        table = self._known_columns(X)
        return self._joined({kind: self._block(table, kind) for kind in _READERS}, X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns of the matrix."""
        check_is_fitted(self)
        new_names = dict(zip(self._names(), self._names_for(input_features), strict=True))
        found: list[str] = []
        for kind, part in self._parts().items():
            if part is not None:
                found += list(part.get_feature_names_out([new_names[c] for c in self._of(kind)]))
        return np.array(_numbered_apart(found), dtype=object)

    def unseen(self, X: Any) -> dict[str, list[str]]:
        """Return, for each category of `X`, the levels that `fit` did not see, if there are."""
        check_is_fitted(self)
        names = self._of(CATEGORY)
        if not names:
            return {}
        texts = self._block(self._known_columns(X), CATEGORY)
        seen = zip(names, texts.T, self.categories_.categories_, strict=True)
        new = {name: sorted(set(cells) - {*levels, MISSING}) for name, cells, levels in seen}
        return {name: levels for name, levels in new.items() if levels}

    def _fit_blocks(self, X: Any) -> dict[str, np.ndarray]:
        if not isinstance(self.max_categories, int) or self.max_categories < 1:
            raise ValueError(
                f"max_categories={self.max_categories!r} is not an integer of at least 1."
            )
        table = as_table(X, type(self).__name__)
        validate_data(self, table, skip_check_array=True)
        table.columns = pd.Index(self._names())
        self.column_kinds_, self.dropped_ = choose_columns(table, self.max_categories)
        blocks = {kind: self._block(table, kind) for kind in _READERS}
        self.numbers_ = self._scaled(
            [SimpleImputer(strategy="median", add_indicator=self.add_indicator)]
        )
        self.dates_ = self._scaled([DateEncoder(), SimpleImputer(strategy="median")])
        self.categories_ = OneHotEncoder(
            max_categories=self.max_categories,
            handle_unknown="infrequent_if_exist",
            sparse_output=False,
        )
        for kind, part in self._parts().items():
            if not self._of(kind):
                setattr(self, _ATTRIBUTES[kind], None)
            else:
                part.fit(blocks[kind])
        return blocks

    def _scaled(self, steps: list[Any]) -> Any:
        return make_pipeline(*steps, *([StandardScaler()] if self.scale else []))

    def _known_columns(self, X: Any) -> pd.DataFrame:
        """The table with the columns in use, under the names that they had in fit."""
        table = as_table(X, type(self).__name__)
        if not (has_names(table) and hasattr(self, "feature_names_in_")):
            validate_data(self, table, reset=False, skip_check_array=True)
            table.columns = pd.Index(self._names())
            return table
        missing = [name for name in self.column_kinds_ if name not in table.columns]
        if missing:
            raise ValueError(f"X lacks {listed(missing)} that TabularPreprocessor was fitted on.")
        extra = [name for name in table.columns if name not in set(self._names())]
        if extra:
            warnings.warn(f"X has {listed(extra)} not seen in fit: ignored.", stacklevel=3)
        return table

    def _block(self, table: pd.DataFrame, kind: str) -> np.ndarray:
        columns = [_READERS[kind](table[name]) for name in self._of(kind)]
        return np.column_stack(columns) if columns else np.empty((len(table), 0))

    def _joined(self, blocks: dict[str, np.ndarray], X: Any) -> np.ndarray:
        parts = [part.transform(blocks[k]) for k, part in self._parts().items() if part is not None]
        return place_of(X).put(np.hstack(parts))

    def _parts(self) -> dict[str, Any]:
        return {kind: getattr(self, attribute) for kind, attribute in _ATTRIBUTES.items()}

    def _of(self, kind: str) -> list[str]:
        return [name for name, found in self.column_kinds_.items() if found == kind]

    def _names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        return [f"x{i}" for i in range(self.n_features_in_)] if names is None else list(names)

    def _names_for(self, input_features: Any) -> list[str]:
        if input_features is None:
            return self._names()
        if len(input_features) != self.n_features_in_:
            raise ValueError(
                "input_features should have length equal to number of features "
                f"({self.n_features_in_}), got {len(input_features)}"
            )
        if hasattr(self, "feature_names_in_") and list(input_features) != self._names():
            raise ValueError("input_features is not equal to feature_names_in_")
        return list(input_features)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        return tags


_ATTRIBUTES = {NUMBER: "numbers_", DATE: "dates_", CATEGORY: "categories_"}


def _numbered_apart(names: list[str]) -> list[str]:
    """The names, with "_2", "_3", ... after those that came before."""
    apart: dict[str, None] = {}
    for name in names:
        new, count = name, 1
        while new in apart:
            count += 1
            new = f"{name}_{count}"
        apart[new] = None
    return list(apart)
