"""`categorical_features`: names, positions or a mask of columns, as positions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .names import listed


def chosen_positions(chosen: Any, names: Sequence[str] | None, n_columns: int) -> set[int]:
    """Return the positions of the columns in `chosen`.

    Parameters
    ----------
    chosen : None, or sequence of names, positions (negative ones from the end) or booleans
        Booleans: one for each column.

    Raises
    ------
    ValueError
        When a name or position is not there; the message says which, and what is.
    """
    if chosen is None:
        return set()
    if isinstance(chosen, str) or not hasattr(chosen, "__iter__"):
        raise ValueError(
            f"categorical_features={chosen!r}: give a list of names, positions or booleans."
        )
    chosen = list(chosen)
    if chosen and all(isinstance(each, bool | np.bool_) for each in chosen):
        if len(chosen) != n_columns:
            raise ValueError(
                f"categorical_features has {len(chosen)} booleans, and X has {n_columns} columns."
            )
        return {position for position, is_chosen in enumerate(chosen) if is_chosen}
    return set(positions_of(chosen, names, n_columns, "categorical_features"))


def positions_of(
    columns: Iterable[Any], names: Sequence[str] | None, n_columns: int, parameter: str
) -> list[int]:
    """Return the positions of columns that `parameter` gives by names or positions.

    Raises
    ------
    ValueError
        When there is no such column.
    """
    known = {name: position for position, name in enumerate(names or ())}
    positions = []
    for column in columns:
        if isinstance(column, str) and column in known:
            positions.append(known[column])
        elif isinstance(column, int | np.integer) and -n_columns <= column < n_columns:
            positions.append(int(column) % n_columns)
        else:
            there = _there(column, names, n_columns)
            raise ValueError(
                f"{parameter} names the column {column!r}, which is not there. {there}."
            )
    return positions


def _there(column: Any, names: Sequence[str] | None, n_columns: int) -> str:
    if names is not None:
        return f"X has {listed(names, 'column')}"
    if isinstance(column, str):
        return f"X has no names: give positions, 0 to {n_columns - 1}"
    return f"X has {n_columns} columns, 0 to {n_columns - 1}"
