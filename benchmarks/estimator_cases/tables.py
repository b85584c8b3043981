"""The real tables of the estimators' cases, from 5,404 to 581,012 rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import data
import numpy as np
import pandas as pd

Arrays = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Table:
    """A table as the estimators get it: a matrix of float64 and a target.

    Attributes
    ----------
    title : str
    read : callable
        Returns X and y.
    scaled : bool
        Whether columns are brought to mean 0 and variance 1, as iterative solvers need.
    rows : int, optional
        Only so many rows, drawn at random.
    queries : int, optional
        The answer is asked for so many rows only, drawn at random.
    """

    title: str
    read: Callable[[], Arrays]
    scaled: bool = False
    rows: int | None = None
    queries: int | None = None

    def load(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return X, y and the rows that the answer is asked for."""
        X, y = self.read()
        if self.rows is not None:
            kept = _drawn(len(X), self.rows)
            X, y = X[kept], y[kept]
        if self.scaled:
            deviation = X.std(axis=0)
            X = (X - X.mean(axis=0)) / np.where(deviation == 0, 1, deviation)
        X = np.ascontiguousarray(X, dtype=np.float64)
        return X, y, X if self.queries is None else X[_drawn(len(X), self.queries)]

    def with_scale(self) -> Table:
        """The same with scaled columns."""
        return replace(self, scaled=True)

    def of(self, rows: int) -> Table:
        """The same with only so many rows."""
        return replace(self, rows=rows)

    def asked(self, queries: int) -> Table:
        """The same with the answer asked for only so many rows."""
        return replace(self, queries=queries)


def _drawn(n_rows: int, wanted: int) -> np.ndarray:
    return np.sort(np.random.default_rng(0).permutation(n_rows)[:wanted])


def _numbers(name: str, target: str) -> Table:
    return Table(name, lambda: data.numbers(name, target))


def _one_hot(name: str, target: str) -> Table:
    return Table(f"{name}, one-hot", lambda: data.one_hot(name, target))


phoneme = _numbers("phoneme", "class")
satimage = _numbers("satimage", "Class")
mushroom = _one_hot("mushroom", "class")
pendigits = _numbers("pendigits", "class")
california = _numbers("california_housing", "median_house_value")
credit = _numbers("credit_default_taiwan", "default")
diamonds = _one_hot("diamonds", "price")
covertype_7class = _numbers("covertype_7class", "Cover_Type")


@cache  # of many cases, and slow to read
def _covertype() -> Arrays:
    return data.numbers("covertype_binary", "Cover_Type_binary")


def _elevation() -> Arrays:
    """The height of a place from everything else about it; its dummy columns add up to one."""
    X, _ = _covertype()
    return X[:, 1:], X[:, 0].copy()


def _terrain() -> Arrays:
    """The ten measurements without the dummy columns."""
    X, y = _covertype()
    return X[:, :10], y


def _bikes() -> Arrays:
    """Rides of an hour, with the hour, weekday, season and weather as dummy columns."""
    table = data.read("bike_sharing_hour").drop(columns=["instant", "dteday"])
    y = table.pop("cnt").to_numpy(float)
    kinds = ["season", "mnth", "hr", "weekday", "weathersit"]
    return pd.get_dummies(table, columns=kinds).to_numpy(float), y


def _flights() -> pd.DataFrame:
    """The numbers that are known of a flight, the carrier and the airport of departure one-hot."""
    table = data.read("nyc_flights13").dropna()
    kinds = pd.get_dummies(table[["carrier", "origin"]])
    known = ["month", "day", "dep_time", "dep_delay", "distance", "hour", "minute"]
    return pd.concat([table[[*known, "arr_delay", "air_time"]], kinds], axis=1).astype(float)


def _of_flights(target: str) -> Callable[[], Arrays]:
    def read() -> Arrays:
        table = _flights()
        y = table[target].to_numpy().clip(min=0.0)
        return table.drop(columns=["arr_delay", "air_time"]).to_numpy(), y

    return read


def _gaps(name: str, target: str) -> Callable[[], Arrays]:
    def read() -> Arrays:
        X, y = data.frame(name, target)
        return X.select_dtypes("number").to_numpy(float), y

    return read


covertype = Table("covertype_binary", _covertype)
elevation = Table("covertype_binary, elevation", _elevation)
terrain = Table("covertype_binary, 10 columns", _terrain)
bikes = Table("bike_sharing_hour, one-hot", _bikes)
late = Table("nyc_flights13, minutes late", _of_flights("arr_delay"))
air_time = Table("nyc_flights13, minutes in the air", _of_flights("air_time"))
connections = _numbers("kddcup99_10pct", "label")
bedrooms = Table("california_housing with gaps", _gaps("california_housing", "median_house_value"))
flights = Table("nyc_flights13 with gaps", _gaps("nyc_flights13", "arr_delay"))
