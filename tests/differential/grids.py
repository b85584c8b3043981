"""Estimators with grids over their parameters, and over the estimators in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from differential.kinds import Kind
from differential.models import models_for
from differential.steps import passed_on, shifted_in_place, steps_for, text_columns
from differential.tables import Table
from gridfold.pipelines import Pipeline as OurPipeline

MOST_CANDIDATES = 8
Grid = dict[str, Sequence[Any]]


@dataclass
class Parts:
    """What an estimator is made of: the kinds of its steps and of its model, by name."""

    named: dict[str, Kind]
    used: list[Kind]
    whole: bool  # a plain estimator, not a pipeline

    def prefix(self, name: str) -> str:
        """What stands before the parameters of a part in a grid."""
        return "" if self.whole else f"{name}__"


def rarely(draw: st.DrawFn, one_in: int = 8) -> bool:
    """Draw True once in so many times."""
    return draw(st.integers(1, one_in)) == one_in  # shrinks to False


def parts_of(draw: st.DrawFn, table: Table) -> Parts:
    """Draw the steps and the model for a table."""
    steps = []
    if table.form == "text" and not rarely(draw):
        steps.append(text_columns())
    if table.form not in ("kernel", "distances"):
        steps += draw(st.lists(st.sampled_from(steps_for(table)), max_size=2))
    model = draw(st.sampled_from(models_for(table.task, table.form)))
    named = {f"s{number}": kind for number, kind in enumerate(steps)}
    named["model"] = model
    return Parts(named, list(named.values()), not steps and draw(st.booleans()))


def estimator_of(draw: st.DrawFn, parts: Parts) -> Any:
    """Make the estimator of some parts."""
    if parts.whole:
        return parts.named["model"].make()
    cls = OurPipeline if rarely(draw, 5) else Pipeline
    return cls([(name, kind.make()) for name, kind in parts.named.items()])


def grids(draw: st.DrawFn, parts: Parts, table: Table) -> Grid | list[Grid]:
    """Draw a grid, or several, over the parameters of the parts and over the parts themselves."""
    if not rarely(draw, 4):
        return _grid(draw, parts, table)
    return [_grid(draw, parts, table) for _ in range(draw(st.integers(1, 3)))]


def _grid(draw: st.DrawFn, parts: Parts, table: Table) -> Grid:
    grid: Grid = {}
    for name, kind in parts.named.items():
        if not parts.whole and rarely(draw, 6):
            last = name == "model"
            choice = models_for(table.task, table.form) if last else steps_for(table)
            put = draw(st.lists(st.sampled_from(choice), min_size=1, max_size=3))
            parts.used += put
            grid[name] = [kind.make() for kind in put]
            if len(put) == 1:
                grid.update(_values(draw, put[0], parts.prefix(name)))
        else:
            grid.update(_values(draw, kind, parts.prefix(name)))
    if rarely(draw, 40):
        grid["nonesuch"] = [1]
    while np.prod([len(values) for values in grid.values()]) > MOST_CANDIDATES:
        longest = max(grid, key=lambda name: len(grid[name]))
        grid[longest] = grid[longest][:-1]
    return grid


def without_writers(grid: Grid | list[Grid]) -> Grid | list[Grid]:
    """Let no step write into its input.

    scikit-learn's own scores are those of rows that have been through such a step before, where it
    scores the training rows or the scorer predicts twice.
    """
    if isinstance(grid, list):
        return [without_writers(one) for one in grid]
    return {
        name: [
            True if name.endswith(("copy", "copy_X")) else passed_on if v is shifted_in_place else v
            for v in values
        ]
        for name, values in grid.items()
    }


def _values(draw: st.DrawFn, kind: Kind, prefix: str) -> Grid:
    if not kind.values:
        return {}
    chosen = draw(st.lists(st.sampled_from(list(kind.values)), max_size=3, unique=True))
    # The first is what a family varies: most grids have it, and several values of it.
    first = next(iter(kind.values))
    if not rarely(draw, 3):
        chosen = [first, *(name for name in chosen if name != first)]
    grid: Grid = {}
    for name in chosen:
        least = 1 if rarely(draw, 4) else 2
        values = st.lists(st.sampled_from(kind.values[name]), min_size=least, max_size=4)
        grid[prefix + name] = draw(values)
    # A parameter of what is dropped cannot be set: an error, whichever fit would fail first.
    dropped = {name for name, values in grid.items() if any(isinstance(v, str) for v in values)}
    grid = {k: v for k, v in grid.items() if not any(k.startswith(f"{d}__") for d in dropped)}
    if kind.refused and rarely(draw, 10):
        name = draw(st.sampled_from(list(kind.refused)))
        grid[prefix + name] = [*kind.refused[name], *grid.get(prefix + name, [])]
    return grid
