"""What `fit` and `demo` show when the search is done: plan, leaderboard, held-out score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .messages import print_table
from .study import Study

if TYPE_CHECKING:
    from rich.console import Console

_LINES = 10


def report(study: Study, out: Console) -> None:
    """Print the plan with the fits saved, the leaderboard and the held-out scores."""
    out.print("\nHow it was computed")
    print_plan(study.search.plan_, out)
    _leaderboard(study, out)
    _held_out(study, out)


def print_plan(plan: Any, out: Console) -> None:
    """Print the plan: on a terminal long lines keep to their branch, elsewhere they stay whole."""
    if out.is_terminal:
        out.print(plan)
    else:
        out.print(str(plan), soft_wrap=True)
    out.print()


def _leaderboard(study: Study, out: Console) -> None:
    results = study.search.cv_results_
    n_folds = study.search.n_splits_
    mean, std = results["mean_test_score"], results["std_test_score"]
    order = np.argsort(results["rank_test_score"], kind="stable")
    rows = [
        (
            results["rank_test_score"][i],
            type(results["params"][i]["model"]).__name__,
            _parameters(results["params"][i]),
            f"{mean[i]:.4f}",
            f"{std[i]:.4f}",
            f"{results['mean_fit_time'][i] * n_folds:.2f}",
        )
        for i in _shown(order, results["params"])
    ]
    print_table(
        out,
        f"Leaderboard of {len(order):,} candidates: {study.scoring} on {n_folds} folds of "
        f"{study.n_train:,} rows",
        (">rank", "model", "parameters", ">mean", ">std", ">fit (s)"),
        rows,
    )


def _shown(order: np.ndarray, params: list[Mapping[str, Any]]) -> list[int]:
    """The best candidates, and the best one of every other kind of model."""
    shown = list(order[:_LINES])
    kinds = {type(params[i]["model"]) for i in shown}
    for i in order[_LINES:]:
        if type(params[i]["model"]) not in kinds:
            kinds.add(type(params[i]["model"]))
            shown.append(i)
    return shown


def _parameters(params: Mapping[str, Any]) -> str:
    own = {name.removeprefix("model__"): v for name, v in params.items() if name != "model"}
    return ", ".join(f"{name}={value}" for name, value in sorted(own.items()))


def _held_out(study: Study, out: Console) -> None:
    best = study.search.best_params_
    guess = "guess: class frequencies" if hasattr(study.search, "classes_") else "guess: the mean"
    print_table(
        out,
        f"{type(best['model']).__name__} on the {study.n_held_out:,} rows held out",
        ("score, more is better", ">model", f">{guess}"),
        [
            (name, f"{ours:.4f}", f"{guessed:.4f}")
            for name, (ours, guessed) in study.held_out.items()
        ],
    )
