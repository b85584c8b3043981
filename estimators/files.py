"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


class WriteError(OSError):
    """A file cannot be written; what was there before is unchanged."""


def check_writable(path: str | os.PathLike[str]) -> Path:
    """Make sure, before long work, that a file can be written at `path`; return it.

    A file is made beside it and removed: permissions alone do not tell (read-only disks, root).

    Raises
    ------
    WriteError
        When the folder is not there, `path` is no plain file, or its folder cannot be written to.
    """
    path = Path(path)
    if not path.name:
        raise WriteError(f"Cannot write {str(path)!r}: it names no file.")
    target = _target(path)
    if not target.parent.is_dir():
        raise WriteError(f"Cannot write {path}: there is no folder {target.parent}.")
    if target.exists() and not target.is_file():
        what = "a folder" if target.is_dir() else "no plain file"
        raise WriteError(f"Cannot write {path}: it is {what}.")
    if target.exists() and not os.access(target, os.W_OK):
        raise WriteError(f"Cannot write {path}: the file is read-only.")
    temporary = _beside(target)
    try:
        _create(temporary).close()
    except OSError as error:
        raise _write_error(path, error) from error
    temporary.unlink()
    return path


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a binary file that takes the place of `path` when the block ends without an error.

    It is written beside `path`, forced to the disk and renamed. After an error or Ctrl-C it is
    removed, and what was at `path` is as it was.

    Raises
    ------
    WriteError
        When writing fails, for a full disk say.
    """
    path = check_writable(path)
    target = _target(path)
    temporary = _beside(target)
    try:
        with _create(temporary) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            os.chmod(temporary, target.stat().st_mode & 0o7777)
        os.replace(temporary, target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise _write_error(path, error) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _target(path: Path) -> Path:
    """Where a link leads to, so that the link stays and its file is replaced."""
    return Path(os.path.realpath(path))


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.tmp")


def _create(path: Path) -> IO[bytes]:
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o666), "w+b")


def _write_error(path: Path, error: OSError) -> WriteError:
    if isinstance(error, WriteError):
        return error
    return WriteError(f"Cannot write {path}: {error.strerror or error}.")


def _sync_folder(folder: Path) -> None:
    """Force the new name to the disk too, where a folder can be opened (not on Windows)."""
    if os.name != "posix":
        return
    with suppress(OSError):  # some network file systems cannot; the file itself is safe
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
