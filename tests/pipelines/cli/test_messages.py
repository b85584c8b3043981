"""Messages: one line each, said once, plain where the output is no terminal."""

from __future__ import annotations

import io
import logging
import warnings

from rich.console import Console

from gridfold.pipelines.cli.messages import complain, console, notes_to_stderr, print_table


def test_a_complaint_is_one_line(capsys):
    complain("first\n  second")
    complain("Failed:\nTraceback (most recent call last):\n  File x\nValueError: y is z\n\n")
    assert capsys.readouterr().err == (
        "gridfold: error: first second\ngridfold: error: Failed: ValueError: y is z\n"
    )


def test_warnings_and_log_lines_are_notes_said_once(capsys):
    with notes_to_stderr():
        for _ in range(2):
            warnings.warn("a\nb", UserWarning, stacklevel=1)
            warnings.warn("old", FutureWarning, stacklevel=1)
            logging.getLogger("gridfold").warning("c %s", 1)
    assert capsys.readouterr().err == "note: a b\nnote: c 1\n"
    assert not logging.getLogger("gridfold").handlers


def test_names_in_brackets_are_no_markup(capsys):
    out = console()
    out.print("[bold] :smile:")
    print_table(out, "[red]", ["a", ">b"], [("[x]", 1)])
    shown = capsys.readouterr().out
    assert "[bold] :smile:" in shown
    assert "[red]" in shown and "[x]" in shown
    assert "\x1b" not in shown


def test_a_narrow_terminal_cuts_no_name():
    out = Console(file=io.StringIO(), width=40)
    print_table(
        out, "t", ["model", "parameters"], [("KNeighborsClassifier", "weights=uniform, " * 4)]
    )
    assert "KNeighborsClassifier" in out.file.getvalue()
