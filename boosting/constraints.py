"""Constraints and weights of columns by name, as xgboost takes them: by position."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .columns import Columns
from .columns.choice import positions_of
from .columns.kinds import Category

_SIGNS = (-1, 0, 1)


def resolve(params: Mapping[str, Any], columns: Columns) -> dict[str, Any]:
    """Return parameters in which columns are given by position.

    Parameters
    ----------
    params : mapping
        `monotone_constraints`: -1, 0 or 1 for each column, or for some by name or position in a
        dict. `interaction_constraints`: groups of names or positions. `feature_weights`: a number
        for each column, or for some in a dict, 1 for the rest. Text is in xgboost's own notation.

    Raises
    ------
    ValueError
        When a column is not there, a number of entries is not that of the columns, an entry is
        none of those above, or a category is to be monotone: it has no order.
    """
    resolved = dict(params)
    for name, read in _READERS.items():
        if resolved.get(name) is not None:
            resolved[name] = read(resolved[name], columns)
    return resolved


def _monotone(value: Any, columns: Columns) -> Any:
    parameter = "monotone_constraints"
    if isinstance(value, str):
        signs = _signs_of_text(value, columns)
    elif isinstance(value, Mapping):
        signs = _per_column(value, columns, parameter, rest=0)
    else:
        signs = _exactly_one_each(value, columns, parameter)
    for position, sign in enumerate(signs):
        if sign not in _SIGNS:
            raise ValueError(
                f"{parameter} has {sign!r} for column {_name(columns, position)!r}: use 1 "
                "(increasing), -1 (decreasing) or 0."
            )
        if sign and isinstance(columns.kinds[position], Category):
            raise ValueError(
                f"{parameter} has {sign} for column {_name(columns, position)!r}, which is a "
                "category: its values have no order. Leave it out, or make it a column of numbers."
            )
    return value if isinstance(value, str) else tuple(int(sign) for sign in signs)


def _interactions(value: Any, columns: Columns) -> str:
    if isinstance(value, str):
        return value
    parameter = "interaction_constraints"
    for group in value if _is_list(value) else [value]:
        if not _is_list(group):
            raise ValueError(
                f"{parameter} has {group!r}: give groups of columns, for example "
                '[["a", "b"], ["c"]].'
            )
    return str([_positions(group, columns, parameter) for group in value])


def _weights(value: Any, columns: Columns) -> Any:
    parameter = "feature_weights"
    if isinstance(value, Mapping):
        value = _per_column(value, columns, parameter, rest=1.0)
    weights = _exactly_one_each(value, columns, parameter)
    for position, weight in enumerate(weights):
        if not (isinstance(weight, int | float) and weight >= 0):
            raise ValueError(
                f"{parameter} has {weight!r} for column {_name(columns, position)!r}: weights are "
                "numbers, 0 or more."
            )
    return np.asarray(weights, dtype=np.float32)


_READERS = {
    "monotone_constraints": _monotone,
    "interaction_constraints": _interactions,
    "feature_weights": _weights,
}


def _per_column(given: Mapping[Any, Any], columns: Columns, parameter: str, rest: Any) -> list[Any]:
    values = [rest] * columns.n_features
    for position, value in zip(_positions(given, columns, parameter), given.values(), strict=True):
        values[position] = value
    return values


def _exactly_one_each(value: Any, columns: Columns, parameter: str) -> list[Any]:
    values = np.asarray(value).tolist()
    if not isinstance(values, list) or len(values) != columns.n_features:
        count = len(values) if isinstance(values, list) else "no list of"
        raise ValueError(
            f"{parameter} has {count} entries, and X has {columns.n_features} columns. Give one "
            "for each, or a dict by name of those that differ."
        )
    return values


def _signs_of_text(text: str, columns: Columns) -> list[int]:
    """Read xgboost's notation "(1,0,-1)", which may leave out columns at the end."""
    try:
        signs = [int(part) for part in text.strip("() ").split(",") if part.strip()]
    except ValueError:
        raise ValueError(f'monotone_constraints={text!r} is not of the form "(1,0,-1)".') from None
    rest = max(columns.n_features - len(signs), 0)
    return _exactly_one_each(signs + [0] * rest, columns, "monotone_constraints")


def _is_list(value: Any) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, str)


def _positions(given: Iterable[Any], columns: Columns, parameter: str) -> list[int]:
    return positions_of(given, columns.names, columns.n_features, parameter)


def _name(columns: Columns, position: int) -> Any:
    return int(position) if columns.names is None else columns.names[position]
