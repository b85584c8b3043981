"""Texts that look like numbers or dates written in another way: said aloud, not guessed."""

from __future__ import annotations

import re

import pandas as pd

_CELLS = 1000  # so many filled cells from the top are looked at
_MOSTLY = 0.9
_NUMBER = re.compile(
    r"[-+]?[$€£]? ?"
    r"(\d{1,3}(,\d{3})+(\.\d+)?"  # 1,200.5
    r"|\d{1,3}(\.\d{3})*,\d+"  # 1.200,5
    r"|\d+([.,]\d+)?)"  # 1200,5
    r" ?[%$€£]?"
)
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}([ T]\d{1,2}:\d{2}.*)?")
_LOOKS = ((_NUMBER, "numbers", "1200.5"), (_DATE, "dates", "2024-12-31"))


def doubt(column: pd.Series) -> str | None:
    """Return what to tell the user of a column of texts that may be meant as something else.

    None where at most 9 in 10 of its cells look like numbers or like dates.
    """
    cells = column.dropna().head(_CELLS)
    for pattern, what, example in _LOOKS:
        if len(cells) and cells.str.strip().str.fullmatch(pattern.pattern).mean() > _MOSTLY:
            return (
                f"Column {column.name!r} holds {cells.iloc[0]!r} and the like: it is treated as "
                f"text. If these are {what}, write them as {example}."
            )
    return None
