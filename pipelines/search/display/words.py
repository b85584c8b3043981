"""Numbers, sizes and names as a plan writes them."""

from __future__ import annotations

from collections.abc import Sequence

_MAX_LENGTH = 300
_MAX_NAMES = 6


def count(n: int, noun: str) -> str:
    """Return "1 fold", "2 folds"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def size(n_bytes: float) -> str:
    """Return a number of bytes with two digits: "1.2 MB"."""
    units = ["bytes", "kB", "MB", "GB", "TB"]
    while n_bytes >= 999.5 and len(units) > 1:
        n_bytes /= 1000
        units.pop(0)
    digits = f"{n_bytes:.1f}" if n_bytes < 9.95 else f"{float(f'{n_bytes:.2g}'):,.0f}"
    return f"{digits} {units[0]}"


def listed(names: Sequence[str]) -> str:
    """Return "a, b, c", of many names the first few."""
    if len(names) > _MAX_NAMES:
        return f"{', '.join(names[: _MAX_NAMES - 1])} and {len(names) - _MAX_NAMES + 1:,} more"
    return ", ".join(names)


def line(text: str) -> str:
    """Return text as one line of bounded length, with nothing that a terminal would act on."""
    text = "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
    return text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 3]}..."
