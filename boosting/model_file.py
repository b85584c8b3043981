"""Labels and columns in a file of xgboost's: attributes of the booster, while it is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .columns import Columns

_LABELS, _COLUMNS = "gridfold_classes", "gridfold_columns"


@contextmanager
def with_attributes(booster: Any, columns: Columns, labels: np.ndarray | None) -> Iterator[None]:
    """Give the booster attributes that tell its labels and columns, inside the block."""
    if labels is not None:
        content = json.dumps({"dtype": labels.dtype.str, "labels": labels.tolist()})
        booster.set_attr(**{_LABELS: content})
    booster.set_attr(**{_COLUMNS: columns.to_json()})
    try:
        yield
    finally:
        booster.set_attr(**{_LABELS: None, _COLUMNS: None})


def columns_in(booster: Any) -> tuple[Columns, np.ndarray | None]:
    """Return the columns and labels that a file brought, and take their attributes away.

    A file of xgboost's own has none: the columns are then those that the booster knows.
    """
    labels, columns = booster.attr(_LABELS), booster.attr(_COLUMNS)
    booster.set_attr(**{_LABELS: None, _COLUMNS: None})
    found = None if labels is None else json.loads(labels)
    return (
        Columns.of_booster(booster) if columns is None else Columns.from_json(columns),
        found and np.array(found["labels"], dtype=found["dtype"]),
    )
