"""Which columns of a table are of use, of which kind they are, and why the others are not."""

from __future__ import annotations

import pandas as pd

from .columns import CATEGORY, NUMBER, column_kind, to_numbers

_SAME = "the same in every row"


def choose_columns(
    table: pd.DataFrame, max_categories: int
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the kinds of the columns of use, and for each other column why it is not.

    Not of use are columns without a filled cell, columns with one value in every row, and texts
    that differ in every row while there are more than `max_categories` of them (identifiers).

    Raises
    ------
    ColumnError
        At infinities, at numbers beyond 1e150 and at columns of mixed types; the message names
        column and row.
    ValueError
        When no column is of use.
    """
    kinds: dict[str, str] = {}
    dropped: dict[str, str] = {}
    for name in table.columns:
        column = table[name]
        kind = column_kind(column)
        if kind is None:
            dropped[name] = "no cell is filled"
            continue
        reason = _says_nothing(column, kind, max_categories)
        if reason is None:
            kinds[name] = kind
        else:
            dropped[name] = reason
    if not kinds:
        reasons = ", ".join(f"{name!r}: {why}" for name, why in list(dropped.items())[:5])
        raise ValueError(
            f"No column is of use ({reasons}); the table has {len(table)} sample"
            f"{'s' if len(table) > 1 else ''}."
        )
    return kinds, dropped


def _says_nothing(column: pd.Series, kind: str, max_categories: int) -> str | None:
    if kind == NUMBER:
        numbers = to_numbers(column)  # infinities are an error, even where they fill the column
        return _SAME if (numbers == numbers[0]).all() else None  # quicker than counting values
    n_filled, n_different = int(column.notna().sum()), int(column.nunique())
    if n_different == 1 and n_filled == len(column):
        return _SAME
    if kind == CATEGORY and n_different == n_filled > max_categories:
        return "a text of its own in every row"
    return None
