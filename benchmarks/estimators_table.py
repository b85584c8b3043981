"""The tables of the classic estimators, from results/estimators.json, for `tables.py`."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator

from shown import Results, by, table

US, THEM, INTELEX = "gridfold", "scikit-learn", "scikit-learn-intelex"
PROCESSORS, CLOCK = "cpu_seconds", "seconds"
ROUNDING = 1e-9


def short_estimators(results: Results) -> str:
    """Return the README's sentences: the means, what is slower, and where it was measured."""
    cases = _cases(results)
    link = "[docs/benchmarks.md](docs/benchmarks.md) lists the cases."
    return f"{_means(cases)} {_slower(cases)[0]} {link}\n\n{_by(results)}"


def estimators(results: Results) -> str:
    """Return the means, the tables of fits and of answers, and notes."""
    cases = _cases(results)
    heads = ["estimator", "table", "rows x columns", THEM, US, "times faster", "by the clock"]
    fits = table([*heads, INTELEX], [_fit(case) for case in cases])
    heads = ["estimator", "table", "method", "rows", THEM, US, "times faster", "by the clock"]
    answers = table([*heads, INTELEX, "differ", "objective"], [_answer(case) for case in cases])
    said = [_means(cases), *_slower(cases), _objectives(cases), _fallbacks(cases)]
    return "\n\n".join([" ".join(filter(None, said)), fits, answers, NOTES, _by(results)])


NOTES = """Seconds, and "times faster" with its range, are of all processors together; "by the
clock" is how many times sooner it was done; medians of rounds in which the sides took turns. The
column of scikit-learn-intelex says how many times fewer processor seconds it took than
scikit-learn; empty, where it has no such class. "Differ": the largest difference of the answers,
relative to the largest answer; of labels the share that differ. "Objective": what the fit
minimises, ours less scikit-learn's, relative; below 0 ours is the better optimum."""


def _cases(results: Results) -> list[Results]:
    """Return the cases that both sides have done."""
    return [case for case in results["cases"].values() if US in case["fit"]["faster"]]


def _fit(case: Results) -> list[str]:
    size = f"{case['rows']:,} x {case['columns']}"
    return [case["estimator"], case["table"], size, *_timed(case["fit"])]


def _answer(case: Results) -> list[str]:
    gap, excess = case["difference"][US], _excess(case)
    return [
        case["estimator"],
        case["table"],
        case["method"],
        f"{case['queries']:,}",
        *_timed(case["answer"]),
        "in shape" if gap is None else f"{gap:.0e}",
        "" if excess is None else f"{excess:+.0e}",
    ]


def _timed(part: Results) -> list[str]:
    faster = part["faster"]
    middle, low, high = faster[US][PROCESSORS]
    return [
        *(_seconds(part[PROCESSORS][side]) for side in (THEM, US)),
        f"{middle:.2f} ({low:.2f} to {high:.2f})",
        f"{faster[US][CLOCK][0]:.2f}",
        f"{faster[INTELEX][PROCESSORS][0]:.2f}" if INTELEX in faster else "",
    ]


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{1e3 * value:.1f} ms"


def _means(cases: list[Results]) -> str:
    """Say the geometric means of the ratios, of all fits and of all answers."""
    beside = [case for case in cases if INTELEX in case["fit"]["faster"]]
    said = (
        f"{len({case['estimator'] for case in cases})} estimators on real tables of "
        f"{min(case['rows'] for case in cases):,} to {max(case['rows'] for case in cases):,} rows, "
        f"{len(cases)} cases. A fit takes {_mean(cases, 'fit', PROCESSORS):.2f} times fewer "
        f"processor seconds than scikit-learn's and is done {_mean(cases, 'fit', CLOCK):.2f} times "
        f"sooner (geometric means; medians {_median(cases, PROCESSORS):.2f} and "
        f"{_median(cases, CLOCK):.2f}); answers {_mean(cases, 'answer', PROCESSORS):.2f} and "
        f"{_mean(cases, 'answer', CLOCK):.2f} times."
    )
    if not beside:
        return said
    ours, theirs = (_mean(beside, "fit", PROCESSORS, side) for side in (US, INTELEX))
    return (
        f"{said} On the {len(beside)} cases that {INTELEX} has, its fits take {theirs:.2f} times "
        f"fewer processor seconds, ours {ours:.2f} times."
    )


def _mean(cases: list[Results], part: str, unit: str, side: str = US) -> float:
    return statistics.geometric_mean(case[part]["faster"][side][unit][0] for case in cases)


def _median(cases: list[Results], unit: str) -> float:
    return statistics.median(case["fit"]["faster"][US][unit][0] for case in cases)


def _slower(cases: list[Results]) -> tuple[str, str]:
    """Name what is slower than scikit-learn in every round, and what only in the median."""
    always, median = [], []
    for name, (middle, low, high) in _ratios(cases):
        if high < 1:
            always.append(f"{name} ({middle:.2f})")
        elif middle < 1:
            median.append(f"{name} ({middle:.2f}; {low:.2f} to {high:.2f})")
    return (
        f"Slower than scikit-learn in every round: {', '.join(always) or 'nothing'}.",
        f"In the median, but not in every round: {', '.join(median) or 'nothing'}.",
    )


def _ratios(cases: list[Results]) -> Iterator[tuple[str, list[float]]]:
    """Yield each fit and each answer with its ratios, in the unit in which we are worse."""
    for case in cases:
        for part, method in (("fit", "fit"), ("answer", case["method"])):
            faster = case[part]["faster"][US]
            unit = min((PROCESSORS, CLOCK), key=lambda unit: faster[unit][2])
            yield f"{case['estimator']}.{method} on {case['table']}", faster[unit]


def _excess(case: Results) -> float | None:
    """Return how much larger our objective is than scikit-learn's, relative to that."""
    found = case["objective"]
    if not {US, THEM} <= found.keys():
        return None
    return (found[US] - found[THEM]) / math.fabs(found[THEM])


def _objectives(cases: list[Results]) -> str:
    """Name the fits with a worse optimum than scikit-learn's."""
    excesses = [(case, excess) for case in cases if (excess := _excess(case)) is not None]
    worse = [
        f"{case['estimator']} on {case['table']} ({excess:+.0e})"
        for case, excess in excesses
        if excess > ROUNDING
    ]
    return (
        f"The objective is at most scikit-learn's, to {ROUNDING:.0e}, in "
        f"{len(excesses) - len(worse)} of {len(excesses)} cases that have one"
        f"{'; not in ' if worse else ''}{', '.join(worse)}."
    )


def _fallbacks(cases: list[Results]) -> str:
    fallen = [f"{case['estimator']} ({case['fallback']})" for case in cases if case["fallback"]]
    return f"Fitted by scikit-learn: {', '.join(fallen)}." if fallen else ""


def _by(results: Results) -> str:
    threads = results["threads"]
    limit = "" if threads is None else f" with `OMP_NUM_THREADS={threads}`"
    return by("estimators.py", results).replace("estimators.py`", f"estimators.py`{limit}")
