"""CSV files as tables: checked before they are parsed, and text that is not meant as text."""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import warnings
import zlib
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from .columns import CATEGORY, NUMBER
from .doubtful_text import doubt
from .frames import listed

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}.*)?")
_BLANKS = {"", "?", "-", "--", "."}  # what people write into an empty cell, beyond NA and null
_MOSTLY = 0.9  # share of numbers from which on other cells are taken for mistakes


class TableError(ValueError):
    """A table that cannot be used; the message says what is wrong, and where."""


def read_csv(path: Path, kinds: Mapping[str, str], text: Collection[str]) -> pd.DataFrame:
    """Read a CSV file; commas, semicolons and tabs separate cells, whichever the header has.

    Parameters
    ----------
    kinds : dict of str to {"number", "category", "date"}
        For columns that a model knows already; empty for a new table.
    text : collection of str
        Columns whose cells are texts even where they look like numbers.
    """
    separator, names = _header(path)
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if twice:
        raise TableError(f"{path} has two columns of one name: {listed(twice)}.")
    categories = {name for name, kind in kinds.items() if kind == CATEGORY}
    as_text = [name for name in names if name in categories or name in text]
    table = _parse(path, separator, as_text)
    # As texts too, as they stand in the file: True, true and TRUE would all be read as one.
    booleans = [name for name in table.columns if _is_boolean(table[name])]
    if booleans:
        table[booleans] = _parse(path, separator, booleans)[booleans]
    if not kinds:
        _refuse_mixed(path, table, text)
    for name in table.columns:
        wanted = kinds.get(name)
        if name not in as_text and _is_text(table[name]):
            table[name] = _meant(table[name], wanted)
    return table


def _header(path: Path) -> tuple[str, list[str]]:
    """The separator and the column names, found in the first line."""
    start = _first_bytes(path)
    if not start.strip():
        raise TableError(f"{path} is empty.")
    if start.startswith(b"PAR1"):
        raise TableError(f"{path} is no CSV but a Parquet file: give it the ending .parquet.")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise TableError(f"{path} is text in UTF-16: save it as UTF-8.")
    if b"\0" in start:
        raise TableError(f"{path} is no CSV in UTF-8: it holds binary data.")
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:  # the last letter may be cut
        first = decoder.decode(start, final=len(start) < _PEEK)
    except UnicodeDecodeError as error:
        raise TableError(_not_utf8(path, error.object[error.start])) from error
    line = first.lstrip("\r\n").splitlines()[0]
    separator = max(",;\t", key=line.count)
    return separator, next(csv.reader([line], delimiter=separator))


_PEEK = 65536


def _first_bytes(path: Path) -> bytes:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return file.read(_PEEK)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise TableError(f"{path} is damaged: {error}.") from error


def _parse(path: Path, separator: str, as_text: list[str]) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(
                path,
                sep=separator,
                dtype=dict.fromkeys(as_text, str),
                index_col=False,
                low_memory=False,
            )
        except pd.errors.ParserWarning as error:
            raise TableError(
                f"{path} is no proper CSV: its rows have more cells than its first line has names."
            ) from error
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise TableError(f"{path} is no proper CSV: {_reason(error)}.") from error
        except UnicodeDecodeError as error:
            raise TableError(_not_utf8(path, error.object[error.start])) from error
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise TableError(f"{path} is damaged: {error}.") from error


def _not_utf8(path: Path, byte: int) -> str:
    return (
        f"{path} is no text in UTF-8 (it holds the byte {byte:#04x}): save it as UTF-8, or "
        "give a CSV file if it is no text."
    )


def _reason(error: Exception) -> str:
    """What pandas says, in our words where they are known."""
    said = str(error).removeprefix("Error tokenizing data. C error: ").strip().rstrip(".")
    longer = re.fullmatch(r"Expected (\d+) fields in line (\d+), saw (\d+)", said)
    if longer:
        return f"line {longer[2]} has {longer[3]} cells, and the lines before have {longer[1]}"
    if said.startswith("EOF inside string"):
        return f"a quotation mark is opened and never closed ({said})"
    return said


def _is_text(column: pd.Series) -> bool:
    """Whether cells are texts; whole numbers beyond 64 bits are objects, but no texts."""
    dtype = column.dtype
    return pd.api.types.is_string_dtype(dtype) and pd.api.types.infer_dtype(column) != "integer"


def _is_boolean(column: pd.Series) -> bool:
    return pd.api.types.infer_dtype(column, skipna=True) == "boolean"


def _refuse_mixed(path: Path, table: pd.DataFrame, text: Collection[str]) -> None:
    """Refuse columns of numbers with a few texts between them, and mention doubtful ones."""
    mixed = []
    for name in table.columns:
        if name in text or not _is_text(table[name]):
            continue
        odd, n_filled = _no_numbers(table[name])
        share = 1 - len(odd) / max(n_filled, 1)
        if share >= _MOSTLY and not _all_blank(odd):
            example = f"row {odd.index[0] + 1} holds {odd.iloc[0]!r}"
            mixed.append(f"{name!r} ({example}; {len(odd):,} of {n_filled:,} cells)")
        elif share >= 0.5 and not _all_blank(odd):
            warnings.warn(
                f"Column {name!r} holds numbers in {n_filled - len(odd):,} of {n_filled:,} filled "
                "cells and text in the others: it is treated as text.",
                stacklevel=4,
            )
    if mixed:
        raise TableError(
            f"{path} mixes numbers and text in {'one column' if len(mixed) == 1 else 'columns'}: "
            f"{', '.join(mixed)}. Correct or empty these cells (the first row is 1), or have the "
            "column read as text (--text NAME)."
        )


def _no_numbers(column: pd.Series) -> tuple[pd.Series, int]:
    """The filled cells that are no numbers, and the count of filled cells."""
    filled = column.dropna()
    numbers = pd.to_numeric(filled, errors="coerce")
    return filled[numbers.isna()], len(filled)


def _all_blank(cells: pd.Series) -> bool:
    return set(cells.str.strip().unique()) <= _BLANKS


def _meant(column: pd.Series, wanted: str | None) -> pd.Series:
    """The column as numbers or dates where its texts are these; else as it is."""
    odd, n_filled = _no_numbers(column)
    is_number = wanted == NUMBER or (wanted is None and len(odd) <= n_filled / 2)
    if is_number and len(odd) and _all_blank(odd):
        warnings.warn(
            f"Column {column.name!r} holds {odd.iloc[0]!r} in row {odd.index[0] + 1} (the first "
            f"row is 1; {len(odd):,} such cells): read as missing numbers.",
            stacklevel=4,
        )
        return pd.to_numeric(column, errors="coerce")
    if wanted is None and _all_dates(column):
        return pd.to_datetime(column, format="ISO8601", utc=True)
    doubtful = doubt(column) if wanted is None else None
    if doubtful is not None:
        warnings.warn(doubtful, stacklevel=4)
    return column


def _all_dates(column: pd.Series) -> bool:
    filled = column.dropna()
    if not len(filled) or not filled.str.fullmatch(_DATE.pattern).all():
        return False
    dates = pd.to_datetime(filled, format="ISO8601", errors="coerce", utc=True)
    return bool(np.all(dates.notna()))
