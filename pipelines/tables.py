"""Tables in files: read, checked, and parted into features and target."""

from __future__ import annotations

import difflib
import os
import warnings
from collections.abc import Collection, Mapping
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from .columns import NUMBER, column_kind, to_numbers, to_texts
from .csv_table import TableError, read_csv
from .frames import listed

__all__ = ["TableError", "columns_of", "read_table", "split_target"]

_CSV = (".csv", ".tsv", ".txt")
_PARQUET = (".parquet", ".pq")


def read_table(
    path: str | os.PathLike[str],
    *,
    kinds: Mapping[str, str] | None = None,
    text: Collection[str] = (),
) -> pd.DataFrame:
    """Read a table from a CSV file (.csv, .tsv, .txt; also .gz) or a Parquet file (.parquet, .pq).

    Parameters
    ----------
    path : str or path
    kinds : dict of str to {"number", "category", "date"}, optional
        What a fitted model takes the columns for (`column_kinds_`), so that a code such as 007
        stays the text that it was in `fit`.
    text : collection of str
        Columns whose cells are texts even where they are numbers, or look like them.

    Raises
    ------
    TableError
        When the file is no table, has no rows, or has two columns of one name.
    OSError
        When there is no such file.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, not a table.")
    if not path.exists():
        raise FileNotFoundError(f"There is no table {path}.")
    ending = "".join(path.suffixes[-2:]).lower().removesuffix(".gz")
    if ending.endswith(_PARQUET):
        table = _as_texts(_read_parquet(path), text)
    elif ending.endswith(_CSV):
        table = read_csv(path, kinds or {}, text)
    else:
        raise TableError(f"{path} must end in .csv (or .tsv, .txt, .csv.gz) or in .parquet.")
    unknown = [name for name in text if name not in table.columns]
    if unknown:
        raise TableError(f"{path} has no {listed(unknown)}; {columns_of(table)}.")
    if not len(table):
        raise TableError(f"{path} has column names but no rows.")
    return table


def _read_parquet(path: Path) -> pd.DataFrame:
    if find_spec("pyarrow") is None:
        raise TableError(
            f"{path} needs pyarrow to be read: install gridfold[parquet], or give a CSV file."
        )
    from pyarrow import ArrowException, parquet

    try:
        names = parquet.read_schema(path).names
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise TableError(f"{path} has two columns of one name: {listed(sorted(twice))}.")
        table = pd.read_parquet(path, engine="pyarrow")
    except (ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise TableError(f"{path} is no Parquet file, or a damaged one: {reason}") from error
    twice = {name for name in table.index.names if name in table.columns}
    if twice:
        raise TableError(f"{path} has an index and a column of one name: {listed(sorted(twice))}.")
    if any(name is not None for name in table.index.names):
        table = table.reset_index()
    return table.set_axis([str(name) for name in table.columns], axis=1)


def _as_texts(table: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    for name in table.columns.intersection(list(names)):
        texts = pd.Series(to_texts(table[name]), index=table.index)
        table[name] = texts.where(table[name].notna(), None)
    return table


def split_target(table: pd.DataFrame, target: str) -> tuple[pd.DataFrame, pd.Series]:
    """Part a table into features and target; rows without a target are left out, with a warning.

    Raises
    ------
    TableError
        When the target column is not there, empty or infinite, or there is no other column.
    """
    if target not in table.columns:
        near = difflib.get_close_matches(target, list(table.columns), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise TableError(f"There is no column {target!r}; {columns_of(table)}.{hint}")
    if len(table.columns) == 1:
        raise TableError(f"There is no column but the target {target!r}: nothing to learn from.")
    missing = table[target].isna()
    if missing.all():
        raise TableError(f"The target column {target!r} is empty in all {len(table):,} rows.")
    if column_kind(table[target]) == NUMBER:
        to_numbers(table[target])  # infinities are an error, with their row
    if missing.any():
        warnings.warn(
            f"{int(missing.sum()):,} of {len(table):,} rows have no target {target!r} and are left "
            "out.",
            stacklevel=2,
        )
        table = table[~missing]
    return table.drop(columns=target), table[target]


def columns_of(table: pd.DataFrame) -> str:
    """Return "the table has: " and its column names, at most 50, for a message."""
    shown = ", ".join(str(name) for name in table.columns[:50])
    more = f" and {len(table.columns) - 50} more" if len(table.columns) > 50 else ""
    alone = " (cells are parted by commas, semicolons or tabs)" if len(table.columns) == 1 else ""
    return f"the table has: {shown}{more}{alone}"
