"""gridfold's searches against scikit-learn's and others': the same folds, warm workers.

    python benchmarks/search.py [--repeat 3] [--others 1] [CASE ...]

Needs the real tables: set GRIDFOLD_DATA to their folder. Writes results/search.json; named cases
replace only their own results in it. `--others 0` measures scikit-learn and gridfold alone, and
keeps what was measured of the others, with its date.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from pathlib import Path
from typing import Any

from cases import CASES, Case, Problem
from floors import Floor
from machine import machine
from others import others
from sides import N_JOBS, SIDES, Scores, difference, same_best
from sklearn.base import clone

PATH = Path(__file__).parent / "results" / "search.json"
US, THEM = "gridfold", "scikit-learn"


def measure(name: str, case: Case, repeat: int, others_repeat: int) -> dict[str, Any]:
    """Time both searches in turn; return the result of the case, the others' beside it."""
    problem = case.make()
    _warm_up(problem)
    seconds: dict[str, list[float]] = {THEM: [], US: []}
    floor = None if case.floor is None else Floor(case, problem)
    floors: list[float] = []
    scores: dict[str, Scores] = {}
    plan = ""
    for _ in range(repeat):
        for side, taken in seconds.items():
            start = time.perf_counter()
            scores[side], plan = SIDES[side](problem)
            taken.append(time.perf_counter() - start)
        if floor is not None:
            floors.append(floor.seconds())
    ratios = [theirs / ours for theirs, ours in zip(seconds[THEM], seconds[US], strict=True)]
    gap = difference(scores[THEM], scores[US])
    return {
        "title": case.title,
        "table": case.table,
        "headline": case.headline,
        "rows": len(problem.y),
        "candidates": len(next(iter(scores[US].values()))),
        "seconds": {side: statistics.median(taken) for side, taken in seconds.items()},
        "faster": statistics.median(ratios),
        "faster_range": [min(ratios), max(ratios)],
        "largest_score_difference": gap,
        "same_best": gap is not None and same_best(scores[THEM], scores[US], case.equal),
        "equal_to": case.equal,
        "plan": plan,
        **_family(case, problem, scores[US], seconds[US], floors),
        **_others(name, case, problem, scores[THEM], others_repeat),
    }


def _others(name: str, case: Case, problem: Problem, theirs: Scores, repeat: int) -> dict[str, Any]:
    """Return what other libraries take, and when that was measured; nothing if not asked."""
    if not repeat:
        return {}
    found = others(name, case, problem, theirs, repeat)
    return {"others": found, "others_date": machine()["date"]}


def _family(
    case: Case, problem: Problem, ours: Scores, seconds: list[float], floors: list[float]
) -> dict[str, Any]:
    """Return what the table of families adds to a case: its floor, and a tight solver's scores."""
    found: dict[str, Any] = {"family": case.family}
    if floors:
        found["floor_seconds"] = statistics.median(floors)
        found["times_floor"] = statistics.median(
            taken / floor for taken, floor in zip(seconds, floors, strict=True)
        )
    if case.tight:
        estimator = clone(problem.estimator).set_params(**case.tight)
        tight, _ = SIDES[THEM](Problem(**{**vars(problem), "estimator": estimator}))
        found["difference_from_tight"] = difference(tight, ours)
    return found


def _warm_up(problem: Problem) -> None:
    """Start the workers, and let both sides import what they need: one candidate of theirs."""
    if problem.kind == "grid" and isinstance(problem.grid, dict):
        first = {name: list(values)[:1] for name, values in problem.grid.items()}
        SIDES[THEM](Problem(**{**vars(problem), "grid": first}))
    SIDES[US](problem)


def line(name: str, result: dict[str, Any]) -> str:
    """Return one line that says how a case went, and what is wrong with it if anything is."""
    gap, seconds = result["largest_score_difference"], result["seconds"]
    said = (
        f"{name:20} {seconds[THEM]:7.2f} s  {seconds[US]:7.2f} s  {result['faster']:6.2f} times"
        f"  scores differ {'in shape' if gap is None else f'{gap:.1e}'}"
    )
    if "times_floor" in result:
        said += f"  {result['times_floor']:.2f} x floor"
    if "difference_from_tight" in result:
        said += f"  tight {result['difference_from_tight']:.1e}"
    if gap is None or gap > result["equal_to"]:
        said += f"  MORE THAN {result['equal_to']:.0e}"
    if not result["same_best"]:
        said += "  ANOTHER BEST CANDIDATE"
    for side, found in result.get("others", {}).items():
        seconds = f"{found['seconds']:.2f} s" if "seconds" in found else found["reason"][:60]
        said += f"\n{'':20} {side}: {seconds}"
    return said


def main() -> None:
    """Measure the cases named, print each, and write the result file after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--others", type=int, default=1, help="runs of each other library")
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args()
    if unknown := set(options.cases) - set(CASES):
        parser.error(
            f"no case is called {', '.join(sorted(unknown))}; there are {', '.join(CASES)}"
        )
    before = json.loads(options.out.read_text()) if options.out.exists() else {}
    kept = before.get("cases", {})
    for name in options.cases or CASES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # both sides' fits that do not converge, alike
            measured = measure(name, CASES[name], options.repeat, options.others)
        others = {k: v for k, v in kept.get(name, {}).items() if k.startswith("others")}
        kept[name] = {**others, **measured}
        print(line(name, kept[name]), flush=True)
        cases = {name: kept[name] for name in CASES if name in kept}
        found = {"machine": machine(before), "n_jobs": N_JOBS, "cases": cases}
        options.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
