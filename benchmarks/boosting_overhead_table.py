"""The table of what boosting costs over xgboost by hand, for `tables.py`."""

from __future__ import annotations

from shown import Results, by, table

BY_HAND, US = "xgboost by hand", "gridfold"


def boosting_overhead(results: Results) -> str:
    """Return both tables: processor seconds of a fit, microseconds of one row."""
    fits = [
        [
            name,
            *(f"{found['cpu_seconds'][side]:.2f} s" for side in (BY_HAND, US)),
            f"{found['ratio']:.3f} ({min(found['ratios']):.3f} to {max(found['ratios']):.3f})",
            f"{100 * found['share_outside']:.1f} %",
        ]
        for name, found in results["fit"].items()
    ]
    rows = [[name, f"{each:.0f}"] for name, each in results["one_row_microseconds"].items()]
    return "\n\n".join(
        [
            "Processor seconds of one fit, one thread: `xgboost.train` on a quantised matrix of "
            "the same settings, and ours, in alternating pairs. *Added* is the share of our fit "
            "that neither trains nor builds matrices, timed inside it: pairs are noisier.",
            table(["fit", BY_HAND, US, "ratio of pairs", "added"], fits),
            "Microseconds to predict one row, medians.",
            table(["call", "microseconds"], rows),
            by("boosting_overhead.py", results),
        ]
    )
