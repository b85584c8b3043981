"""Real tables as the boosting libraries get them: columns as they are, the same splits for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from data import common_classes, frame
from sklearn.model_selection import train_test_split

TRAIN_ROWS, TEST_ROWS = 10_000, 10_000


@dataclass(frozen=True)
class Table:
    """A table: its target, whether that is a class, and columns that leak it or are only names.

    `person` names the rows of one person, of whom only the first row is taken. The preset was
    chosen on the tables of the `development`.
    """

    target: str
    classes: bool
    left_out: tuple[str, ...] = ()
    person: str | None = None
    development: bool = False


TABLES = {
    "bank_marketing": Table("deposit", True, ("duration",)),
    "electricity": Table("target", True),
    "hotel_bookings": Table("is_canceled", True, ("reservation_status", "reservation_status_date")),
    "telco_churn": Table("Churn", True, ("customerID",)),
    "titanic": Table("survived", True, ("name", "ticket")),
    "covertype_7class": Table("Cover_Type", True),
    "satimage": Table("Class", True),
    "segment": Table("class", True),
    "ames_housing": Table("price", False, ("Order", "PID")),
    "california_housing": Table("median_house_value", False),
    "diamonds": Table("price", False),
    "elevators": Table("Goal", False),
    "wine_quality": Table("quality", False),
    "adult": Table("income", True, development=True),
    "credit_default_taiwan": Table("default", True, development=True),
    "phoneme": Table("class", True, development=True),
    "hypothyroid": Table("Class", True, development=True),
    "pendigits": Table("class", True, development=True),
    "abalone": Table("Class_Rings", False, development=True),
    "bike_sharing_hour": Table("cnt", False, ("instant", "dteday"), development=True),
    "insurance_charges": Table("charges", False, development=True),
    "nyc_flights13": Table(
        "arr_delay", False, ("dep_delay", "arr_time", "air_time"), development=True
    ),
    # The longest fits by far, of CatBoost: last, so that the others need not wait for them.
    "diabetes130": Table("readmitted", True, ("encounter_id",), person="patient_nbr"),
}


@dataclass(frozen=True)
class Split:
    """Training and test rows of a table: numbers with gaps as NaN, text as category columns.

    The categories are those of the training rows; other text of a test row is a gap, which is all
    that most of the libraries can take.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    y_train: np.ndarray
    y_test: np.ndarray


def split(name: str, seed: int, train_rows: int = TRAIN_ROWS) -> Split:
    """Return a split of a table; the seed chooses the rows."""
    table = TABLES[name]
    X, y = frame(name, table.target)
    if table.person:
        first = ~X[table.person].duplicated().to_numpy()
        X, y = X[first].drop(columns=table.person), y[first]
    X = X.drop(columns=list(table.left_out)).dropna(axis=1, how="all")
    if table.classes:
        X, y = common_classes(X, y)
    n_train = min(train_rows, int(0.75 * len(y)))
    train, test, y_train, y_test = train_test_split(
        X,
        y if table.classes else y.astype(float),
        train_size=n_train,
        test_size=min(TEST_ROWS, len(y) - n_train),
        random_state=seed,
        stratify=y if table.classes else None,
    )
    levels = {c: pd.CategoricalDtype(np.unique(train[c].dropna())) for c in _text(train)}
    return Split(train.astype(levels), _of_levels(test, levels), y_train, y_test)


def _text(X: pd.DataFrame) -> list[str]:
    return list(X.select_dtypes(exclude="number"))


def _of_levels(X: pd.DataFrame, levels: dict[str, pd.CategoricalDtype]) -> pd.DataFrame:
    """Return `X` with the given categories; text that is none of them becomes a gap."""
    known = {c: X[c].where(X[c].isin(dtype.categories)) for c, dtype in levels.items()}
    return X.assign(**known).astype(levels)
