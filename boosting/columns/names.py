"""Names of columns: as text, found again in another table, and as a booster takes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

# xgboost's text format for trees gives these a meaning, and it refuses them in names.
_REFUSED = str.maketrans({"[": "(", "]": ")", "<": "‹"})


def names_of(frame: Any) -> list[str]:
    """Return the names of a frame's columns as text, the way xgboost makes text of them."""
    return [
        " ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in frame.columns
    ]


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once, in the order of their first occurrence."""
    return [name for name, count in Counter(names).items() if count > 1]


def order_of(wanted: Sequence[str], there: Sequence[str]) -> list[int]:
    """Return for each wanted name its position among the names that are there.

    Raises
    ------
    ValueError
        When a wanted name is not there, or is there twice.
    """
    positions = {name: position for position, name in enumerate(there)}
    lacking = [name for name in wanted if name not in positions]
    if lacking:
        raise ValueError(
            f"X lacks {listed(lacking, 'column')}, which the model was fitted on. "
            f"X has {listed(there, 'column')}."
        )
    if len(positions) < len(there):
        twice = [name for name in repeated(there) if name in set(wanted)]
        if twice:
            raise ValueError(f"X has {listed(twice, 'column')} more than once.")
    return [positions[name] for name in wanted]


def listed(names: Sequence[Any], noun: str) -> str:
    """Return "the column 'a'" or "the columns 'a', 'b', ... (9 in all)" for a message."""
    shown = ", ".join(repr(name) for name in names[:8])
    if len(names) == 1:
        return f"the {noun} {shown}"
    rest = "" if len(names) <= 8 else f", ... ({len(names)} in all)"
    return f"the {noun}s {shown}{rest}"


def for_booster(names: Sequence[str]) -> list[str]:
    """Return names that xgboost takes: without [, ] and <, and no two alike."""
    taken: set[str] = {name for name in names if name == name.translate(_REFUSED)}
    safe = []
    for name in names:
        new = name.translate(_REFUSED)
        if new != name:
            while new in taken:
                new += "_"
            taken.add(new)
        safe.append(new)
    return safe
