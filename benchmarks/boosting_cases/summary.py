"""What the fits come to: each side's mean scores by table, its ranks and its seconds."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from scipy.stats import rankdata

from .sides import CATBOOST, DROP_IN, HISTGB, LIGHTGBM, PRESET, XGBOOST
from .tables import TABLES

Results = Mapping[str, Any]

# gridfold without preset is xgboost: it takes no rank of its own.
RANKED = (PRESET, CATBOOST, HISTGB, LIGHTGBM, XGBOOST)


def summary(rows: Results) -> dict[str, Any]:
    """Return the tables' means and, of three groups of tables, the ranks and seconds of sides.

    Only tables count on which every ranked side has every seed. Binary tables are ranked by AUC,
    and once more by log loss.
    """
    complete = {table: found for table in TABLES if (found := _seeds(rows, table))}
    means = {table: _means(found) for table, found in complete.items()}
    groups = {
        "other": [t for t in means if not TABLES[t].development],
        "development": [t for t in means if TABLES[t].development],
        "all": list(means),
    }
    return {
        "tables": means,
        "groups": {name: _group(means, tables) for name, tables in groups.items() if tables},
        "drop_in_differs": _largest_difference(rows),
    }


def _seeds(rows: Results, table: str) -> list[Results]:
    """Return the rows of a table, or none where a ranked side has not all of them."""
    found = [row for key, row in rows.items() if key.split()[0] == table]
    return found if all("fit" in row.get(side, {}) for row in found for side in RANKED) else []


def _means(found: Sequence[Results]) -> dict[str, Any]:
    """Return for each side the means over the seeds, and its ranks."""
    sides = [
        side for side in (*RANKED, DROP_IN) if all("fit" in row.get(side, {}) for row in found)
    ]
    means: dict[str, Any] = {side: {} for side in sides}
    for side in sides:
        for score in ("auc", "log_loss", "rmse"):
            if score in found[0][side]:
                means[side][score] = statistics.mean(row[side][score] for row in found)
        for step in ("fit", "predict"):
            for unit in ("seconds", "cpu_seconds"):
                seconds = [row[side][step][unit] for row in found]
                means[side][f"{step}_{unit}"] = statistics.mean(seconds)
    return {
        "seeds": len(found),
        "sides": means,
        "ranks": {
            kind: dict(
                zip(RANKED, rankdata([error(means[s], kind) for s in RANKED]).tolist(), strict=True)
            )
            for kind in ("auc", "log_loss")
        },
    }


def error(mean: Results, of_two: str) -> float:
    """Return what is ranked, the smallest first; of two classes by `of_two`."""
    if "rmse" in mean:
        return float(mean["rmse"])
    return 1 - float(mean["auc"]) if of_two == "auc" and "auc" in mean else float(mean["log_loss"])


def _group(means: Results, tables: Sequence[str]) -> dict[str, Any]:
    """Return for each side its mean ranks, its first places and its seconds in all."""
    found = {}
    for side in RANKED:
        ranks = {
            kind: [means[t]["ranks"][kind][side] for t in tables] for kind in ("auc", "log_loss")
        }
        found[side] = {
            "mean_rank": statistics.mean(ranks["auc"]),
            "mean_rank_log_loss": statistics.mean(ranks["log_loss"]),
            "first": sum(_is_first(means[t], side) for t in tables),
            "fit_seconds": sum(means[t]["sides"][side]["fit_seconds"] for t in tables),
            "fit_cpu_seconds": sum(means[t]["sides"][side]["fit_cpu_seconds"] for t in tables),
            "predict_seconds": sum(means[t]["sides"][side]["predict_seconds"] for t in tables),
        }
    return {"tables": list(tables), "sides": found}


def _is_first(found: Results, side: str) -> bool:
    """Whether no other side has a better rank on a table; ties are first together."""
    ranks = found["ranks"]["auc"]
    return bool(ranks[side] == min(ranks.values()))


def _largest_difference(rows: Results) -> float | None:
    """Return by how much gridfold without preset is off xgboost, in any score of any fit."""
    differences = [
        abs(row[DROP_IN][score] - row[XGBOOST][score])
        for row in rows.values()
        for score in ("auc", "log_loss", "rmse")
        if score in row.get(DROP_IN, {}) and score in row.get(XGBOOST, {})
    ]
    return max(differences, default=None)
