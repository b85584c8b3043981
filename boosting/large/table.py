"""Parquet files as one table: its columns, and its rows in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ..columns.names import listed
from .arrow import Kind, index_columns, kind_of, to_frame
from .paths import parquet_files

_BUFFER = 2**16  # bytes read ahead for each column: without it, a whole row group is


@dataclass(frozen=True)
class Batch:
    """Some rows of a table.

    Attributes
    ----------
    frame : DataFrame
    start : int
        The number of the first row in the whole table.
    file : Path
    row : int
        The number of the first row in its file.
    """

    frame: pd.DataFrame
    start: int
    file: Path
    row: int


@dataclass(frozen=True)
class ParquetTable:
    """The rows of several Parquet files, one after the other.

    Attributes
    ----------
    files : tuple of Path
    kinds : dict
        What each column holds, in the order of the first file.
    n_rows : int
    cell_bytes : dict
        Of each column, the mean bytes of a cell in memory.
    page_bytes : dict
        Of each column, what its reader holds while it decodes.
    """

    files: tuple[Path, ...]
    kinds: Mapping[str, Kind]
    n_rows: int
    cell_bytes: Mapping[str, float]
    page_bytes: Mapping[str, float]

    @classmethod
    def open(cls, paths: Any) -> ParquetTable:
        """Read what the files say of themselves, and check that they are parts of one table.

        Raises
        ------
        ImportError
            When pyarrow is not installed.
        FileNotFoundError
            When there is no such file or folder.
        ValueError
            When a file is no Parquet file, or differs from the first in its columns or in what
            they hold, or there are no rows; the message names the file and the column.
        """
        files = parquet_files(paths)
        metadata = [_metadata(file) for file in files]
        kinds: dict[str, Kind] = {}
        for file, each in zip(files, metadata, strict=True):
            _join(kinds, _kinds(each), files[0], file)
        n_rows = sum(each.num_rows for each in metadata)
        if n_rows == 0:
            raise ValueError(f"There are no rows in {_named(files)}.")
        sizes = _column_bytes(metadata)
        cells = {name: max(8.0, sizes[name][0] / n_rows) for name in kinds}
        return cls(tuple(files), kinds, n_rows, cells, {name: sizes[name][1] for name in kinds})

    def require(self, names: Sequence[str], what: str) -> None:
        """Raise ValueError where a column is not there; `what` says what it is for."""
        lacking = [name for name in names if name not in self.kinds]
        if lacking:
            raise ValueError(
                f"{_named(self.files)} lacks {listed(lacking, 'column')}, {what}. "
                f"It has {listed(list(self.kinds), 'column')}."
            )

    def require_cells(self, names: Sequence[str]) -> None:
        """Raise where there are no columns, or one holds what is no cell: lists, say."""
        if not names:
            raise ValueError(f"{_named(self.files)} has no columns of features.")
        others = [name for name in names if self.kinds[name] == "others"]
        if others:
            raise TypeError(
                f"{_named(self.files)} has {listed(others, 'column')} with cells that are no "
                "text, numbers or dates. Leave out what a model cannot take."
            )

    def batches(
        self, names: Sequence[str], n_rows: int, keep: Sequence[str] = ()
    ) -> Iterator[Batch]:
        """Read the columns `names`, at most `n_rows` rows at a time.

        Parameters
        ----------
        keep : names
            Columns of numbers that keep their type; all others are read as float32.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        types = {
            name: pa.float32()
            for name in names
            if self.kinds[name] in ("numbers", "nothing") and name not in keep
        }
        start = 0
        for file in self.files:
            with pq.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False) as reader:
                row = 0
                for batch in reader.iter_batches(n_rows, columns=list(names), use_threads=False):
                    frame = to_frame(batch.select(list(names)), types)
                    if len(frame):
                        yield Batch(frame, start, file, row)
                    row += len(frame)
                    start += len(frame)


def _metadata(file: Path) -> Any:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ImportError(
            'Reading Parquet files needs pyarrow: pip install "gridfold[parquet]".'
        ) from error
    try:
        return pq.read_metadata(file)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{str(file)!r} is no Parquet file: {error}.") from error


def _kinds(metadata: Any) -> dict[str, Kind]:
    schema = metadata.schema.to_arrow_schema()
    index = index_columns(schema)
    return {field.name: kind_of(field.type) for field in schema if field.name not in index}


def _join(kinds: dict[str, Kind], others: Mapping[str, Kind], first: Path, file: Path) -> None:
    """Join the kinds of another file to those of the files before, or say how they differ."""
    if not kinds:
        kinds.update(others)
        return
    for there, lacking in ((first, set(others) - set(kinds)), (file, set(kinds) - set(others))):
        if lacking:
            where = file if there is first else first
            raise ValueError(
                f"{str(there)!r} lacks {listed(sorted(lacking), 'column')}, which {str(where)!r} "
                "has: the files of a table must have the same columns."
            )
    for name, kind in others.items():
        if kinds[name] == "nothing":
            kinds[name] = kind
        elif kind not in ("nothing", kinds[name]):
            raise ValueError(
                f"The column {name!r} holds {kind} in {str(file)!r}, and {kinds[name]} in the "
                f"files before (the first is {str(first)!r})."
            )


def _column_bytes(metadata: Sequence[Any]) -> dict[str, tuple[float, float]]:
    """Return for each column its bytes in all files, and the largest part that is decoded at once.

    A reader holds one page and the page of distinct values, each of one MiB as a rule.
    """
    totals: dict[str, float] = {}
    largest: dict[str, float] = {}
    for each in metadata:
        for i in range(each.num_row_groups):
            group = each.row_group(i)
            for j in range(group.num_columns):
                chunk = group.column(j)
                name, size = chunk.path_in_schema.split(".")[0], chunk.total_uncompressed_size
                totals[name] = totals.get(name, 0.0) + size
                largest[name] = max(largest.get(name, 0.0), min(size, 2.0 * 2**20))
    return {name: (total, largest[name]) for name, total in totals.items()}


def _named(files: Sequence[Path]) -> str:
    first = repr(str(files[0]))
    return first if len(files) == 1 else f"{first} and {len(files) - 1} other files"
