"""Texts that look like numbers or dates: which are pointed out, and which are just texts."""

from __future__ import annotations

import pandas as pd
import pytest

from gridfold.pipelines.doubtful_text import doubt


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (["1,200", "2,100.50", None], "numbers"),
        (["1200,5", "3,25"], "numbers"),
        (["1.200,5", "12"], "numbers"),
        (["12%", "13.5 %"], "numbers"),
        (["$12", "-$3.50"], "numbers"),
        (["31.12.2024", "1.1.2025"], "dates"),
        (["12/31/2024 10:00", "1/1/25"], "dates"),
        (["2024-02-30", "2024-02-01"], "dates"),
    ],
)
def test_what_may_be_meant_as_something_else_is_said(cells, what):
    said = doubt(pd.Series(cells, name="x"))
    assert said is not None
    assert f"'x' holds {cells[0]!r}" in said and f"If these are {what}" in said


@pytest.mark.parametrize(
    "cells",
    [
        ["a", "b"],
        ["1.2.3", "1.10.0-rc"],
        ["A-1", "B-2"],
        ["12 kg", "13 kg"],
        [None, None],
        ["1,5", "x"],
    ],
)
def test_texts_are_texts(cells):
    assert doubt(pd.Series(cells, name="x", dtype="str")) is None
