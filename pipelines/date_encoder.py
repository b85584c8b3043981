"""Dates as numbers: days since 1970, and the parts of the calendar in which the rows differ."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

PARTS = ("days", "month", "day", "weekday", "hour")
_DAY = np.timedelta64(1, "D")


class DateEncoder(TransformerMixin, BaseEstimator):
    """Turn each column of dates into numbers.

    A date becomes the days since 1970-01-01 (with the fraction of the day) and, as far as the
    fitted rows differ in them, month (1 to 12), day of the month, weekday (Monday is 0) and hour.
    A missing date is NaN in all of them.

    Attributes
    ----------
    parts_ : list of list of str
        For each column the parts that are computed.
    n_features_in_ : int
    """

    def fit(self, X: np.ndarray, y: Any = None) -> DateEncoder:
        """Find the parts in which the rows differ.

        Parameters
        ----------
        X : datetime64 array of shape (n_samples, n_features)
        """
        self.n_features_in_ = X.shape[1]
        self.parts_ = [
            [part for part in PARTS if part == "days" or _varies(_part(dates, part))]
            for dates in X.T
        ]
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Return the numbers, float64 of shape (n_samples, number of parts)."""
        check_is_fitted(self)
        parts = zip(X.T, self.parts_, strict=True)
        return np.column_stack([_part(dates, part) for dates, names in parts for part in names])

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return names such as "sold_month"."""
        check_is_fitted(self)
        if input_features is None:
            input_features = [f"x{i}" for i in range(self.n_features_in_)]
        named = zip(input_features, self.parts_, strict=True)
        return np.array([f"{n}_{part}" for n, parts in named for part in parts], dtype=object)


def _varies(numbers: np.ndarray) -> bool:
    filled = numbers[~np.isnan(numbers)]
    return bool(len(filled)) and bool(np.any(filled != filled[0]))


def _part(dates: np.ndarray, part: str) -> np.ndarray:
    numbers: np.ndarray
    epoch = np.datetime64("1970-01-01")
    days, months = dates.astype("datetime64[D]"), dates.astype("datetime64[M]")
    if part == "days":
        numbers = (dates - epoch) / _DAY
    elif part == "month":
        numbers = (months - epoch.astype("datetime64[M]")).astype(np.int64) % 12 + 1
    elif part == "day":
        numbers = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    elif part == "weekday":
        numbers = ((days - epoch).astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    else:
        numbers = (dates - days).astype("timedelta64[h]").astype(np.int64)
    return np.where(np.isnat(dates), np.nan, numbers)
