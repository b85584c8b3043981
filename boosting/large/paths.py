"""Paths given in the place of a table, and the Parquet files that they stand for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_ENDINGS = (".parquet", ".parq", ".pq")


def is_files(X: Any) -> bool:
    """Whether `X` is a path, or a list of paths."""
    if isinstance(X, list | tuple):
        return bool(X) and all(isinstance(each, str | os.PathLike) for each in X)
    return isinstance(X, str | os.PathLike)


def parquet_files(paths: Any) -> list[Path]:
    """Return the files that `paths` stand for: a folder for all Parquet files in and below it.

    Parameters
    ----------
    paths : path, or list of paths
        Files of a folder are taken in the order of their names; those whose name, or folder's
        name, begins with "." or "_" are left out, as other readers do.

    Raises
    ------
    FileNotFoundError
        When a path is not there, or a folder holds no Parquet file.
    ValueError
        When the names of folders hold a column, as in "year=2020".
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else paths
    return [file for path in given for file in _files_at(Path(path).expanduser())]


def _files_at(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    if not path.exists():
        raise FileNotFoundError(f"There is no file or folder {str(path)!r}.")
    found = sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in _ENDINGS
        and not any(part.startswith((".", "_")) for part in file.relative_to(path).parts)
    )
    if not found:
        raise FileNotFoundError(f"The folder {str(path)!r} holds no Parquet file ({_ENDINGS[0]}).")
    for file in found:
        _refuse_partitions(file.relative_to(path), path)
    return found


def _refuse_partitions(file: Path, folder: Path) -> None:
    for part in file.parts[:-1]:
        if "=" in part:
            raise ValueError(
                f"The folder {part!r} below {str(folder)!r} holds the column "
                f"{part.split('=')[0]!r} in its name, and only columns within files are read. "
                "Write the column into the files, or pass the files as a list to fit without it."
            )
