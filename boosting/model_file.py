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
    attributes = {_COLUMNS: columns.to_json()}
    if labels is not None:
        attributes[_LABELS] = _labels_as_json(labels)
    booster.set_attr(**attributes)
    try:
        yield
    finally:
        _forget(booster)


def columns_in(booster: Any) -> tuple[Columns, np.ndarray | None]:
    """Return the columns and labels that a file brought, and take their attributes away.

    A file of xgboost's own has none: the columns are then those that the booster knows.
    """
    columns, labels = own_columns_in(booster), labels_in(booster)
    _forget(booster)
    return Columns.of_booster(booster) if columns is None else columns, labels


def own_columns_in(booster: Any) -> Columns | None:
    """Return the columns that gridfold wrote into a file, or None."""
    text = booster.attr(_COLUMNS)
    return None if text is None else Columns.from_json(text)


def labels_in(booster: Any) -> np.ndarray | None:
    """Return the labels that gridfold wrote into a file, or None."""
    text = booster.attr(_LABELS)
    found = None if text is None else json.loads(text)
    return found and np.array(found["labels"], dtype=found["dtype"])


def _labels_as_json(labels: np.ndarray) -> str:
    is_moment = labels.dtype.kind in "mM"  # JSON knows no dates
    values = labels.view(np.int64) if is_moment else labels
    return json.dumps({"dtype": labels.dtype.str, "labels": values.tolist()})


def _forget(booster: Any) -> None:
    booster.set_attr(**{_LABELS: None, _COLUMNS: None})
