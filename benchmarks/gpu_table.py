"""The tables of what was measured on a GPU, from results/gpu.json, for `tables.py`."""

from __future__ import annotations

from shown import Results, by, table

THEM = "scikit-learn"
ENOUGH = 5.0  # times faster, of estimators that are mostly matrix products


def short_gpu(results: Results) -> str:
    """Return the README's sentences: how many are how much faster, and on what."""
    return (
        f"{_enough(results)} {_where(results)} [docs/benchmarks.md](docs/benchmarks.md) has them."
    )


def gpu(results: Results) -> str:
    """Return the tables of the estimators and of the MLP."""
    where = f"{_where(results)} {by('gpu.py', results)}"
    return "\n\n".join([_estimators(results), _mlp(results["mlp"]), where])


def _where(results: Results) -> str:
    machine = results["machine"]
    cuda = ", ".join(f"{name} {number}" for name, number in machine.get("cuda", {}).items())
    return f"On {machine['device']} ({cuda}), in {results['seconds']:.0f} s in all."


def _measured(results: Results) -> dict[str, Results]:
    cases = results["estimators"]
    return {name: case for name, case in cases.items() if "reason" not in case}


def _enough(results: Results) -> str:
    """Say how many of those that are mostly matrix products gain enough, and which do not."""
    way = f"from {results['library']}"
    ratios = {n: _faster(case, way) for n, case in _measured(results).items() if case["gemm"]}
    slow = [f"{name} ({ratio:.1f})" for name, ratio in ratios.items() if ratio < ENOUGH]
    return (
        f"{len(ratios) - len(slow)} of the {len(ratios)} estimators that are mostly matrix "
        f"products are at least {ENOUGH:g} times faster {way} than {THEM} on the "
        f"{results['limit']['cores']} cores of the same machine"
        f"{'; not ' if slow else ''}{', '.join(slow)}."
    )


def _estimators(results: Results) -> str:
    """Return fits and answers beside scikit-learn's on the CPU of the same machine."""
    ways = ["from NumPy", f"from {results['library']}"]
    heads = ["estimator", "rows x columns", THEM, *ways, "times faster", "agree", "on the host"]
    rows = [_row(name, case, ways) for name, case in _measured(results).items()]
    notes = (
        f"Seconds of fit and answer together; times faster {ways[0]}, and {ways[1]}. Agree: the "
        "largest difference from the CPU of the answers for new rows, relative to the largest "
        f"answer. On the host: what comes through the host {ways[1]}: X as a matrix, a vector as "
        "long as X, or the answer."
    )
    cases = results["estimators"]
    left = [f"{name} ({case['reason']})" for name, case in cases.items() if "reason" in case]
    missing = f"Not measured: {', '.join(left)}." if left else ""
    return "\n\n".join(filter(None, [_enough(results), table(heads, rows), notes, missing]))


def _row(name: str, case: Results, ways: list[str]) -> list[str]:
    agreement = case["agreement"]
    gaps = [agreement[way] for way in ways]
    ratios = [f"{_faster(case, way):.1f}" for way in ways]
    return [
        name,
        f"{case['rows']:,} x {case['columns']}",
        *(f"{_seconds(case, side):.3f} s" for side in (THEM, *ways)),
        ", ".join(ratios),
        "in shape only" if None in gaps else f"{max(gaps):.0e}",
        _copied(agreement),
    ]


def _seconds(case: Results, side: str) -> float:
    return sum(case["seconds"][side].values())


def _faster(case: Results, way: str) -> float:
    return _seconds(case, THEM) / _seconds(case, way)


def _copied(agreement: Results) -> str:
    """Say what came through the host: X, a vector as long as X, or nothing; and a fallback."""
    if agreement["fallback"]:
        return agreement["fallback"]
    few = agreement["rows"] // 5
    copied = [name for name, rows in agreement["host rows"].items() if rows > few]
    if not agreement["answer stays"]:
        copied.append("answer")
    return ", ".join(copied) or "nothing"


def _mlp(cases: Results) -> str:
    """Return the step beside PyTorch's, the search as one batch, and the agreement."""
    shown = {"step": _step, "search": _search, "agreement": _agreement}
    return " ".join(
        f"The MLP's {name}: not measured ({case['reason']})."
        if "reason" in case
        else shown[name](case)
        for name, case in cases.items()
    )


def _step(case: Results) -> str:
    taken = ", ".join(f"{side} {ms:.3f} ms" for side, ms in case["milliseconds"].items())
    low, high = case["range"]
    return (
        f"A training step of an MLP of {len(case['hidden'])} x {case['hidden'][0]} at batch "
        f"{case['batch_size']}: {taken}; {case['faster']:.2f} times faster than the faster "
        f"PyTorch ({low:.2f} to {high:.2f})."
    )


def _search(case: Results) -> str:
    one, each = case["seconds"].values()
    return (
        f"A search over {case['models']} MLPs: {one:.1f} s as one batch, {each:.1f} s one by one, "
        f"{case['faster']:.1f} times faster; the mean scores differ by at most "
        f"{case['largest_difference']:.0e}."
    )


def _agreement(case: Results) -> str:
    return (
        f"After {case['epochs']} epochs the losses differ from the CPU's by at most "
        f"{case['loss_curve']:.0e} (relative), probabilities by {case['probabilities']:.0e}."
    )
