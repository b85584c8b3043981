"""The MLP beside pytabkit's RealMLP, scikit-learn's MLP, a PyTorch loop, and in a search.

    python benchmarks/mlp.py [--repeat 3] [CASE ...]
    python benchmarks/mlp.py realmlp [--seeds 0] [--tables adult] [--sides pytabkit] [--again]

Each side runs in a process of its own, in turn with the others, and may use all cores. Needs the
real tables: set GRIDFOLD_DATA to their folder. Writes results/mlp.json after each step, so that a
run that was cut off goes on from there; named cases replace only their own results. Sides whose
library is not installed are "not measured".
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from machine import machine
from mlp_cases import CASES
from mlp_cases.realmlp import THEM, US
from mlp_cases.tables import TABLES

PATH = Path(__file__).parent / "results" / "mlp.json"


def main() -> None:
    """Measure the cases named, and write the result file after each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seeds", type=int, nargs="+", help="of realmlp")
    parser.add_argument("--tables", nargs="+", choices=TABLES, help="of realmlp")
    parser.add_argument("--sides", nargs="+", choices=[THEM, US], default=[THEM, US])
    parser.add_argument("--again", action="store_true", help="fit again what has been fitted")
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args()
    if unknown := set(options.cases) - set(CASES):
        parser.error(
            f"no case is called {', '.join(sorted(unknown))}; there are {', '.join(CASES)}"
        )
    kept: dict[str, Any] = json.loads(options.out.read_text()) if options.out.exists() else {}
    cases = kept.get("cases", {})
    for name in options.cases or CASES:
        before = {k: v for k, v in cases.get(name, {}).items() if k != "date"}
        for found in CASES[name].measure(before, options):
            where = machine(kept)
            cases[name] = {**found, "date": where["date"]}
            ordered = {each: cases[each] for each in CASES if each in cases}
            options.out.write_text(
                json.dumps({"machine": where, "cases": ordered}, indent=1) + "\n"
            )


if __name__ == "__main__":
    main()
