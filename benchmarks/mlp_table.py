"""The tables of the MLP's four comparisons, from results/mlp.json, for `tables.py`."""

from __future__ import annotations

from collections.abc import Mapping

from shown import Results, by, table

US = "gridfold"


def mlp(results: Results) -> str:
    """Return the section of the MLP."""
    shown = {
        "realmlp": _realmlp,
        "loss_curves": _loss_curves,
        "torch_steps": _torch_steps,
        "search": _search,
    }
    parts = [
        show(results["cases"][name]) if name in results["cases"] else f"{name}: {MISSING}"
        for name, show in shown.items()
    ]
    return "\n\n".join([*parts, by("mlp.py", results)])


MISSING = "not measured yet."


SCORES = {
    "error": "error of classes, or RMSE",
    "class_error": "error of classes",
    "log_loss": "log loss",
    "rmse": "RMSE",
}


def _realmlp(case: Results) -> str:
    heads = ["recipe", "score", "pairs", "pytabkit", US, "difference", "standard error"]
    rows = [
        [recipe, name, *_paired(found[score])]
        for recipe, found in case["summary"].items()
        for score, name in SCORES.items()
        if found[score] is not None
    ]
    said = (
        f"RealMLP, {_tables(case)}: means over tables and seeds; RMSE in standard deviations of "
        "the target; the difference is ours less pytabkit's, of pairs on the same split.\n\n"
        f"{table(heads, rows)}"
    )
    seconds = [
        _faster(recipe, found["faster"])
        for recipe, found in case["summary"].items()
        if found["faster"] is not None
    ]
    return "\n\n".join([said, " ".join(seconds)] if seconds else [said])


def _paired(found: Results) -> list[str]:
    return [
        str(found["ours_better"] + found["theirs_better"] + found["equal"]),
        *(f"{found[side]:.4f}" for side in ("pytabkit", US)),
        f"{found['difference']:+.4f}",
        f"{found['standard_error']:.4f}",
    ]


def _faster(recipe: str, found: Results) -> str:
    ratios = found["seconds"]
    low, high = ratios["range"]
    return (
        f"{recipe}: {ratios['median']:.1f} times faster than pytabkit ({low:.1f} to {high:.1f}, "
        f"{found['pairs']} pairs fitted in turn)."
    )


def _tables(case: Results) -> str:
    keys = [
        key.split()
        for key, row in case["rows"].items()
        if all("error" in row.get(side, {}) for side in ("pytabkit", US))
    ]
    n_tables, n_seeds = len({key[0] for key in keys}), len({key[1] for key in keys})
    return f"{n_tables} real tables of at most 3,000 training rows, {n_seeds} seeds"


def _loss_curves(case: Results) -> str:
    heads = ["network", "batch", "dtype", "scikit-learn", US, "times faster", "loss curves differ"]
    rows = []
    for name, found in _networks(case):
        if "reason" in found:
            rows.append([name, "", "", "not measured", "not measured", "", ""])
            continue
        gap, (low, high) = found.get("largest_difference"), found["range"]
        rows.append(
            [
                name,
                str(found["batch_size"]),
                found["dtype"],
                *(f"{found['seconds'][side]:.2f} s" for side in ("scikit-learn", US)),
                f"{found['faster']:.1f} ({low:.1f} to {high:.1f})",
                "in length" if gap is None else f"{gap:.0e}",
            ]
        )
    return (
        "The same network, batches, epochs and random state as scikit-learn's MLP; the largest "
        f"relative difference of the losses of an epoch.\n\n{table(heads, rows)}"
    )


def _torch_steps(case: Results) -> str:
    heads = ["network", "PyTorch, 1 thread", "PyTorch, all cores", US, "times faster"]
    rows = []
    for name, found in _networks(case):
        if "reason" in found:
            rows.append([name, "not measured", "not measured", "not measured", ""])
            continue
        low, high = found["range"]
        taken = [f"{value:.2f} ms" for value in found["milliseconds_seconds"].values()]
        theirs = [*taken[:-1], taken[-2]][:2]  # with one core there is one PyTorch
        rows.append([name, *theirs, taken[-1], f"{found['faster']:.2f} ({low:.2f} to {high:.2f})"])
    return (
        "Milliseconds of a step beside a plain PyTorch loop (fused Adam, rows gathered by number, "
        f"no loader); the ratio is to the faster PyTorch.\n\n{table(heads, rows)}"
    )


def _search(case: Results) -> str:
    if "reason" in case:
        return "A search: not measured."
    heads = ["search", "seconds", "processor seconds", "times gridfold", "mean scores differ"]
    rows = []
    for side, seconds in case["seconds"].items():
        ratio = case["faster"].get(side)
        gap = case["largest_difference"].get(side)
        rows.append(
            [
                side,
                f"{seconds:.1f} s",
                f"{case['cpu_seconds'][side]:.1f} s",
                "1" if ratio is None else f"{ratio[0]:.1f} ({ratio[1]:.1f} to {ratio[2]:.1f})",
                "" if gap is None else f"{gap:.0e}",
            ]
        )
    size = f"{case['candidates']} candidates x {case['folds']} folds, {case['epochs']} epochs"
    return (
        f"A search over MLPs of 3 x 64 ({size}, {case['rows']:,} rows of {case['table']}, "
        f"`n_jobs={case['n_jobs']}`).\n\n{table(heads, rows)}"
    )


def _networks(case: Results) -> list[tuple[str, Results]]:
    return [(name, found) for name, found in case.items() if isinstance(found, Mapping)]
