"""How result files are shown on a page: Markdown tables, and where a result was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Results = Mapping[str, Any]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def by(script: str, results: Results) -> str:
    """Say which script measured, when, on which machine and with which versions."""
    machine = results["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"By `benchmarks/{script}` on {machine['date']}, {machine['cores']} cores of "
        f"{machine['processor']}, Python {machine['python']}, {versions}."
    )
