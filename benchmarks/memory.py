"""Peak memory of gridfold's searches beside scikit-learn's: parent and workers, shared pages once.

    python benchmarks/memory.py [--repeat 1] [CASE ...]

Each search runs in a new process, from which all workers start. Pages that several processes share
count in parts (PSS of /proc, so Linux only), read every 50 ms. Writes results/memory.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from cases import CASES
from machine import machine
from processes import PeakMemory

HERE = Path(__file__).parent
PATH = HERE / "results" / "memory.json"
LIMIT = 1.5


def peak(case: str, side: str) -> int:
    """Return the largest summed memory of a search in a new process, in bytes."""
    command = [sys.executable, str(HERE / "alone.py"), case, side, "--cold"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe)
    with process, PeakMemory(process.pid) as found:
        _, said = process.communicate()
    if process.returncode:
        raise SystemExit(f"{side} on {case} ended with an error:\n{said.decode()}")
    return found.bytes


def main() -> None:
    """Measure the cases named, print each, and write the result file after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args()
    if unknown := set(options.cases) - set(CASES):
        parser.error(
            f"no case is called {', '.join(sorted(unknown))}; there are {', '.join(CASES)}"
        )
    kept = {}
    if options.cases and options.out.exists():
        kept = json.loads(options.out.read_text())["cases"]
    for name in options.cases or CASES:
        peaks = {
            side: statistics.median(peak(name, side) for _ in range(options.repeat))
            for side in ("scikit-learn", "gridfold")
        }
        ratio = peaks["gridfold"] / peaks["scikit-learn"]
        kept[name] = {"title": CASES[name].title, "peak_bytes": peaks, "ratio": ratio}
        theirs, ours = (peaks[side] / 2**20 for side in ("scikit-learn", "gridfold"))
        over = f"  MORE THAN {LIMIT}" if ratio > LIMIT else ""
        print(f"{name:20} {theirs:6.0f} MiB {ours:6.0f} MiB  ratio {ratio:.2f}{over}", flush=True)
        cases = {name: kept[name] for name in CASES if name in kept}
        options.out.write_text(json.dumps({"machine": machine(), "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
