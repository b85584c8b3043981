"""What is shown when a search is done: the plan, whole in a file and in colours on a terminal."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.pipelines import GridSearchCV
from gridfold.pipelines.cli.report import print_plan


@pytest.fixture
def plan():
    search = GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [1.0, 2.0]})
    return search.plan(np.eye(20), np.arange(20.0))


def printed(plan, **options):
    out = Console(file=io.StringIO(), highlight=False, markup=False, width=60, **options)
    print_plan(plan, out)
    return out.file.getvalue()


def test_a_file_gets_whole_lines(plan):
    assert printed(plan, force_terminal=False) == f"{plan}\n\n"


def test_a_terminal_gets_colours_and_lines_of_its_width(plan):
    text = printed(plan, force_terminal=True, color_system="standard")
    assert "\x1b[" in text
    plain = printed(plan, force_terminal=True, color_system=None)
    assert all(len(line) <= 60 for line in plain.splitlines())
    assert "shared fit" in plain and "StandardScaler" in plain
