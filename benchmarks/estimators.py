"""The classic estimators beside scikit-learn's and scikit-learn-intelex's, on real tables.

    python benchmarks/estimators.py [--repeat 3] [--seconds 5] [--again] [ESTIMATOR ...]

Each side runs in a process of its own, in turn with the others, and may use all cores (set
OMP_NUM_THREADS=1 on a machine that others use too). Needs the real tables: set GRIDFOLD_DATA to
their folder. Writes results/estimators.json after each case, so that a run that was cut off goes on
from there; `--again` measures again what is in it. An estimator that gridfold does not have is left
out, and so said. With glibc the processes keep the memory that they free, all sides alike.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from differences import difference
from estimator_cases import CASES, SUBJECTS, Case
from estimator_cases.sides import SIDES, THEM, US
from machine import machine
from worker import Worker

import gridfold.estimators

PATH = Path(__file__).parent / "results" / "estimators.json"
ROUNDS = "estimator_cases.rounds"
LEAST = 0.5  # seconds that a round counts for at least: short calls are repeated within it
MOST = 9  # rounds
# Memory that a process frees stays its own: on a virtual machine new pages take long, by chance.
KEPT_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**40)}
Results = dict[str, Any]


def measure(
    name: str, case: Case, workers: Mapping[str, Worker], options: argparse.Namespace
) -> Results:
    """Fit and answer by all sides in turn; return the result of the case."""
    with TemporaryDirectory() as folder:
        shape = _store(case, Path(folder))
        asked = {"folder": folder, "case": name}
        found = {s: w.ask(ROUNDS, "warm_up", side=s, **asked) for s, w in workers.items()}
        warm = {side: workers[side] for side, said in found.items() if "reason" not in said}
        first = _round(warm, asked, keep=True)
        rounds = _rounds(warm, asked, first, options)
        reasons = {
            side: run["reason"]
            for each in (found, first, *rounds)
            for side, run in each.items()
            if "reason" in run
        }
        kept = {side: [each[side] for each in rounds] for side in warm if side not in reasons}
        compared = [side for side in kept if side != THEM and THEM in kept]
        differences = {side: _difference(Path(folder), side) for side in compared}
    return {
        "estimator": case.subject.title,
        "table": case.table.title,
        **shape,
        "method": case.subject.answer,
        **{part: _seconds(kept, part) for part in ("fit", "answer")},
        "difference": differences,
        "objective": {side: first[side]["objective"] for side in kept if case.subject.objective},
        "fallback": first[US]["fallback"] if US in kept else None,
        "reasons": reasons,
        "date": machine()["date"],
    }


def _round(
    workers: Mapping[str, Worker],
    asked: Mapping[str, Any],
    *,
    keep: bool = False,
    reverse: bool = False,
) -> dict[str, Results]:
    """Let each side fit and answer once; return what each took."""
    sides = sorted(workers, reverse=reverse)
    return {side: workers[side].ask(ROUNDS, "run", side=side, keep=keep, **asked) for side in sides}


def _rounds(
    workers: Mapping[str, Worker],
    asked: Mapping[str, Any],
    first: Mapping[str, Results],
    options: argparse.Namespace,
) -> list[Mapping[str, Results]]:
    """Return the rounds that count: `repeat`, and more while the seconds given are not over.

    The first fit of many rows waits for memory, so the first round does not count. Where that would
    take too long it does, and the median leaves the wait out.
    """
    rounds = [first] if _taken(first) > options.seconds / 2 else []
    over = sum(map(_taken, rounds))
    while len(rounds) < options.repeat or (over < options.seconds and len(rounds) < MOST):
        rounds.append(_round(workers, asked, reverse=len(rounds) % 2 == 1))
        over += max(_taken(rounds[-1]), LEAST)
    return rounds


def _taken(round_: Mapping[str, Results]) -> float:
    """Return the seconds of a round, all sides together."""
    parts = [run[part] for run in round_.values() for part in ("fit", "answer") if part in run]
    return sum(part["seconds"] for part in parts)


def _store(case: Case, folder: Path) -> Results:
    """Write the arrays of a case for the processes of the sides; return their shape."""
    X, y, Q = case.table.load()
    for name, array in {"X": X, "y": y, "Q": Q}.items():
        np.save(folder / f"{name}.npy", array)
    return {"rows": X.shape[0], "columns": X.shape[1], "queries": len(Q)}


def _difference(folder: Path, side: str) -> float | None:
    return difference(*(np.load(folder / f"{each}.npy") for each in (THEM, side)))


def _seconds(rounds: Mapping[str, list[Results]], part: str) -> Results:
    """Return medians of each side, and how many times faster than scikit-learn each is."""
    units = ("seconds", "cpu_seconds")
    found: Results = {unit: {} for unit in units}
    found["faster"] = {}
    for side, runs in rounds.items():
        for unit in units:
            found[unit][side] = statistics.median(run[part][unit] for run in runs)
        if THEM in rounds and side != THEM:
            found["faster"][side] = {u: _ratios(rounds[THEM], runs, part, u) for u in units}
    return found


def _ratios(theirs: list[Results], ours: list[Results], part: str, unit: str) -> list[float]:
    """Return the median, the least and the largest ratio of the rounds."""
    ratios = [a[part][unit] / b[part][unit] for a, b in zip(theirs, ours, strict=True)]
    return [statistics.median(ratios), min(ratios), max(ratios)]


def line(name: str, result: Results) -> str:
    """Return what a case came to: how many times faster in processor seconds, and by the clock."""
    said = [f"{name} ({result['rows']:,} x {result['columns']})"]
    for part in ("fit", "answer"):
        seconds = result[part]["cpu_seconds"]
        if THEM not in seconds:
            continue
        shown = f"  {part:7} {THEM} {seconds[THEM]:.4f} s"
        for side, ratios in result[part]["faster"].items():
            (cpu, low, high), wall = ratios["cpu_seconds"], ratios["seconds"][0]
            shown += f"  {side} {cpu:.2f} ({low:.2f} to {high:.2f}), clock {wall:.2f}"
            if side == US and cpu < 1:
                shown += " SLOWER"
        said.append(shown)
    gaps = {side: f"{gap:.1e}" for side, gap in result["difference"].items() if gap is not None}
    said.append(f"  differ {gaps}  objective {result['objective']}")
    said += [f"  {side}: {reason}" for side, reason in result["reasons"].items()]
    if result["fallback"]:
        said.append(f"  FALLBACK: {result['fallback']}")
    return "\n".join(said)


def main() -> None:
    """Measure the estimators named, print each case, and write the result file after it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = sorted({subject.name for subject in SUBJECTS})
    parser.add_argument("estimators", nargs="*", metavar="ESTIMATOR", help=", ".join(names))
    parser.add_argument("--repeat", type=int, default=3, help="rounds of a case at least")
    parser.add_argument("--seconds", type=float, default=5.0, help="more rounds while not over")
    parser.add_argument("--again", action="store_true", help="measure again what is in the file")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES))
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args()
    if unknown := set(options.estimators) - set(names):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    before: Results = json.loads(options.out.read_text()) if options.out.exists() else {}
    kept = before.get("cases", {})
    absent = [name for name in names if not hasattr(gridfold.estimators, name)]
    if absent:
        print(f"Left out, for gridfold does not have them: {', '.join(absent)}.", flush=True)
    os.environ.update(KEPT_MEMORY)  # of the processes of the sides
    with ExitStack() as stack:
        workers = {side: stack.enter_context(Worker()) for side in options.sides}
        for name in _wanted(options, absent, kept):
            kept[name] = measure(name, CASES[name], workers, options)
            print(line(name, kept[name]), flush=True)
            cases = {each: kept[each] for each in CASES if each in kept}
            found = {"machine": machine(before), "threads": os.environ.get("OMP_NUM_THREADS")}
            options.out.write_text(json.dumps({**found, "cases": cases}, indent=1) + "\n")


def _wanted(options: argparse.Namespace, absent: Sequence[str], kept: Results) -> list[str]:
    """Return the names of the cases that are still to be measured."""
    return [
        name
        for name, case in CASES.items()
        if case.subject.name not in absent
        and (not options.estimators or case.subject.name in options.estimators)
        and (options.again or name not in kept)
    ]


if __name__ == "__main__":
    main()
