"""What the command line says: plain where the output is no terminal, errors and notes on stderr."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

log = logging.getLogger("gridfold")

_TRACEBACK = "Traceback (most recent call last):"
_WHOLE = (
    "model",
    "score, more is better",
)  # columns of names, which are not cut in two on a narrow terminal


def complain(message: str) -> None:
    """Print an error on stderr, in one line."""
    sys.stderr.write(f"gridfold: error: {_one_line(message)}\n")


def note(message: str) -> None:
    """Print a note on stderr, in one line."""
    sys.stderr.write(f"note: {_one_line(message)}\n")


@contextmanager
def notes_to_stderr() -> Iterator[None]:
    """Turn warnings and the library's log lines into notes; each is said once."""
    said: set[str] = set()

    def say(message: object) -> None:
        text = _one_line(str(message))
        if text not in said:
            said.add(text)
            note(text)

    handler = _NoteHandler(say)
    log.addHandler(handler)
    with warnings.catch_warnings():
        warnings.simplefilter("default", UserWarning)
        for ignored in (DeprecationWarning, FutureWarning, PendingDeprecationWarning):
            warnings.simplefilter("ignore", ignored)
        warnings.showwarning = lambda message, *_, **__: say(message)
        try:
            yield
        finally:
            log.removeHandler(handler)


class _NoteHandler(logging.Handler):
    def __init__(self, say: Any) -> None:
        super().__init__(logging.WARNING)
        self.say = say

    def emit(self, record: logging.LogRecord) -> None:
        self.say(record.getMessage())


def console() -> Console:
    """Return a console on stdout: coloured on a terminal, and 120 columns wide if not.

    When the reader of the output goes away, as `head` does, the work goes on without it.
    """
    from rich.console import Console

    class Lasting(Console):
        def on_broken_pipe(self) -> None:
            self.quiet = True
            silence_stdout()

    if sys.stdout.isatty():
        return Lasting(highlight=False, markup=False, emoji=False)
    return Lasting(highlight=False, markup=False, emoji=False, width=120, force_terminal=False)


def silence_stdout() -> None:
    """Send what is still to be written on stdout nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_table(out: Console, title: str, columns: Sequence[str], rows: Iterable[Any]) -> None:
    """Print a table; columns whose name starts with ">" are set to the right."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        right = name.startswith(">")
        whole = right or name in _WHOLE
        table.add_column(
            name.removeprefix(">"),
            justify="right" if right else "left",
            no_wrap=whole,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*[str(cell) for cell in row])
    out.print(table)


def _one_line(message: str) -> str:
    """The message without line ends; of a traceback only the error in its last line is kept."""
    start, is_traced, traceback = message.partition(_TRACEBACK)
    if is_traced:
        message = start + traceback.strip().splitlines()[-1]
    return " ".join(message.split())
