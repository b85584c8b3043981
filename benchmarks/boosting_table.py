"""The tables of boosting on real tables, from results/boosting*.json, for `tables.py`."""

from __future__ import annotations

from shown import Results, by, table

PRESET = "gridfold, tabular"
SCORES = {"auc": "AUC", "log_loss": "log loss", "rmse": "RMSE"}


def short_boosting(results: Results) -> str:
    """Return the README's table: mean ranks and seconds on tables that chose nothing."""
    groups = results["summary"]["groups"]
    if "other" not in groups:
        return "Not measured yet."
    return f"{_ranks(groups['other'])}\n\n{_notes(results)}\n\n{by('boosting.py', results)}"


def full_boosting(results: Results) -> str:
    """Return the ranks on each group of tables, and every table's scores."""
    titles = {
        "other": "Tables that no setting of the preset was chosen on",
        "development": "Tables that the preset was chosen on, at other seeds and sizes",
        "all": "All tables",
    }
    groups = results["summary"]["groups"]
    parts = [
        f"{title} ({len(groups[name]['tables'])}):\n\n{_ranks(groups[name])}"
        for name, title in titles.items()
        if name in groups
    ]
    means = results["summary"]["tables"]
    parts += [_notes(results), _scores(means), _behind(means), by("boosting.py", results)]
    return "\n\n".join(parts)


def _ranks(group: Results) -> str:
    heads = ["side", "mean rank", "with log loss", "first on", "fit", "processors", "predict"]
    sides = sorted(group["sides"].items(), key=lambda each: each[1]["mean_rank"])
    rows = [
        [
            side,
            f"{found['mean_rank']:.2f}",
            f"{found['mean_rank_log_loss']:.2f}",
            f"{found['first']} of {len(group['tables'])}",
            *(f"{found[f'{unit}_seconds']:.1f} s" for unit in ("fit", "fit_cpu", "predict")),
        ]
        for side, found in sides
    ]
    return table(heads, rows)


def _notes(results: Results) -> str:
    means = results["summary"]["tables"].values()
    seeds = sorted({found["seeds"] for found in means})
    said = (
        f"Rank 1 is the best of five, by the mean of {' to '.join(map(str, seeds))} splits: AUC of "
        "two classes, log loss of more, RMSE of numbers; and with log loss for two classes too. "
        "Seconds are those of one split, summed over the tables. Every side gets the same training "
        "rows, at most 10,000, and makes its validation rows out of them where it wants some."
    )
    differs = results["summary"]["drop_in_differs"]
    if differs is None:
        return said
    same = (
        "are xgboost's own" if differs == 0 else f"differ from xgboost's by at most {differs:.0e}"
    )
    return f"{said} Without preset gridfold's scores {same}."


def _scores(means: Results) -> str:
    sides = list(next(iter(means.values()))["ranks"]["auc"])
    rows = []
    for name, found in means.items():
        score, ranks = _score(found), found["ranks"]["auc"]
        shown = {side: f"{found['sides'][side][score]:.5g}" for side in sides}
        shown |= {side: f"**{shown[side]}**" for side in _first(found)}
        rows.append([name, SCORES[score], *shown.values(), f"{ranks[PRESET]:g}"])
    return table(["table", "score", *sides, "rank of the preset"], rows)


def _behind(means: Results) -> str:
    """Say on which tables the preset is behind one of the others, and how far."""
    said = []
    for name, found in means.items():
        best = _first(found)
        if PRESET not in best:
            ours, theirs = (found["sides"][s][_score(found)] for s in (PRESET, best[0]))
            said.append(f"{name} (by {abs(ours - theirs):.2g} to {best[0]})")
    if not said:
        return "The preset is first on every table."
    return f"The preset is not first on {len(said)} of {len(means)} tables: {', '.join(said)}."


def _score(found: Results) -> str:
    """Return the name of the score that a table is ranked by."""
    return next(each for each in SCORES if each in found["sides"][PRESET])


def _first(found: Results) -> list[str]:
    """Return the sides of the best rank on a table: several where they tie."""
    ranks = found["ranks"]["auc"]
    return [side for side in ranks if ranks[side] == min(ranks.values())]


def recipes(results: Results) -> str:
    """Return by table 100 times the log of the ratio of errors, with one setting changed."""
    changes = results["summary"]
    tables = list(changes["as it is"]["log_ratio_times_100"])
    rows = [
        [
            name,
            *(_signed(found["log_ratio_times_100"].get(each)) for each in tables),
            _signed(found["mean"]),
            "not measured" if found["cpu_seconds"] is None else f"{found['cpu_seconds']:.0f} s",
        ]
        for name, found in changes.items()
    ]
    return (
        "Each row is the preset with one setting changed, or another library at its defaults, on "
        "the tables that the preset was chosen on: the logarithm of its error (1 - AUC, log loss "
        "or RMSE) over that of the preset as it is, times 100. Below 0 it is better. 3,000 "
        "training rows, splits that the ranks leave out, one thread.\n\n"
        f"{table(['changed', *tables, 'mean', 'processors'], rows)}\n\n"
        f"{by('boosting_recipes.py', results)}"
    )


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.1f}"
