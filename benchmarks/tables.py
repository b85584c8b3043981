"""Writes the benchmark tables into the README from the result files; `--check` only compares.

python benchmarks/tables.py [--check]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
START, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"


def search_table(results: dict[str, Any]) -> str:
    """Return the table of `search.py`: how many times faster, and how equal."""
    lines = [
        "| search | rows | candidates | scikit-learn | gridfold | times faster | scores differ |",
        "|---|---|---|---|---|---|---|",
    ]
    for case in results["cases"].values():
        seconds = case["seconds"]
        low, high = case["faster_range"]
        lines.append(
            f"| {case['title']} | {case['rows']:,} | {case['candidates']} "
            f"| {seconds['scikit-learn']:.2f} s | {seconds['gridfold']:.2f} s "
            f"| {case['faster']:.1f} ({low:.1f} to {high:.1f}) "
            f"| {_difference(case['largest_score_difference'])} |"
        )
    return "\n".join([*lines, "", _where(results)])


def _difference(value: float) -> str:
    return "0" if value == 0 else f"{value:.0e}"


def _where(results: dict[str, Any]) -> str:
    machine = results["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"Five folds, `n_jobs={results['n_jobs']}`, `refit=False`, both sides in turn: medians, "
        f"and the range of the ratios. By `benchmarks/search.py` on {machine['date']}, "
        f"{machine['cores']} cores of {machine['processor']}, Python {machine['python']}, "
        f"{versions}."
    )


def filled(readme: str) -> str:
    """Return the README's text with the tables of the present result files."""
    path = HERE / "results" / "search.json"
    table = search_table(json.loads(path.read_text())) if path.exists() else "Not measured yet."
    before, rest = readme.split(START)
    after = rest.split(END)[1]
    return f"{before}{START}\n{table}\n{END}{after}"


def main() -> int:
    """Write the tables, or with --check say whether they are those of the result files."""
    present = README.read_text()
    wanted = filled(present)
    if "--check" in sys.argv[1:]:
        if present != wanted:
            print(
                "README.md: its benchmark table is not that of benchmarks/results. Run `make docs`."
            )
        return int(present != wanted)
    README.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
