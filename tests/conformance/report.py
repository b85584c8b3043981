"""The pass rate of each of scikit-learn's test files, printed at the end of a run."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

_OUTCOMES = ("passed", "failed", "error", "xfailed", "xpassed", "skipped")

# Before the reason of a failure expected with our classes: scikit-learn expects some with its own.
OUR_XFAIL = "with our class: "


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print, for each test class of `conformance/test_sklearn.py`, how many tests pass."""
    counts = pass_counts(terminalreporter.stats)
    if not counts:
        return
    terminalreporter.section("scikit-learn's own tests, with our classes")
    for suite, count in sorted(counts.items()):
        terminalreporter.write_line(f"{suite}: {pass_rate(count)}")


def pass_counts(stats: dict[str, list[Any]]) -> dict[str, Counter[str]]:
    """Count the outcomes of each suite, from the reports of all workers."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in _OUTCOMES:
        for report in stats.get(outcome, ()):
            if not isinstance(report, pytest.TestReport):
                continue
            path, _, test = str(report.nodeid).partition("::")
            if path.endswith("conformance/test_sklearn.py"):
                theirs = OUR_XFAIL not in getattr(report, "wasxfail", OUR_XFAIL)
                counts[test.partition("::")[0]]["theirs" if theirs else outcome] += 1
    return counts


def pass_rate(count: Counter[str]) -> str:
    """Say how many of the tests that ran pass: expected failures are failures here."""
    failed = count["failed"] + count["error"] + count["xfailed"]
    ran = count["passed"] + failed
    rate = f"{100 * count['passed'] / ran:.1f} %" if ran else "none ran"
    return (
        f"{count['passed']} of {ran} pass ({rate}); {count['xfailed']} failures are expected, "
        f"{failed - count['xfailed']} are not; {count['skipped']} skipped, {count['theirs']} "
        "that scikit-learn itself expects to fail"
    )
