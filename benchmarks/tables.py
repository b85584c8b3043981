"""Writes the measured tables from the result files: README, docs/benchmarks.md, docs/sharing.md.

    python benchmarks/tables.py [--check]

`--check` writes nothing, and ends with 1 where a page is not that of the result files.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boosting_overhead_table
import boosting_table
import estimators_table
import gpu_table
import mlp_table
from shown import Results, by, table

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
PAGE = HERE.parent / "docs" / "benchmarks.md"
SHARING = HERE.parent / "docs" / "sharing.md"
US, THEM = "gridfold", "scikit-learn"
DASK, INTELEX = "dask-ml", "scikit-learn-intelex"
MISSING = "Not measured yet."

INTRODUCTION = """# Benchmarks

Made by `benchmarks/tables.py` from `benchmarks/results`; do not edit. Each section names the script
that measures it. The tables are public data sets; `GRIDFOLD_DATA` names the folder that holds them.
"""


def read(name: str) -> dict[str, Any] | None:
    """Return a result file, or None where there is none."""
    path = HERE / "results" / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def short_search(results: Results) -> str:
    """Return the README's table: the headline cases, and one sentence about all of them."""
    heads = ["search", "rows", "candidates", THEM, US, "times faster", "scores differ"]
    rows = [_both(case) for case in results["cases"].values() if case["headline"]]
    return f"{table(heads, rows)}\n\n{_all_cases(results)}\n\n{_where(results)}"


def full_search(results: Results) -> str:
    """Return the table of all cases, with the other libraries beside the two."""
    heads = ["search", "rows", "candidates", THEM, US, "times faster", "scores differ"]
    heads += ["same best", DASK, INTELEX, "specialist"]
    rows = []
    for case in results["cases"].values():
        others = case.get("others", {})
        special = [f"{n}: {_seconds(f)}" for n, f in others.items() if n not in (DASK, INTELEX)]
        beside = [_seconds(others.get(DASK)), _seconds(others.get(INTELEX))]
        best = "yes" if case["same_best"] else "no"
        rows.append([*_both(case), best, *beside, "; ".join(special) or "none"])
    dates = {case["others_date"] for case in results["cases"].values() if "others" in case}
    notes = SEARCH_NOTES.format(dates=", ".join(sorted(dates)))
    return f"{table(heads, rows)}\n\n{notes}\n\n{_where(results)}"


SEARCH_NOTES = """Seconds are medians of runs in turn; those of the other libraries are of fewer
runs on the same machine, of {dates}. "Same best": the best candidate of gridfold
is, by scikit-learn's scores, as good as the best to within the tolerance of the case. "Another
best": that library chooses a candidate that is not. A specialist answers a smaller question: it has
one score for each strength, and its scaler is fitted once on all rows; RidgeCV scores by leaving
out one row at a time."""


def families(results: Results) -> str:
    """Return the table of families: each beside scikit-learn and beside its floor."""
    cases = [case for case in results["cases"].values() if case.get("family")]
    if not cases:
        return MISSING
    rows = []
    for case in sorted(cases, key=lambda case: case["family"]):
        floor = f"{case['times_floor']:.2f}" if "times_floor" in case else "not measured"
        tight = case.get("difference_from_tight")
        gap = _difference(case["largest_score_difference"])
        rows.append(
            [
                case["family"],
                f"{case['title']} ({case['table']})",
                f"{case['faster']:.1f}",
                floor,
                gap if tight is None else f"{gap}; {_difference(tight)} of its tight solver",
            ]
        )
    heads = ["family", "search", "times faster", "times the floor", "scores differ"]
    return f"{table(heads, rows)}\n\n{_mean_of_families(cases)}\n\n{_where(results)}"


def _mean_of_families(cases: Sequence[Results]) -> str:
    """Say the geometric mean over families, of a family with several cases their own first."""
    logs: dict[str, list[float]] = {}
    for case in cases:
        logs.setdefault(case["family"], []).append(math.log(case["faster"]))
    mean = math.exp(statistics.mean(statistics.mean(found) for found in logs.values()))
    return (
        f"Geometric mean over {len(logs)} families: {mean:.1f} times faster. The floor is the work "
        "that no search can leave out, written by hand with the same cores: one largest fit, "
        "decomposition or search per fold, then predictions and the score of every candidate."
    )


def _both(case: Results) -> list[str]:
    seconds, (low, high) = case["seconds"], case["faster_range"]
    return [
        f"{case['title']} ({case['table']})",
        f"{case['rows']:,}",
        str(case["candidates"]),
        f"{seconds[THEM]:.2f} s",
        f"{seconds[US]:.2f} s",
        f"{case['faster']:.1f} ({low:.1f} to {high:.1f})",
        _difference(case["largest_score_difference"]),
    ]


def _seconds(found: Results | None) -> str:
    """Return the seconds of another library, or why there are none."""
    if found is None:
        return "not measured"
    if "seconds" not in found:
        return f"not measured: {found['reason']}"
    alike = found["same_best"]
    return f"{found['seconds']:.2f} s" + ("" if alike else ", another best")


def _difference(value: float | None) -> str:
    if value is None:
        return "in number"
    return "0" if value == 0 else f"{value:.0e}"


