"""Real tables as RealMLP gets them: at most 3,000 training rows, numbers without gaps, text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from data import common_classes, frame
from sklearn.model_selection import train_test_split

TRAIN_ROWS, TEST_ROWS = 3000, 5000


@dataclass(frozen=True)
class Table:
    """A table: its target, whether that is a class, and columns that leak it or are only names."""

    target: str
    classes: bool
    left_out: tuple[str, ...] = ()


TABLES = {
    "adult": Table("income", True),
    "bank_marketing": Table("deposit", True, ("duration",)),
    "telco_churn": Table("Churn", True, ("customerID",)),
    "hypothyroid": Table("Class", True),
    "phoneme": Table("class", True),
    "satimage": Table("Class", True),
    "segment": Table("class", True),
    "abalone": Table("Class_Rings", False),
    "ames_housing": Table("price", False, ("Order", "PID")),
    "bike_sharing_hour": Table("cnt", False, ("dteday",)),
    "california_housing": Table("median_house_value", False),
    "diamonds": Table("price", False),
    "insurance_charges": Table("charges", False),
}

Split = tuple[pd.DataFrame, pd.DataFrame, np.ndarray, np.ndarray]


def split(name: str, seed: int) -> Split:
    """Return training and test rows of a table, and their targets; the seed chooses the rows.

    A gap in a column of numbers becomes the median of the training rows, one in a column of text
    the word "missing": pytabkit refuses gaps, so both sides get the rows without.
    """
    table = TABLES[name]
    X, y = frame(name, table.target)
    X = X.drop(columns=list(table.left_out))
    if table.classes:
        X, y = common_classes(X, y)
    n_train = min(TRAIN_ROWS, int(0.75 * len(y)))
    n_test = min(TEST_ROWS, len(y) - n_train)
    train, test, y_train, y_test = train_test_split(
        X,
        y if table.classes else y.astype(float),
        train_size=n_train,
        test_size=n_test,
        random_state=seed,
        stratify=y if table.classes else None,
    )
    return *_filled(train.copy(), test.copy()), y_train, y_test


def _filled(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    numbers = list(train.select_dtypes("number"))
    medians = train[numbers].median()
    values: dict[Any, Any] = {c: "missing" for c in train.columns if c not in numbers}
    values.update(medians.fillna(0.0).to_dict())
    return train.fillna(values), test.fillna(values)
