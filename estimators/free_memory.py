"""How much memory there is to use: what the user allows, or what is free."""

from __future__ import annotations

import os
import re
from math import inf
from numbers import Real
from pathlib import Path
from typing import Any

_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_BINARY = {"k": 2.0**10, "m": 2.0**20, "g": 2.0**30, "t": 2.0**40}
# Control groups of Linux, second and first version: limit, use, and the part of the use that is
# only files kept for later.
_CONTROL_GROUPS = (
    ("memory.max", "memory.current", "inactive_file"),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "total_inactive_file",
    ),
)


def limit_bytes(memory_limit: Any) -> float:
    """Return a limit in bytes: a number, a text such as "2GB", or half of what is free for None.

    Raises
    ------
    ValueError
        If a text is not a number with a unit.
    """
    if memory_limit is None:
        return free_bytes() / 2
    value = float(memory_limit) if isinstance(memory_limit, Real) else _read(str(memory_limit))
    if not value > 0:
        raise ValueError(
            f"memory_limit={memory_limit!r} is no amount of memory: give bytes as a number, or a "
            'text such as "2GB" or "500 MiB".'
        )
    return value


def free_bytes() -> float:
    """Return how much memory is free for this process; infinity where nothing tells."""
    return min(_free_on_machine(), _free_in_container(Path("/sys/fs/cgroup")))


def _read(text: str) -> float:
    """Return the bytes that a text says, or 0 where it says none."""
    found = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*([kmgt]?)(i?)b?\s*", text.lower())
    if found is None or (found[3] and not found[2]):
        return 0.0
    return float(found[1]) * (_BINARY if found[3] else _UNITS)[found[2]]


def _free_on_machine() -> float:
    try:
        import psutil  # type: ignore[import-untyped]
    except ImportError:
        pass
    else:
        return float(psutil.virtual_memory().available)
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return 2.0**10 * float(_value(lines, "MemAvailable:"))
    except (OSError, ValueError):
        pass
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return inf


def _free_in_container(folder: Path) -> float:
    """What a control group leaves of its limit; infinity where there is none."""
    for most, used, files in _CONTROL_GROUPS:
        try:
            limit = float((folder / most).read_text())
            use = float((folder / used).read_text())
            lines = (folder / most).with_name("memory.stat").read_text().splitlines()
            return max(limit - use + float(_value(lines, files)), 0.0)
        except (OSError, ValueError):  # no such file, or "max": no limit
            continue
    return inf


def _value(lines: list[str], name: str) -> str:
    """Return the word after `name` in a table of lines; "inf" where it has no such line."""
    return next((line.split()[1] for line in lines if line.split()[:1] == [name]), "inf")
