"""`categorical_features`: names, positions or a mask of columns, as positions."""

from __future__ import annotations

from collections.abc import Sequence
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
    return {position_of(each, names, n_columns, "categorical_features") for each in chosen}


def position_of(column: Any, names: Sequence[str] | None, n_columns: int, parameter: str) -> int:
    """Return the position of the column that `parameter` gives by its name or position.

    Raises
    ------
    ValueError
        When there is no such column.
    """
    if isinstance(column, str) and names is not None and column in names:
        return names.index(column)
    if isinstance(column, int | np.integer) and -n_columns <= column < n_columns:
        return int(column) % n_columns
    if isinstance(column, str) and names is None:
        there = f"X has no names: give positions, 0 to {n_columns - 1}"
    elif names is None:
        there = f"X has {n_columns} columns, 0 to {n_columns - 1}"
    else:
        there = f"X has {listed(names, 'column')}"
    raise ValueError(f"{parameter} names the column {column!r}, which is not there. {there}.")
