"""A plan on a terminal: coloured where rich is there, plain elsewhere, never an encoding error."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys

import pytest
from helpers.plans_to_show import GRIDS, plan_of
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.pipelines.search.display import terminal
from gridfold.pipelines.search.display.terminal import show


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def rich_lines(plan, **options):
    console = pytest.importorskip("rich.console")
    out = io.StringIO()
    console.Console(file=out, width=400, **options).print(plan)
    return out.getvalue().splitlines()


def without_tree(lines):
    return [re.sub(r"^[ │├└─┗┣━┃]+", "", line).rstrip() for line in lines]


@pytest.mark.parametrize("name", GRIDS)
def test_rich_says_what_the_text_says(name):
    plan = plan_of(*GRIDS[name])
    plan.notes.append("a note")
    assert without_tree(rich_lines(plan)) == without_tree(str(plan).splitlines())


def test_rich_colours_it_and_takes_no_name_as_markup():
    pipeline = Pipeline([("[red]scale[/red]", StandardScaler()), ("model", Ridge())])
    plan = plan_of(pipeline, {"model__alpha": [1.0, 2.0]})
    lines = rich_lines(plan, force_terminal=True, color_system="standard")
    assert any("\x1b[" in line for line in lines)
    assert any("[red]scale[/red]: StandardScaler" in line for line in lines)


def test_a_terminal_gets_colours(monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    show(plan_of(*GRIDS["scaled"]))
    assert "\x1b[" in out.getvalue() and "Ridge" in out.getvalue()


def test_a_terminal_without_rich_gets_the_text(monkeypatch):
    monkeypatch.setattr(terminal, "find_spec", lambda name: None)
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    plan = plan_of(*GRIDS["scaled"])
    show(plan)
    assert out.getvalue() == f"{plan}\n"


def test_what_is_no_terminal_gets_the_text(capsys):
    plan = plan_of(*GRIDS["kinds"])
    show(plan)
    assert capsys.readouterr().out == f"{plan}\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_an_output_that_has_no_such_characters(monkeypatch, encoding):
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", out)
    pipeline = Pipeline([("\N{GREEK SMALL LETTER ALPHA}", StandardScaler()), ("model", Ridge())])
    show(plan_of(pipeline, {"model__alpha": [1.0, 2.0]}))
    out.flush()
    lines = out.buffer.getvalue().decode(encoding).splitlines()
    assert lines[1].startswith("`- ?: StandardScaler: one fit per fold")
    assert lines[2].startswith("   `- model: Ridge")


def test_a_plan_needs_no_rich():
    code = (
        "import sys; sys.modules['rich'] = None\n"
        "import numpy as np; from sklearn.linear_model import Ridge\n"
        "from gridfold.pipelines import GridSearchCV\n"
        "search = GridSearchCV(Ridge(), {'alpha': [1, 2]}, verbose=1, cv=3)\n"
        "search.fit(np.eye(9), np.arange(9))\n"
        "print(search.plan_, search.plan_._repr_html_())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "ignore", "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert ran.stderr == "" and ran.stdout.count("2 candidates x 3 folds") == 3