def _all_cases(results: Results) -> str:
    cases = list(results["cases"].values())
    faster = sorted(case["faster"] for case in cases)
    middle = (faster[(len(faster) - 1) // 2] + faster[len(faster) // 2]) / 2
    return (
        f"Over all {len(cases)} cases: {faster[0]:.1f} to {faster[-1]:.0f} times faster, half of "
        f"them more than {middle:.1f} times. [docs/benchmarks.md](docs/benchmarks.md) lists them, "
        "with other libraries, memory, and the cost of a grid in which nothing is shared."
    )


def _where(results: Results) -> str:
    return (
        f"Five folds, `n_jobs={results['n_jobs']}`, `refit=False`, both sides in turn: medians, "
        f"and the range of the ratios. {by('search.py', results)}"
    )


def overhead(results: Results) -> str:
    """Return the table of `overhead.py`: processor seconds where nothing is shared."""
    rows = []
    for grid in results["grids"].values():
        theirs, ours = (sum(grid["cpu_seconds"][side]) for side in (THEM, US))
        ratios = grid["ratios"]
        spread = f"{min(ratios) - 1:+.1%} to {max(ratios) - 1:+.1%}"
        rows.append(
            [
                grid["title"],
                str(len(ratios)),
                f"{theirs:.1f} s",
                f"{ours:.1f} s",
                f"{grid['median_ratio'] - 1:+.1%} ({spread})",
            ]
        )
    heads = ["grid", "pairs", THEM, US, "more, median of the pairs"]
    return (
        f"{table(heads, rows)}\n\nUser and system seconds of the parent and its workers, "
        f"`n_jobs={results['n_jobs']}`. {by('overhead.py', results)}"
    )


def memory(results: Results) -> str:
    """Return the table of `memory.py`: peaks of parent and workers."""
    rows = []
    for case in results["cases"].values():
        peaks = [f"{case['peak_bytes'][side] / 2**20:.0f} MiB" for side in (THEM, US)]
        rows.append([case["title"], *peaks, f"{case['ratio']:.2f}"])
    return (
        f"{table(['search', THEM, US, 'ratio'], rows)}\n\nThe largest sum over parent and workers, "
        "interpreters and libraries included; a page that n processes share counts as an n-th in "
        f"each (PSS). {by('memory.py', results)}"
    )


def scoring(results: Results) -> str:
    """Return the table of `scoring.py`: many members scored at once."""
    rows = []
    for name, case in results["cases"].items():
        seconds = [f"{1e3 * case['seconds'][side]:.1f} ms" for side in (THEM, US)]
        title = f"{name.replace('_', ' ')} ({case['table']})"
        size = [f"{case['rows']:,}", str(case["members"])]
        gap = _difference(case["largest_relative_difference"])
        rows.append([title, *size, *seconds, f"{case['faster']:.1f}", gap])
    heads = ["score", "rows", "members", "loop over scorers", US, "times faster", "differ"]
    return f"{table(heads, rows)}\n\n{by('scoring.py', results)}"


SECTIONS = [
    ("Searches", "search", full_search),
    ("Families", "search", families),
    ("Grids in which nothing is shared", "overhead", overhead),
    ("Peak memory", "memory", memory),
    ("Scores of many members at once", "scoring", scoring),
    ("The classic estimators", "estimators", estimators_table.estimators),
    ("The MLP", "mlp", mlp_table.mlp),
    ("On a GPU", "gpu", gpu_table.gpu),
    ("Boosting", "boosting", boosting_table.full_boosting),
    (
        "What boosting costs over xgboost",
        "boosting_overhead",
        boosting_overhead_table.boosting_overhead,
    ),
    ("What the boosting preset rests on", "boosting_recipes", boosting_table.recipes),
]

# What stands between <!-- name --> and <!-- /name --> of a page.
MARKS = {
    README: {
        "benchmarks": ("search", short_search),
        "boosting": ("boosting", boosting_table.short_boosting),
        "estimators": ("estimators", estimators_table.short_estimators),
        "gpu": ("gpu", gpu_table.short_gpu),
    },
    SHARING: {"benchmarks": ("search", families)},
}


def page() -> str:
    """Return docs/benchmarks.md as the present result files have it."""
    parts = [INTRODUCTION]
    for title, name, show in SECTIONS:
        results = read(name)
        parts.append(f"## {title}\n\n{MISSING if results is None else show(results)}\n")
    return "\n".join(parts)


def with_tables(path: Path) -> str:
    """Return a page's text with the tables of the present result files between its marks."""
    text = path.read_text()
    for mark, (name, show) in MARKS[path].items():
        start, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
        results = read(name)
        before, rest = text.split(start)
        shown = MISSING if results is None else show(results)
        text = f"{before}{start}\n{shown}\n{end}{rest.split(end)[1]}"
    return text


def main() -> int:
    """Write the pages, or with --check say which is not that of the result files."""
    wanted = {**{path: with_tables(path) for path in MARKS}, PAGE: page()}
    stale = [path for path in wanted if not path.exists() or path.read_text() != wanted[path]]
    for path in stale:
        if "--check" in sys.argv[1:]:
            print(f"{path.name}: its tables are not those of benchmarks/results. Run `make docs`.")
        else:
            path.write_text(wanted[path])
    return int(bool(stale) and "--check" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
