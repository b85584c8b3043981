"""The entry point: arguments, the command's call, and errors in one line with an exit status."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from .arguments import make_parser
from .messages import complain, notes_to_stderr, silence_stdout

USER_ERROR, INTERRUPTED = 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0 is success, 2 an error of the user's (one line on stderr), 130 an interruption by Ctrl-C.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments behind the program's name; by default those of the process.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started this process
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
    try:
        args = make_parser().parse_args(argv)
    except SystemExit as stop:  # argparse has said what is wrong, or printed the help
        return stop.code if isinstance(stop.code, int) else USER_ERROR
    if args.command == "run" and os.path.isfile(args.script):
        _run(args)  # what goes wrong in it is the script's to say
        return 0
    try:
        with notes_to_stderr():
            _run(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        complain("interrupted; no file was written or changed.")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        silence_stdout()
        return 0
    except _user_errors() as error:
        complain(_sentence(error))
        return USER_ERROR
    return 0


def _run(args: argparse.Namespace) -> None:
    """Import the command's module, which takes a while, and run it."""
    import_module(f".{args.command}", __package__).run(args)


def _sentence(error: BaseException) -> str:
    """The message; of an error of the system what it concerns and why, without its number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'the output'}: {error.strerror}."
    return str(error) or type(error).__name__


def _user_errors() -> tuple[type[BaseException], ...]:
    """Errors whose message is for the user; all others are ours and show a traceback."""
    from ...estimators.arrays import DeviceError

    return (ValueError, OSError, ImportError, MemoryError, DeviceError)
