"""Draw many random searches, compare each with scikit-learn's, and count them by kind.

    GRIDFOLD_STRICT=1 python tools/differential.py --draws 2000 --seed 0

Prints every case in which they differ, and then how many draws there were of each kind.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
os.environ.setdefault("GRIDFOLD_STRICT", "1")

DRAWS_OF_ONE_SEED = 20  # hypothesis varies what it drew before: fresh seeds keep draws apart

from differential.cases import Case, cases  # noqa: E402
from differential.compare import differences  # noqa: E402
from differential.outcome import Outcome, message, run  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402


class Tally:
    """Compares draws, prints those that differ, and counts all by kind."""

    def __init__(self, wanted: int, stops: bool) -> None:
        self.wanted, self.stops = wanted, stops
        self.kinds: Counter[str] = Counter()
        self.draws = self.different = 0
        self.seen: set[str] = set()

    def compare(self, case: Case) -> None:
        """Compare one draw, unless it has been before or enough have been."""
        description = re.sub(r"0x[0-9a-f]+", "", repr(case))
        if not self.stops and (description in self.seen or self.draws == self.wanted):
            return
        self.seen.add(description)
        self.draws += 1
        self.kinds.update(set(case.kinds))
        try:
            theirs, ours = run("theirs", case), run("ours", case)
            found = differences(theirs, ours, case)
            self.kinds.update(set(_outcome(theirs, ours)))
        except Exception:
            found = [traceback.format_exc()]
        if found:
            self.different += 1
            print(f"DIFFERENT {self.different} (draw {self.draws}): {case}")
            print("\n".join("    " + line for line in found), flush=True)
            assert not self.stops


def _outcome(theirs: Outcome, ours: Outcome) -> Iterator[str]:
    """What a draw came to, and what was shared in it."""
    if theirs.error is not None:
        yield f"came to {message(theirs.error)[:70]!r}"
        return
    scores = [v for k, v in theirs.values.items() if k.startswith(("mean_test", "test_"))]
    missing = any(np.isnan(score).any() for score in scores)
    yield "came to scores" + (", some of them missing" if missing else "")
    plans = getattr(ours.search, "plan_", ())
    for plan in plans if isinstance(plans, list | tuple) else [plans]:
        for _, group in plan.walk():
            if group.shared is not None:
                across = " for all folds" if group.across_folds else ""
                yield f"shared {type(group.prototype).__name__}{across}"
            elif group.n_candidates > 1:
                yield f"one fit for several candidates: {type(group.prototype).__name__}"
        for note in plan.notes:
            yield f"note: {note[:70]}"


def drawn(seed_number: int, tally: Tally) -> None:
    """Compare the draws of one seed; every draw counts, and none is made smaller unless asked."""
    phases = [Phase.generate, Phase.shrink] if tally.stops else [Phase.generate]
    draw = settings(
        max_examples=DRAWS_OF_ONE_SEED,
        phases=phases,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )(given(cases())(tally.compare))
    seed(seed_number)(draw)()


def main() -> None:
    """Draw, compare and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shrink", action="store_true", help="stop at one, made small")
    asked = parser.parse_args()
    tally, start = Tally(asked.draws, asked.shrink), time.time()
    while tally.draws < asked.draws:
        drawn(asked.seed, tally)
        asked.seed += 1
    for kind, count in sorted(tally.kinds.items()):
        print(f"{count:6d}  {kind}")
    seconds = time.time() - start
    print(f"{tally.draws} draws, {tally.different} different, {seconds:.0f} seconds")
    raise SystemExit(bool(tally.different))


if __name__ == "__main__":
    main()
